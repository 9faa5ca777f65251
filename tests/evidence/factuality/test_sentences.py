from __future__ import annotations

from evidence.factuality.sentences import flag_text, sentence_checks
from evidence.findings import CitedValue, Sentence
from indexers.records import Record, abstract_document

TEXT = "Pain was significantly lower in the ketorolac group (12 of 40) than with placebo."
DOCUMENT = abstract_document(Record(record_id="r", source="t", title="T", abstract=TEXT))
START = DOCUMENT.text.index("Pain")
QUOTE = DOCUMENT.quote(START, START + len(TEXT))


def test_a_quoted_sentence_is_checked_whole() -> None:
    true, false = sentence_checks(
        (
            Sentence(text="Pain was lower with ketorolac than with placebo.", quotes=(QUOTE,)),
            Sentence(text="Pain was higher with ketorolac than with placebo.", quotes=(QUOTE,)),
        )
    )
    assert true.flags == ()
    assert true.supporting == (True,)
    assert [verdict.element for verdict in false.flags] == ["direction"]
    assert flag_text(false.flags[0]) == (
        "direction of effect contradicted: the sentence says higher where the quote says lower"
    )


def test_a_computed_sentence_is_held_to_its_numbers() -> None:
    value = CitedValue(text="RR 0.80", row_id="r1", field="estimate")
    text = "Ketorolac probably reduces vomiting (RR 0.80)."
    (good,) = sentence_checks((Sentence(text=text, quotes=(QUOTE,), computed=(value,)),))
    assert good.flags == ()
    assert len(good.supporting) == 1
    other = text.replace("0.80", "0.70")
    (bad,) = sentence_checks((Sentence(text=other, quotes=(QUOTE,), computed=(value,)),))
    assert [(v.element, v.severity) for v in bad.flags] == [("numeral", "error")]


def test_no_sentence_has_no_check() -> None:
    assert sentence_checks(()) == ()
