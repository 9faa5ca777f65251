"""The search page: every act in the log, every file as text, every fault one line."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.events import RecordIdentified, SearchRun
from evidence.judgements import Provenance, ScreeningDecision
from evidence.project import Project
from evidence.searching.adding import add, searched_on
from evidence.state import read_state
from evidence.ui.search.lines import PASTED
from evidence.ui.search.page import FILES, LIVE, PAST, SHOWN, STRATEGY
from evidence.verification import verify
from indexers.records import Record
from tests.eutils_server import LiveServer, serving
from tests.evidence.duplicates_factory import suspected
from tests.evidence.searching.added_factory import found, make_project, make_store, record
from tests.evidence.trial_factory import HOSTILE

NAME = "Ada Okoro"
RIS = (
    "TY  - JOUR\nID  - E1\nTI  - {title}\nPY  - 2019\nAB  - Text\nER  - \n\n"
    "TY  - JOUR\nID  - E2\nTI  - =HYPERLINK(1) second\nER  - \n\n"
    "TY  - JOUR\nID  - E3\nTI  - without an end\n"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("stores") / "store")


@pytest.fixture
def project(tmp_path: Path, store: Path) -> Project:
    return make_project(tmp_path / "p", store)


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.search.page import page

    page(Path(folder))


def start(folder: Path, shown: str = STRATEGY, name: str = NAME) -> AppTest:
    app = AppTest.from_function(_draw, args=(str(folder),), default_timeout=60)
    app.session_state[SHOWN] = shown
    app.run()
    assert not app.exception
    if name:
        app.text_input(key="reviewer_input").set_value(name).run()
    return app


def html_of(app: AppTest) -> str:
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style>"))


def write_lines(app: AppTest, *texts: str) -> None:
    """Type lines, one after the other."""
    for number, text in enumerate(texts, 1):
        if number > 1:
            app.button(key="search-add-line").click().run()
        (area,) = [a for a in app.text_area if a.label == f"Line {number}"]
        area.set_value(text).run()
        assert not app.exception


def drop(app: AppTest, name: str, content: bytes) -> None:
    app.file_uploader(key="search_files").set_value([(name, content, "text/plain")]).run()
    assert not app.exception


def press(app: AppTest, start_of_key: str) -> None:
    (button,) = [b for b in app.button if (b.key or "").startswith(start_of_key)]
    button.click().run()
    assert not app.exception


def test_lines_are_counted_and_what_they_find_is_added(project: Project) -> None:
    app = start(project.path)
    write_lines(app, "gleam[tiab]", "solvane[tiab] OR kestrol[tiab]", "#1 AND #2")
    assert "<b>8</b><span>found</span>" in html_of(app)
    assert "<b>2</b> of 8 records of the store found, <b>2</b> of them new" in html_of(app)
    press(app, "search-run")
    (search,) = project.entries(SearchRun)
    assert search.query == "#1. gleam[tiab]\n#2. solvane[tiab] OR kestrol[tiab]\n#3. #1 AND #2"
    assert (search.provenance.actor, search.n_records) == (NAME, 2)
    assert [e.record.record_id for e in project.entries(RecordIdentified)] == ["s0", "s3"]
    assert "2 new of 2 found" in app.success[0].value
    assert "<b>0</b> of them new" in html_of(app)
    assert "<b>2</b><span>records identified</span>" in html_of(app)
    assert list(verify(project)) == []
    again = start(project.path)
    assert next(a.value for a in again.text_area if a.label == "Line 1") == "gleam[tiab]"
    digest = search.source.removeprefix("store ")
    assert f"Store of records <span class='ev-soft'>{digest}</span>" in html_of(
        start(project.path, PAST)
    )


def test_a_fault_is_told_under_its_line_and_nothing_can_be_run(project: Project) -> None:
    app = start(project.path)
    write_lines(app, "gleam[tiab]", "#1 AND (x")
    assert "Line #2, character 8:" in html_of(app)
    assert not [b for b in app.button if b.key == "search-run"]
    assert not [c for c in app.caption if c.value.startswith("Write a line")]


def test_known_records_that_are_lost_are_named_and_a_term_brings_them_back(
    project: Project,
) -> None:
    add(project, found(record("s2", "brontil"), source="pilot"), NAME)
    for phase in ("title_abstract", "full_text"):
        project.append(
            ScreeningDecision(
                record_id="s2",
                phase=phase,
                verdict="include",
                provenance=Provenance(actor=NAME, engine="person"),
            )
        )
    app = start(project.path)
    write_lines(app, "solvane[tiab]")
    page = html_of(app)
    assert "<b>0 of 1</b> known records found" in page
    assert "misses 1 of 1 known" in page
    assert "1 known record is lost" in page and "trial s2" in page
    app.toggle(key="search-suggest").set_value(True).run()
    assert not app.exception
    terms = [b for b in app.button if (b.key or "").startswith("search-term-")]
    assert terms
    terms[0].click().run()
    assert "<b>1 of 1</b> known records found" in html_of(app)


def test_a_pasted_ovid_strategy_becomes_lines(project: Project) -> None:
    app = start(project.path)
    app.session_state["search_syntax"] = "ovid"
    app.session_state[PASTED] = "1     gleam.ti,ab. (8)\n2     solvane.ti. (1)\n3     1 and 2"
    press(app, "search-paste-button")
    assert [a.value for a in app.text_area if a.label.startswith("Line")] == [
        "gleam.ti,ab.",
        "solvane.ti.",
        "1 and 2",
    ]
    assert "<b>1</b> of 8 records" in html_of(app)
    press(app, "search-run")
    (search,) = project.entries(SearchRun)
    assert search.query.startswith("1. gleam.ti,ab.\n")


def test_a_line_can_be_taken_out_and_the_others_keep_their_numbers(project: Project) -> None:
    app = start(project.path)
    write_lines(app, "gleam[tiab]", "nothing[tiab]", "#1")
    (out,) = [b for b in app.button if (b.key or "").endswith("-2-out")]
    out.click().run()
    assert [a.label for a in app.text_area if a.label.startswith("Line")] == ["Line 1", "Line 3"]
    assert "<b>8</b> of 8 records" in html_of(app)


def test_the_question_gives_a_draft(project: Project) -> None:
    app = start(project.path)
    press(app, "search-draft")
    assert "fever*[tiab]" in next(a.value for a in app.text_area if a.label == "Line 1")


def test_a_dropped_file_is_shown_and_added_with_source_and_date(project: Project) -> None:
    app = start(project.path, FILES)
    drop(app, "mine.ris", RIS.format(title=f"Solvane {HOSTILE}").encode())
    page = html_of(app)
    assert "<b>2</b> records, <b>2</b> new" in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page and "<script>" not in page
    assert "=HYPERLINK(1) second" in page
    assert "1 place could not be read and is left out" in page and "line 13:" in page
    assert project.head()[0] == 0
    (source,) = [t for t in app.text_input if t.label == "Source"]
    source.set_value("Embase (Ovid)")
    app.date_input[0].set_value(date(2026, 3, 1))
    (strategy,) = [a for a in app.text_area if a.label.startswith("Strategy")]
    strategy.set_value("exp Fever/")
    press(app, "search-add-button-")
    (search,) = project.entries(SearchRun)
    assert (search.source, search.query, search.n_records) == ("Embase (Ovid)", "exp Fever/", 2)
    assert searched_on(search) == date(2026, 3, 1)
    assert "file mine.ris" in search.provenance.reason
    assert "2 new of 2 found in Embase" in app.success[0].value
    assert "<b>0</b> new, 2 in the project already" in html_of(app)
    assert list(verify(project)) == []


def test_adding_a_file_again_writes_nothing(project: Project) -> None:
    app = start(project.path, FILES)
    drop(app, "mine.ris", RIS.format(title="One").encode())
    press(app, "search-add-button-")
    head = project.head()
    press(app, "search-add-button-")
    assert project.head() == head
    assert len(read_state(project).records) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("junk.ris", b"\x00\xff<script>alert(1)</script>\n" * 50_000),
        ("x.csv", b"=cmd|' /C calc'!A0,b\n1,2\n"),
        ("x.xml", b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"),
        ("<img src=x onerror=alert(1)>.ris", b"TY"),
        ("letter.txt", b"Dear aunt,"),
    ],
)
def test_a_hostile_or_broken_file_is_one_line(project: Project, name: str, content: bytes) -> None:
    app = start(project.path, FILES)
    drop(app, name, content)
    (error,) = app.error
    assert "\n" not in error.value
    assert "expected" in error.value
    assert not [b for b in app.button if (b.key or "").startswith("search-add-button-")]
    assert project.head()[0] == 0


@pytest.mark.parametrize("shown", [STRATEGY, FILES])
def test_nothing_is_written_without_a_persons_name(project: Project, shown: str) -> None:
    app = start(project.path, shown, name="")
    if shown == FILES:
        drop(app, "mine.ris", RIS.format(title="One").encode())
        press(app, "search-add-button-")
    else:
        write_lines(app, "gleam[tiab]")
        press(app, "search-run")
    assert "write your name" in app.warning[0].value
    assert project.head()[0] == 0


def test_the_past_adds_up_and_goes_out_as_prisma_s(project: Project) -> None:
    add(project, found(record("e1", title=HOSTILE), query=f"#1. {HOSTILE}\n#2. #1"), NAME)
    add(project, found(record("e1", title=HOSTILE), record("e2"), source="CENTRAL"), NAME)
    page = html_of(start(project.path, PAST))
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "All searches" in page
    assert '<td class="ev-count">3</td><td class="ev-count">2</td>' in page
    labels = [b.proto.label for b in start(project.path, PAST).get("download_button")]
    assert labels == ["PRISMA-S as Word", "PRISMA-S as Markdown"]


def test_open_pairs_are_told(project: Project) -> None:
    add(project, found(record("e1"), record("e2", "kestrol")), NAME)
    project.append(suspected("e2", "e1"))
    page = html_of(start(project.path))
    assert "<b>1</b><span>pair waits for a person</span>" in page


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    records = [
        Record(record_id="901", source="pubmed", pmid="901", title="Gleam fever and solvane"),
        Record(record_id="902", source="pubmed", pmid="902", title="Gleam fever and kestrol"),
    ]
    with serving(records) as server:
        monkeypatch.setattr("indexers.entrez_requests.BASE_URL", server.eutils)
        yield server


def test_pubmed_is_asked_only_on_the_button_and_then_added(
    project: Project, live: LiveServer
) -> None:
    app = start(project.path, LIVE)
    assert any("sends the query and your e-mail address" in c.value for c in app.caption)
    app.text_area(key="search-live-query-pubmed").set_value("gleam").run()
    press(app, "search-live-run")
    assert "e-mail" in app.warning[0].value
    app.text_input(key="search-live-email").set_value("ada@example.org").run()
    assert project.head()[0] == 0
    press(app, "search-live-run")
    assert "<b>2</b> records, <b>2</b> new" in html_of(app)
    assert project.head()[0] == 0
    press(app, "search-live-add")
    (search,) = project.entries(SearchRun)
    assert (search.source, search.query, search.n_records) == ("PubMed", "gleam", 2)
    assert "ada@example.org" not in search.model_dump_json()
    assert set(read_state(project).records) == {"901", "902"}
    assert list(verify(project)) == []


def test_without_a_network_a_live_search_is_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexers.live_requests import ServiceError

    def fail(*_args: object, **_more: object) -> None:
        raise ServiceError("PubMed", "the connection failed (Name or service not known)")

    monkeypatch.setattr("evidence.searching.live.LiveSearcher.download", fail)
    app = start(project.path, LIVE)
    app.text_area(key="search-live-query-pubmed").set_value("gleam").run()
    app.text_input(key="search-live-email").set_value("ada@example.org").run()
    press(app, "search-live-run")
    assert "the connection failed" in app.error[0].value.replace("\\", "")
    assert project.head()[0] == 0


def test_a_missing_store_leaves_files_and_the_past(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", make_store(tmp_path / "store"))
    (tmp_path / "store").rename(tmp_path / "gone")
    app = start(project.path)
    assert "expected a store" in app.error[0].value.replace("\\", "")
    app = start(project.path, FILES)
    drop(app, "mine.ris", RIS.format(title="One").encode())
    press(app, "search-add-button-")
    assert len(read_state(project).records) == 2


def test_a_folder_that_is_no_project_is_one_line(tmp_path: Path) -> None:
    app = AppTest.from_function(_draw, args=(str(tmp_path),), default_timeout=60).run()
    assert not app.exception
    assert "expected a project folder" in app.error[0].value.replace("\\", "")
