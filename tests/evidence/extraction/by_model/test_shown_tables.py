from __future__ import annotations

from evidence.extraction.by_model.shown_tables import (
    LEFT_OUT,
    RankedTables,
    ShownTables,
    rank_tables,
    show_tables,
)
from evidence.reading.excerpts import size_bytes
from indexers.encoders import named_encoder
from indexers.records import Document
from tests.evidence.extraction.by_model.trial_report import EVENTS, PAIN, REPORT, report, table

STATIC = named_encoder("static")
BASELINE = (["Item | Aspirin | Placebo"], ["Nausea before | 4 | 5", "Age | 40 | 41"])


def shown(document: Document, query: str, most: int = 9, limit: int = 10**6) -> ShownTables:
    return show_tables(rank_tables(document, query, STATIC), most, limit)


def test_the_table_with_the_nearest_row_comes_first_and_baseline_last() -> None:
    document = report(
        table("Baseline characteristics", *BASELINE),
        table("Adverse events", *EVENTS),
        table("Pain", *PAIN),
    )
    captions = [t.caption for t in rank_tables(document, "nausea", STATIC).tables]
    assert captions == ["Adverse events", "Pain", "Baseline characteristics"]
    captions = [t.caption for t in rank_tables(document, "pain score", STATIC).tables]
    assert captions == ["Pain", "Adverse events", "Baseline characteristics"]
    assert len(shown(document, "nausea", most=2).tables) == 2
    assert shown(report(), "nausea") == ShownTables("", (), ())


def test_every_place_on_the_grid_names_its_cell() -> None:
    wide = '<tr><th rowspan="2">Event</th><th colspan="2">Groups</th></tr>'
    body = (
        f"<table-wrap><label>Table 1</label><table><thead>{wide}<tr><th>A | B</th><th>C</th></tr>"
        "</thead><tbody><tr><td>Nausea</td><td>1</td><td>2</td></tr></tbody></table></table-wrap>"
    )
    document = report(body)
    found = shown(document, "nausea")
    assert found.text.splitlines()[-3:] == [
        "| R1 | Event | Groups | Groups |",
        "| R2 | Event | A / B | C |",
        "| R3 | Nausea | 1 | 2 |",
    ]
    for name in ("T1 R1 C3", "t1r1c2", " [T1, R1, C2] "):
        named = found.named(name)
        assert named is not None and named.cell.text == "Groups"
    last = found.named("T1 R3 C3")
    assert last is not None and document.text[last.cell.start : last.cell.end] == "2"
    for name in ("T1 R4 C1", "T2 R1 C1", "T0 R1 C1", "R1 C1", "T1 R1 C1 and T1 R1 C2", ""):
        assert found.named(name) is None


def test_rows_are_left_out_where_a_table_does_not_fit_and_the_nearest_stay() -> None:
    rows = [f"Symptom number {n} of the diary | {n} | {n}" for n in range(60)]
    rows[40] = "Volume 7 | | "
    rows[44] = "Nausea | 12 (24%) | 20 (40%)"
    document = report(table("Adverse events", EVENTS[0], rows))
    found = shown(document, "nausea", limit=420)
    assert size_bytes(found.text) <= 420
    lines = found.text.splitlines()
    assert "| R1 | Event | Aspirin (n = 50) | Placebo (n = 50) |" in lines
    assert lines.index("| R42 | Volume 7 |  |  |") < lines.index(
        "| R46 | Nausea | 12 (24%) | 20 (40%) |"
    )
    assert LEFT_OUT in lines
    assert found.whole == ()
    assert len(shown(document, "nausea").whole) == 1
    assert shown(document, "nausea", limit=60) == ShownTables("", (), ())


def test_cells_within_a_stretch_are_found_by_name() -> None:
    found = show_tables(RankedTables(REPORT.tables, {}), 2, 10**6)
    start = REPORT.text.index("12 (24%)")
    inside = found.at(start, start + len("12 (24%) | 20 (40%)"))
    assert [n.name for n in inside] == ["T1 R2 C2", "T1 R2 C3"]
