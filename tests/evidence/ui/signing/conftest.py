"""A clock that stands, passwords that cost nothing, and a project with two people."""

from pathlib import Path

import pytest

from evidence.people import passwords
from evidence.people.passwords import hash_password
from evidence.people.register import add_person
from evidence.people.sessions import Tries
from evidence.project import Project
from evidence.ui import sign_in, signing
from tests.evidence.ui.people_factory import PEOPLE, make_project
from tests.evidence.ui.signing.signing_factory import WORDS, Clock


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(passwords, "COST_N", 2**4)
    # Every AppTest looks through all installed packages for components; none is used here.
    monkeypatch.setattr(
        "streamlit.components.v2.manifest_scanner.scan_component_manifests", list, raising=False
    )
    made = Clock()
    monkeypatch.setattr(signing, "time", made)
    monkeypatch.setattr(sign_in, "Tries", lambda: Tries(made.monotonic))
    sign_in._tries.clear()
    return made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "secret-name", PEOPLE, 4)
    add_person(made.path, "Ada Okoro", ["reviewer", "admin"], hash_password(WORDS))
    add_person(made.path, "Ben Quist", ["reviewer"], hash_password("another good one"))
    return made
