"""Time points in report wording: `day 28`, `28 d`, `12-month`, `baseline`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from evidence.extraction.wording import flatten

_UNIT_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}
_NUMBER_WORDS = {
    w: n
    for n, w in enumerate(
        (
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ),
        1,
    )
}
_ORDINALS = {
    w: n for n, w in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), 1)
}
_NAMES = r"(?P<{0}>hours?|hrs?|h|days?|d|weeks?|wks?|months?|mos?|years?|yrs?|y)"
_TIME = re.compile(
    r"(?P<baseline>\bbaseline\b|\benrol?lment\b|\bpre-?(?:treatment|intervention|test|dose|op\w*)\b"
    r"|\bon admission\b|\bat admission\b|\bat inclusion\b|\bat entry\b|\bbefore treatment\b"
    r"|\bpreoperative\w*|\bscreening visit\b|\bat randomi[sz]ation\b)"
    r"|\b(?P<first>hour|day|week|month|year)s?\s*-?\s*(?P<after>\d+(?:\.\d+)?)\b(?!\s*%)"
    r"(?P<till>\s*(?:-|to|through)\s*\d+\b(?!\s*%))?"
    r"|(?<![\w./,])(?P<before>\d+(?:\.\d+)?|"
    + "|".join(_NUMBER_WORDS)
    + r")[\s-]*"
    + _NAMES.format("last")
    + r"\b(?!\s*(?:old|of age))"
    r"|\b(?P<ordinal>first|second|third|fourth|fifth|sixth)\s(?P<of>day|week|month|year)\b"
    r"|(?<!\w)(?P<letter>[DW])(?P<short>\d{1,3})(?!\w)",
    re.IGNORECASE,
)
_AGE_BEFORE = re.compile(
    r"(?:\baged?|\bolder than|\byounger than|[<>≥≤]|\bage of)\s*$", re.IGNORECASE
)
_RANGE = re.compile(r"^\s*(?:-|to|and|until|through)\s*$")


class TimePoint(NamedTuple):
    """A time point as printed; `days` is 0 at baseline; a period between two has no days."""

    text: str
    days: float | None
    start: int
    end: int


@lru_cache(maxsize=16384)
def time_points(text: str) -> tuple[TimePoint, ...]:
    """The time points of a text in order; `day 0 - day 7` is one period without days."""
    flat = flatten(text)
    found: list[TimePoint] = []
    for m in _TIME.finditer(flat):
        if m["short"] and m["letter"].islower():
            continue
        if _AGE_BEFORE.search(flat, 0, m.start()):
            continue
        point = TimePoint(text[m.start() : m.end()], _days(m), m.start(), m.end())
        if found and _RANGE.match(flat[found[-1].end : point.start]):
            first = found[-1]
            if flat[first.end : point.start].strip() != "and" and first.days != point.days:
                found[-1] = TimePoint(text[first.start : point.end], None, first.start, point.end)
                continue
        found.append(point)
    return tuple(found)


def _days(m: re.Match[str]) -> float | None:
    if m["till"]:
        return None
    if m["baseline"]:
        return 0.0
    if m["short"]:
        return float(m["short"]) * _UNIT_DAYS[m["letter"].lower()]
    if m["ordinal"]:
        return _ORDINALS[m["ordinal"].lower()] * _UNIT_DAYS[m["of"][0].lower()]
    number = m["after"] or m["before"]
    unit = (m["first"] or m["last"])[0].lower()
    count = float(_NUMBER_WORDS.get(number.lower(), 0) or number)
    return count * _UNIT_DAYS[unit]


def same_time(a: float | None, b: float | None) -> bool:
    """Whether two times agree within 2 % (26 weeks and 6 months do)."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 0.02 * max(a, b)
