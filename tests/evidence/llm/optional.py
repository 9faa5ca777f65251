"""Packages that are optional: their tests skip where they are missing, and fail in CI."""

from __future__ import annotations

import importlib.util
import os

import pytest


def need(package: str, extra: str) -> None:
    """Skip where a package is missing; in CI that is a failure."""
    if importlib.util.find_spec(package):
        return
    reason = f"{package} is not installed: pip install 'evidence-synthesis[{extra}]'"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
