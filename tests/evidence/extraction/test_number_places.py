"""Where a number stands in a report, the likeliest place first."""

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.extraction.number_places import around, number_places
from evidence.grounding import is_quoted
from indexers.records import Document, Section, Table, TableCell, text_digest
from tests.evidence.trial_factory import trial_document

DOCUMENT = trial_document(1)


def document(text: str, heads: tuple[tuple[str, str], ...] = ()) -> Document:
    sections = tuple(
        Section(path=(name,), start=text.index(words), end=text.index(words) + len(words))
        for name, words in heads
    )
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=sections,
    )


def words(number: float, where: Document = DOCUMENT, **about: object) -> list[str]:
    return [p.quote.text for p in number_places(number, where, **about)]  # type: ignore[arg-type]


def test_rows_of_tables_and_sentences_hold_it_word_for_word() -> None:
    found = number_places(13, DOCUMENT)
    assert all(DOCUMENT.text[p.quote.start : p.quote.end] == p.quote.text for p in found)
    told = {p.where: p.quote.text for p in found}
    assert told["Table 2"].startswith("Relapse by day 28 | 8 (10.5%) | 13")
    assert any("13 of 75 given placebo." in text for text in told.values())


def test_the_place_that_holds_more_of_the_result_goes_first() -> None:
    text = "Seven of 90 relapsed.\nOf 75 given placebo 7 relapsed, and 13 of 76 given solvane.\n"
    assert words(7, document(text))[0] == "Seven of 90 relapsed."
    assert words(7, document(text), together=(13, 76, 75))[0].startswith("Of 75")
    none = document("We saw 7 of 90.\nAnd 7 came, none of them ill.\n")
    assert words(7, none, together=(0,))[0] == "We saw 7 of 90."


def test_what_is_quoted_now_the_outcome_and_results_go_before_the_rest() -> None:
    text = "We asked 12 wards.\nNausea in 12 adults.\nThere were 12 others.\nAt last 12 came.\n"
    report = document(text, (("Results", "There were 12 others."),))
    assert words(12, report)[0] == "There were 12 others."
    assert words(12, report, outcome="nausea (queasiness)")[0] == "Nausea in 12 adults."
    start = text.index("At last")
    near = [report.quote(start, start + 15)]
    assert words(12, report, outcome="nausea", near=near)[0] == "At last 12 came."


def test_marks_of_references_and_names_of_tables_are_no_numbers() -> None:
    text = "It was common [6].\nSee Table 6 for more.\nSix were ill (fig. 6).\n"
    assert words(6, document(text)) == ["Six were ill (fig. 6)."]
    assert around(6, "Table 6: of 6 adults", 40) == ("Table 6: of ", "6", " adults")


def test_a_caption_and_a_sign_and_thousands() -> None:
    text = "Table 1 Among 1,204 adults\nDeaths | −0.5\n"
    row = text.index("Deaths")
    table = Table(
        table_id="t",
        label="Table 1",
        caption="Among 1,204 adults",
        start=0,
        end=len(text),
        cells=(
            TableCell(row=0, column=0, header=True, text="Deaths", start=row, end=row + 6),
            TableCell(row=0, column=1, header=False, text="−0.5", start=row + 9, end=row + 13),
        ),
    )
    report = document(text).model_copy(update={"tables": (table,)})
    assert words(1204, report) == ["Table 1 Among 1,204 adults"]
    assert words(0.5, report) == words(-0.5, report) == ["Deaths | −0.5"]


def test_words_around_a_number_are_cut_on_both_sides() -> None:
    text = f"{'before ' * 20}8 of 76{' after' * 20}"
    before, told, after = around(76, text, 10)
    assert (before, told, after) == ("…fore 8 of ", "76", " after aft…")
    assert around(3, "three of them", 40) == ("three of them", "", "")


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="0123456789.,·−-[]() |\nTaable ", max_size=200),
    st.integers(0, 99),
)
def test_any_text_gives_places_that_grounding_takes(text: str, number: int) -> None:
    report = document(text or "x")
    for place in number_places(number, report):
        assert is_quoted(number, [place.quote])
    "".join(around(number, text, 20))
