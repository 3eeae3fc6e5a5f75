"""Workers: processes that do parts of one job side by side, where the system can split this one at no cost.

Where it cannot, because threads run or the system is no Linux, the parts are done here one after the other.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_job: tuple[Callable[[Any], Any], Sequence[Any]] | None = None  # of this process while it is split


def side_by_side(task: Callable[[T], R], parts: Sequence[T], workers: int) -> list[R]:
    """`task` of every part, in their order; what a part raises is raised here.

    Results travel between processes, parts do not.
    """
    if min(workers, len(parts)) < 2 or not can_split():
        return [task(part) for part in parts]
    global _job
    _job = task, parts
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of idle threads that readers of tables leave behind
            with ProcessPoolExecutor(min(workers, len(parts)), get_context("fork")) as pool:
                return list(pool.map(_done, range(len(parts))))
    finally:
        _job = None


def can_split() -> bool:
    """Whether this process may be split: on Linux, without threads of Python, and linear algebra told to use one."""
    return sys.platform == "linux" and threading.active_count() == 1 and os.environ.get("OPENBLAS_NUM_THREADS") == "1"


def _done(at: int) -> Any:
    assert _job is not None
    task, parts = _job
    return task(parts[at])
