"""The studies page: values with their places, a person's word in the log, hostile text as text."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.findings import ContinuousData, DichotomousData
from evidence.judgements import ExtractedOutcome, ResultRejected
from evidence.project import Project
from evidence.state import read_state
from evidence.summary import summary_rows
from evidence.ui.study_results import StudyResults, reviewed_studies
from evidence.verification import verify
from tests.evidence.ui.studies_factory import make_studies_project

RELAPSE, PAIN = "Relapse at 28 days", "Pain at day 7"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_studies_project(tmp_path / "p")


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui import studies

    studies.page(Path(folder))


def start(folder: Path, name: str = "Ada Okoro") -> AppTest:
    app = AppTest.from_function(_draw, args=(str(folder),), default_timeout=60).run()
    assert not app.exception
    if app.text_input:
        app.text_input(key="reviewer_input").set_value(name).run()
    return app


def html_of(app: AppTest) -> str:
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style>"))


def key_of(project: Project, outcome: str, what: str, record_id: str = "trial-2") -> str:
    """The key of an input about the engine's result for an outcome."""
    (digest,) = {
        r.content_digest
        for r in project.entries(ExtractedOutcome)
        if (r.record_id, r.outcome) == (record_id, outcome) and not r.provenance.by_person
    }
    return f"studies-{what}-{digest[:16]}"


def by_people(project: Project) -> list[ExtractedOutcome]:
    return [r for r in project.entries(ExtractedOutcome) if r.provenance.by_person]


def standings(project: Project) -> dict[str, list[str]]:
    """How the results of the second trial stand, by outcome."""
    study = study_of(project, "trial-2")
    return {o.outcome: [row.standing for row in o.rows] for o in study.outcomes}


def study_of(project: Project, record_id: str) -> StudyResults:
    studies = reviewed_studies(read_state(project), project.manifest.question)
    return next(s for s in studies if s.record.record_id == record_id)


def test_studies_with_waiting_results_come_first_with_their_counts(project: Project) -> None:
    app = start(project.path)
    told = [option.replace("\\", "") for option in app.radio[0].options]
    assert told == [
        "Brandt 2019 · 3 results, 3 wait for you",
        "Almeida 2017 · 2 results",
        "Chukwu 2022 · 2 results",
    ]
    assert "7 results · 3 wait for you" in app.caption[0].value + app.caption[1].value


def test_characteristics_arms_results_and_the_stated_direction_have_their_quotes(
    project: Project,
) -> None:
    page = html_of(start(project.path))
    assert "<th scope='row'>Follow up</th><td>28 days</td>" in page
    assert "“followed to day 28”" in page
    assert "Solvane 40 mg once daily (SLV)</th><td>intervention</td><td>76</td>" in page
    assert "<b>8/76</b>" in page and "<b>13/75</b>" in page
    assert "<b>2.6 (?), n 76</b>" in page
    assert "the percentage in Table 2 was not needed" in page
    assert "The report tells: ▼ significantly less with the intervention" in page


def test_the_chosen_number_is_marked_in_the_text_or_in_its_table(project: Project) -> None:
    app = start(project.path)
    assert "Results</p>" in html_of(app)
    assert '<mark class="ev-c0">Relapse occurred in 8 of 76 adults given solvane' in html_of(app)
    app.button_group(key=key_of(project, RELAPSE, "place")).set_value("total_comparator").run()
    assert '<mark class="ev-c0">13 of 75 given placebo.</mark>' in html_of(app)
    app.button(key=key_of(project, PAIN, "open")).click().run()
    assert not app.exception
    page = html_of(app)
    assert '<mark class="ev-c0">2.6 (1.4)</mark></td>' in page  # the table as a grid
    assert '<mark class="ev-c7">Solvane (n = 76)</mark></th>' in page


def test_words_are_found_in_the_report(project: Project) -> None:
    app = start(project.path)
    find = app.text_input(key="studies-find-trial-2")
    find.set_value("assessors  DID not know").run()
    assert '<mark class="ev-c0">Assessors did not know</mark>' in html_of(app)
    assert "Randomisation and masking" in html_of(app)
    app.text_input(key="studies-find-trial-2").set_value("not in it (").run()
    assert "These words are not in the report." in [c.value for c in app.caption]
    assert '<mark class="ev-c0">Relapse occurred' in html_of(app)


def test_a_flagged_result_is_confirmed_with_a_reason_and_pooled(project: Project) -> None:
    app = start(project.path)
    assert "not pooled" in _note(project)
    app.button(key=key_of(project, RELAPSE, "confirm")).click().run()
    assert by_people(project) == []
    assert "no reason for confirming" in app.warning[0].value.replace("\\", "")
    app.text_input(key=key_of(project, RELAPSE, "why")).set_value("the text agrees").run()
    app.button(key=key_of(project, RELAPSE, "confirm")).click().run()
    assert not app.exception
    (told,) = by_people(project)
    assert (told.flags, told.provenance.actor) == ((), "Ada Okoro")
    assert _note(project) == ""
    assert standings(project)[RELAPSE] == ["taken"]  # the engine's is not shown again
    assert "by Ada Okoro: the text agrees" in html_of(app)
    assert app.radio[0].options[0].endswith("3 results, 2 wait for you")
    assert "Result 2" in [m.value for m in app.markdown]  # the next that waits is open


def _note(project: Project) -> str:
    row = next(row for row in summary_rows(project) if row.outcome == RELAPSE)
    return next(s.note for s in row.studies if s.record_id == "trial-2")


def test_a_changed_number_needs_words_that_stand_in_the_report(project: Project) -> None:
    app, write = start(project.path), key_of(project, RELAPSE, "write")
    app.toggle(key=key_of(project, RELAPSE, "change")).set_value(True).run()
    app.text_input(key=key_of(project, RELAPSE, "why")).set_value("total in the text").run()
    app.number_input(key=key_of(project, RELAPSE, "events_comparator")).set_value(12).run()
    words = key_of(project, RELAPSE, "words-events_comparator")
    for pasted, told in (
        ("", "has no quote; paste the words"),
        ("12 of 75 given placebo", "are not in the report"),
        ("13 of 75 given placebo", "is not in its quote"),
    ):
        app.text_area(key=words).set_value(pasted).run()
        app.button(key=write).click().run()
        assert told in app.warning[0].value.replace("\\", "")
    assert by_people(project) == []
    derivation = key_of(project, RELAPSE, "derivation-events_comparator")
    app.text_input(key=derivation).set_value("one of 13 relapsed before day 1").run()
    app.button(key=write).click().run()
    assert not app.exception
    (told_by_ada,) = by_people(project)
    assert isinstance(told_by_ada.data, DichotomousData)
    assert told_by_ada.data.events_comparator == 12
    by_field = {item.field: item for item in told_by_ada.evidence}
    assert by_field["events_comparator"].quotes[0].text == "13 of 75 given placebo"
    assert sorted(standings(project)[RELAPSE]) == ["rejected", "taken"]
    assert list(verify(project)) == []


def test_a_missing_number_is_added_and_words_serve_for_several(project: Project) -> None:
    app = start(project.path)
    app.button(key=key_of(project, PAIN, "open")).click().run()
    app.toggle(key=key_of(project, PAIN, "change")).set_value(True).run()
    app.text_input(key=key_of(project, PAIN, "why")).set_value("it is in the table").run()
    app.number_input(key=key_of(project, PAIN, "sd_intervention")).set_value(1.4).run()
    app.number_input(key=key_of(project, PAIN, "sd_comparator")).set_value(1.3).run()
    row = "Pain at day 7, mean (SD) | 2.6 (1.4) | 3.1 (1.2)"
    app.text_area(key=key_of(project, PAIN, "words-sd_intervention")).set_value(row).run()
    app.text_input(key=key_of(project, PAIN, "derivation-sd_comparator")).set_value("guess").run()
    app.button(key=key_of(project, PAIN, "write")).click().run()
    assert not app.exception
    (told,) = by_people(project)
    assert isinstance(told.data, ContinuousData)
    assert (told.data.sd_intervention, told.data.sd_comparator) == (1.4, 1.3)
    quotes = {e.field: e.quotes[0].text for e in told.evidence}
    assert quotes["sd_intervention"] == quotes["sd_comparator"] == row


def test_a_rejected_result_leaves_the_synthesis_and_is_taken_back(project: Project) -> None:
    app = start(project.path)
    reject = key_of(project, RELAPSE, "reject")
    app.button(key=reject).click().run()
    assert "no reason for rejecting" in app.warning[0].value.replace("\\", "")
    app.text_input(key=key_of(project, RELAPSE, "why")).set_value("another outcome").run()
    app.button(key=reject).click().run()
    assert standings(project)[RELAPSE] == ["rejected"]
    row = next(row for row in summary_rows(project) if row.outcome == RELAPSE)
    assert "trial-2" not in {s.record_id for s in row.studies}
    assert "Ada Okoro: another outcome" in html_of(app)
    app.button(key=key_of(project, RELAPSE, "open")).click().run()
    app.button(key=key_of(project, RELAPSE, "back")).click().run()
    assert not app.exception
    assert standings(project)[RELAPSE] == ["waits"]
    assert [w.rejected for w in project.entries(ResultRejected)] == [True, False]


def test_a_result_that_changed_behind_the_page_is_not_written_over(project: Project) -> None:
    from evidence.extraction.by_person import rejected

    app = start(project.path)
    app.text_input(key=key_of(project, RELAPSE, "why")).set_value("fine").run()
    shown = next(r for r in project.entries(ExtractedOutcome) if r.record_id == "trial-2")
    project.append(rejected(shown, "Bo", "wrong study"))
    app.button(key=key_of(project, RELAPSE, "confirm")).click().run()
    assert by_people(project) == []
    assert "Somebody changed this result" in app.warning[0].value


@pytest.mark.parametrize("name", ["", "  ", "Machine"])
def test_nothing_is_written_without_a_persons_name(project: Project, name: str) -> None:
    app, head = start(project.path, name), project.head()
    app.text_input(key=key_of(project, RELAPSE, "why")).set_value("x").run()
    for what in ("confirm", "reject"):
        app.button(key=key_of(project, RELAPSE, what)).click().run()
    assert project.head() == head
    assert "write your name" in app.warning[0].value


def test_text_of_documents_and_results_is_escaped(project: Project) -> None:
    app = start(project.path)
    app.button(key=key_of(project, "Nausea", "open")).click().run()
    page = html_of(app)
    assert "<script" not in page and "<img" not in page
    # A value and its quote, an arm, a time, a flag, a note, the wording and the text beside.
    assert page.count("&lt;script&gt;alert(2)") >= 8
    assert "We describe one patient.</mark>" in page


def test_without_results_or_studies_the_page_says_so(tmp_path: Path) -> None:
    from tests.evidence.report_factory import make_screening_project

    app = start(make_screening_project(tmp_path / "not-extracted", 5).path)
    told = [caption.value for caption in app.caption]
    assert "No number was found; look in the full text." in told
    assert "Nothing was extracted about the study itself." in told
    assert '<div class="ev-text">Solvane for acute gleam fever' in html_of(app)
    app = start(make_screening_project(tmp_path / "empty", 0).path)
    assert "No study is included yet" in app.info[0].value
    app = AppTest.from_function(_draw, args=(str(tmp_path / "nowhere"),), default_timeout=60).run()
    assert "expected a project folder" in app.error[0].value.replace("\\", "")
