"""How a panel rated an outcome, read from the words of its evidence profile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

RATED_DOMAINS = (
    *("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"),
    "certainty",
)
_CERTAINTIES = {"verylow": 3, "low": 2, "moderate": 1, "high": 0}
_NOT_LOWERED = (
    *("none", "no", "notserious", "noserious", "notapplicable", "undetected", "unlikely"),
    *("nonedetected", "low"),
)


def plain_name(text: object) -> str:
    """A name by its letters alone: `riskofbias`."""
    return re.sub(r"[^a-z]", "", str(text).casefold())


def levels_of(assessment: Mapping[str, Any]) -> dict[str, int]:
    """The panel's levels by domain, those that can be read."""
    levels = {}
    for domain in RATED_DOMAINS:
        given = assessment.get(domain.replace("_", ""))
        if isinstance(given, dict):
            given = given.get("result")
        level = certainty_place(given) if domain == "certainty" else levels_down(given)
        if level is not None:
            levels[domain] = level
    return levels


def levels_down(result: object) -> int | None:
    """`NOT_SERIOUS` is 0, `SERIOUS` 1, `VERY_SERIOUS` 2, `EXTREMELY_SERIOUS` 3; None if unknown.

    `NOT_APPLICABLE` (one study cannot be inconsistent) takes nothing off.
    """
    name = "" if result is None else plain_name(result)
    if name in _NOT_LOWERED or name.startswith(("not", "noserious")):
        return 0
    for level, words in ((3, ("extremely",)), (2, ("very",)), (1, ("serious", "suspected"))):
        if any(word in name for word in words):
            return level
    return {"likely": 1, "detected": 1, "high": 1}.get(name)


def certainty_place(result: object) -> int | None:
    """The place among high, moderate, low and very low; None if it is none of them."""
    name = plain_name(result)
    for words, place in _CERTAINTIES.items():
        if name.startswith(words) or name.endswith(words):
            return place
    return None
