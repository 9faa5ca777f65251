"""The engine's doubtful exclusions, shown alone on the screening page."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from evidence.config import ScreeningSettings
from evidence.doubtful_exclusions import doubtful_exclusions
from evidence.judgements import CriterionVerdict, ScreeningDecision
from evidence.reading.absence import absent_or_in_passing, is_absence
from evidence.reading.reader import Reader
from evidence.state import read_state
from indexers.records import Record, abstract_document
from tests.evidence.trial_factory import OFFLINE, QUESTION
from tests.evidence.ui.people_factory import make_project


def _draw(folder: str) -> None:
    from pathlib import Path

    import streamlit as st

    from evidence.ui.screening.page import page, show_doubtful

    if "asked" not in st.session_state:
        st.session_state["asked"] = True
        show_doubtful()
    page(Path(folder))


def test_doubtful_exclusions_are_read_alone(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", ScreeningSettings(), 6)
    first, second = [c.criterion_id for c in QUESTION.criteria if c.kind == "inclusion"][:2]
    for number in range(4):
        failed = (first,) if number < 2 else (first, second)
        document = abstract_document(read_state(project).records[f"r{number}"].record)
        quote = document.quote(0, len(document.text))
        verdicts = tuple(
            CriterionVerdict(criterion_id=name, verdict="not_met", quotes=(quote,))
            for name in failed
        )
        project.append(
            ScreeningDecision(
                record_id=f"r{number}",
                phase="title_abstract",
                verdict="exclude",
                criteria=verdicts,
                provenance=OFFLINE,
            )
        )
    assert doubtful_exclusions(read_state(project), QUESTION) == ["r0", "r1"]
    app = AppTest.from_function(_draw, args=(str(project.path),), default_timeout=60).run()
    assert not app.exception
    assert "1 of 2 doubtful exclusions to check" in [element.value for element in app.markdown]
    assert "Your verdict is on the title and abstract." in [each.value for each in app.caption]


def test_where_nothing_is_undecided_the_way_to_the_doubtful_is_shown(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", ScreeningSettings(), 3)
    name = next(c.criterion_id for c in QUESTION.criteria if c.kind == "inclusion")
    absent = "none of 'solvane' occurs in title or abstract"
    for record_id, found in read_state(project).records.items():
        document = abstract_document(found.record)
        lacking = CriterionVerdict(
            criterion_id=name,
            verdict="not_met",
            quotes=(document.quote(0, len(found.record.title)),),
            reason=absent,
        )
        project.append(
            ScreeningDecision(
                record_id=record_id,
                phase="title_abstract",
                verdict="exclude",
                criteria=(lacking,),
                provenance=OFFLINE,
            )
        )
    app = AppTest.from_function(_open, args=(str(project.path),), default_timeout=60).run()
    assert app.button(key="doubtful-left").label == "Check 3 doubtful exclusions"
    app.button(key="doubtful-left").click().run()
    assert not app.exception
    assert "1 of 3 doubtful exclusions to check" in [element.value for element in app.markdown]
    assert "doubtful-left" not in [button.key for button in app.button]
    shown = "\n".join(element.proto.body for element in app.get("html"))
    # What does not occur is told in words: the title is no proof of it, and bears no mark.
    assert "not found: none of" in shown
    assert "<blockquote>" not in shown
    assert 'data-sign="1">Title' not in shown


def _open(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.screening.page import page

    page(Path(folder))


def test_the_rules_absence_is_known_as_one() -> None:
    criterion = QUESTION.criteria[0]
    record = Record(
        record_id="r",
        source="x",
        title="Glint for gleam fever",
        abstract="We randomly assigned 40 adults with gleam fever to glint or placebo. " * 12,
    )
    reader = Reader(abstract_document(record), "title_abstract")
    found = absent_or_in_passing(("solvane",), criterion, reader)
    assert found.verdict == "not_met"
    assert is_absence(found)
    assert not is_absence(found.model_copy(update={"reason": "a cohort study"}))
