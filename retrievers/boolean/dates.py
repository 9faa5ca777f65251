"""Dates in queries: `2000`, `2000/01`, `2000/01/31`."""

from __future__ import annotations

import re

from retrievers.boolean.errors import Place, QueryError
from retrievers.boolean.fields import DateKind
from retrievers.boolean.tree import DateRange

EARLIEST, LATEST = "1000", "3000"

_DATE = re.compile(r"(\d{4})(?:[/-](\d{1,2})(?:[/-](\d{1,2}))?)?")
_RELATIVE = re.compile(r"last\s+\d+\s+(?:day|month|year)s?", re.I)


def read_date(text: str, place: Place) -> str:
    """The date as `YYYY`, `YYYY/MM` or `YYYY/MM/DD`.

    Raises:
        QueryError: It is no date, or depends on today.
    """
    text = text.strip()
    found = _DATE.fullmatch(text)
    if found is None:
        if _RELATIVE.fullmatch(text):
            raise QueryError(
                place, f"{text} depends on the day of the search; expected years, as 2015:2024"
            )
        raise QueryError(place, f"{text[:40]!r} is no date; expected YYYY, YYYY/MM or YYYY/MM/DD")
    year, month, day = found.groups()
    if (month and not 1 <= int(month) <= 12) or (day and not 1 <= int(day) <= 31):
        raise QueryError(place, f"there is no date {text}; expected YYYY/MM/DD")
    return "/".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])


def date_range(start: str | None, end: str | None, kind: DateKind, place: Place) -> DateRange:
    """The range; the years 1000 and 3000, as PubMed's users write them, are open ends.

    Raises:
        QueryError: It ends before it starts.
    """
    if start and end:
        shared = min(len(start), len(end))
        if end[:shared] < start[:shared]:
            raise QueryError(place, f"the range ends ({end}) before it starts ({start})")
    if start != end:
        start = None if start == EARLIEST else start
        end = None if end == LATEST else end
    return DateRange(start, end, kind, place)


def cuts_a_year(dates: DateRange) -> bool:
    """Whether the range takes a part of its first or last year only."""
    _, _, after = (dates.start or "").partition("/")
    _, _, before = (dates.end or "").partition("/")
    return after not in ("", "01", "01/01") or before not in ("", "12", "12/31")
