"""Tests of the app: Streamlit need not look through all installed packages for each."""

from threading import Thread

import pytest
from streamlit.components.v2 import manifest_scanner

from evidence.ui import ahead


@pytest.fixture(autouse=True)
def _no_components_of_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", list)


@pytest.fixture(autouse=True)
def loading(monkeypatch: pytest.MonkeyPatch) -> list[Thread]:
    """The threads that load the encoder: one that does nothing, so that none is started."""
    threads = [Thread()]
    monkeypatch.setattr(ahead, "_loading", threads)
    return threads
