"""Where the publishers' files are."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sources(data: Path) -> Path:
    """The folder of publishers' files, where the machine has it."""
    return data / "sources"
