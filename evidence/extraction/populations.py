"""Analysis populations as reports name them: intention to treat, per protocol, safety."""

from __future__ import annotations

import re
from typing import Literal

from evidence.extraction.wording import flatten

Population = Literal["itt", "per_protocol", "safety"]

POPULATION = re.compile(
    r"(?:modified )?intention[- ]to[- ]treat(?: (?:analysis|population))?|\bm?ITT\b"
    r"|\bper[- ]protocol(?: (?:analysis|population))?|\bPP\b(?= pop| anal|$|\))|\bPPS\b|\bFAS\b"
    r"|safety population|full analysis set|evaluable (?:population|patients)|completers?\b"
    r"|complete[- ]cases?\b",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[Population, re.Pattern[str]], ...] = (
    ("itt", re.compile(r"intention|\bm?itt\b|full analysis|\bfas\b", re.IGNORECASE)),
    ("safety", re.compile(r"safety", re.IGNORECASE)),
    ("per_protocol", re.compile(r".", re.IGNORECASE)),
)


def population(text: str) -> str | None:
    """The analysis population that a wording names, in its words."""
    found = {m.group() for m in POPULATION.finditer(flatten(text))}
    return found.pop() if len(found) == 1 else None


def population_kind(text: str) -> Population | None:
    """Which population a wording names; None where it names none or two."""
    named = population(text)
    if named is None:
        return None
    return next(kind for kind, pattern in _KINDS if pattern.search(named))
