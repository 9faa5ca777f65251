"""Which arm each heading of a table names."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.extraction.arm_labels import bare_role, header_n
from evidence.extraction.arm_mentions import Role, TrialArm, mentions
from evidence.extraction.time_points import time_points
from evidence.extraction.wording import Span, flatten, is_abbreviation
from indexers.records import TableCell


class Naming(NamedTuple):
    """How a heading names an arm: the arm, the heading's other words, a doubt if there is one."""

    arm: TrialArm
    rest: str
    doubt: str | None = None


STAT_COLUMN = re.compile(
    r"^\W*(?:p\b|p-|sig|t\b|f\b|z\b|χ|x2|chi|df\b)|\bdifference|\bratio\b|\b(?:or|rr|hr|ci|md"
    r"|smd)\b"
    r"|\btotal\b|\ball\b|\boverall\b|\bcombined\b|\bcharacteristic"
    r"|(?<!post[- ])(?<!pre[- ])\btest\b|\bvs\.?\b|\bversus\b"
    r"|\beffect\b|\bmissing\b|\breference\b|\bstatistic|\bvalue\b|\bunits?\b", re.I,
)  # fmt: skip
# `ESD arms (1 + 2)` is of both arms, though it bears the name of either.
_JOINED = re.compile(
    r"\b(?:arms|groups)\W{1,3}(?:\d|[A-Z]|I{1,3})\s*(?:\+|&|/|and)\s*(?:\d|[A-Z]|I{1,3})\b"
    r"|\b(?i:(?:combined|pooled|both)\W(?:\w+\W)?(?:arms|groups)"
    r"|(?:arms|groups)\W{1,2}(?:combined|pooled|together))\b"
)
_GENERAL_WORDS = re.compile(
    r"\b(?:intervention|experimental|treatment|active|controls?|placebo|usual care|standard care"
    r"|comparison|group)\b", re.I,
)  # fmt: skip


def namings_of(
    cells: list[TableCell], arms: tuple[TrialArm, ...], n_arms: int, in_columns: bool
) -> dict[int, Naming | None]:
    """Which arm each heading names, by the cell's place in the text; None: two arms at once."""
    unique = {c.start: c for c in cells if c.end > c.start}
    found: dict[int, Naming | None] = {}
    for start, cell in unique.items():
        named = mentions(cell.text, arms)
        if len({id(m.arm) for m in named}) > 1 or (named and _JOINED.search(flatten(cell.text))):
            found[start] = None
        elif named and (in_columns or len(cell.text) < 90):
            found[start] = Naming(
                named[0].arm, _rest(cell.text, [Span(m.start, m.end) for m in named])
            )
    taken = {n.arm.role for n in found.values() if n is not None}
    _name_generic(unique, found, arms, taken)
    taken = {n.arm.role for n in found.values() if n is not None}
    if in_columns and len(taken) == 1 and n_arms == 2 and len(arms) == 2:
        _name_by_elimination(unique, found, arms, taken)
    return found


def _rest(text: str, spans: list[Span]) -> str:
    for span in reversed(spans):
        text = text[: span.start] + " " + text[span.end :]
    return re.sub(
        r"\(?\s*\bn\s*=\s*\d+\s*\)?|\(\s*\d+\s*\)", " ", flatten(text), flags=re.I
    ).strip()


def _name_generic(
    cells: dict[int, TableCell],
    found: dict[int, Naming | None],
    arms: tuple[TrialArm, ...],
    taken: set[Role],
) -> None:
    """`Intervention` and `Control` name the arms of a trial that has one of each."""
    for role in ("intervention", "comparator"):
        own = [a for a in arms if a.role == role]
        general = {
            s: c for s, c in cells.items()
            if s not in found and bare_role(c.text) == role and len(c.text) < 60
            and not STAT_COLUMN.search(c.text)
        }  # fmt: skip
        wordings = {_rest(c.text, []).lower() for c in general.values()}
        if role not in taken and len(own) == 1 and len(wordings) == 1:
            for start, cell in general.items():
                rest = _rest(_GENERAL_WORDS.sub(" ", cell.text), [])
                found[start] = Naming(own[0], rest)


def _name_by_elimination(
    cells: dict[int, TableCell],
    found: dict[int, Naming | None],
    arms: tuple[TrialArm, ...],
    taken: set[Role],
) -> None:
    """The one other column of a two-arm trial is the other arm if it bears its letters."""
    named_rows = {cells[s].row for s, n in found.items() if n is not None}
    others = {
        s: c for s, c in cells.items()
        if s not in found and c.row in named_rows and len(c.text) < 40
        and not STAT_COLUMN.search(c.text) and not time_points(c.text)
        and any(_spells_out(n, c.text) for a in arms if a.role not in taken for n in a.names)
    }  # fmt: skip
    counted = {header_n(cells[s].text) is not None for s, n in found.items() if n is not None}
    alike = {header_n(c.text) is not None for c in others.values()}
    if len({_rest(c.text, []) for c in others.values()}) == 1 and alike == counted:
        other = next(a for a in arms if a.role not in taken)
        for start, cell in others.items():
            doubt = f"the heading {cell.text!r} is taken for {other.name}: the trial has two arms"
            found[start] = Naming(other, "", doubt)


def _spells_out(name: str, heading: str) -> bool:
    """Whether a heading is an arm's abbreviation with more letters (ALN for AL, not AL+)."""
    word = re.match(r"[A-Za-z0-9]+(?=\s|$|[,:(\[])", heading)
    return word is not None and is_abbreviation(name) and word.group().startswith(name)
