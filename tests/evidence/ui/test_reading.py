"""The text beside the numbers: cut between words, marked, tables as grids, nothing active."""

from evidence.ui.reading import raised, reading_html
from indexers.records import Document, Quote, Table, TableCell, text_digest
from tests.evidence.trial_factory import HOSTILE, quote, trial_document

DOCUMENT = trial_document(0)


def document_of(text: str, *tables: Table) -> Document:
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        tables=tables,
    )


def words_of(document: Document, found: Quote, *, wider: bool = False) -> str:
    return str(reading_html(document, [found], wider=wider))


def test_a_long_text_is_cut_between_words_around_the_quote() -> None:
    long = document_of(f"{'alpha beta ' * 4_000}HERE {'gamma delta ' * 4_000}")
    short = words_of(long, quote(long, "HERE"))
    assert '<mark class="ev-c0">HERE</mark>' in short
    assert 1_600 < len(short) < 2_100
    assert short.index("HERE") < 600  # little stands before it, so that it is in sight
    text = short.split('ev-text">')[1].split("</div>")[0]
    assert text.startswith("… alpha") or text.startswith("… beta")
    assert text.rstrip(" …").endswith(("gamma", "delta"))
    assert len(words_of(long, quote(long, "HERE"), wider=True)) > 4 * len(short)


def test_a_short_text_is_shown_whole_and_escaped() -> None:
    hostile = document_of(f"Before {HOSTILE} the numbers 1 of 2 {HOSTILE}")
    shown = words_of(hostile, quote(hostile, f"numbers 1 of 2 {HOSTILE}"))
    assert "<script" not in shown and "<img" not in shown and "…" not in shown
    assert shown.count("&lt;script&gt;") == 2


def test_a_quote_in_a_table_marks_its_cells_on_the_grid() -> None:
    chosen, beside = quote(DOCUMENT, "2.1 (1.1)"), quote(DOCUMENT, "Placebo (n = 118)")
    shown = str(reading_html(DOCUMENT, [chosen, beside], wider=False))
    assert '<mark class="ev-c0">2.1 (1.1)</mark></td>' in shown
    assert '<mark class="ev-c7">Placebo (n = 118)</mark></th>' in shown
    assert "<b>Table 2</b> Outcomes by arm" in shown
    assert shown.count("<mark") == 2
    assert "Pain on a numeric scale" in shown
    assert "rows are not shown" not in shown


def test_of_a_long_table_the_rows_around_the_quote_and_its_head_are_shown() -> None:
    text, cells = "", []
    for row in range(100):
        told = "Arm" if row == 0 else f"<b>row{row}</b>"
        cells.append(
            TableCell(
                row=row,
                column=0,
                header=row == 0,
                text=told,
                start=len(text),
                end=len(text) + len(told),
            )
        )
        text += f"{told}\n"
    table = Table(table_id="t", label="T", caption="", start=0, end=len(text), cells=tuple(cells))
    document = document_of(text, table)
    shown = words_of(document, quote(document, "<b>row50</b>"))
    assert shown.count("<tr>") == 1 + 6 + 1 + 12
    assert '<mark class="ev-c0">&lt;b&gt;row50&lt;/b&gt;</mark>' in shown
    assert '<thead><tr><th rowspan="1" colspan="1">Arm</th></tr></thead>' in shown
    assert "80 rows are not shown" in shown


def test_footnote_marks_are_raised() -> None:
    told = raised("Malaria^2 <b> and ^1Shown, 10^3 kept^all")
    assert told == "Malaria<sup>2</sup> &lt;b&gt; and <sup>1</sup>Shown, 10<sup>3</sup> kept^all"


def test_a_table_raises_its_footnote_marks_and_keeps_headers_that_reach_into_its_body() -> None:
    places = ((0, 0, True, 2), (0, 1, True, 1), (1, 1, False, 1))  # row, column, header, rows
    cells = tuple(
        TableCell(
            row=row, column=column, header=header, row_span=span, text="x", start=n, end=n + 1
        )
        for n, (row, column, header, span) in enumerate(places)
    )
    table = Table(
        table_id="t",
        label="T",
        caption="Events^1",
        start=0,
        end=3,
        cells=cells,
        footnotes=("^1Shown",),
    )
    document = document_of("xxx", table)
    shown = words_of(document, document.quote(2, 3))
    assert "Events<sup>1</sup>" in shown and "<sup>1</sup>Shown" in shown
    assert "<thead></thead>" in shown and shown.count("<tr>") == 2


def test_a_missing_text_is_told() -> None:
    assert "text of the report is missing" in reading_html(None, [], wider=False)
