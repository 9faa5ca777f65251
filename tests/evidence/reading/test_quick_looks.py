"""The plain searches that spare a pattern never hide what the pattern would find."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.reading import matching, sentences
from evidence.reading.design_cues import BODY_LETTERS, BODY_PATTERNS
from evidence.reading.sentences import read_sentences
from indexers.records import Document, abstract_document
from indexers.references import read_records

CORPUS = Path(__file__).parents[3] / "data" / "corpus" / "records.jsonl.gz"
EVERY = 20


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [abstract_document(record) for record in read_records(CORPUS)[::EVERY]]


def test_letters_stand_in_every_sentence_that_shows_a_design(documents: list[Document]) -> None:
    shown = 0
    for document in documents:
        for sentence in read_sentences(document):
            lowered = sentence.text.lower()
            for design, pattern in BODY_PATTERNS:
                if pattern.search(sentence.text):
                    shown += 1
                    assert any(letters in lowered for letters in BODY_LETTERS[design]), lowered
    assert shown > 100


def test_letters_stand_in_every_sentence_with_an_aim_or_a_conclusion(
    documents: list[Document],
) -> None:
    looks = (
        (sentences._AIM, sentences._AIM_LETTERS),
        (sentences._CONCLUDE, sentences._CONCLUDE_LETTERS),
    )
    for pattern, letters in looks:
        shown = 0
        for document in documents:
            for sentence in read_sentences(document):
                if pattern.search(sentence.text):
                    shown += 1
                    assert any(piece in sentence.text.lower() for piece in letters), sentence.text
        assert shown > 50


def test_needed_letters_stand_wherever_a_term_is_found(documents: list[Document]) -> None:
    found = 0
    for document in documents[:60]:
        words = document.text.split()[:18]
        terms = {" ".join(words[i : i + n]) for n in (1, 2) for i in range(len(words) - n)}
        for term in sorted(terms):
            pattern = matching._pattern(term)
            for other in (document, documents[0]):
                if pattern is not None and pattern.search(other.text):
                    found += 1
                    assert matching._needed(term) in other.text.lower(), term
    assert found > 500


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("haemorrhages", "Hemorrhage"),
        ("programmes", "program"),
        ("women", "woman"),
        ("statins", "atorvastatin"),
        ("Plasmodium falciparum", "falciparum"),
        ("cognitive behavioural therapy", "cognitive behavior therapy"),
        ("anti-inflammatory therapies", "antiinflammatory therapy"),
        ("analyses", "analysis"),
        ("oestrogens", "estrogen"),
        ("AS+MQ", "AS + MQ"),
        ("glycaemic control", "glycemic control"),
        ("artesunate-mefloquine", "mefloquine and artesunate"),
    ],
)
def test_no_form_of_a_term_is_hidden(term: str, text: str) -> None:
    assert matching.find_term(term, text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="aeioucsyhmprltn -", max_size=20))
def test_a_term_is_found_in_itself_whenever_its_pattern_finds_it(term: str) -> None:
    flat = " ".join(term.split())
    pattern = matching._pattern(flat)
    by_pattern = [m.span() for m in pattern.finditer(flat)] if pattern else []
    assert matching.find_term(term, flat) == by_pattern
