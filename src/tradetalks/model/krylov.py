"""Newton's method on all unknowns at once, each step by GMRES: the rung of the ladder that serves every closure.

The products with the Jacobian are exact: the sweep is analytic, so its derivative is the imaginary part of one sweep in
the complex direction (Squire and Trapp 1998). Knoll and Keyes (2004) survey the method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from tradetalks.model.sweep import sweep

if TYPE_CHECKING:
    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats

STEP = 1e-30
LONGEST = 1.0
"""Largest move of any logarithm in one step."""


def newton_krylov(c: Coefficients, z: Floats, *, tolerance: float, steps: int = 25) -> tuple[Floats, int] | None:
    """The unknowns at a fixed point of the sweep near `z` and the sweeps used, or None when the method stalls."""
    used = 1
    gap = sweep(c, z, 1.0) - z
    for _ in range(steps):
        size = float(np.abs(gap).max())
        if not np.isfinite(size):
            return None
        if size <= tolerance:
            return z, used

        def moved(direction: Floats, at: Floats = z) -> Floats:
            tangent = sweep(c, at + 1j * STEP * direction, 1.0).imag / STEP
            return np.asarray(tangent - direction)

        operator = LinearOperator((z.size, z.size), matvec=moved, dtype=np.float64)
        products: list[float] = []
        move, _ = gmres(
            operator, -gap, rtol=1e-6, restart=60, maxiter=3, callback=products.append, callback_type="pr_norm"
        )
        used += len(products)
        scale = min(1.0, LONGEST / max(float(np.abs(move).max()), 1e-300))
        for _ in range(8):
            tried = z + scale * move
            new_gap = sweep(c, tried, 1.0) - tried
            used += 1
            if np.isfinite(new_gap).all() and np.abs(new_gap).max() < size:
                break
            scale /= 3
        else:
            return None
        z, gap = tried, new_gap
    return None
