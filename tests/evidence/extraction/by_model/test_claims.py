from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction.by_model.answers import NumberAnswer, What
from evidence.extraction.by_model.claims import Claim, Dropped, checked_claims, stands_in
from evidence.extraction.by_model.shown_tables import RankedTables, show_tables
from evidence.extraction.by_model.study import says
from evidence.grounding import is_quoted
from indexers.records import Document
from tests.evidence.extraction.by_model.trial_report import REPORT, report, table


@pytest.mark.parametrize(
    ("number", "decimals", "text", "stands"),
    [
        (12, 0, "12 (24%)", True),
        (12, 0, "112 of 400", False),
        (12, 0, "1.12", False),
        (12, 0, "12.5", False),
        (12, 0, "12, 13 and 14", True),
        (12, 0, "12,345", False),
        (345, 0, "12,345", False),
        (12345, 0, "12,345 patients", True),
        (12345, 0, "12345", True),
        (7.4, 1, "7·4 (2.1)", True),
        (7.4, 2, "7.4 (2.1)", False),
        (-0.5, 1, "−0.5 (0.1)", True),
        (0.5, 1, "−0.5 (0.1)", False),
        (0.5, 1, "CI -0.5", False),
        (0.5, 1, "0.3-0.5", True),
        (0.5, 1, "0.3 - 0.5", True),
        (0.5, 1, "0.3 -0.5", False),
        (-0.5, 1, "0.3-0.5", False),
        (12, 0, "week-12 visit", True),
        (12, 0, "Twelve patients", True),
        (1, 0, "one of 12", True),
        (12, 0, "HbA12", False),
        (5, 0, "", False),
    ],
)
def test_a_number_stands_with_its_digits_and_sign(
    number: float, decimals: int, text: str, stands: bool
) -> None:
    assert stands_in(number, decimals, text) is stands


@given(st.text(alphabet="0123456789.,-−· ()%nab", max_size=24), st.integers(0, 300))
def test_what_stands_is_quoted_as_the_log_demands(text: str, number: int) -> None:
    if stands_in(number, 0, text):
        assert str(number) in text.replace(",", "")
        start = f"x{text}x".index(text) if text else 0
        quote = report(methods=f"x {text} x").quote(start, start + 1)
        assert is_quoted(number, [quote.model_copy(update={"text": text})])


def claim(
    what: What, printed: str, cell: str = "", quote: str = "", document: Document = REPORT
) -> tuple[Claim | None, list[str]]:
    tables = show_tables(RankedTables(document.tables, {}), 9, 10**6)
    dropped = Dropped()
    answer = NumberAnswer(cell=cell, quote=quote, what=what, printed=printed)
    found = checked_claims((answer,), document, tables, dropped)
    return next(iter(found.values()), None), dropped.reasons


def test_two_numbers_for_one_place_of_the_form_drop_each_other() -> None:
    tables = show_tables(RankedTables(REPORT.tables, {}), 9, 10**6)
    twice = tuple(
        NumberAnswer(cell=cell, quote="", what="events", printed=printed)
        for cell, printed in (("T1 R2 C2", "12"), ("T1 R3 C2", "3"))
    )
    dropped = Dropped()
    assert checked_claims(twice, REPORT, tables, dropped) == {}
    assert dropped.reasons == ["events 3: the model also says events 12 (T1 R3 C2)"]
    assert len(checked_claims((twice[0], twice[0]), REPORT, tables, dropped)) == 1


def test_a_quoted_row_is_taken_to_its_one_cell() -> None:
    found, _ = claim("events", "12", quote="Nausea | 12 (24%) | 20 (40%)")
    assert found is not None
    assert (found.name, REPORT.text[found.span.start : found.span.end]) == ("T1 R2 C2", "12 (24%)")
    same = report(table("Events", ["Event | A | B"], ["Nausea | 12 (24%) | 12 (24%)"]))
    found, _ = claim("events", "12", quote="Nausea | 12 (24%) | 12 (24%)", document=same)
    assert found is not None and found.cell is None


@pytest.mark.parametrize(
    ("caption", "what", "taken", "doubt"),
    [
        ("Scores, mean (SD)", "sd", "sd", ""),
        ("Scores, mean (SE)", "se", "se", ""),
        ("Scores, mean (SE)", "sd", "se", "the model takes 1.2 for an SD, the report speaks"),
        ("Scores", "sd", "sd", "the report does not say whether 1.2 is an SD or an SE"),
    ],
)
def test_a_spread_is_what_the_report_calls_it(
    caption: str, what: What, taken: str, doubt: str
) -> None:
    document = report(table(caption, ["Score | A | B"], ["Pain | 3.1 (1.2) | 4.4 (1.5)"]))
    found, _ = claim(what, "1.2", "T1 R2 C2", document=document)
    assert found is not None
    assert found.what == taken
    assert doubt in " ".join(found.doubts) and bool(doubt) == bool(found.doubts)


@pytest.mark.parametrize(
    ("quote", "value", "said"),
    [
        ("100 adults with headache were randomised", "adults with headache", True),
        ("We randomly assigned children", "random assignment of a child", False),
        ("120 patients were randomized", "120 randomised patients", True),
        ("120 patients were randomized", "121", False),
        ("The trial was double-blind", "Double-blind", True),
        ("Patients were seen at home", "hospital", False),
        ("Patients were seen at home", "of the", False),
        ("60 women took part", "men", False),
        ("115 patients took part", "15", False),
        ("Registered as NCT00931463", "NCT00931463", True),
        ("Registered as NCT00931463", "NCT0093146", False),
    ],
)
def test_a_value_says_what_its_quote_says(quote: str, value: str, said: bool) -> None:
    assert says(quote, value) is said
