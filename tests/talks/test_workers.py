"""Work done side by side: the same results in the same order, whether the process is split or not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tradetalks.errors import SolveError
from tradetalks.talks import workers
from tradetalks.talks.workers import can_split, side_by_side

SMALL = Path(__file__).parent / "small-case.yaml"

SPLIT = f"""
import os
import tradetalks as tt
from tradetalks.errors import SolveError
from tradetalks.talks import scoring
from tradetalks.talks.workers import can_split, side_by_side

assert can_split()
seen = side_by_side(lambda part: (part**2, os.getpid()), range(6), 2)
assert [square for square, _ in seen] == [0, 1, 4, 9, 16, 25]
assert os.getpid() not in {{process for _, process in seen}}
def fails(part):
    raise SolveError(f"part {{part}} has none")
try:
    side_by_side(fails, range(3), 2)
except SolveError as error:
    assert str(error) == "part 0 has none"
else:
    raise AssertionError("nothing was raised")
scoring.LEAST = 3
case = tt.Case.load({str(SMALL)!r})
one, two = (tt.negotiate(case, workers=count) for count in (1, 2))
assert abs(one.payoffs - two.payoffs).max() < 1e-6
assert one.solutions == two.solutions
assert abs(one.states.welfare - two.states.welfare).max() < 1e-6
assert [worth.payoffs.keys() for worth in one.worths] == [worth.payoffs.keys() for worth in two.worths]
print("alike")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are split on Linux alone")
def test_a_split_process_gives_what_one_gives_and_raises_what_one_raises() -> None:
    """In a process of its own, which has no other thread."""
    told = subprocess.run(
        [sys.executable, "-c", SPLIT], env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True
    )
    assert (told.returncode, told.stdout.strip()) == (0, "alike"), told.stderr


def test_a_process_with_threads_does_the_work_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    over = threading.Event()
    waiting = threading.Thread(target=over.wait)
    waiting.start()
    try:
        assert not can_split()
        assert side_by_side(lambda part: (part, os.getpid()), [3, 4], 2) == [(3, os.getpid()), (4, os.getpid())]
    finally:
        over.set()
        waiting.join()


def test_one_worker_or_one_part_splits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "can_split", lambda: pytest.fail("asked"))
    assert side_by_side(str, [1, 2], 1) == ["1", "2"] and side_by_side(str, [1], 8) == ["1"]

    def fails(part: int) -> None:
        raise SolveError(f"part {part} has none")

    with pytest.raises(SolveError, match="part 7 has none"):
        side_by_side(fails, [7], 2)
