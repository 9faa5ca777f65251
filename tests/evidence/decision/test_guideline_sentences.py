from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.decision.guideline_sentences import MOST_A_PLACE, guideline_sentences
from evidence.grounding import quote_problem, sentence_problems
from evidence.question import ClinicalQuestion, Pico
from indexers.guidelines import guideline_passages, read_guideline
from indexers.records import Document, text_digest

QUESTION = ClinicalQuestion(
    text="q",
    pico=Pico(population="children with cholera", intervention="zinc sulphate (zinc)"),
)


def document(text: str) -> Document:
    return Document(document_digest=text_digest(text), record_id="g", kind="full_text", text=text)


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("The burden of cholera is highest in the rainy season.", "problem"),
        ("Caregivers differed little in their values and preferences.", "values"),
        ("Zinc costs about 0.50 USD for a course of ten days.", "resources"),
        ("The certainty of evidence on costs was judged low.", "certainty_of_resources"),
        ("Zinc was cost-effective at 73 USD per DALY averted.", "cost_effectiveness"),
        ("Free supply would reduce inequities between regions.", "equity"),
        ("Caregivers found dispersible tablets acceptable.", "acceptability"),
        ("Giving zinc is feasible wherever salts are given.", "feasibility"),
        ("Give zinc at a dose of 20 mg once daily.", "implementation"),
        ("Vomiting after the tablet should be monitored.", "monitoring"),
        ("Further research on malnourished children is needed.", "research"),
        ("In infants under six months half of it is enough.", "subgroups"),
    ],
)
def test_a_cue_puts_a_sentence_in_its_place(sentence: str, place: str) -> None:
    text = f"Zinc\nThe panel met twice in the year. {sentence} It was chaired by a person."
    source = document(text)
    found = guideline_sentences(QUESTION, [source.passage(0, len(text), "Treatment")])
    assert list(found) == [place]
    (told,) = found[place]  # type: ignore[index]
    assert told.text == sentence
    assert quote_problem(told.quotes[0], source) is None
    assert sentence_problems(told) == []


def test_guidelines_on_something_else_are_not_quoted() -> None:
    text = "Antacids are costly and hardly acceptable to anyone."
    assert guideline_sentences(QUESTION, [document(text).passage(0, len(text))]) == {}
    named = guideline_sentences(QUESTION, [document(text).passage(0, len(text), "Zinc > Costs")])
    assert list(named) == ["resources"]


@pytest.mark.parametrize(
    "sentence",
    [
        "A p value of 0.03 was found for zinc.",
        "No data on zinc in adults were available.",
        "The follow-up lasted 28 days in trials of zinc.",
        "The incidence of vomiting rose with zinc.",
        "Zinc helped most children in these trials.",
    ],
)
def test_words_that_only_look_like_a_cue_put_nothing_anywhere(sentence: str) -> None:
    assert guideline_sentences(QUESTION, [document(sentence).passage(0, len(sentence))]) == {}


def test_the_ranking_decides_and_sentences_on_the_intervention_come_first() -> None:
    text = "\n".join(f"The price in country {letter} is high." for letter in "ABCD")
    text += "\nThe price of zinc is low everywhere."
    source = document(text)
    (told,) = guideline_sentences(QUESTION, [source.passage(0, len(text))]).values()
    assert len(told) == MOST_A_PLACE
    assert [sentence.text[:20] for sentence in told] == [
        "The price of zinc is",
        "The price in country",
        "The price in country",
    ]


def test_headings_fragments_and_cells_are_no_sentences() -> None:
    text = "Costs of zinc treatment\nand the cost of zinc is low here.\nZinc | costs | 3 | 4 | 5."
    assert guideline_sentences(QUESTION, [document(text).passage(0, len(text))]) == {}


@pytest.mark.parametrize("suffix", ["md", "html", "pdf"])
def test_the_shipped_sample_is_quoted_verbatim(suffix: str) -> None:
    source = read_guideline(Path(f"data/guideline_sample/guideline.{suffix}"), "sample")
    question = ClinicalQuestion(
        text="q", pico=Pico(intervention="artemisinin-based combination therapy")
    )
    passages = [
        p.model_copy(update={"section": f"artemisinin-based combination therapy > {p.section}"})
        for p in guideline_passages(source)
    ]
    found = guideline_sentences(question, passages)
    assert found["values"][0].text.startswith("The panel of this sample valued cure at day 28")
    for told in found.values():
        assert [quote_problem(q, source) for s in told for q in s.quotes] == [None] * len(told)


@given(st.text(max_size=300))
def test_any_text_gives_grounded_sentences_or_none(noise: str) -> None:
    text = f"Zinc costs little in most places. {noise}"
    source = document(text)
    for told in guideline_sentences(QUESTION, [source.passage(0, len(text))]).values():
        for sentence in told:
            assert quote_problem(sentence.quotes[0], source) is None
            assert sentence_problems(sentence) == []
