"""The duplicates page: pairs side by side, a person's answers in the log, hostile text as text."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.events import DuplicateMarked, DuplicateRefuted
from evidence.project import Project
from evidence.state import read_state, study_label
from evidence.ui.search.duplicates import pair_key
from tests.evidence.duplicates_factory import make_duplicates_project, record, suspected
from tests.evidence.trial_factory import OFFLINE

LATER = pair_key("later", "whole")
COPY = pair_key("copy", "whole")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_duplicates_project(tmp_path / "p")


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.search import duplicates

    duplicates.page(Path(folder))


def start(folder: Path, name: str | None = "Ada Okoro") -> AppTest:
    app = AppTest.from_function(_draw, args=(str(folder),), default_timeout=60).run()
    assert not app.exception
    if name is not None:
        app.text_input(key="reviewer_input").set_value(name).run()
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def show_merged(app: AppTest) -> None:
    app.session_state["duplicates_shown"] = "Merged"
    app.run()
    assert not app.exception


def by_people(project: Project) -> list[tuple[str, str, str, str]]:
    words = [*project.entries(DuplicateMarked), *project.entries(DuplicateRefuted)]
    return [
        (w.kind, w.record_id, w.duplicate_of, w.provenance.reason)
        for w in words
        if w.provenance.by_person
    ]


def test_open_pairs_are_shown_side_by_side_with_differing_words_marked(project: Project) -> None:
    page = html_of(start(project.path))
    assert "<b>3</b><span>pairs wait for a person</span>" in page
    assert "<b>1</b><span>merged by the machine</span>" in page
    assert page.count("ev-pair") - page.count(".ev-pair") == 3
    assert "titles alike, same authors, years apart" in page
    assert '<mark class="ev-differs">five-year follow-up of</mark> a randomised' in page
    assert '<mark class="ev-differs">2024</mark>' in page
    assert "no abstract" in page
    assert "40 mg once daily" in page


def test_a_pair_is_headed_by_title_author_and_year_with_the_ids_beside(project: Project) -> None:
    page = html_of(start(project.path))
    later, whole = (read_state(project).records[name].record for name in ("later", "whole"))
    assert f"<h3>{later.title}</h3>" in page
    for one in (later, whole):
        assert f"<b>{study_label(one)}</b>" in page
        assert f'<span class="ev-soft">{one.record_id} · {one.source}' in page


def test_same_is_written_with_who_and_why_and_the_record_drops_out(project: Project) -> None:
    app = start(project.path)
    app.text_input(key=f"why-{LATER}").set_value("same trial *really*")
    app.button(key=f"same-{LATER}").click().run()
    assert not app.exception
    assert by_people(project) == [("duplicate_marked", "later", "whole", "same trial *really*")]
    (mark,) = [m for m in project.entries(DuplicateMarked) if m.provenance.by_person]
    assert (mark.provenance.actor, mark.provenance.engine) == ("Ada Okoro", "person")
    assert read_state(project).fate("later") == "duplicate"
    assert "later is left out" in app.toast[0].value
    assert "<b>2</b><span>pairs wait for a person</span>" in html_of(app)
    assert "<b>1</b><span>merged by a person</span>" in html_of(app)


def test_different_needs_a_reason(project: Project) -> None:
    app = start(project.path)
    before = project.head()
    app.button(key=f"different-{LATER}").click().run()
    assert project.head() == before
    assert "Please write why" in app.warning[0].value
    app.text_input(key=f"why-{LATER}").set_value("five-year follow-up")
    app.button(key=f"different-{LATER}").click().run()
    assert by_people(project) == [
        ("duplicate_refuted", "later", "whole", "five-year follow-up"),
    ]
    assert "<b>2</b><span>pairs wait for a person</span>" in html_of(app)


def test_a_merge_can_be_undone(project: Project) -> None:
    app = start(project.path)
    show_merged(app)
    label = study_label(read_state(project).records["copy"].record)
    assert f"{label} · copy is left out, whole stays" in html_of(app)
    app.button(key=f"undo-{COPY}").click().run()
    assert by_people(project) == []
    app.text_input(key=f"why-undo-{COPY}").set_value("another dose")
    app.button(key=f"undo-{COPY}").click().run()
    assert by_people(project) == [("duplicate_refuted", "copy", "whole", "another dose")]
    assert read_state(project).fate("copy") == "to_screen"
    assert "No record was merged" in app.info[0].value


@pytest.mark.parametrize("name", [None, "  ", "Machine"])
def test_nothing_is_written_without_a_persons_name(project: Project, name: str | None) -> None:
    app = start(project.path, name)
    before = project.head()
    app.button(key=f"same-{LATER}").click().run()
    assert project.head() == before
    assert "write your name" in app.warning[0].value


def test_an_answer_that_comes_too_late_is_told(project: Project) -> None:
    app = start(project.path)
    from tests.evidence.duplicates_factory import marked

    project.append(marked("later", "whole"))  # the log grew behind the page
    app.button(key=f"same-{LATER}").click().run()
    assert by_people(project) == []
    assert "not merged yet" in app.warning[0].value


def test_text_of_records_and_reasons_is_escaped(project: Project) -> None:
    page = html_of(start(project.path))
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>Doe" not in page
    assert 'href="javascript' not in page
    assert "&lt;script&gt;" in page


def test_words_filter_the_pairs_and_pages_turn(project: Project) -> None:
    for number in range(12):
        found = record(f"more-{number}", title=f"Report {number}")
        from evidence.events import RecordIdentified

        project.append(
            RecordIdentified(record=found, score=1, ranks={}, provenance=OFFLINE),
            suspected(f"more-{number}", "whole"),
        )
    app = start(project.path)
    assert "1 to 10 of 15" in [c.value for c in app.caption]
    app.text_input(key="duplicates_words").set_value("follow-up").run()
    assert "1 to 1 of 1" in [c.value for c in app.caption]
    app.text_input(key="duplicates_words").set_value("nowhere at all").run()
    assert "No pair fits" in app.info[0].value


def test_ids_that_would_run_together_are_two_pairs() -> None:
    assert pair_key("a-b", "c") != pair_key("a", "b-c")
    assert pair_key("a", "b") != pair_key("b", "a")


def test_a_missing_project_gives_one_line(tmp_path: Path) -> None:
    app = start(tmp_path / "nowhere", name=None)
    assert len(app.error) == 1
    assert "expected a project folder" in app.error[0].value.replace("\\", "")
