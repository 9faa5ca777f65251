"""Which tool a study is judged with: as its design is read, and as people said since."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.appraisal.by_person import judgement_by_person, robins_i_judgement
from evidence.appraisal.tools import (
    domains_to_judge,
    read_design,
    studies_judged_with,
    tool_of,
)
from evidence.events import RecordIdentified
from evidence.judgements import MACHINE, Characteristic, Provenance, StudyCharacteristics
from evidence.state import ReviewState, fold, read_state
from indexers.records import Quote, Record
from tests.evidence.cohort_factory import make_cohort_project

BY = Provenance(actor=MACHINE, engine="test")


def state_of(
    title: str, abstract: str = "", types: tuple[str, ...] = (), **told: tuple[str, str]
) -> ReviewState:
    """One record with characteristics, each with the sentence that it is quoted from."""
    record = Record(
        record_id="r", source="s", title=title, abstract=abstract, publication_types=types
    )
    characteristics = tuple(
        Characteristic(
            field=field,
            value=value,
            quotes=(Quote(passage_id="d:p", start=0, end=len(text), text=text),),
        )
        for field, (value, text) in told.items()
    )
    return fold(
        [
            RecordIdentified(record=record, score=1, ranks={}, provenance=BY),
            StudyCharacteristics(record_id="r", characteristics=characteristics, provenance=BY),
        ]
    )


@pytest.mark.parametrize(
    ("state", "allocation"),
    [
        (state_of("Zinc and death: a retrospective cohort study"), "not_randomised"),
        (state_of("Zinc: a randomised trial"), "randomised"),
        (state_of("Zinc and death"), "unknown"),
        (
            state_of("Zinc", "In this retrospective pooled analysis of trials women died."),
            "unknown",
        ),
        (state_of("Zinc", types=("Observational Study",)), "not_randomised"),
        (state_of("Zinc", types=("Randomized Controlled Trial",)), "randomised"),
        (
            state_of("A cohort study of zinc", types=("Randomized Controlled Trial",)),
            "unknown",
        ),
        (
            state_of("Zinc", design=("case-control study", "A case-control study.")),
            "not_randomised",
        ),
        (
            # What is cut out of "non-randomised trial" is no randomised trial.
            state_of("Zinc", design=("randomised trial", "This non-randomised trial was open.")),
            "not_randomised",
        ),
        (
            state_of("Zinc", allocation=("randomly", "They were randomly assigned.")),
            "randomised",
        ),
        (
            state_of("A cohort study of zinc", allocation=("randomly", "We randomly assigned.")),
            "unknown",
        ),
        (
            state_of("Zinc", design=("retrospective analysis of a randomised trial", "x")),
            "unknown",
        ),
        (state_of("Zinc", age=("cohort", "A cohort.")), "unknown"),
    ],
)
def test_the_design_is_read_where_nothing_contradicts_it(
    state: ReviewState, allocation: str
) -> None:
    read = read_design(state, "r")
    assert read.allocation == allocation
    assert tool_of(state, "r") == ("robins-i" if allocation == "not_randomised" else "rob-2")


def test_the_words_that_say_so_are_quoted() -> None:
    (quote,) = read_design(state_of("Zinc: a retrospective cohort study"), "r").quotes
    assert quote.text == "Zinc: a retrospective cohort study"


def test_the_last_judgement_of_a_person_chooses_the_tool(tmp_path: Path) -> None:
    project = make_cohort_project(tmp_path / "p", "cohort", "trial", "unknown")
    state = read_state(project)
    assert studies_judged_with(state, "robins-i") == ["cohort"]
    assert studies_judged_with(state, "rob-2") == ["trial", "unknown"]
    assert domains_to_judge(state) == 7  # of the cohort study; no engine left one unclear
    project.append(robins_i_judgement("unknown", "confounding", "serious", "Ada", "no trial"))
    state = read_state(project)
    assert studies_judged_with(state, "robins-i") == ["cohort", "unknown"]
    assert domains_to_judge(state) == 13
    project.append(
        judgement_by_person("cohort", "randomisation", {"1.1": "Y", "1.2": "Y"}, "Ada", "a trial")
    )
    assert studies_judged_with(read_state(project), "robins-i") == ["unknown"]
