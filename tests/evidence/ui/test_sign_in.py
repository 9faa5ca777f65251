"""Signing in: what is shown before and after, and that nobody else's click is written."""

import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import ScreeningReopened
from evidence.judgements import Provenance, RecommendationSignedOff, ScreeningDecision
from evidence.people import passwords
from evidence.people.passwords import hash_password
from evidence.people.register import PEOPLE_FILE, add_person, remove_person, set_password, set_roles
from evidence.people.sessions import Tries
from evidence.project import Project
from evidence.ui import sign_in, signing
from tests.evidence.ui.people_factory import PEOPLE, TWO, everything_shown, make_project, says

WORDS = "correct horse battery"
BUTTON = "include-r1"


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


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


def _draw(folder: str, page: str) -> None:
    from pathlib import Path

    import streamlit as st

    from evidence.ui import conflicts, opened, sign_in, signing
    from tests.evidence.ui.people_factory import says

    def include(record_id: str) -> None:
        name = signing.reviewer_name()
        if name:
            signing.write(project, says(name, "include", record_id), done="Written")

    def ran(record_id: str) -> None:
        if signing.session_holds(project):
            st.session_state["ran"] = record_id

    def records() -> None:
        """The least that a page where people decide does."""
        signing.sidebar(project)
        signing.show_notice()
        st.write(project.manifest.question.text)
        st.text_input("Search", key="words")
        for record_id, identified in opened.review_state(project).records.items():
            st.text(identified.record.title)
            # An act without a signature, such as to start a run.
            st.button("Run", key=f"run-{record_id}", on_click=ran, args=(record_id,))
            st.button("Include", key=f"include-{record_id}", on_click=include, args=(record_id,))

    project = opened.open_project(Path(folder))
    if sign_in.gate(Path(folder)):
        if page == "conflicts":
            conflicts.page(Path(folder))
        else:
            records()


def opened(
    monkeypatch: pytest.MonkeyPatch, project: Project, *options: str, page: str = "records"
) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["app.py", str(project.path), *options])
    folder = str(project.path)
    app = AppTest.from_function(_draw, args=(folder, page), default_timeout=60).run()
    assert not app.exception
    return app


def enter(app: AppTest, name: str = "Ada Okoro", password: str = WORDS) -> AppTest:
    app.text_input(key="sign_in_name").set_value(name)
    app.text_input(key="sign_in_password").set_value(password)
    app.button(key="sign_in_button").click().run()
    assert not app.exception
    return app


def click(app: AppTest, key: str = BUTTON) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def by_people(project: Project) -> list[tuple[str, str]]:
    found = project.entries(ScreeningDecision)
    return [(d.provenance.actor, d.record_id) for d in found if d.provenance.by_person]


def said(app: AppTest) -> str:
    boxes = (*app.warning, *app.error, *app.info)
    return " ".join(box.value.replace("\\", "") for box in boxes)


def on_sign_in_page(app: AppTest) -> bool:
    return [title.value for title in app.title] == ["Sign in"]


def test_nothing_of_the_project_is_shown_before_signing_in(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(monkeypatch, project)
    assert on_sign_in_page(app)
    shown = everything_shown(app)
    for secret in ("secret-name", "solvane", "Title 1", "Ada", "Ben"):
        assert secret not in shown
    assert not app.sidebar.children


def test_who_signs_in_decides_under_their_name_and_types_none(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = enter(opened(monkeypatch, project), " ada  okoro ")
    assert not on_sign_in_page(app)
    assert "**Ada Okoro** (reviewer, admin)" in app.sidebar.markdown[0].value
    assert not [box for box in app.text_input if box.key == "reviewer_input"]
    click(app)
    assert by_people(project) == [("Ada Okoro", "r1")]


def test_the_password_is_not_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, project)
    for password in ("wrong words here", WORDS):
        enter(app, password=password)
        assert password not in repr(app.session_state)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Ada Okoro", "another good one"),
        ("Nobody Known", WORDS),
        ("Ben Quist", ""),
        ("", WORDS),
        ("machine", WORDS),
    ],
)
def test_wrong_words_let_nobody_in(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str, password: str
) -> None:
    app = enter(opened(monkeypatch, project), name, password)
    assert on_sign_in_page(app)
    expected = "is wrong" if name.strip() and password else "Please write your name and"
    assert expected in said(app)


def test_an_unknown_name_and_a_wrong_password_are_told_alike(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_of = [
        [said(enter(app, name, "wrong words here")) for _ in range(5)]
        for name in ("Ada Okoro", "Nobody Known")
        for app in [opened(monkeypatch, project)]
    ]
    assert said_of[0] == said_of[1]
    assert "please wait" in said_of[0][-1]


def test_tries_are_counted_across_sessions(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        enter(opened(monkeypatch, project), password="wrong words here")  # noqa: S106
    assert "please wait" in said(enter(opened(monkeypatch, project)))
    assert not on_sign_in_page(enter(opened(monkeypatch, project), "Ben Quist", "another good one"))


def test_a_click_after_the_session_has_ended_writes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    app = enter(opened(monkeypatch, project, "--session-minutes", "10"))
    clock.now += 599
    app.run()
    clock.now += 599  # the last act counts, not the first
    click(app)
    assert len(by_people(project)) == 1
    clock.now += 601
    before = project.head()
    click(app, "include-r2")
    assert project.head() == before
    assert on_sign_in_page(app)
    assert "Nothing was done for 10 minutes. Please sign in again." in said(app)
    assert "Nothing was written" in said(app)
    assert "solvane" not in everything_shown(app)
    app.run()  # redrawing revives nothing
    assert on_sign_in_page(app)
    click(enter(app), "include-r2")
    assert [record_id for _, record_id in by_people(project)] == ["r1", "r2"]


def test_an_act_without_a_signature_needs_a_session_too(
    project: Project, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    app = enter(opened(monkeypatch, project, "--session-minutes", "10"))
    click(app, "run-r0")
    assert app.session_state["ran"] == "r0"
    clock.now += 601
    click(app, "run-r1")
    assert app.session_state["ran"] == "r0"
    assert "Nothing was done: please sign in again" in said(app)


def test_a_signed_out_tab_writes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = enter(opened(monkeypatch, project))
    app.session_state["draft"] = "what Ada kept"
    app.text_input(key="words").set_value("what Ada searched").run()
    assert "what Ada kept" in repr(app.session_state)
    click(app, "sign_out")
    assert on_sign_in_page(app)
    assert "what Ada" not in repr(app.session_state)
    before = project.head()
    # What a browser can still send are values of widgets; the session is not among them.
    app.session_state["reviewer"] = "Ada Okoro"
    app.run()
    assert on_sign_in_page(app)
    assert project.head() == before


@pytest.mark.parametrize("change", ["removed", "password", "gone", "damaged"])
def test_a_click_behind_a_change_of_the_people_writes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    app = enter(opened(monkeypatch, project), "Ben Quist", "another good one")
    match change:
        case "removed":
            remove_person(project.path, "Ben Quist")
        case "password":
            set_password(project.path, "Ben Quist", hash_password("a fresh new one"))
        case "damaged":
            (project.path / PEOPLE_FILE).write_text("{")
        case "gone":
            (project.path / PEOPLE_FILE).write_text('{"people": []}')
    before = project.head()
    click(app)
    assert project.head() == before
    assert "solvane" not in everything_shown(app)
    assert said(app)


def test_a_list_of_people_that_cannot_be_read_lets_nobody_in(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.path / PEOPLE_FILE).write_text("{")
    app = opened(monkeypatch, project)
    assert "people.json" in app.error[0].value.replace("\\", "")
    assert "solvane" not in everything_shown(app)


def test_a_page_without_the_gate_writes_nothing_either(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "gate", lambda _: True)
    app = opened(monkeypatch, project)
    before = project.head()
    click(app)
    assert project.head() == before
    assert "sign in" in said(app)


def test_without_people_names_are_taken_on_trust_and_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 4)
    app = opened(monkeypatch, project)
    assert not on_sign_in_page(app)
    assert "names are taken on trust" in " ".join(c.value for c in app.sidebar.caption)
    app.text_input(key="reviewer_input").set_value("Ada Okoro").run()
    click(app)
    assert by_people(project) == [("Ada Okoro", "r1")]


def test_the_first_person_added_closes_an_open_tab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 4)
    app = opened(monkeypatch, project)
    app.text_input(key="reviewer_input").set_value("Ada Okoro").run()
    add_person(project.path, "Ada Okoro", ["admin"], hash_password(WORDS))
    before = project.head()
    click(app)
    assert project.head() == before
    assert on_sign_in_page(app)


def with_header(monkeypatch: pytest.MonkeyPatch, *values: str, header: str = "X-User") -> None:
    from streamlit.runtime.context import StreamlitHeaders

    headers = StreamlitHeaders([(header, value) for value in values])
    monkeypatch.setattr(st, "context", SimpleNamespace(headers=headers))


def test_a_header_is_ignored_without_the_option(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_header(monkeypatch, "Ada Okoro")
    assert on_sign_in_page(opened(monkeypatch, project))


def test_with_the_option_the_header_signs_in(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_header(monkeypatch, "ada okoro")
    app = opened(monkeypatch, project, "--user-header", "x-user")
    assert not on_sign_in_page(app)
    assert not [button for button in app.button if button.key == "sign_out"]
    click(app)
    assert by_people(project) == [("Ada Okoro", "r1")]


@pytest.mark.parametrize(
    "values", [("Mallory",), (), ("Ada Okoro", "Mallory"), ("machine",), ("<b>Ada</b>",)]
)
def test_with_the_option_another_name_is_refused_in_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, values: tuple[str, ...]
) -> None:
    with_header(monkeypatch, *values)
    app = opened(monkeypatch, project, "--user-header", "X-User")
    assert len(app.error) == 1
    assert len(app.error[0].value.splitlines()) == 1
    assert not app.text_input  # and no password helps
    assert "solvane" not in everything_shown(app)
    assert project.entries(ScreeningDecision) == []


def test_a_header_of_another_name_is_not_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_header(monkeypatch, "Ada Okoro", header="X-Other")
    app = opened(monkeypatch, project, "--user-header", "X-User")
    assert "expected one name in the header X-User" in said(app)


def test_an_idle_session_of_a_proxy_ends_until_the_page_is_reloaded(
    project: Project, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    with_header(monkeypatch, "Ada Okoro")
    words = ("--user-header", "X-User", "--session-minutes", "5")
    app = opened(monkeypatch, project, *words)
    clock.now += 301
    before = project.head()
    click(app)
    assert project.head() == before
    assert "Please reload the page." in said(app)
    assert not app.text_input
    assert not on_sign_in_page(opened(monkeypatch, project, *words))


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


def test_another_project_in_the_tab_revives_no_session(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    def both(guarded: str, free: str) -> None:
        from pathlib import Path

        from evidence.ui import sign_in

        sign_in.gate(Path(guarded))
        sign_in.gate(Path(free))

    free = make_project(tmp_path / "free", PEOPLE, 1)
    monkeypatch.setattr(sys, "argv", ["app.py", "", "--session-minutes", "10"])
    app = AppTest.from_function(both, args=(str(project.path), str(free.path)), default_timeout=60)
    enter(app.run())
    assert not on_sign_in_page(app)
    clock.now += 601
    assert on_sign_in_page(app.run())
    assert on_sign_in_page(app.run())


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
        start.wait(10)
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
