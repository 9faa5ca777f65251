from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from evidence.rendering.overlap import Intersection, overlap_rows, overlap_table
from evidence.rendering.overlap_svg import (
    MOST_COMBINATIONS,
    MOST_SETS,
    MOST_SETS_AS_COLUMNS,
    overlap_svg,
)

SVG = "{http://www.w3.org/2000/svg}"
SETS = {
    "drug & <b>placebo</b>": ["1", "2", "3", "4", "4"],
    "fever": ["3", "4", "5"],
    "nothing": [],
}


def drawn(sets: dict[str, list[str]]) -> etree._Element:
    return etree.fromstring(overlap_svg(overlap_table(sets)).encode())


def lines(sets: dict[str, list[str]]) -> list[str]:
    return [text.text or "" for text in drawn(sets).iter(f"{SVG}text")]


def many(number: int) -> dict[str, list[str]]:
    chance = random.Random(7)  # noqa: S311 -- the same sets in every run
    return {
        f"query {at}": [str(chance.randrange(400)) for _ in range(chance.randrange(200))]
        for at in range(number)
    }


def test_counts_are_of_records_each_once() -> None:
    table = overlap_table(SETS)
    assert table.sizes == (4, 3, 0)
    assert table.unique == (2, 1, 0)
    assert table.shared == ((4, 2, 0), (2, 3, 0), (0, 0, 0))
    assert table.n_records == 5
    assert table.intersections == (
        Intersection(names=("drug & <b>placebo</b>",), n_records=2),
        Intersection(names=("drug & <b>placebo</b>", "fever"), n_records=2),
        Intersection(names=("fever",), n_records=1),
    )


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=4),
        st.lists(st.integers(0, 12).map(str), max_size=12),
        max_size=6,
    )
)
def test_counts_are_those_of_plain_sets(sets: dict[str, list[str]]) -> None:
    table = overlap_table(sets)
    plain = [set(ids) for ids in sets.values()]
    for row, first in enumerate(plain):
        others = set().union(*(s for at, s in enumerate(plain) if at != row))
        assert table.unique[row] == len(first - others)
        assert list(table.shared[row]) == [len(first & second) for second in plain]
    assert sum(i.n_records for i in table.intersections) == len(set().union(*plain))
    counts = [i.n_records for i in table.intersections]
    assert counts == sorted(counts, reverse=True)


def test_rows_are_a_table_for_a_file() -> None:
    rows = overlap_rows(overlap_table(SETS))
    assert rows[1] == {
        "query": "fever",
        "records": 3,
        "only here": 1,
        "shared with drug & <b>placebo</b>": 2,
        "shared with fever": 3,
        "shared with nothing": 0,
    }


def test_the_picture_shows_names_sizes_and_combinations_as_text() -> None:
    shown = lines(SETS)
    assert shown[0] == "5 records of 3 queries"
    for text in ("drug & <b>placebo</b>", "fever", "nothing", "4", "3", "0"):
        assert text in shown
    bars = [bar for bar in drawn(SETS).iter(f"{SVG}rect") if bar.find(f"{SVG}title") is not None]
    assert [bar.findtext(f"{SVG}title") for bar in bars] == [
        "drug & <b>placebo</b>: 2",
        "drug & <b>placebo</b>, fever: 2",
        "fever: 1",
    ]
    tall = [float(bar.get("height") or 0) for bar in bars]
    assert tall[0] == tall[1] == pytest.approx(2 * tall[2])


def test_the_picture_is_named_described_and_refers_to_nothing_outside() -> None:
    root = drawn(SETS)
    assert root.get("role") == "img"
    ids = (root.get("aria-labelledby") or "").split()
    assert [root.find(f".//*[@id='{name}']") is not None for name in ids] == [True, True]
    described = root.findtext(f"{SVG}desc") or ""
    assert "fever: 3, of which 1 in no other" in described
    assert "drug & <b>placebo</b> and fever: 2" in described
    text = overlap_svg(overlap_table(SETS)).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in text
    assert "url(" not in text


def test_rare_combinations_are_counted_where_they_are_not_drawn() -> None:
    table = overlap_table(many(10))
    text = " ".join(lines(many(10)))
    n_left = sum(i.n_records for i in table.intersections[MOST_COMBINATIONS:])
    left_out = len(table.intersections) - MOST_COMBINATIONS
    assert f"{left_out:,} rarer combinations ({n_left:,} records) are not drawn" in text


def test_many_sets_become_a_table_of_pairs() -> None:
    number = MOST_SETS_AS_COLUMNS + 1
    table = overlap_table(many(number))
    shown = lines(many(number))
    assert "by pairs" in (drawn(many(number)).findtext(f"{SVG}title") or "")
    for row in table.shared:
        for shared in row:
            assert str(shared) in shown
    cells = [c for c in drawn(many(number)).iter(f"{SVG}rect") if c.get("class") == "cell bar"]
    assert len(cells) == number * (number - 1)
    fills = [float(cell.get("fill-opacity") or 0) for cell in cells[: number - 1]]
    fifths = [min(5 * shared // table.sizes[0], 4) for shared in table.shared[0][1:]]
    shown = {fifth: fill for fifth, fill in zip(fifths, fills, strict=True) if fill}
    assert [fill for fill in fills if fill] == [
        shown[fifth] for fifth, fill in zip(fifths, fills, strict=True) if fill
    ]
    assert len(shown) > 1
    assert [shown[fifth] for fifth in sorted(shown)] == sorted(set(shown.values()))
    assert [fill == 0 for fill in fills] == [shared == 0 for shared in table.shared[0][1:]]


def test_of_too_many_sets_the_largest_are_drawn_and_the_others_told() -> None:
    sets = many(MOST_SETS + 5)
    assert any(f"The {MOST_SETS} largest of {MOST_SETS + 5}" in line for line in lines(sets))


@pytest.mark.parametrize("number", [0, 1, 2, 12, 13, 41])
def test_any_number_of_sets_is_drawn_inside_the_picture(number: int) -> None:
    root = drawn(many(number))
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    for rect in root.iter(f"{SVG}rect"):
        x, y = float(rect.get("x") or 0), float(rect.get("y") or 0)
        assert x >= 0
        assert x + float(rect.get("width") or 0) <= width
        assert y >= 0
        assert y + float(rect.get("height") or 0) <= height
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("x") or 0) < width
        assert 0 < float(text.get("y") or 0) < height


def test_empty_sets_are_drawn_without_dividing_by_nothing() -> None:
    assert lines({"a": [], "b": []})[0] == "0 records of 2 queries"
    assert drawn({f"q{at}": [] for at in range(20)}).tag == f"{SVG}svg"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.lists(st.text(max_size=3), max_size=5), max_size=15))
def test_hostile_names_give_well_formed_svg_and_fit_their_column(
    sets: dict[str, list[str]],
) -> None:
    root = drawn(sets)
    known = {"svg", "title", "desc", "style", "rect", "text", "path", "circle"}
    assert {etree.QName(element).localname for element in root.iter()} <= known
    for text in root.iter(f"{SVG}text"):
        if text.find(f"{SVG}title") is not None:
            assert len(text.text or "") <= 26
