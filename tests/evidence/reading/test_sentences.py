"""The parts of an abstract, whether its labels begin lines or stand in the midst of one."""

from __future__ import annotations

import pytest

from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.reading.criterion_verdicts import offline_verdicts
from evidence.reading.reader import Reader
from evidence.reading.sentences import read_sentences
from indexers.records import Document, Record, abstract_document

PARTS = (
    "BACKGROUND: Metformin is a logical treatment for women with gestational diabetes mellitus.",
    "METHODS: We randomly assigned 751 women with gestational diabetes to metformin or insulin.",
    "MAIN RESULTS: Of 363 women assigned to metformin, 92.6% continued.",
    "CONCLUSIONS: Metformin was taken.",
)


def _document(abstract: str) -> Document:
    title = "Metformin versus insulin for the treatment of gestational diabetes"
    return abstract_document(Record(record_id="r", source="ris", title=title, abstract=abstract))


@pytest.mark.parametrize("between", ["\n", " "])
def test_each_label_begins_a_part(between: str) -> None:
    roles = [s.role for s in read_sentences(_document(between.join(PARTS))) if s.part == "abstract"]
    assert roles == ["background", "methods", "results", "conclusion"]


def test_other_words_before_a_colon_within_a_line_begin_no_part() -> None:
    text = "RESULTS: More were cured. Patients treated twice: two. Side effects: none."
    roles = [s.role for s in read_sentences(_document(text)) if s.part == "abstract"]
    assert roles == ["results"] * 3


def test_the_participants_of_an_abstract_on_one_line_are_found() -> None:
    question = ClinicalQuestion(
        text="In women with gestational diabetes, does metformin help?",
        pico=Pico(
            population="women with gestational diabetes",
            intervention="metformin",
            comparator="insulin",
            outcomes=("neonatal hypoglycaemia",),
        ),
        criteria=(
            EligibilityCriterion(
                criterion_id="population",
                kind="inclusion",
                text="The participants are women with gestational diabetes.",
            ),
        ),
    )
    (verdict,) = offline_verdicts(question, Reader(_document(" ".join(PARTS)), "title_abstract"))
    assert (verdict.verdict, verdict.reason) == ("met", "the participants")
