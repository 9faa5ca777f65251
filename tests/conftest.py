"""What holds for every test."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _main_module_stays() -> Iterator[None]:
    """Streamlit's tests put a script in its place, and processes begun later would run that."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
