"""Overlaps of result sets as SVG: combinations as columns, or all pairs when there are many sets.

The first is an UpSet plot (Lex et al., IEEE Trans Vis Comput Graph 2014;20:1983-1992). One hue
alone carries quantity, and every quantity stands there as a number, too.
"""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape

from evidence.rendering.overlap import OverlapTable

MOST_SETS_AS_COLUMNS = 12
MOST_COMBINATIONS = 18
MOST_SETS = 40  # of a table of pairs that can still be read
_NAME_COLUMNS = 26
_NAME_WIDTH = 206
_BAR_WIDTH = 96
_COLUMN = 28
_ROW = 26
_DIGIT = 7.5  # the width of one in the small size, even in a wide font
_CELL_WIDTH, _CELL_HEIGHT = 44, 24
_TALLEST = 130
_TOP = 62
# Fifths of the row's records by fill: each leaves a contrast of 4.5 to its number, on light paper
# and on dark; on the last, numbers take the paper's colour.
_FILLS = (0.08, 0.2, 0.34, 0.46, 0.9)
_STYLE = """
.overlap{--ink:#1d2733;--soft:#56616d;--paper:#ffffff;--line:#7d8b99;--band:#eef3f3;
--bar:#0a5f68;--empty:#cfd8dc;--on-bar:#ffffff;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,
sans-serif;font-size:13px}
@media screen and (prefers-color-scheme:dark){.overlap{--ink:#e7ebef;--soft:#a7b1bb;
--paper:#171d24;--line:#7f8d9b;--band:#1f2730;--bar:#7fd0d4;--empty:#3d4853;--on-bar:#10161b}}
.overlap text{fill:var(--ink)}
.overlap .ground{fill:var(--paper)}
.overlap .heading{font-weight:600;font-size:15px}
.overlap .soft{fill:var(--soft);font-size:12px}
.overlap .small{font-size:11px}
.overlap .end{text-anchor:end}
.overlap .middle{text-anchor:middle}
.overlap .band{fill:var(--band)}
.overlap .bar{fill:var(--bar)}
.overlap .in{fill:var(--bar)}
.overlap .out{fill:var(--empty)}
.overlap .joins{stroke:var(--bar);stroke-width:3}
.overlap .axis{stroke:var(--line)}
.overlap .cell{stroke:var(--paper)}
.overlap .own{fill:none;stroke:var(--line);stroke-dasharray:3 2}
.overlap .on-bar{fill:var(--on-bar)}
"""


def overlap_svg(table: OverlapTable, name: str = "overlap") -> str:
    """The overlaps as one SVG element without external references.

    Args:
        table: What is drawn; with more than 12 sets as a table of pairs, of at most 40 sets.
        name: Begins the ids of title and description, for several pictures on a page; letters.
    """
    if len(table.names) > MOST_SETS_AS_COLUMNS:
        title, parts, width, height = _pairs(table)
    else:
        title, parts, width, height = _combinations(table)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="overlap" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{title}</title>'
        f'<desc id="{name}-description">{escape(_description(table))}</desc>'
        f"<style>{_STYLE}</style>"
        f'<rect class="ground" width="{width}" height="{height}"/>{"".join(parts)}</svg>'
    )


def _combinations(table: OverlapTable) -> tuple[str, list[str], int, int]:
    shown = table.intersections[:MOST_COMBINATIONS]
    digits = _number_width(max(table.sizes, default=0))
    left = int(_NAME_WIDTH + _BAR_WIDTH + digits + 44)
    rows_top = _TOP + _TALLEST + 18
    column = max(_COLUMN, int(_number_width(shown[0].n_records if shown else 0)) + 6)
    width = max(left + len(shown) * column + 24, 520)
    height = rows_top + len(table.names) * _ROW + 16
    largest = max((i.n_records for i in shown), default=1)
    left_out = len(table.intersections) - len(shown)
    subtitle = "Columns: records in exactly the queries that are marked"
    if left_out:
        n_left = sum(i.n_records for i in table.intersections[MOST_COMBINATIONS:])
        subtitle += f"; {left_out:,} rarer combinations ({n_left:,} records) are not drawn"
    parts = [
        _text(16, 26, f"{table.n_records:,} records of {len(table.names)} queries", "heading"),
        *(_text(16, 44 + 15 * at, part, "soft") for at, part in enumerate(_lines(subtitle, width))),
        _text(left - 16, rows_top - 8, "records", "soft end"),
    ]
    parts += _set_rows(table, rows_top, width, left)
    baseline = _TOP + _TALLEST
    axis_end = left + max(len(shown), 1) * column + 4
    parts.append(f'<path class="axis" d="M{left - 4} {baseline + 0.5}H{axis_end}"/>')
    for at, found in enumerate(shown):
        centre = left + at * column + column / 2
        tall = max((_TALLEST - 34) * found.n_records / largest, 1)
        parts.append(
            f'<rect class="bar" x="{centre - 9:g}" y="{baseline - tall:g}" width="18" '
            f'height="{tall:g}"><title>{escape(_plain(", ".join(found.names)))}: '
            f"{found.n_records:,}</title></rect>"
        )
        parts.append(_text(centre, baseline - tall - 5, f"{found.n_records:,}", "small middle"))
        parts += _dots(table, found.names, centre, rows_top)
    return "Overlap of result sets", parts, width, height


def _set_rows(table: OverlapTable, top: int, width: int, left: int) -> list[str]:
    largest = max(table.sizes, default=0) or 1
    bars_end = left - 28 - _number_width(largest)
    parts = []
    for at, (name, size) in enumerate(zip(table.names, table.sizes, strict=True)):
        y = top + at * _ROW
        if at % 2 == 0:
            parts.append(
                f'<rect class="band" x="8" y="{y}" width="{width - 16}" height="{_ROW}" rx="3"/>'
            )
        long = _BAR_WIDTH * size / largest
        right = left - 16
        parts += [
            _named(16, y + 17, name),
            f'<rect class="bar" x="{bars_end - long:g}" y="{y + 7}" width="{long:g}" height="12"/>',
            _text(right, y + 17, f"{size:,}", "small end"),
        ]
    return parts


def _dots(table: OverlapTable, names: tuple[str, ...], centre: float, top: int) -> list[str]:
    inside = [at for at, name in enumerate(table.names) if name in names]
    middles = [top + at * _ROW + _ROW / 2 for at in range(len(table.names))]
    parts = [
        f'<circle class="out" cx="{centre:g}" cy="{y:g}" r="3.5"/>'
        for at, y in enumerate(middles)
        if at not in inside
    ]
    if len(inside) > 1:
        first, last = middles[inside[0]], middles[inside[-1]]
        parts.append(f'<path class="joins" d="M{centre:g} {first:g}V{last:g}"/>')
    return parts + [
        f'<circle class="in" cx="{centre:g}" cy="{middles[at]:g}" r="6.5"/>' for at in inside
    ]


def _pairs(table: OverlapTable) -> tuple[str, list[str], int, int]:
    order = sorted(range(len(table.names)), key=lambda at: -table.sizes[at])[:MOST_SETS]
    shown = sorted(order)
    left, top = _NAME_WIDTH + 70, 88
    wide = max(_CELL_WIDTH, int(_number_width(max(table.sizes))) + 10)
    width = max(left + len(shown) * wide + 16, 620)
    height = top + len(shown) * _CELL_HEIGHT + 16
    subtitle = (
        "Cells: records of both queries; their colour, in fifths: the share of the row's records"
    )
    if len(shown) < len(table.names):
        subtitle += f". The {len(shown)} largest of {len(table.names)} queries"
    parts = [
        _text(16, 26, f"{table.n_records:,} records of {len(table.names)} queries", "heading"),
        _text(16, 44, subtitle, "soft"),
        _text(left - 8, top - 8, "only here", "soft end"),
    ]
    for at, row in enumerate(shown):
        y = top + at * _CELL_HEIGHT
        parts.append(_text(left + (at + 0.5) * wide, top - 8, str(row + 1), "soft middle"))
        parts.append(_named(16, y + 16, f"{row + 1} {table.names[row]}"))
        parts.append(_text(left - 8, y + 16, f"{table.unique[row]:,}", "small end"))
        for place, column in enumerate(shown):
            parts += _cell(table, row, column, (left + place * wide, y, wide))
    return "Overlap of result sets by pairs", parts, width, height


def _cell(
    table: OverlapTable, row: int, column: int, place: tuple[float, float, float]
) -> list[str]:
    """The cell of a pair at left, top and width."""
    x, y, wide = place
    shared = table.shared[row][column]
    step = min(shared * len(_FILLS) // table.sizes[row], len(_FILLS) - 1) if shared else 0
    fill = _FILLS[step] if shared else 0
    ink = " on-bar" if step == len(_FILLS) - 1 else "" if shared else " soft"
    box = (
        f'<rect class="cell bar" x="{x:g}" y="{y:g}" width="{wide:g}" height="{_CELL_HEIGHT}" '
        f'fill-opacity="{fill:g}"/>'
    )
    if row == column:
        ink = ""
        box = (
            f'<rect class="own" x="{x + 1.5:g}" y="{y + 1.5:g}" width="{wide - 3:g}" '
            f'height="{_CELL_HEIGHT - 3}"/>'
        )
    return [box, _text(x + wide / 2, y + 16, f"{shared:,}", f"small middle{ink}")]


def _number_width(number: int) -> float:
    return _DIGIT * len(f"{number:,}")


def _description(table: OverlapTable) -> str:
    sets = "; ".join(
        f"{_plain(name)}: {size:,}, of which {unique:,} in no other"
        for name, size, unique in zip(table.names, table.sizes, table.unique, strict=True)
    )
    largest = "; ".join(
        f"{_plain(' and '.join(i.names))}: {i.n_records:,}"
        for i in table.intersections[:MOST_COMBINATIONS]
        if len(i.names) > 1
    )
    together = f" Records in exactly these queries: {largest}." if largest else ""
    return f"{table.n_records:,} records in all. Records by query: {sets}.{together}"


def _text(x: float, y: float, text: str, css: str) -> str:
    return f'<text class="{css}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _named(x: float, y: float, name: str) -> str:
    """A name, cut where it does not fit; the whole name shows when one points at it."""
    whole = _plain(name)
    return (
        f'<text x="{x:g}" y="{y:g}">{escape(_fitted(whole, _NAME_COLUMNS))}'
        f"<title>{escape(whole)}</title></text>"
    )


def _lines(text: str, width: int) -> list[str]:
    """The text in lines that fit into the picture."""
    columns = int((width - 32) / 6.3)
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > columns:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _plain(text: str) -> str:
    """The text on one line without control characters, for which XML has no place."""
    kept = (c if not c.isspace() else " " for c in text if c.isspace() or _printed(c))
    return " ".join("".join(kept).split())


def _printed(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"


def _fitted(text: str, columns: int) -> str:
    """The text at no more than a number of character widths; names differ most at their ends."""
    if sum(map(_width, text)) <= columns:
        return text
    front, back = "", ""
    for character in text:
        if sum(map(_width, front + character)) > columns * 2 // 3 - 1:
            break
        front += character
    for character in reversed(text[len(front) :]):
        if sum(map(_width, front + back + character)) > columns - 1:
            break
        back = character + back
    return f"{front.rstrip()}…{back.lstrip()}"


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
