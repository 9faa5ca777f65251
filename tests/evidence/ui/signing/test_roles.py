"""What each role may write, and that two people at once lose nothing."""

import sys
import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import ScreeningReopened
from evidence.judgements import Provenance, RecommendationSignedOff, ScreeningDecision
from evidence.people.passwords import hash_password
from evidence.people.register import PEOPLE_FILE, add_person, set_roles
from evidence.project import Project
from tests.evidence.ui.people_factory import TWO, make_project, says
from tests.evidence.ui.signing.signing_factory import (
    WORDS,
    by_people,
    click,
    enter,
    opened,
    said,
)


def test_settling_needs_an_adjudicator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = in_conflict(tmp_path / "p", TWO)
    app = enter(opened(monkeypatch, project, page="conflicts"))
    key = "include-adjudicator-title_abstract-r0"
    assert not [button for button in app.button if button.key == key]
    assert "needs the role of adjudicator" in " ".join(c.value for c in app.caption)
    set_roles(project.path, "Ada Okoro", ["admin", "adjudicator"])
    app.run()
    set_roles(project.path, "Ada Okoro", ["admin"])  # behind the page that shows the button
    before = project.head()
    click(app, key)
    assert project.head() == before
    assert "needs the role of adjudicator" in said(app)
    set_roles(project.path, "Ada Okoro", ["admin", "adjudicator"])
    click(app.run(), key)
    assert project.entries(ScreeningDecision)[-1].role == "adjudicator"


def test_the_settings_own_list_holds_besides_the_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TWO.model_copy(update={"adjudicators": ("Dan Eze",)})
    project = in_conflict(tmp_path / "p", settings)
    set_roles(project.path, "Ada Okoro", ["admin", "adjudicator"])
    app = enter(opened(monkeypatch, project, page="conflicts"))
    assert "only Dan Eze may adjudicate" in " ".join(c.value for c in app.caption).replace("\\", "")


def in_conflict(path: Path, settings: ScreeningSettings) -> Project:
    project = make_project(path, settings, 4)
    add_person(project.path, "Ada Okoro", ["admin"], hash_password(WORDS))
    project.append(says("Cleo Ray", "include", "r0"), says("Ben Quist", "exclude", "r0"))
    return project


def _write(folder: str, body: str) -> None:
    from pathlib import Path

    import streamlit as st
    from pydantic import TypeAdapter

    from evidence.entries import Entry
    from evidence.project import Project
    from evidence.ui import sign_in, signing

    if sign_in.gate(Path(folder)):
        project = Project.open(Path(folder))
        signing.sidebar(project)
        signing.show_notice()
        st.session_state["may"] = [signing.may(r) for r in ("reviewer", "adjudicator", "admin")]
        entry = TypeAdapter(Entry).validate_json(body)
        st.button("Write", key="write", on_click=signing.write, args=(project, entry),
                  kwargs={"done": "Written"})  # fmt: skip


BEN = Provenance(actor="Ben Quist", engine="person", reason="why")


@pytest.mark.parametrize(
    ("entry", "roles", "written"),
    [
        (ScreeningReopened(provenance=BEN), ["reviewer"], False),
        (ScreeningReopened(provenance=BEN), ["admin"], True),
        (ScreeningReopened(provenance=BEN), ["adjudicator"], True),
        (
            RecommendationSignedOff(recommendation_digest="0", provenance=BEN),
            ["reviewer"],
            False,
        ),
        (RecommendationSignedOff(recommendation_digest="0", provenance=BEN), ["admin"], True),
        (says("Ben Quist", "include", "r0"), ["reviewer"], True),
        (says("Ada Okoro", "include", "r0"), ["reviewer", "adjudicator", "admin"], False),
    ],
)
def test_what_a_role_may_write(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    entry: Entry,
    roles: list[str],
    written: bool,
) -> None:
    set_roles(project.path, "Ben Quist", roles)  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "argv", ["app.py"])
    app = AppTest.from_function(
        _write, args=(str(project.path), entry.model_dump_json()), default_timeout=60
    ).run()
    enter(app, "Ben Quist", "another good one")
    assert app.session_state["may"] == [r in roles for r in ("reviewer", "adjudicator", "admin")]
    before, _ = project.head()
    click(app, "write")
    assert project.head()[0] == before + written
    assert ("Nothing was written" in said(app)) != written


def test_a_write_behind_a_damaged_list_of_people_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py"])
    entry = says("Ben Quist", "include", "r0")
    app = AppTest.from_function(
        _write, args=(str(project.path), entry.model_dump_json()), default_timeout=60
    ).run()
    enter(app, "Ben Quist", "another good one")
    (project.path / PEOPLE_FILE).write_text("{")
    before = project.head()
    click(app, "write")
    assert project.head() == before


def test_two_people_at_once_lose_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = enter(opened(monkeypatch, project))
    ben = enter(opened(monkeypatch, project), "Ben Quist", "another good one")
    for app, key in ((ada, "r1"), (ben, "r2"), (ada, "r3"), (ben, "r0")):
        click(app, f"include-{key}")
    assert by_people(project) == [
        ("Ada Okoro", "r1"), ("Ben Quist", "r2"), ("Ada Okoro", "r3"), ("Ben Quist", "r0"),
    ]  # fmt: skip
    assert project.chain_problems() == []


def test_two_handles_that_write_at_the_same_moment_lose_nothing(project: Project) -> None:
    start = threading.Barrier(2)

    def screens(name: str) -> None:
        own = Project.open(project.path)
        start.wait(60)
        for number in range(60):
            own.append(says(name, "include", f"r{number % 4}", reason=str(number)))
        own.close()

    names = ("Ada Okoro", "Ben Quist")
    threads = [threading.Thread(target=screens, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        own = [d for d in project.entries(ScreeningDecision) if d.provenance.actor == name]
        assert [d.exclusion_reason for d in own] == [str(number) for number in range(60)]
    assert project.chain_problems() == []
