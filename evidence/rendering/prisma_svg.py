"""The PRISMA 2020 flow diagram (Page et al., BMJ 2021;372:n71) as SVG, drawn from the counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from evidence.prisma import PrismaCounts

_WIDTH = 760
_LEFT, _RIGHT = 52, 420
_BOX_WIDTH = 324
_LINE, _PADDING, _GAP = 17, 11, 26
_COLUMNS, _TITLE_COLUMNS = 41, 36  # what fits into a box even in a wide font such as DejaVu
_LOWEST = {"Identification": 104, "Included": 72}  # a band has to hold its own name
# PRISMA 2020's words for what no person has screened.
_BY_AUTOMATION = "Records marked as ineligible by automation tools"
_NOT_FOUND = "Of the store, not found by the search"
_CONFLICTS = "Reviewers disagree, not settled yet"
_STYLE = """
.prisma{--ink:#1d2733;--paper:#ffffff;--line:#7d8b99;--band:#dcebec;--band-ink:#0a4f57;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,
sans-serif;font-size:13px}
@media screen and (prefers-color-scheme:dark){.prisma{--ink:#e7ebef;--paper:#171d24;--line:#7f8d9b;
--band:#17393e;--band-ink:#a5dfe3}}
.prisma text{fill:var(--ink)}
.prisma .first{font-weight:600}
.prisma .box{fill:var(--paper);stroke:var(--line)}
.prisma .awaiting{stroke-dasharray:5 4;stroke-width:1.6}
.prisma .band{fill:var(--band)}
.prisma .band-name{fill:var(--band-ink);font-weight:600;text-anchor:middle}
.prisma .arrow{stroke:var(--line);stroke-width:1.4;fill:none}
.prisma .head{fill:var(--line)}
"""


@dataclass(frozen=True)
class _Box:
    lines: tuple[str, ...]
    awaiting: bool = False

    @property
    def height(self) -> int:
        return len(self.lines) * _LINE + 2 * _PADDING


@dataclass(frozen=True)
class _Row:
    band: str
    main: _Box
    beside: tuple[_Box, ...] = ()

    @property
    def height(self) -> int:
        beside = sum(box.height for box in self.beside) + 10 * max(len(self.beside) - 1, 0)
        return max(self.main.height, beside, _LOWEST.get(self.band, 0))


def prisma_svg(counts: PrismaCounts) -> str:
    """The flow of records through the review; one SVG element, no external reference."""
    rows = _rows(counts)
    parts: list[str] = []
    top = 8
    places: list[tuple[_Row, int]] = []
    for row in rows:
        places.append((row, top))
        top += row.height + _GAP
    height = top - _GAP + 8
    for band in dict.fromkeys(row.band for row in rows):
        of_band = [(row, y) for row, y in places if row.band == band]
        parts.append(_band(band, of_band[0][1], of_band[-1][1] + of_band[-1][0].height))
    for index, (row, y) in enumerate(places):
        parts += _drawn(row, y)
        if index + 1 < len(places):
            middle = _LEFT + _BOX_WIDTH / 2
            next_row, next_y = places[index + 1]
            end = next_y + (next_row.height - next_row.main.height) / 2
            parts.append(_down(middle, y + (row.height + row.main.height) / 2, end))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="prisma" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" '
        'aria-labelledby="prisma-title prisma-description">'
        '<title id="prisma-title">PRISMA 2020 flow diagram</title>'
        f'<desc id="prisma-description">{escape(_description(counts))}</desc>'
        f"<style>{_STYLE}</style>{''.join(parts)}</svg>"
    )


def flow_lines(counts: PrismaCounts) -> list[str]:
    """The same boxes as lines of text, each with its parts behind it."""
    boxes = [box for row in _rows(counts) for box in (row.main, *row.beside)]
    return [" ".join(" ".join(box.lines).split()) for box in boxes]


def _rows(counts: PrismaCounts) -> list[_Row]:
    sources = {**counts.sources, **_above_zero({_NOT_FOUND: counts.not_found})}
    identified = _box("Records identified", counts.identified, sources)
    before_screening = {
        "Duplicates": counts.duplicates,
        **_above_zero({_BY_AUTOMATION: counts.ineligible_by_automation}),
    }
    removed = [_box("Records removed before screening", None, before_screening)]
    if counts.suspected_duplicates:
        pairs = _box("Pairs a person has yet to compare", counts.suspected_duplicates, {})
        removed.append(_Box(pairs.lines, awaiting=True))
    screened = _box(
        "Records screened",
        counts.screened,
        _above_zero(
            {"Not yet screened": counts.to_screen, _CONFLICTS: counts.conflicts_title_abstract}
        ),
    )
    out_of_screening = _box(
        "Records excluded", counts.excluded_title_abstract, counts.reasons_title_abstract
    )
    assessed = _box(
        "Reports assessed for eligibility",
        counts.assessed,
        _above_zero({"Not yet assessed": counts.to_assess, _CONFLICTS: counts.conflicts_full_text}),
    )
    beside = [_box("Reports excluded", counts.excluded_full_text, counts.reasons_full_text)]
    if counts.awaiting:
        waiting = _box("Reports awaiting a person’s decision", counts.awaiting, {})
        beside.append(_Box(waiting.lines, awaiting=True))
    return [
        _Row("Identification", identified, tuple(removed)),
        _Row("Screening", screened, (out_of_screening,)),
        _Row(
            "Screening",
            _box("Reports sought for retrieval", counts.sought, {}),
            (_box("Reports not retrieved", counts.not_retrieved, {}),),
        ),
        _Row("Screening", assessed, tuple(beside)),
        _Row("Included", _box("Studies included in review", counts.included, {})),
    ]


def _box(title: str, number: int | None, parts: Mapping[str, int]) -> _Box:
    lines = _wrapped(title if number is None else f"{title} {_n(number)}", _TITLE_COLUMNS)
    for name, part in parts.items():
        first, *rest = _wrapped(f"{name} {_n(part)}", _COLUMNS)
        lines += [f"\u2003{first}", *(f"\u2003\u2002{line}" for line in rest)]
    return _Box(tuple(lines))


def _n(number: int) -> str:
    return f"(n\u00a0=\u00a0{number:,})"


def _above_zero(parts: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in parts.items() if number}


def _wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most `columns` character widths; a word too long for a line is broken."""
    # XML 1.0 has no place for control characters.
    clean = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    lines: list[str] = [""]
    for word in re.split(r"[ \t\r\n\f\v]+", clean.strip()):
        if lines[-1] and _text_width(lines[-1]) + 1 + _text_width(word) <= columns:
            lines[-1] += f" {word}"
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if _text_width(lines[-1]) + _text_width(character) > columns:
                lines.append("")
            lines[-1] += character
    return lines


def _text_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _band(name: str, top: int, bottom: int) -> str:
    middle = (top + bottom) / 2
    return (
        f'<rect class="band" x="8" y="{top}" width="28" height="{bottom - top}" rx="5"/>'
        f'<text class="band-name" transform="translate(26.5 {middle:g}) rotate(-90)">{name}</text>'
    )


def _drawn(row: _Row, top: int) -> list[str]:
    middle = top + row.height / 2
    parts = _box_at(row.main, _LEFT, middle - row.main.height / 2)
    beside = sum(box.height for box in row.beside) + 10 * max(len(row.beside) - 1, 0)
    place = middle - beside / 2
    for box in row.beside:
        parts += _box_at(box, _RIGHT, place)
        centre = place + box.height / 2
        elbow = (_LEFT + _BOX_WIDTH + _RIGHT) / 2
        parts.append(
            f'<path class="arrow" d="M{_LEFT + _BOX_WIDTH} {middle:g}H{elbow:g}V{centre:g}'
            f'H{_RIGHT - 6}"/>'
            f'<path class="head" d="M{_RIGHT} {centre:g}l-8 -4v8z"/>'
        )
        place += box.height + 10
    return parts


def _box_at(box: _Box, left: int, top: float) -> list[str]:
    css = "box awaiting" if box.awaiting else "box"
    parts = [
        f'<rect class="{css}" x="{left}" y="{top:g}" width="{_BOX_WIDTH}" '
        f'height="{box.height}" rx="5"/>'
    ]
    for number, line in enumerate(box.lines):
        baseline = top + _PADDING + number * _LINE + 13
        css = "part" if line.startswith("\u2003") else "first"
        parts.append(f'<text class="{css}" x="{left + 12}" y="{baseline:g}">{escape(line)}</text>')
    return parts


def _down(x: float, top: float, bottom: float) -> str:
    return (
        f'<path class="arrow" d="M{x:g} {top:g}V{bottom - 6:g}"/>'
        f'<path class="head" d="M{x:g} {bottom:g}l-4 -8h8z"/>'
    )


def _description(counts: PrismaCounts) -> str:
    waiting = f", {counts.awaiting} await a person’s decision" if counts.awaiting else ""
    pairs = counts.suspected_duplicates
    likely = f", {pairs} pairs of likely duplicates await a person" if pairs else ""
    stopped = counts.ineligible_by_automation
    left = f", {stopped} marked as ineligible by automation tools" if stopped else ""
    conflicts = counts.conflicts_title_abstract + counts.conflicts_full_text
    waiting += f", {conflicts} judged differently by two reviewers" if conflicts else ""
    outside = f" ({counts.not_found} not found by the search)" if counts.not_found else ""
    return (
        f"{counts.identified} records identified{outside}, "
        f"{counts.duplicates} duplicates removed{likely}{left}, {counts.screened} screened, "
        f"{counts.excluded_title_abstract} excluded on title "
        f"and abstract, {counts.sought} reports sought, {counts.not_retrieved} not retrieved, "
        f"{counts.assessed} assessed, {counts.excluded_full_text} excluded{waiting}, "
        f"{counts.included} included."
    )
