"""The grid of a study's results: what is typed asks for its place, and is written as one act."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Radio

from evidence.findings import ContinuousData, DichotomousData
from evidence.judgements import ExtractedOutcome
from evidence.project import Project
from evidence.state import read_state
from evidence.verification import verify
from tests.evidence.ui.studies.studies_factory import make_studies_project
from tests.evidence.ui.studies.test_studies import (
    PAIN,
    RELAPSE,
    by_people,
    html_of,
    key_of,
    standings,
    start,
    view,
)

ROW = "Relapse by day 28 | 8 (10.5%) | 13"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_studies_project(tmp_path / "p")


def digest_of(project: Project, outcome: str) -> str:
    return next(
        r.content_digest
        for r in project.entries(ExtractedOutcome)
        if (r.record_id, r.outcome) == ("trial-2", outcome) and not r.provenance.by_person
    )


def typed(app: AppTest, cells: dict[str, dict[str, Any]]) -> AppTest:
    """Cells of the grid as if they had been typed; the harness cannot type into a grid."""
    for kind in ("dichotomous", "continuous", "generic"):
        app.session_state[f"studies-mounted-trial-2-{kind}"] = None
    app.session_state["studies-typed-trial-2"] = cells
    return app.run()


def picks(app: AppTest) -> list[Radio[str]]:
    return [r for r in app.radio if (r.key or "").startswith("studies-typed-place")]


def pick(project: Project, app: AppTest, which: int, words: str) -> None:
    """Pick the place that holds some words for a number."""
    document = project.document(read_state(project).text_digest("trial-2"))
    assert document is not None
    start = document.text.index(words)
    place = document.quote(start, start + len(words))
    picks(app)[which].set_value(place.passage_id).run()


def write_typed(app: AppTest, why: str = "read again") -> AppTest:
    app.text_input(key="studies-typed-why-trial-2").set_value(why).run()
    return app.button(key="studies-typed-write-trial-2").click().run()


def test_a_typed_number_asks_for_its_place_and_is_written(project: Project) -> None:
    app = start(project.path)
    app.button(key=key_of(project, RELAPSE, "change")).click().run()
    assert "Type or paste into the cells" in str([c.value for c in app.caption])
    key = digest_of(project, RELAPSE)
    typed(app, {key: {"events_intervention": 13, "time_point": "week 4"}})
    assert 'Events, intervention: <span class="ev-was">8</span> → <b>13</b>' in html_of(app)
    assert 'Time: <span class="ev-was">day 28</span> → <b>week 4</b>' in html_of(app)
    write_typed(app)
    assert "events intervention = 13 has no quote" in app.warning[0].value.replace("\\", "")
    assert by_people(project) == []
    (place,) = picks(app)
    assert any("**13**" in option for option in place.options)
    pick(project, app, 0, ROW)
    assert '<mark class="ev-c0">' in html_of(app)
    write_typed(app, "")
    assert "please write why you change" in app.warning[0].value
    write_typed(app)
    assert not app.exception and not app.warning
    (told,) = by_people(project)
    assert isinstance(told.data, DichotomousData)
    assert (told.data.events_intervention, told.time_point_days) == (13, 28)
    assert sorted(standings(project)[RELAPSE]) == ["rejected", "taken"]
    assert list(verify(project)) == []
    assert ">corrected</span>" in html_of(app)
    assert app.session_state["studies-typed-trial-2"] == {}


def test_one_place_serves_for_all_numbers_that_it_holds(project: Project) -> None:
    app = view(start(project.path), "Grid")
    typed(app, {digest_of(project, PAIN): {"sd_intervention": 1.4, "sd_comparator": 1.2}})
    assert [p.value for p in picks(app)] == [None, None]
    pick(project, app, 0, "Pain at day 7, mean (SD) | 2.6 (1.4) | 3.1 (1.2)")
    assert picks(app)[0].value == picks(app)[1].value is not None
    write_typed(app)
    (told,) = by_people(project)
    assert isinstance(told.data, ContinuousData)
    assert (told.data.sd_intervention, told.data.sd_comparator) == (1.4, 1.2)
    quotes = {e.field: e.quotes[0].text for e in told.evidence}
    assert quotes["sd_intervention"] == quotes["sd_comparator"]
    assert quotes["sd_intervention"].startswith("Pain at day 7, mean (SD) |")


def test_a_computed_number_takes_pasted_words_and_how(project: Project) -> None:
    app = view(start(project.path), "Grid")
    typed(app, {digest_of(project, RELAPSE): {"events_comparator": 58}})
    (place,) = picks(app)
    assert "does not stand in the report" in str([c.value for c in app.caption])
    place.set_value("other words").run()
    app.text_area[0].set_value("12 of 75 given placebo").run()
    write_typed(app)
    assert "are not in the report" in app.warning[0].value
    app.text_area[0].set_value("13 of 75 given placebo").run()
    write_typed(app)
    assert "is not in its quote" in app.warning[0].value
    how = next(t for t in app.text_input if "was computed" in t.label)
    how.set_value("counted otherwise").run()
    write_typed(app)
    assert not app.warning
    (told,) = by_people(project)
    by_field = {item.field: item for item in told.evidence}
    assert by_field["events_comparator"].derivation == "counted otherwise"


def test_a_result_that_the_engine_missed_is_entered(project: Project) -> None:
    app = view(start(project.path), "Grid")
    key = "new dichotomous 0 Pain at day 7"
    typed(app, {key: {"events_intervention": 8}})
    assert "This outcome names a time" in str([c.value for c in app.caption])
    typed(app, {key: {"events_intervention": 8, "time_point": "day 7"}})
    pick(project, app, 0, ROW)
    assert app.selectbox(key="studies-typed-comparator-trial-2").value == "Placebo"
    write_typed(app, "a table that was not read")
    assert not app.exception and not app.warning
    (told,) = by_people(project)
    assert (told.outcome, told.intervention) == (PAIN, "Solvane 40 mg once daily")
    assert told.data == DichotomousData(events_intervention=8)
    assert ">added</span>" in html_of(app)
    assert list(verify(project)) == []


def test_what_was_typed_over_a_result_that_somebody_changed_is_kept_and_told(
    project: Project,
) -> None:
    from evidence.extraction.by_person import rejected

    app = view(start(project.path), "Grid")
    typed(app, {digest_of(project, RELAPSE): {"events_intervention": 13}})
    pick(project, app, 0, ROW)
    app.text_input(key="studies-typed-why-trial-2").set_value("x").run()
    shown = next(r for r in project.entries(ExtractedOutcome) if r.record_id == "trial-2")
    project.append(rejected(shown, "Bo", "wrong study"))
    app.button(key="studies-typed-write-trial-2").click().run()
    assert by_people(project) == []
    told = " ".join(w.value.replace("\\", "") for w in app.warning)
    assert "somebody changed these results meanwhile" in told
    assert "you had typed Events, intervention: 13" in told
    app.button(key=f"studies-typed-seen-{shown.content_digest[:16]}").click().run()
    assert not app.warning and app.session_state["studies-typed-trial-2"] == {}


def test_a_new_result_waits_where_somebody_just_entered_one(project: Project) -> None:
    from evidence.extraction.by_person import confirmed

    app = view(start(project.path), "Grid")
    app.button_group(key="studies_kind-trial-2").set_value("generic").run()
    typed(app, {"new generic 0 Relapse at 28 days": {"estimate": 8, "measure": "RR"}})
    pick(project, app, 0, ROW)
    shown = next(r for r in project.entries(ExtractedOutcome) if r.outcome == RELAPSE)
    project.append(confirmed(shown.model_copy(update={"record_id": "trial-2"}), "Bo", "seen"))
    write_typed(app)
    assert "somebody changed these results meanwhile" in app.warning[0].value
    write_typed(app)
    assert not app.warning
    assert {r.provenance.actor for r in by_people(project)} == {"Bo", "Ada Okoro"}


def test_what_is_typed_stays_through_other_pages_of_the_study(project: Project) -> None:
    app = view(start(project.path), "Grid")
    cells: dict[str, dict[str, Any]] = {digest_of(project, RELAPSE): {"events_intervention": 13}}
    typed(app, cells)
    app.text_input(key="studies-typed-why-trial-2").set_value("half done").run()
    app.button(key="studies-study-trial-1").click().run()
    app.button(key="studies-study-trial-2").click().run()
    view(app, "Results one by one")
    view(app, "Grid")
    assert not app.exception
    assert app.session_state["studies-typed-trial-2"] == cells
    assert app.text_input(key="studies-typed-why-trial-2").value == "half done"
    app.button(key="studies-typed-forget-trial-2").click().run()
    assert app.session_state["studies-typed-trial-2"] == {}


def test_words_and_headings_of_a_report_mean_nothing_where_they_are_picked_from(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evidence.extraction.number_places import Place

    document = project.document(read_state(project).text_digest("trial-2"))
    assert document is not None
    quote = document.quote(0, 20).model_copy(update={"text": "**13** [x](http://y) <i>"})
    place = Place(quote, "Results ![p](http://q)")
    monkeypatch.setattr("evidence.ui.studies.places.number_places", lambda *_a, **_k: [place])
    app = view(start(project.path), "Grid")
    typed(app, {digest_of(project, RELAPSE): {"events_intervention": 13}})
    (asked,) = picks(app)
    assert asked.options[0].startswith(r"\*\***13**\*\* \[x\]\(http")
    assert asked.options[0].endswith(r"\<i\>")
    assert asked.proto.captions[0].startswith(r"Results \!\[p\]\(http")


def test_what_is_typed_is_text(project: Project) -> None:
    app = view(start(project.path), "Grid")
    typed(app, {digest_of(project, "Nausea"): {"time_point": "<img src=x>"}})
    page = html_of(app)
    assert "&lt;img src=x&gt;</b>" in page and "<img" not in page
