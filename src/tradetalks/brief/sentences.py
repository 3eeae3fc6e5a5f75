"""The words of a brief, composed from its numbers: each says who, how much, in what range, against what."""

from __future__ import annotations

from typing import NamedTuple

from tradetalks.brief.amounts import SPACE, amount, day, observed, ordinal, percent, power_of_ten, share, span, usd_bn
from tradetalks.brief.contract import Contents
from tradetalks.brief.tables import baseline, capital, reference, same_deals


class Statement(NamedTuple):
    """A lead in bold, and what it says."""

    lead: str
    text: str


def kicker(contents: Contents) -> str:
    """The line above the title: as of when, and until when."""
    case = contents["case"]
    return f"As of {day(case['as_of'])} · {day(case['horizon']['date'])}: {case['horizon']['what']}"


def answers(contents: Contents) -> list[Statement]:
    """What the brief answers, in the order a minister asks: no deal, the zone, the deal."""
    return [no_deal(contents), zone(contents), *deal(contents)]


def no_deal(contents: Contents) -> Statement:
    """What the asking party has without a deal, in the house form: a point, a range, a unit, a cause."""
    asker, facts = contents["parties"][0], contents["no_deal"]
    parts: list[str] = []
    for name, values in facts["against"].items():
        money, part = values[asker["code"]]["usd_bn"], values[asker["code"]]["percent"]
        if not parts:
            full = f"{usd_bn(money['point'], sign=True)} a year {span(money)}".rstrip()
            parts.append(f"{full}, {percent(part['point'], sign=True)} of income, against {reference(contents, name)}")
        else:
            short = f"{amount(money['point'], sign=True)} {span(money)}".rstrip()
            parts.append(f"{short} against {reference(contents, name)}")
    return Statement(f"{asker['name']} without a deal", f"{'; '.join(parts)}. Drives it: {facts['driver']}.")


def zone(contents: Contents) -> Statement:
    """Whether there is anything that both sides could sign."""
    offers = contents["offers"]
    if not offers["in_zone"]:
        text = f"none of {offers['scored']:,} offers leaves every side at least as well off as without a deal."
        return Statement("No zone of agreement", text)
    text = (
        f"{offers['in_zone']:,} of {offers['scored']:,} offers ({share(offers['share_in_zone'])}) leave every side "
        "at least as well off as without a deal."
    )
    return Statement("Zone of agreement", text)


def deal(contents: Contents) -> list[Statement]:
    """What the first solution point is worth to each side, against no deal where that is known."""
    if not contents["solutions"]:
        return []
    group = same_deals(contents["solutions"])[0]
    gains = group[0]["against"]
    name = measured_against(contents)
    people = group[0].get("people", {}).get(name, {}) if contents.get("weights") else {}
    each = (
        f"{party['name']} {usd_bn(gains[name][party['code']]['point'], sign=True)} a year "
        f"{span(gains[name][party['code']])}".rstrip()
        + (f" to its government, {amount(people[party['code']]['point'], sign=True)} to its people" if people else "")
        for party in contents["parties"]
    )
    *others, last = (solution["label"] for solution in group)
    lead = f"{', '.join(others)} and {last}" if others else last
    told = "; ".join(each) if people else ", ".join(each)
    return [Statement(f"{capital(lead)} deal", f"{told}{';' if people else ','} against {reference(contents, name)}.")]


def measured_against(contents: Contents) -> str:
    """The reference point against which gains are told in short: no deal, or the first there is."""
    gains = contents["solutions"][0]["against"]
    return contents["no_deal"]["name"] if contents["no_deal"]["name"] in gains else next(iter(gains))


def points(contents: Contents) -> str:
    """What the last column of the situation means."""
    asker, year = contents["parties"][0]["name"], contents["world"]["year"]
    return (
        f"Points: what the measure adds to the average duty on {asker}’s goods, net of what it replaces, weighted with "
        f"the flows of {year}."
    )


def static(contents: Contents) -> str:
    """What static duties are, and on whose trade they are counted."""
    bills = contents["reference_points"][0].get("bills")
    if not bills:
        return f"Static duties: rates times the flows of {contents['world']['year']}, none of which reacts."
    bill = bills[0]
    return (
        f"Static duties: what the law adds, product by product, to imports of {usd_bn(bill['imports_usd_bn'])} at "
        "customs value if none reacts."
    )


def position(contents: Contents) -> str:
    """Trade between the parties and the asking party's rank among the other side's partners."""
    asker, other = (party["name"] for party in contents["parties"][:2])
    at = contents["position"]
    sold, bought, balance = (
        f"US${SPACE}{observed(abs(at[key]))}{SPACE}bn" for key in ("exports_usd_bn", "imports_usd_bn", "surplus_usd_bn")
    )
    trade = f"{asker} sells goods worth {sold} a year to {in_text(other)} and buys {bought}"
    if at["surplus_usd_bn"] < 0:
        said = f"{trade}: a deficit of {balance}."
    else:
        said = f"{trade}: a surplus of {balance}, the {ordinal(at['surplus_rank'])} largest of any single economy."
    number = at.get("source_index")
    source = "" if number is None else f" [{number + 1}]"
    said += f" These are flows of {contents['world']['year']} at basic prices{source}."
    if quoted := at.get("quoted"):
        counted = (
            f"{q['what']}, {q['concept']}: {quantity(q['value'], q['unit'])} [{q['source_index'] + 1}]" for q in quoted
        )
        said += f" As others count: {'; '.join(counted)}."
    return said


def in_text(name: str) -> str:
    """The name of an economy as it stands in a sentence.

    >>> in_text("United States"), in_text("Japan")
    ('the United States', 'Japan')
    """
    articled = name.startswith("United ") or name in ("European Union", "Netherlands", "Philippines", "DR Congo")
    return f"the {name}" if articled else name


def quantity(value: float, unit: str) -> str:
    r"""A figure as published, with its unit: a currency before the number, its scale behind.

    >>> quantity(148.2, "US$ bn")
    'US$\xa0148.2\xa0bn'
    """
    currency, _, scale = unit.rpartition(" ")
    return f"{currency}{SPACE}{value:,g}{SPACE}{scale}" if currency else f"{value:,g}{SPACE}{unit}"


def how(contents: Contents) -> str:
    """How the numbers were made: one sentence of method, one of what the ranges cover."""
    offers, world = contents["offers"], contents["world"]
    sets = [name.partition(":")[0] for name in (world["elasticities"], *world["elasticity_sets"])]
    others = ", ".join(name for name in sets[1:] if name != sets[0])
    return (
        f"Each offer is a full equilibrium of {world['economies']} economies and {world['sectors']} sectors in "
        f"{world['year']} (largest residual {power_of_ten(offers['largest_residual'])}). Gains are equivalent "
        f"variation at base prices. Points use the {sets[0]} trade elasticities; ranges cover {others} too."
    )


def axis(contents: Contents, party: int) -> str:
    """What an axis of the frontier picture measures."""
    against = contents.get("payoffs_against", baseline(contents))
    return f"{contents['parties'][party]['name']}, US$ bn a year against {against}"


def frontier(contents: Contents) -> str:
    """How to read the frontier picture; the plain text that stands for it."""
    count = sum(offer["in_zone"] for offer in contents["frontier"])
    reservation = reference(contents, contents["reservation"]["name"])
    return (
        f"Each dot is one offer. The line is the frontier: {len(contents['frontier'])} offers that no other offer "
        f"beats for both sides, {count} of them in the zone of agreement (shaded), where both sides do at least as "
        f"well as with {reservation}."
    )


def footer(contents: Contents) -> str:
    """Version and fingerprints."""
    program, world, case = contents["program"], contents["world"], contents["case"]
    return (
        f"{program['name']} {program['version']} · world {world['name']} {world['fingerprint'][:12]} · "
        f"case {case['name']} {case['hash'][:12]}"
    )
