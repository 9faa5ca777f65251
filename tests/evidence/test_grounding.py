import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.findings import CitedValue, DichotomousData, Sentence
from evidence.grounding import (
    entry_problems,
    is_quoted,
    normalised,
    numerals,
    quote_problem,
    quotes_in,
    sentence_problems,
    value_problems,
)
from evidence.judgements import (
    MACHINE,
    ExtractedOutcome,
    Provenance,
    StatedDirection,
    ValueEvidence,
)
from indexers.records import Document, Quote, Record, abstract_document

TEXT = "Overall, 81 (39%) of 210 patients and six others; RD −9·6%; 1,234 screened."
DOCUMENT = abstract_document(Record(record_id="r", source="t", title="T", abstract=TEXT))


def quote(words: str) -> Quote:
    start = DOCUMENT.text.index(words)
    return DOCUMENT.quote(start, start + len(words))


def test_numbers_are_read_as_printed() -> None:
    assert numerals(TEXT) == [81, 39, 210, 6, -9.6, 1234]
    assert numerals("34a of 10^5 and p=0.398a, 1,5; 0–19%") == [34, 10, 5, 0.398, 1, 5, 0, 19]
    assert numerals("HbA1c in CYP2D6") == []


@pytest.mark.parametrize(("number", "there"), [(81, True), (6, True), (8, False), (9.6, True)])
def test_a_number_must_stand_in_the_quote_as_a_whole(number: float, there: bool) -> None:
    assert is_quoted(number, [quote(TEXT)]) is there


@given(st.text(), st.data())
def test_a_verbatim_stretch_is_always_in_its_source(text: str, data: st.DataObject) -> None:
    document = abstract_document(Record(record_id="r", source="t", title="T", abstract="x" + text))
    start = data.draw(st.integers(0, len(document.text) - 1))
    end = data.draw(st.integers(start + 1, len(document.text)))
    assert quote_problem(document.quote(start, end), document) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"text": "82 (39%)"}, "is not at"),
        ({"start": 4}, "is not at"),
        ({"end": 10_000}, "the document at"),
    ],
)
def test_a_changed_quote_is_found(changed: dict[str, object], expected: str) -> None:
    problem = quote_problem(quote("81 (39%)").model_copy(update=changed), DOCUMENT)
    assert problem is not None
    assert expected in problem


def test_typography_does_not_matter_but_words_and_digits_do() -> None:
    typed = quote("RD −9·6%").model_copy(update={"text": "RD  -9.6%"})
    assert quote_problem(typed, DOCUMENT) is None
    assert normalised("ﬁve – six") == "five - six"


def outcome(*evidence: ValueEvidence) -> ExtractedOutcome:
    return ExtractedOutcome(
        record_id="r",
        outcome="o",
        reported_as="o",
        intervention="a",
        comparator="b",
        data=DichotomousData(events_intervention=81, total_intervention=210),
        evidence=evidence,
        provenance=Provenance(actor=MACHINE, engine="offline"),
    )


def test_each_number_needs_its_own_evidence() -> None:
    events = ValueEvidence(field="events_intervention", quotes=(quote("81 (39%)"),))
    total = ValueEvidence(field="total_intervention", quotes=(quote("of 210"),))
    assert value_problems(outcome(events, total)) == []
    assert value_problems(outcome(events)) == ["total_intervention = 210 has no quote"]
    wrong = ValueEvidence(field="total_intervention", quotes=(quote("81 (39%)"),))
    assert value_problems(outcome(events, wrong)) == [
        "total_intervention = 210 is not in its quote"
    ]
    derived = wrong.model_copy(update={"derivation": "129 + 81"})
    assert value_problems(outcome(events, derived)) == []


def test_every_quote_is_found_wherever_it_hides() -> None:
    events = ValueEvidence(field="events_intervention", quotes=(quote("81"), quote("210")))
    assert [q.text for q in quotes_in(outcome(events))] == ["81", "210"]


@pytest.mark.parametrize(
    ("sentence", "ok"),
    [
        (Sentence(text="81 of 210 had it.", quotes=(quote(TEXT),)), True),
        (Sentence(text="82 of 210 had it.", quotes=(quote(TEXT),)), False),
        (Sentence(text="It helps."), False),
        (
            Sentence(
                text="The risk ratio is 0.62.",
                computed=(CitedValue(text="0.62", row_id="r", field="effect.estimate"),),
            ),
            True,
        ),
        (
            Sentence(
                text="The risk ratio is 0.62, in 3 trials.",
                computed=(CitedValue(text="0.62", row_id="r", field="effect.estimate"),),
            ),
            False,
        ),
        (
            Sentence(
                text="The risk ratio is 0.6.",
                computed=(CitedValue(text="0.62", row_id="r", field="effect.estimate"),),
            ),
            False,
        ),
    ],
)
def test_numbers_of_a_sentence_are_quoted_or_computed(sentence: Sentence, ok: bool) -> None:
    assert (sentence_problems(sentence) == []) is ok


@pytest.mark.parametrize(
    ("text", "printed", "ok"),
    [
        ("In 2 studies it was 81.", "2 studies", True),
        ("In 812 studies it was so.", "2 studies", False),
        ("In 1,812 studies it was so.", "812 studies", False),
        ("The risk ratio is 0.6239.", "0.62", False),
        ("The risk ratio is 81.62.", "62", False),
        ("The interval is 0.40,0.62.", "0.62", True),
        ("The risk ratio is 0.62.", "0.62", True),
        ("Of 1,620 people 81 died.", "1", False),
    ],
)
def test_a_computed_value_is_no_part_of_a_longer_number(text: str, printed: str, ok: bool) -> None:
    cited = CitedValue(text=printed, row_id="r", field="k_studies")
    quoted = TEXT + " 0.40 1 39 8"
    loose = Quote(passage_id="d:0-1", start=0, end=1, text=quoted)
    problems = sentence_problems(Sentence(text=text, quotes=(loose,), computed=(cited,)))
    assert (problems == []) is ok


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u2060", "\ufe0f", "\u061c", "\U000e0041"])
def test_what_no_reader_sees_does_not_part_a_number(unseen: str) -> None:
    loose = Quote(passage_id="d:0-1", start=0, end=1, text="6 of 5, 3 of 0.65")
    assert sentence_problems(Sentence(text=f"It was 6{unseen}5 %.", quotes=(loose,)))
    cited = CitedValue(text="0.65", row_id="r", field="effect.estimate")
    longer = Sentence(text=f"It is 0.65{unseen}3.", quotes=(loose,), computed=(cited,))
    assert sentence_problems(longer)
    assert not sentence_problems(longer.model_copy(update={"text": f"It is 0.65{unseen}."}))
    assert numerals(f"1{unseen}2 of 30") == [12, 30]


def test_a_number_is_not_turned_round_for_its_reader() -> None:
    loose = Quote(passage_id="d:0-1", start=0, end=1, text="56.0")
    assert sentence_problems(Sentence(text="It is \u202e56.0\u202c.", quotes=(loose,)))
    assert not sentence_problems(Sentence(text="It is 56.0.", quotes=(loose,)))


def test_a_digest_that_does_not_fit_is_no_document() -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        Document(document_digest="0" * 64, record_id="r", kind="abstract", text="x")


def test_a_direction_needs_a_sentence_that_says_so() -> None:
    by = Provenance(actor=MACHINE, engine="offline")
    told = StatedDirection(record_id="r", outcome="pain", direction="decreased", provenance=by)
    assert entry_problems(told, lambda _: None) == ["pain is decreased without a quote"]
    unclear = told.model_copy(update={"direction": "unclear"})
    assert entry_problems(unclear, lambda _: None) == []
