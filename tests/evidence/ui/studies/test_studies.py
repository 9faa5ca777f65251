"""The studies page: values with their places, a person's word in the log, hostile text as text."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.judgements import ExtractedOutcome, ResultRejected
from evidence.project import Project
from evidence.state import read_state
from evidence.summary import summary_rows
from evidence.ui.studies.cards import results_html
from evidence.ui.studies.results import StudyResults, reviewed_studies
from tests.evidence.ui.studies.studies_factory import make_studies_project

RELAPSE, PAIN = "Relapse at 28 days", "Pain at day 7"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_studies_project(tmp_path / "p")


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.studies.page import page

    page(Path(folder))


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


def view(app: AppTest, name: str) -> AppTest:
    return app.button_group(key="studies_view").set_value(name).run()


def test_the_table_tells_how_far_each_outcome_of_each_study_is(project: Project) -> None:
    app = start(project.path)
    page = html_of(app)
    assert "3 included studies · 7 results · <b>3 to check</b> · 0 seen by a person" in page
    names = [b.label for b in app.button if (b.key or "").startswith("studies-study-")]
    assert names == ["Almeida 2017", "Brandt 2019", "Chukwu 2022"]  # as the search found them
    heads, second, first = matrix_lines(page)[:3]
    assert ">Relapse at 28 days</span>" in heads
    assert first.count(">1 to check</span>") == 3 and "nothing found" not in first
    assert second.count(">not checked</span>") == 2 and second.count("nothing found") == 1
    app.button(key="studies-study-trial-1").click().run()
    assert "Almeida 2017" in [m.value for m in app.markdown][-1] + str(
        [m.value for m in app.markdown]
    )


def matrix_lines(page: str) -> list[str]:
    return [line for line in page.split("\n") if 'class="ev ev-matrix' in line]


def test_only_what_waits_is_shown_on_request(project: Project) -> None:
    app = start(project.path)
    app.button_group(key="studies_which").set_value("With results to check").run()
    names = [b.label for b in app.button if (b.key or "").startswith("studies-study-")]
    assert names == ["Brandt 2019"]
    for outcome in (RELAPSE, PAIN, "Nausea"):
        if outcome != RELAPSE:
            app.button(key=key_of(project, outcome, "open")).click().run()
        app.button(key=key_of(project, outcome, "confirm")).click().run()
    assert not app.exception
    assert app.success[0].value == "No result is left to check."
    app.button_group(key="studies_which").set_value("All").run()
    assert "0 to check</b> · 3 seen by a person" in html_of(app)
    assert html_of(app).count(">confirmed</span>") == 3


def _many(n_studies: int) -> None:
    from dataclasses import replace

    from evidence.judgements import Provenance
    from evidence.ui.studies.matrix import chosen_study
    from evidence.ui.studies.results import OutcomeResults, ResultRow, StudyResults
    from indexers.records import Record
    from tests.evidence.ui.studies.studies_factory import hostile_result

    result = hostile_result().model_copy(
        update={"provenance": Provenance(actor="machine", engine="offline")}
    )
    waits = ResultRow(1, result, "waits", first=True, flags=("look",))
    taken = replace(waits, standing="taken")
    studies = [
        StudyResults(
            f"Study {place}",
            Record(record_id=f"s{place}", source="x", title="x"),
            None,
            (OutcomeResults("Nausea", (waits if place < 15 else taken,)),),
        )
        for place in range(n_studies)
    ]
    chosen_study(studies)


def test_many_studies_are_listed_by_pages_and_fewer_after_the_filter() -> None:
    def names(app: AppTest) -> list[str]:
        assert not app.exception
        return [b.label for b in app.button if (b.key or "").startswith("studies-study-")]

    app = AppTest.from_function(_many, args=(40,), default_timeout=60).run()
    assert names(app) == [f"Study {place}" for place in range(12)]
    app.session_state["studies_page"] = 4
    assert names(app.run()) == [f"Study {place}" for place in range(36, 40)]
    app.button_group(key="studies_which").set_value("With results to check").run()
    assert names(app) == ["Study 12", "Study 13", "Study 14"]


def test_characteristics_arms_results_and_the_stated_direction_have_their_quotes(
    project: Project,
) -> None:
    app = start(project.path)
    page = html_of(app)
    assert "<b>8/76</b>" in page and "<b>13/75</b>" in page
    assert "<b>2.6 (?), n 76</b>" in page
    assert "the percentage in Table 2 was not needed" in page
    assert "The report tells: ▼ significantly less with the intervention" in page
    page = html_of(view(app, "Characteristics and arms"))
    assert "<th scope='row'>Follow up</th><td>28 days</td>" in page
    assert "“followed to day 28”" in page
    assert "Solvane 40 mg once daily (SLV)</th><td>intervention</td><td>76</td>" in page


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


def test_a_flagged_result_is_confirmed_and_pooled(project: Project) -> None:
    app = start(project.path)
    assert "not pooled" in _note(project)
    app.text_input(key=key_of(project, RELAPSE, "why")).set_value("the text agrees").run()
    app.button(key=key_of(project, RELAPSE, "confirm")).click().run()
    assert not app.exception
    (told,) = by_people(project)
    assert (told.flags, told.provenance.actor) == ((), "Ada Okoro")
    assert _note(project) == ""
    assert standings(project)[RELAPSE] == ["taken"]  # the engine's is not shown again
    assert "by Ada Okoro: the text agrees" in html_of(app)
    assert "<b>2 to check</b> · 1 seen by a person" in html_of(app)
    assert opened_result(app) == ["Result 1"]  # a second click is on no other result
    confirm = {b.key for b in app.button if "confirm" in (b.key or "") and not b.disabled}
    assert confirm == set()
    next(b for b in app.button if b.label == "Go on to result 2").click().run()
    assert opened_result(app) == ["Result 2"]


def test_what_is_in_the_synthesis_is_green_only_when_a_person_has_looked(project: Project) -> None:
    outcome = next(o for o in study_of(project, "trial-1").outcomes if o.taken)
    told = results_html(outcome, None)
    assert 'ev-to-screen">in the synthesis</span>' in told and ">not checked</span>" in told
    confirmed = tuple(replace(row, origin="confirmed") for row in outcome.rows)
    told = results_html(replace(outcome, rows=confirmed), None)
    assert 'ev-include">in the synthesis</span>' in told and "not checked" not in told


def test_a_right_number_is_confirmed_without_a_reason(project: Project) -> None:
    app = start(project.path)
    app.button(key=key_of(project, RELAPSE, "confirm")).click().run()
    (told,) = by_people(project)
    assert (told.provenance.actor, told.provenance.reason) == ("Ada Okoro", "")


def test_who_confirms_another_result_than_the_one_in_use_is_asked_which(project: Project) -> None:
    (flagged,) = (
        r for r in project.entries(ExtractedOutcome)
        if (r.record_id, r.outcome) == ("trial-2", RELAPSE)
    )  # fmt: skip
    clean = flagged.model_copy(update={"flags": (), "reported_as": "relapse, again"})
    project.append(clean)
    app = start(project.path)
    assert opened_result(app) == ["Result 1"]  # it waits no more than the clean one, but is first
    confirm = app.button(key=f"studies-confirm-{flagged.content_digest[:16]}")
    other = next(r.number for r in study_of(project, "trial-2").rows if r.result == clean)
    assert confirm.label == f"Confirm, and use it instead of result {other}"
    assert f"Now it takes result {other}: 8/76 v 13/75." in app.caption[-2].value + str(
        [c.value for c in app.caption]
    )
    app.button(key=f"studies-keep-{flagged.content_digest[:16]}").click().run()
    assert opened_result(app) == [f"Result {other}"]
    assert by_people(project) == []
    assert app.button(key=f"studies-confirm-{clean.content_digest[:16]}").label == (
        "Confirm as it is"
    )


def opened_result(app: AppTest) -> list[str]:
    return [m.value for m in app.markdown if m.value.startswith("Result ")]


def test_after_an_act_the_next_that_waits_is_one_click_away(project: Project) -> None:
    app = start(project.path)
    app.button(key="studies-study-trial-1").click().run()
    app.button(key="studies-study-trial-2").click().run()
    app.button(key=key_of(project, PAIN, "open")).click().run()
    for outcome, opened in ((PAIN, "Result 3"), ("Nausea", "Result 1"), (RELAPSE, "")):
        app.text_input(key=key_of(project, outcome, "why")).set_value("no trial").run()
        app.button(key=key_of(project, outcome, "reject")).click().run()
        assert not app.exception
        onward = [b for b in app.button if b.label.startswith("Go on to result")]
        assert len(onward) == bool(opened)
        if opened:
            onward[0].click().run()
            assert opened_result(app) == [opened]  # behind the last one from the top
        assert any("Brandt 2019" in m.value for m in app.markdown)
    assert standings(project) == {RELAPSE: ["rejected"], PAIN: ["rejected"], "Nausea": ["rejected"]}


def test_a_settled_study_stays_open_and_the_next_is_one_click_away(project: Project) -> None:
    app = start(project.path)
    app.button(key="studies-study-trial-1").click().run()
    app.button(key="studies-next-waiting").click().run()
    assert not app.exception
    assert any("Brandt 2019" in m.value for m in app.markdown)
    assert "studies-next-waiting" not in {b.key for b in app.button}
    assert len(app.get("bidi_component")) == 1  # scrolls to the head of what was opened
    assert not app.run().get("bidi_component")


def test_the_kind_of_numbers_in_the_grid_is_kept_for_each_study(project: Project) -> None:
    app = view(start(project.path), "Grid")
    app.button_group(key="studies_kind-trial-2").set_value("continuous").run()
    app.button(key="studies-study-trial-1").click().run()
    assert app.button_group(key="studies_kind-trial-1").value == "dichotomous"
    app.button(key="studies-study-trial-2").click().run()
    assert not app.exception
    assert app.button_group(key="studies_kind-trial-2").value == "continuous"


def _note(project: Project) -> str:
    row = next(row for row in summary_rows(project) if row.outcome == RELAPSE)
    return next(s.note for s in row.studies if s.record_id == "trial-2")


def test_a_rejected_result_leaves_the_synthesis_and_is_taken_back(project: Project) -> None:
    app = start(project.path)
    reject = key_of(project, RELAPSE, "reject")
    app.button(key=reject).click().run()
    assert "please write why you reject" in app.warning[0].value.replace("\\", "")
    app.text_input(key=key_of(project, RELAPSE, "why")).set_value("another outcome").run()
    app.button(key=reject).click().run()
    assert standings(project)[RELAPSE] == ["rejected"]
    row = next(row for row in summary_rows(project) if row.outcome == RELAPSE)
    assert "trial-2" not in {s.record_id for s in row.studies}
    assert "Ada Okoro: another outcome" in html_of(app)
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
    # An arm, a time, a flag, a note, the wording and the text beside.
    assert page.count("&lt;script&gt;alert(2)") >= 6
    assert "We describe one patient.</mark>" in page
    page = html_of(view(app, "Characteristics and arms"))
    assert page.count("&lt;script&gt;alert(2)") >= 2 and "<script" not in page


def test_without_results_or_studies_the_page_says_so(tmp_path: Path) -> None:
    from tests.evidence.screening_project_factory import make_screening_project

    app = start(make_screening_project(tmp_path / "not-extracted", 5).path)
    told = [caption.value for caption in app.caption]
    assert "No number was found; look in the full text, and enter it in the grid." in told
    assert '<div class="ev-text">Solvane for acute gleam fever' in html_of(app)
    view(app, "Characteristics and arms")
    told = [caption.value for caption in app.caption]
    assert "Nothing was extracted about the study itself." in told
    app = start(make_screening_project(tmp_path / "empty", 0).path)
    assert "No study is included yet" in app.info[0].value
    app = AppTest.from_function(_draw, args=(str(tmp_path / "nowhere"),), default_timeout=60).run()
    assert "expected a project folder" in app.error[0].value.replace("\\", "")
