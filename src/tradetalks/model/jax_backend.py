"""The same iteration in JAX: one policy, or many that share a world in columns, on whatever device JAX finds.

The sweep is that of `model.sweep` and the acceleration that of `model.anderson`, in double precision whatever JAX is
set to elsewhere. Many policies march together as in `model.batch`: products with the common A and Q are matrix–matrix,
and only the rows of importers that differ are each policy's own. Nothing is believed: `solve` certifies a single
result by NumPy, and a column that fails its equations is left to the ladder of `solve`.

Needs the extra ``gpu``; JAX is imported when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tradetalks.errors import PolicyError
from tradetalks.model.batch import Scored
from tradetalks.model.closure import Closure, Deficits, chosen
from tradetalks.model.solve import balanced, baseline, solve
from tradetalks.model.sweep import coefficients

if TYPE_CHECKING:
    from tradetalks.model.baseline import Baseline
    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy

MEMORY = 8
DAMPING = 0.35
MOST_SWEEPS = 200
COLUMNS = 64
"""Policies that march together; a GPU of some memory takes many more."""


class Common(NamedTuple):
    """What the columns share: A `[j, n, i]`, Q and its part for producers (zero for importers that differ)."""

    delivered: Any
    border: Any
    shipped: Any
    taxed: Any
    """Q less the part for producers; a number 0 without export taxes."""
    theta: Any
    beta: Any
    alpha: Any
    gamma: Any
    gamma_by_user: Any
    home_prices: Any
    wage_response: Any
    wage_bill: Any
    world_wage_bill: Any
    spending: Any
    per_spending: Any
    unbought: Any
    deficits: Any
    """What the closure keeps of the baseline's `[n]`."""
    income: Any


class Own(NamedTuple):
    """What each column has for itself: rows of A and Q of the importers that differ, `[row, j, i]`, and transfers."""

    importers: Any
    delivered: Any
    border: Any
    received: Any


class Arrived(NamedTuple):
    """Where the columns ended, `[column, ...]`."""

    z: Any
    sweeps: Any
    residual: Any
    welfare: Any


# ---- one policy -----------------------------------------------------------------------------------------------------


def iterated(c: Coefficients, start: Floats, *, tolerance: float = 1e-10, device: Any = None) -> tuple[Floats, int]:
    """The unknowns where the iteration from `start` ended, and the sweeps used; not certified.

    Raises `PolicyError` for closures beyond the core and where JAX is not installed.
    """
    _refuse_extended(c.base)
    n, j = c.base.n, c.base.j
    with _double_precision() as jax:
        own = Own(np.zeros(0, dtype=np.int32), np.zeros((1, 0, j, n)), np.zeros((1, 0, j, n)), c.received[None])
        march = _marching(c.deficits, c.shipped is not c.border)
        arrived = march(_placed(jax, _common(c), device), _placed(jax, own, device), start[None], tolerance / 5)
        return np.array(arrived.z[0]), int(arrived.sweeps[0])


# ---- many policies --------------------------------------------------------------------------------------------------


def solve_many(
    reference: Policy,
    policies: Sequence[Policy],
    start: Callable[[int], Floats] | None = None,
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    tolerance: float = 1e-10,
    columns: int = COLUMNS,
) -> list[Scored]:
    """The equilibria of `policies`, in their order, as `model.batch.solve_batch` gives them.

    All policies and the `reference` are on one world; `start(k)` predicts the unknowns of policy k. Policies with
    export taxes or purchase commitments, and those whose column fails, are solved alone. Raises `SolveError` when a
    policy has no equilibrium, `PolicyError` for closures beyond the core and where JAX is not installed.
    """
    closure = chosen(closure, deficits)
    world = balanced(reference.world, closure)
    if world is not reference.world:
        reference, policies = reference.on(world), [policy.on(world) for policy in policies]
    base = baseline(world, closure)
    _refuse_extended(base)
    if closure.revenue == "state":
        raise PolicyError('columns in JAX score households that receive the revenue, not revenue="state": use solve')
    begin = start if start is not None else lambda k: np.zeros(base.size)
    found: dict[int, Scored] = {}
    if reference.export_taxes is None:
        together = [k for k, one in enumerate(policies) if one.export_taxes is None and not one.commitments]
        for k, scored in _marched(base, reference, policies, together, begin, tolerance, columns):
            found[k] = scored
    for k, policy in enumerate(policies):
        if k not in found:
            alone = solve(world, policy, closure=closure, tolerance=tolerance, start=begin(k))
            found[k] = Scored(alone.welfare.array, alone.unknowns, alone.residual, alone.sweeps)
    return [found[k] for k in range(len(policies))]


def _marched(
    base: Baseline, reference: Policy, policies: Sequence[Policy], together: Sequence[int],
    start: Callable[[int], Floats], tolerance: float, columns: int,
) -> Iterator[tuple[int, Scored]]:  # fmt: skip
    if not together:
        return
    importers = sorted({i for k in together for i in _differing(policies[k], reference)})
    c = coefficients(base, reference)
    common = _common(c)
    common.border[:, importers] = 0
    with _double_precision() as jax:
        march, placed = _marching(c.deficits, False), _placed(jax, common, None)
        for first in range(0, len(together), columns):
            some = list(together[first : first + columns])
            full = some + [some[0]] * (min(columns, len(together)) - len(some))  # one shape, compiled once
            rows = [_rows(base, policies[k], importers) for k in full]
            own = Own(
                np.array(importers, dtype=np.int32),
                np.array([delivered for delivered, _ in rows]),
                np.array([border for _, border in rows]),
                np.array([policies[k].received for k in full]),
            )
            begun = np.array([start(k) for k in full])
            arrived = Arrived(*(np.array(part) for part in march(placed, own, begun, tolerance / 5)))
            for column, k in enumerate(some):
                if arrived.residual[column] <= tolerance:
                    yield k, Scored(
                        arrived.welfare[column], arrived.z[column], float(arrived.residual[column]),
                        int(arrived.sweeps[column]),
                    )  # fmt: skip


def _differing(policy: Policy, reference: Policy) -> list[int]:
    """Importers that this policy treats otherwise than the reference."""
    differs = (policy.tariffs != reference.tariffs).any((0, 2))
    costs, theirs = policy.trade_costs, reference.trade_costs
    if costs is not theirs:
        unlike = (1.0 if costs is None else costs) != (1.0 if theirs is None else theirs)
        differs |= np.broadcast_to(unlike, policy.tariffs.shape).any((0, 2))
    return [int(i) for i in np.flatnonzero(differs)]


def _rows(base: Baseline, policy: Policy, importers: Sequence[int]) -> tuple[Floats, Floats]:
    """A policy's own rows of A and Q, `[row, j, i]`."""
    after = 1 + policy.tariffs[:, importers]
    ratio = after / (1 + base.world.tariffs[:, importers])
    if policy.trade_costs is not None:
        ratio = ratio * policy.trade_costs[:, importers]
    delivered = base.pi[:, importers] * np.exp(-base.theta[:, :, None] * np.log(ratio))
    return delivered.transpose(1, 0, 2), (delivered / after).transpose(1, 0, 2)


# ---- in JAX ---------------------------------------------------------------------------------------------------------


def _refuse_extended(base: Baseline) -> None:
    if not base.plain:
        raise PolicyError(
            f"the JAX backend knows the core model with any rule for deficits, not {base.closure!r}: "
            'leave out backend="jax"'
        )


def _jax() -> Any:
    try:
        import jax
    except ImportError as error:
        raise PolicyError(
            "the JAX backend needs JAX, which is not installed: pip install 'tradetalks[gpu]', or leave out "
            'backend="jax"'
        ) from error
    return jax


@contextmanager
def _double_precision() -> Iterator[Any]:
    """JAX, computing in double precision here and as before afterwards."""
    jax = _jax()
    with jax.enable_x64(True):
        yield jax


def _placed(jax: Any, values: Any, device: Any) -> Any:
    return jax.tree.map(lambda a: jax.device_put(a, device), values)


def _common(c: Coefficients) -> Common:
    base, rule = c.base, c.deficits
    taxed = np.asarray(0.0) if c.shipped is c.border else c.border - c.shipped
    kept = np.zeros(base.n) if rule == "closed" else (1 - base.closure.closing) * base.deficits
    return Common(
        np.array(c.delivered), np.array(c.border), np.array(c.shipped), taxed, base.theta, base.beta, base.alpha,
        base.gamma, base.gamma_by_user, base.home_prices, base.wage_response, base.wage_bill, base.world_wage_bill,
        base.spending, base.per_spending, base.unbought, kept, base.world.income,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _marching(rule: Deficits, taxed: bool) -> Callable[..., Arrived]:
    """The compiled march for one rule for deficits; compiled again for every new shape."""
    import jax
    import jax.numpy as jnp

    def evaluate(k: Common, own: Own, z: Any) -> dict[str, Any]:
        """All quantities at the unknowns `[column, z]`: `model.sweep.evaluate`, column by column."""
        j, n = k.beta.shape
        v, p, x = z[:, :n], z[:, n : n + j * n].reshape(-1, j, n), z[:, n + j * n :].reshape(-1, j, n)
        spending = k.spending * jnp.exp(x)
        u = jnp.exp(-k.theta * (k.beta * v[:, None] + jnp.einsum("njk,bkn->bjn", k.gamma_by_user, p)))
        supply = jnp.einsum("jni,bji->bjn", k.delivered, u)
        passed = jnp.einsum("jni,bji->bjn", k.border, u)
        if own.importers.shape[0]:
            supply = supply.at[:, :, own.importers].set(jnp.einsum("brji,bji->bjr", own.delivered, u))
            passed = passed.at[:, :, own.importers].set(jnp.einsum("brji,bji->bjr", own.border, u))
        demand = spending / supply
        sold = k.shipped if taxed else k.border
        output = jnp.einsum("jni,bjn->bji", sold, demand)
        if own.importers.shape[0]:
            output = output + jnp.einsum("brji,bjr->bji", own.border, demand[:, :, own.importers])
        output = u * output
        border = passed * demand
        revenue = (spending - border).sum(1)
        sold_abroad = output
        if taxed:
            paid = u * jnp.einsum("jni,bjn->bji", k.taxed, demand)
            revenue, sold_abroad = revenue + paid.sum(1), output + paid
        wages = jnp.exp(v) * k.wage_bill
        deficit = own.received + k.deficits
        if rule == "proportional":
            owed = k.deficits / k.wage_bill * wages
            deficit = own.received + owed - wages / wages.sum(1, keepdims=True) * owed.sum(1, keepdims=True)
        elif rule == "world":
            deficit = own.received + k.deficits * (wages.sum(1, keepdims=True) / k.world_wage_bill)
        income = wages + revenue + deficit
        wanted = jnp.einsum("nkj,bjn->bkn", k.gamma, output) + k.alpha * income[:, None]
        labour = (k.beta * output).sum(1)
        return {
            "v": v, "p": p, "spending": spending, "supply": supply, "border": border, "output": output,
            "exports": sold_abroad, "wages": wages, "deficit": deficit, "income": income, "wanted": wanted,
            "labour": labour,
        }  # fmt: skip

    def sweep(k: Common, own: Own, z: Any) -> Any:
        s = evaluate(k, own, z)
        v = s["v"] + DAMPING * jnp.einsum("nm,bm->bn", k.wage_response, jnp.log(s["labour"] / s["wages"]))
        v = v - jnp.log((jnp.exp(v) * k.wage_bill).sum(1, keepdims=True) / k.world_wage_bill)
        step = jnp.log(s["supply"]) / -k.theta - s["p"]
        p = s["p"] + jnp.einsum("nkl,bln->bkn", k.home_prices, step)
        x = jnp.log(s["wanted"] * k.per_spending + k.unbought)
        return jnp.concatenate((v, p.reshape(len(z), -1), x.reshape(len(z), -1)), axis=1)

    def score(k: Common, own: Own, z: Any) -> tuple[Any, Any]:
        """Largest relative error over the equations (see `model.certificate`), and equivalent variation, US$ bn."""
        s = evaluate(k, own, z)
        bought = k.unbought == 0
        exports = s["exports"].sum(1)
        errors = (
            jnp.where(bought, s["supply"] * jnp.exp(k.theta * s["p"]) - 1, 0),
            (s["spending"] - s["wanted"]) / jnp.where(bought, s["spending"], 1),
            s["labour"] / s["wages"] - 1,
            (s["border"].sum(1) - exports - s["deficit"]) / exports,
            s["wages"].sum(1, keepdims=True) / k.world_wage_bill - 1,
            jnp.where(s["income"] > 0, 0.0, jnp.inf),  # nobody consumes less than nothing
        )
        worst = jnp.stack([jnp.abs(e).reshape(len(z), -1).max(1) for e in errors]).max(0)
        price = jnp.exp((k.alpha * s["p"]).sum(1))
        return jnp.where(jnp.isnan(worst), jnp.inf, worst), (s["income"] / price - k.income) / 1000

    def march(k: Common, own: Own, z: Any, target: Any) -> Arrived:
        """Anderson acceleration of every column until all have arrived; those that have, stand."""
        columns, size = z.shape
        history = jnp.zeros((columns, MEMORY, size))
        ready = jnp.zeros(columns, dtype=bool)

        def going(at: tuple[Any, ...]) -> Any:
            step, arrived = at[0], at[-1]
            return (step < MOST_SWEEPS) & ~arrived.all()

        def stepped(at: tuple[Any, ...]) -> tuple[Any, ...]:
            step, z, last_z, last_gap, moves, gaps, sweeps, arrived = at
            gap = sweep(k, own, z) - z
            largest = jnp.abs(gap).max(1)
            now = largest <= target
            slot = step % MEMORY
            first = step == 0
            change = jnp.where(first, 0.0, gap - last_gap)
            moved = jnp.where(first, 0.0, z - last_z + gap - last_gap)
            gaps, moves = gaps.at[:, slot].set(change), moves.at[:, slot].set(moved)
            gram = jnp.einsum("bmz,blz->bml", gaps, gaps)
            ridge = 1e-14 * jnp.trace(gram, axis1=1, axis2=2) + 1e-300
            small = gram + ridge[:, None, None] * jnp.eye(MEMORY)
            weights = jnp.linalg.solve(small, jnp.einsum("bmz,bz->bm", gaps, gap)[:, :, None])[:, :, 0]
            following = z + gap - jnp.einsum("bmz,bm->bz", moves, weights)
            stands = (arrived | now)[:, None]
            return (
                step + 1, jnp.where(stands, z, following), z, gap, moves, gaps, sweeps + ~arrived, arrived | now,
            )  # fmt: skip

        begun = (0, z, z, jnp.zeros_like(z), history, history, jnp.zeros(columns, dtype=jnp.int32), ready)
        _, z, _, _, _, _, sweeps, _ = jax.lax.while_loop(going, stepped, begun)
        residual, welfare = score(k, own, z)
        return Arrived(z, sweeps, residual, welfare)

    compiled: Callable[..., Arrived] = jax.jit(march)
    return compiled
