"""The alternatives of a question's intervention or comparator: `A (x) or B` has two."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from evidence.extraction.abbreviations import spelled_by_initials
from evidence.extraction.wording import is_abbreviation
from evidence.question import Pico, concept_terms

_SPLIT = re.compile(r"[()]|(?<!and/)\bor\b|;")
_BASELINE = re.compile(
    r"\W*(?:(?:at |the )?baseline(?: (?:values?|levels?))?|before (?:treatment|intervention)"
    r"|pre-?(?:treatment|intervention|test))\W*$", re.I,
)  # fmt: skip
_UNIT = r"(?:m?g|mcg|µg|μg|ug|kg|m?l|iu|%|mm|hz|gy|units?)(?:/\w+)*"
_DOSE_PART = re.compile(
    rf"\W*(?P<dose>\d[\d.,]*(?:\s*-?{_UNIT})?)(?:\W|\b(?:once|twice|three|times|daily|per|day|a|an"
    r"|every|week|weekly|hours?|h|bid|tid|qd|each|oral|orally)\b)*$", re.I,
)  # fmt: skip
_DOSE = re.compile(rf"\d[\d.,]*(?:\s*-?(?:{_UNIT}(?!\w)|(?<=%)))?", re.I)
_LAST_DOSE = re.compile(rf"(?P<n>\d[\d.]*(?:,\s*\d[\d.]*)*)(?P<unit>\s*-?{_UNIT}(?!\w))?\W*$", re.I)


_OPTIONAL = re.compile(r"\bwith or without\b.*")


class Asked(NamedTuple):
    """An alternative as the question words it, its role and its names."""

    role: Literal["intervention", "comparator"]
    text: str
    names: tuple[str, ...]


def asked_arms(pico: Pico) -> list[Asked]:
    """The arms that a question asks for, intervention first; a baseline is no arm."""
    asked = [Asked("intervention", *found) for found in alternatives(pico.intervention)]
    for found in alternatives(pico.comparator):
        if not _BASELINE.match(found[0]):
            asked.append(Asked("comparator", *found))
    return asked


def alternatives(concept: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each alternative as the question words it, with its names.

    A dose alone takes its drug from its neighbour: `iron 5 or 10 mg` gives `iron 5 mg` and
    `iron 10 mg`.
    """
    parts, depth, at = [], 0, 0
    for m in _SPLIT.finditer(concept):
        if m.group() in "()":
            # The bracket of `1) exercise` closes nothing.
            depth = max(0, depth + (1 if m.group() == "(" else -1))
        elif depth == 0 and not _with_or_without(concept, m):
            parts.append(concept[at : m.start()])
            at = m.end()
    parts.append(concept[at:])
    # In `general practitioners (GP) consultations` the bracket explains a part of the name only.
    whole = (
        (p.strip(), _OPTIONAL.sub("", re.sub(r"\s*\([^)]*\)(?=\s+\w|\s*\+)", "", p)))
        for p in _completed(_merged(parts))
    )
    named = ((part, tuple(t for t in concept_terms(short) if t)) for part, short in whole)
    return [(part, terms) for part, terms in named if part and terms]


def _with_or_without(concept: str, m: re.Match[str]) -> bool:
    before, after = concept[: m.start()].rstrip(), concept[m.end() :].lstrip()
    return before.endswith("with") and after.startswith("without")


def _merged(parts: list[str]) -> list[str]:
    """The parts with an abbreviation put to the words before it: `usual care or UC` is one arm."""
    kept: list[str] = []
    for part in parts:
        short = part.strip()
        if kept and is_abbreviation(short) and spelled_by_initials(short, kept[-1].strip()):
            kept[-1] = f"{kept[-1].rstrip()} ({short})"
        else:
            kept.append(part)
    return kept


def _completed(parts: list[str]) -> list[str]:
    """The parts with the drug put to those that are a dose only."""
    whole = list(parts)
    for i, part in enumerate(parts):
        dose = _DOSE_PART.match(part)
        if dose is None or len(parts) == 1:
            continue
        before = _LAST_DOSE.search(whole[i - 1]) if i else None
        if before is not None and whole[i - 1][: before.start()].strip():
            unit = re.sub(r"^[\d.,\s-]+", "", dose["dose"])
            if unit and not before["unit"]:
                whole[i - 1] = f"{whole[i - 1].rstrip()} {unit}"
            whole[i] = whole[i - 1][: before.start()] + part.strip()
            if before["unit"] and not unit:
                whole[i] += before["unit"]
        elif i == 0:
            first = _DOSE.match(parts[1].lstrip())
            rest = parts[1].lstrip()[first.end() :] if first else ""
            if rest.strip(" ,"):
                whole[0] = f"{part.strip()} {rest.strip(' ,')}"
    return whole
