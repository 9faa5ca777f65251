"""The screening page where people decide: what is hidden, what comes first, what is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.config import ScreeningSettings
from evidence.errors import StoreError
from evidence.events import StoppingSampleDrawn
from evidence.judgements import Provenance, ScreeningDecision
from evidence.screening.order_ahead import LearnedOrder
from evidence.screening.reviewing import calibration_round
from evidence.screening.sampling import draw_sample
from evidence.state import read_state
from tests.evidence.ui.people_factory import (
    ENGINE_REASON,
    PEOPLE,
    TWO,
    everything_shown,
    html_of,
    make_project,
    says,
    start,
    titles,
)

PRIVATE = "a reason nobody else may read"


def by_people(project: object) -> list[tuple[str, str, str]]:
    return [
        (d.provenance.actor, d.record_id, d.verdict)
        for d in project.entries(ScreeningDecision)  # type: ignore[attr-defined]
        if d.provenance.by_person
    ]


def show(app: object, **filters: str) -> None:
    for name, value in filters.items():
        app.session_state[f"screening_{name}"] = value  # type: ignore[attr-defined]
    app.run()  # type: ignore[attr-defined]
    assert not app.exception  # type: ignore[attr-defined]


@pytest.mark.parametrize("verdict", ["include", "exclude", "unclear"])
def test_the_other_verdict_is_nowhere_before_the_own_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: str
) -> None:
    untouched = make_project(tmp_path / "untouched" / "p", TWO)
    project = make_project(tmp_path / "judged" / "p", TWO)
    project.append(says("Ben Quist", verdict, "r2", reason=PRIVATE))  # type: ignore[arg-type]
    pages = [list(every_page(start(monkeypatch, each))) for each in (untouched, project)]
    assert PRIVATE not in "".join(pages[1])
    assert "Ben Quist" not in "".join(pages[1])
    assert pages[0] == pages[1]  # as if nobody had judged the record


def every_page(app: AppTest) -> Iterator[str]:
    for shown in ("Not screened", "All", "Included", "Excluded", "Unclear"):
        for order in ("Most relevant first", "Search order"):
            show(app, verdict=shown, order=order)
            yield everything_shown(app)


def test_both_verdicts_are_shown_once_both_have_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", TWO)
    project.append(says("Ben Quist", "exclude", "r2", reason=PRIVATE))
    app = start(monkeypatch, project)
    app.button(key="include-title_abstract-r2").click().run()
    show(app, verdict="All", order="Search order")
    page = html_of(app)
    assert "Ben Quist" in page
    assert PRIVATE in page
    assert "reviewers disagree" in page


def test_a_record_is_to_screen_until_the_person_judged_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", TWO, 4)
    project.append(says("Ada Okoro", "include", "r1"), says("Ben Quist", "include", "r2"))
    app = start(monkeypatch, project)
    assert sorted(titles(app)) == ["r0", "r2", "r3"]
    show(app, verdict="Included")
    assert titles(app) == ["r1"]
    assert "waits for the second reviewer" in html_of(app)


def test_a_decision_is_on_disk_and_the_next_record_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE)
    app = start(monkeypatch, project)
    first, second = titles(app)[:2]
    app.button(key=f"include-title_abstract-{first}").click().run()
    assert by_people(project) == [("Ada Okoro", first, "include")]
    assert titles(app)[0] == second
    assert "Included" in app.toast[0].value


def test_the_engine_is_hidden_where_the_settings_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = PEOPLE.model_copy(update={"hide_machine": False})
    hidden = PEOPLE.model_copy(update={"hide_machine": True})
    open_app = start(monkeypatch, make_project(tmp_path / "o", shown, 3, proposals=range(3)))
    assert ENGINE_REASON in html_of(open_app)
    assert '">We randomly assigned</mark>' in html_of(open_app)
    project = make_project(tmp_path / "p", hidden, 3, proposals=range(3))
    for app in (start(monkeypatch, project), start(monkeypatch, project, name="")):
        show(app, verdict="All", order="Search order")
        page = everything_shown(app)
        assert ENGINE_REASON not in page
        assert "offline" not in page
        assert "0.123" not in page
        assert '<mark class="ev-c' not in html_of(app)  # words of the question are no verdict
        assert titles(app) == ["r0", "r1", "r2"]


def test_a_hidden_engine_that_decides_is_in_no_filter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ScreeningSettings(decided_by="machine", hide_machine=True)
    project = make_project(tmp_path / "p", settings, 3, proposals=[1])
    app = start(monkeypatch, project)
    assert "Decided by" not in str(app.main)
    show(app, order="Unclear first")
    assert titles(app) == ["r0", "r1", "r2"]
    show(app, verdict="Excluded")
    assert titles(app) == []


def test_a_refusal_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path / "p", TWO)
    app = start(monkeypatch, project)
    show(app, order="Search order")
    # Two others judge the record behind the page.
    project.append(says("Ben Quist", "include", "r0"), says("Cleo Ray", "include", "r0"))
    before = project.head()
    app.button(key="include-title_abstract-r0").click().run()
    assert project.head() == before
    assert "have reviewed it already" in app.warning[0].value
    assert "\n" not in app.warning[0].value


def test_the_reading_order_is_the_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["r7", "r3", "r9", "r0", "r1"]
    monkeypatch.setattr("evidence.screening.order_ahead.best_first", lambda *_, **__: wanted)
    project = make_project(tmp_path / "p", PEOPLE)
    app = start(monkeypatch, project)
    assert titles(app) == wanted
    show(app, order="Search order")
    assert titles(app) == ["r0", "r1", "r2", "r3", "r4"]


@pytest.mark.parametrize(
    ("learned", "first", "told"),
    [
        (None, "r0", True),
        (LearnedOrder(("r7", "r3"), 0, 4), "r7", True),
        (LearnedOrder(("r7", "r3"), 4, 2), "r7", False),
        (LearnedOrder(("r7", "r3"), 0, 0), "r7", False),
    ],
)
def test_an_order_that_is_not_learned_yet_is_said_to_be_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    learned: LearnedOrder | None,
    first: str,
    told: bool,
) -> None:
    monkeypatch.setattr("evidence.ui.screening.page.learned_order", lambda *_: learned)
    app = start(monkeypatch, make_project(tmp_path / "p", PEOPLE))
    assert titles(app)[0] == first
    assert any("still being learned" in line.value for line in app.main.caption) is told


def test_records_that_cannot_be_ordered_are_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise StoreError("the encoder is *missing*")

    monkeypatch.setattr("evidence.ui.opened.project_features", missing)
    app = start(monkeypatch, make_project(tmp_path / "p", PEOPLE))
    assert "Shown in the order of the search" in app.warning[0].value
    assert titles(app) == ["r0", "r1", "r2", "r3", "r4"]


def test_the_calibration_round_comes_first_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TWO.model_copy(update={"calibration_records": 2})
    project = make_project(tmp_path / "p", settings)
    drawn = calibration_round(read_state(project), settings, project.manifest.seed)
    app = start(monkeypatch, project)
    for order in ("Most relevant first", "Title"):
        show(app, order=order)
        assert titles(app)[:2] == list(drawn)
        assert html_of(app).count("Calibration round: both of you screen these") == 2


def test_an_open_sample_comes_before_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", PEOPLE)
    project.append(says("Ada Okoro", "include", "r0"))
    ids = tuple(f"r{i}" for i in range(1, 12))
    sample = draw_sample(ids, 9, 5)
    project.append(
        StoppingSampleDrawn(
            record_ids=sample,
            n_unscreened=11,
            target_recall=0.5,
            confidence=0.95,
            attempt=1,
            seed=5,
            provenance=Provenance(actor="Ada Okoro", engine="person"),
        )
    )
    app = start(monkeypatch, project)
    for order in ("Most relevant first", "Newest first"):
        show(app, order=order)
        assert titles(app) == list(sample[:5])
        assert html_of(app).count("Random sample, fixed in advance: 0 of 9 judged</p>") == 5
    app.button(key=f"because-1-title_abstract-{sample[0]}").click().run()
    assert titles(app) == list(sample[1:6])
    assert "Random sample, fixed in advance: 1 of 9 judged</p>" in html_of(app)


def test_full_texts_are_read_apart_and_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evidence.events import ReportSought
    from indexers.records import Document, text_digest
    from tests.evidence.trial_factory import HOSTILE, OFFLINE

    project = make_project(tmp_path / "p", PEOPLE, 3)
    text = f"Methods. {HOSTILE} We randomised."
    report = Document(
        document_digest=text_digest(text), record_id="r1", kind="full_text", text=text
    )
    sought = ReportSought(
        record_id="r1", document_digest=report.document_digest, provenance=OFFLINE
    )
    project.append(says("Ada Okoro", "include", "r1"), sought, documents=[report])
    app = start(monkeypatch, project)
    assert sorted(titles(app)) == ["r0", "r2"]
    show(app, phase="Full texts")
    assert titles(app) == ["r1"]
    assert "Methods." not in html_of(app)
    app.toggle(key="text-r1").set_value(True).run()
    assert "Methods." in html_of(app)
    assert "<script" not in html_of(app)
    app.button(key="include-full_text-r1").click().run()
    assert read_state(project).fate("r1") == "included"


def test_who_says_a_name_begins_with_a_record_of_the_own_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", TWO, 3)
    project.append(says("Ada Okoro", "include", "r0"))
    app = start(monkeypatch, project, "", view="One at a time", order="Search order")
    assert titles(app) == ["r0"]
    app.text_input(key="reviewer_input").set_value("Ada Okoro").run()
    assert titles(app) == ["r1"]
