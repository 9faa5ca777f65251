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
    r"|\bprior to (?:the )?(?:treatment|intervention|therapy|randomi[sz]ation|surgery|operation)\b"
    r"|\bat the (?:start|beginning|outset) of (?:the )?(?:study|trial|treatment|intervention"
    r"|therapy)\b"
    r"|\bpreoperative\w*|\bscreening visit\b|\bat randomi[sz]ation\b)"
    r"|\b(?P<first>hour|day|week|month|year)s?\s*-?\s*(?P<after>\d+(?:\.\d+)?)\b(?!\s*%)"
    r"(?P<till>\s*(?:-|to|through)\s*\d+\b(?!\s*%))?"
    r"|(?<![\w./,])(?P<before>\d+(?:\.\d+)?|"
    + "|".join(_NUMBER_WORDS)
    + r")[\s-]*"
    + _NAMES.format("last")
    + r"\b(?!\s*(?:old|of age))"
    r"|\b(?P<ordinal>first|second|third|fourth|fifth|sixth|\d{1,2}(?=st|nd|rd|th))"
    r"(?:st|nd|rd|th)?\s(?P<of>day|week|month|year)\b"
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
        place = m["ordinal"].lower()
        return (_ORDINALS.get(place) or int(place)) * _UNIT_DAYS[m["of"][0].lower()]
    number = m["after"] or m["before"]
    unit = (m["first"] or m["last"])[0].lower()
    count = float(_NUMBER_WORDS.get(number.lower(), 0) or number)
    return count * _UNIT_DAYS[unit]


def same_time(a: float | None, b: float | None) -> bool:
    """Whether two times agree within 2 % (26 weeks and 6 months do)."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 0.02 * max(a, b)


# Visits that a report names without saying when they were.
_VISIT = re.compile(
    r"\b(?:post|mid)-?\s?(?:test|treatment|intervention|therapy|training|program(?:me)?)\b"
    r"|\b(?:at |by )?(?:the )?end of (?:the )?(?:study |active )?"
    r"(?:treatment|intervention|therapy|training|program(?:me)?|study|trial)\b"
    r"|\b(?:immediately |right |just )?after (?:the )?"
    r"(?:treatment|intervention|therapy|training|program(?:me)?)\b"
    r"|\b(?:at |on |upon )?(?:hospital )?discharge\b|\bfollow-?\s?up(?:\s?\d\b)?"
    r"|\b(?:first|second|third|final|last) (?:visit|assessment)\b|\b(?-i:[TV])\s?\d{1,2}\b"
    r"|\bvisit \d{1,2}\b",
    re.IGNORECASE,
)
# Words that name a visit only where they stand alone (`Post`, `After (mean)`).
_VISIT_WORD = re.compile(
    r"\W*(?:(?:mean|value|score|at|on|upon|by|the)s?\b\W*)*(post|mid|after|end|final|completion)\b(?!-)\W*"
    r"(?:\W*(?:mean|sd|se|m|value|score|n)s?\b)*\W*",
    re.IGNORECASE,
)
_END_OF_TREATMENT = re.compile(
    r"\bpost-?\s?(?:test|treatment|intervention|therapy|training|program(?:me)?)\b"
    r"|\bend of (?:the )?(?:study |active )?(?:treatment|intervention|therapy|training"
    r"|program(?:me)?)\b"
    r"|\bafter (?:the )?(?:treatment|intervention|therapy|training|program(?:me)?)\b"
    r"|\bdischarge\b|^\W*(?:post|after)\W*$",
    re.IGNORECASE,
)
_FOLLOW_UP = re.compile(r"\bfollow-?\s?up\b", re.IGNORECASE)
_TIMED_BY = re.compile(r"\b(?:at|on|after|by|within|until|to|in|through)\s+(?:the\s+)?$", re.I)
_TIMED_AFTER = re.compile(
    r"[\s-]*(?:after|post|later|following|follow|of (?:treatment|follow))", re.I
)


def visit_wording(text: str) -> TimePoint | None:
    """The visit that a wording names (`Post-test`, `T2`, `at discharge`); it has no days."""
    flat = flatten(text)
    alone = _VISIT_WORD.fullmatch(flat)
    found = _VISIT.search(flat)
    start, end = alone.span(1) if alone else found.span() if found else (0, 0)
    return TimePoint(text[start:end], None, start, end) if end else None


def is_end_of_treatment(text: str) -> bool:
    """Whether a time is worded as the end of treatment; `2 weeks after treatment` is later."""
    flat = flatten(text)
    if _END_OF_TREATMENT.search(flat) is None:
        return False
    brackets = re.search(r"\(([^()]*)\)", flat)
    if brackets is None:
        return not any(p.days for p in time_points(text))
    inside, outside = brackets.group(1), flat.replace(brackets.group(), " ")
    return any(
        _END_OF_TREATMENT.search(part) and not any(p.days for p in time_points(part))
        for part in (inside, outside)
    )


def precedence(outcome: str, time_point: str | None, days: float | None) -> tuple[bool, float]:
    """Sorts the times of an outcome that names none: the one that goes first is the least.

    The end of treatment goes first, unless the outcome is asked for at follow-up; then the longest
    follow-up.
    """
    ends_treatment = is_end_of_treatment(time_point or "")
    return not ends_treatment and not _FOLLOW_UP.search(outcome), -(days or 0.0)


@lru_cache(maxsize=4096)
def asked_days(outcome: str) -> float | None:
    """When an outcome of a question is asked for, in days; of a period its end.

    A duration that belongs to the measure (`7-day point prevalence at week 52`) is no time where
    another is named.
    """
    flat = flatten(outcome)
    points = [p for p in time_points(outcome) if p.days != 0]
    told = [
        p for p in points
        if _TIMED_BY.search(flat, 0, p.start) or _TIMED_AFTER.match(flat, p.end)
    ]  # fmt: skip
    for point in told or points:
        if point.days is not None:
            return point.days
        end = _end_of_period(flatten(point.text))
        if end is not None:
            return end
    return None


def _end_of_period(text: str) -> float | None:
    """The end of `week 5 to week 52` or `days 0-7` in days."""
    last = re.split(r"\s*(?:-|\bto\b|\buntil\b|\bthrough\b)\s*", text)[-1]
    unit = re.match(r"[a-z]+", text, re.I)
    named = f"{unit.group()} {last}" if unit and last.isdigit() else last
    return next((p.days for p in time_points(named) if p.days), None)
