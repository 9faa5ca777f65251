"""What holds for every test."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# The same examples everywhere, and a busy machine fails nothing; for others, with a clock:
# pytest --hypothesis-profile=default
settings.register_profile(
    "alike", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("alike")


@pytest.fixture(autouse=True)
def _main_module_stays() -> Iterator[None]:
    """Streamlit's tests put a script in its place, and processes begun later would run that."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
