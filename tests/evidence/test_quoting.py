from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import quoting
from evidence.grounding import normalised, quote_problem
from evidence.quoting import locate
from indexers.records import Document, text_digest


def document(text: str) -> Document:
    return Document(document_digest=text_digest(text), record_id="r1", kind="abstract", text=text)


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("We randomised 120 adults.", "randomised 120 adults", "randomised 120 adults"),
        ("We  randomised\n120 adults.", "We randomised 120", "We  randomised\n120"),
        ("a double‐blind trial", "double-blind", "double‐blind"),
        ("a double-blind trial", "double—blind", "double-blind"),
        ("p = 0·05 for all", "p = 0.05", "p = 0·05"),
        ("the eﬃcacy of A", "efficacy of", "eﬃcacy of"),
        ("Sjo\u0308gren syndrome", "Sjögren", "Sjo\u0308gren"),
        ("Sjögren syndrome", "Sjo\u0308gren", "Sjögren"),
        ("mean 5\u00a0kg lost", "5 kg", "5\u00a0kg"),
        ("of 15 of 120 and 5 of 12.", "5 of 12", "5 of 12"),
        ("\u0307 a trial", "a trial", "a trial"),
    ],
)
def test_finds_the_words_in_the_characters_of_the_document(
    text: str, asked: str, found: str
) -> None:
    quote = locate(asked, document(text))
    assert quote is not None
    assert quote.text == found == text[quote.start : quote.end]
    assert quote_problem(quote, document(text)) is None


def test_counts_from_the_start_of_the_whole_document() -> None:
    quote = locate("5 of 12", document("of 15 of 120 and 5 of 12."))
    assert quote is not None
    assert quote.start == 17


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("15 of 120 died", "5 of 12"),
        ("0.55 to 1.25", "55 to 1"),
        ("1,250 adults", "250 adults"),
        ("12.5 kg", "12"),
        ("We Randomised adults", "we randomised"),
        ("We randomised adults", "We randomized adults"),
        ("We randomised adults", "randomised and treated adults"),
        ("A trial.", ""),
        ("A trial.", " . "),
        ("", "A trial"),
        ("eﬃcacy", "e"),
        ("the ½ dose", "1"),
    ],
)
def test_what_is_not_there_is_not_found(text: str, asked: str) -> None:
    assert locate(asked, document(text)) is None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_the_flattened_text_is_the_normalised_one(text: str) -> None:
    flat = quoting._flattened(text)
    assert flat.text.strip() == normalised(text).strip()
    assert len(flat.text) == len(flat.starts) == len(flat.ends)


@given(st.text(alphabet="aå\u030a \n-–ﬁ5.½·\u0301각\u11a8¨", max_size=30), st.data())
def test_a_found_quote_is_always_in_its_document(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = locate(text[start:end], document(text))
    if quote is not None:
        assert quote_problem(quote, document(text)) is None
        assert normalised(quote.text) == normalised(text[start:end])
