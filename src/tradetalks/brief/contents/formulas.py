"""Formula offers on the table: each maker's rate beside the flat rate that it would replace, and who gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradetalks.brief.contents.deals import titles_of
from tradetalks.brief.contract_talks import Formula, MakerUnder
from tradetalks.talks.table import reference_policy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tradetalks.brief.contents.sources import Sources
    from tradetalks.talks.deals import Deals
    from tradetalks.world import Policy


def formulas(deals: Deals, sources: Sources) -> list[Formula]:
    """Every formula on the table in its own equilibrium, all else as today. Raises `SolveError`."""
    case, titles, found = deals.case, titles_of(deals.case), []
    policy = reference_policy(case, deals.world)
    for name, issue in case.issues.items():
        for option in issue.options:
            for formula in option.formulas:
                cells = formula.cells(deals.world)
                flat = _flat(policy, cells)
                gains = formula.gains(policy, flat)
                shipped = sum(one.sales for one in gains)
                found.append(
                    Formula(
                        issue=titles[name], option=option.option, importer=formula.importer, exporter=formula.exporter,
                        flat=flat, threshold=formula.rate.below(flat),
                        average=sum(one.rate * one.sales for one in gains) / shipped if shipped else 0.0,
                        makers=[
                            MakerUnder(
                                maker=one.maker, local_share=one.local_share, rate=one.rate, sales_usd_bn=one.sales,
                                duty_usd_bn=one.duty, flat_duty_usd_bn=one.flat_duty, gain_usd_bn=one.gain,
                            )
                            for one in gains
                        ],
                        basis=formula.basis, source_index=sources.maybe(formula.source),
                    )
                )  # fmt: skip
    return found


def _flat(policy: Policy, cells: NDArray[np.bool_]) -> float:
    """Today's duty on the goods in question, weighted by base flows."""
    flows = policy.world.flows[cells]
    return float((policy.tariffs[cells] * flows).sum() / flows.sum())
