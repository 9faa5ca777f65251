"""What the question calls an outcome, and whether a wording of a report means it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.outcome_denials import denied
from evidence.extraction.outcome_vocabulary import (
    NARROWING,
    NEUTRAL,
    POST_PREPOSITION,
    TERM_NEUTRAL,
)
from evidence.extraction.populations import POPULATION, Population, population_kind
from evidence.extraction.time_points import asked_days, time_points
from evidence.extraction.wording import (
    Span,
    Word,
    find_abbreviation,
    flatten,
    is_abbreviation,
    words,
)
from evidence.question import concept_terms


@dataclass(frozen=True)
class OutcomeConcept:
    """An outcome of the question: its names, the names of its complement, its time in days.

    `parts` are the outcomes that it joins (`death or myocardial infarction`), if it joins any;
    `people` is the analysis population that it asks for.
    """

    text: str
    terms: tuple[str, ...]
    complements: tuple[str, ...]
    days: float | None
    parts: tuple[str, ...] = ()
    people: Population | None = None


class OutcomeMatch(NamedTuple):
    """A wording that means the outcome.

    `exact` when nothing but general words stands around the name; `length` counts the name's
    words, so that the most specific outcome can be chosen.
    """

    term: str
    span: Span
    exact: bool
    complement: bool
    length: int


_THRESHOLD = {"<", ">", "≤", "≥"}
_COMPOSITE = {"and", "or", "/", "+", "plus"}


_CHANGE = re.compile(r"\bchang|\breduc|\bincrease|\bdecrease|\bimprove|\bdelta\b|Δ", re.I)


def asks_for_change(outcome: str) -> bool:
    """Whether an outcome is a change and not a final value."""
    return _CHANGE.search(outcome) is not None


def outcome_concept(text: str, definitions: tuple[Abbreviation, ...]) -> OutcomeConcept:
    """The concept of an outcome string, widened by abbreviations that the report defines."""
    bare = POPULATION.sub(" ", text) if POPULATION.sub(" ", text).strip(" ,()") else text
    named = [_timeless(term) for term in concept_terms(bare)]
    # Only a synonym (`treatment failure (not cured)`) is read as the complement of its noun.
    negated = {t: m.group(1) for t in named[1:] if (m := re.match(r"(?:not|no)\s+(.+)", t, re.I))}
    complements = list(negated.values())
    terms = [t for t in named if t not in negated]
    for item in definitions:
        if any(_stripped(item.long) == _stripped(t) for t in terms):
            terms.append(item.short)
        elif any(item.short == t for t in terms):
            terms.append(item.long)
    complements += [c[:-1] for c in complements if c.endswith("ed")]
    return OutcomeConcept(
        text=text,
        terms=tuple(dict.fromkeys(terms)),
        complements=tuple(dict.fromkeys(complements)),
        days=asked_days(text),
        parts=_parts(bare),
        people=population_kind(text),
    )


def _timeless(term: str) -> str:
    """A name without the times that the question's own reading leaves (`pain at 6 hours`)."""
    for point in reversed(time_points(term)):
        before = re.sub(
            r"\s*\b(?:at|on|by|within|after|until)\s+(?:the\s+)?$", "", term[: point.start]
        )
        term = f"{before} {term[point.end :]}" if before.strip() else term
    return " ".join(term.split()).strip(" ,.")


def _parts(text: str) -> tuple[str, ...]:
    """The outcomes that `A or B` joins; what stands in brackets are synonyms."""
    outside = re.sub(r"\([^)]*\)", " ", text)
    parts = re.split(r"\bor\b", outside)
    number = any(re.search(r"\d\s*$|^\s*(?:more|less|fewer|not)\b", p) for p in parts)
    # `3 or more` joins nothing.
    return () if len(parts) < 2 or number else tuple(p.strip(" ,.") for p in parts)


@lru_cache(maxsize=4096)
def _stripped(term: str) -> tuple[str, ...]:
    """A name's words without general ones at its ends (`scores of amotivation`)."""
    folded = [w.folded for w in words(term)]
    kept = list(folded)
    while len(kept) > 1 and kept[0] in TERM_NEUTRAL:
        kept.pop(0)
    while len(kept) > 1 and kept[-1] in TERM_NEUTRAL:
        kept.pop()
    return tuple(kept)


@lru_cache(maxsize=65536)
def match_label(concept: OutcomeConcept, label: str) -> OutcomeMatch | None:
    """Whether a label of a table means the outcome.

    A word in front of a single-word name makes it another outcome (`abdominal pain` is not
    `pain`), as do a threshold behind it (`HbA1c < 6.5`), narrowing words anywhere
    (`drug-related`, `severe`, `new`) and joined outcomes (`nausea or vomiting`).
    """
    best: OutcomeMatch | None = None
    for span, term, complement, inserted in _places(concept, label):
        verdict = _around(label, span, len(_stripped(term)))
        if verdict is None or _LISTED.match(flatten(label), span.end):
            continue
        whole = not concept.parts or all(_word_places(_stripped(p), label) for p in concept.parts)
        exact = verdict and not inserted and whole
        found = OutcomeMatch(term, span, exact, complement, _length(term, label))
        if best is None or (found.exact, found.length) > (best.exact, best.length):
            best = found
    return best


@lru_cache(maxsize=16384)
def find_outcome(concept: OutcomeConcept, sentence: str) -> OutcomeMatch | None:
    """Where a sentence names the outcome most exactly, if it names it alone and unnegated."""
    found = []
    flat = flatten(sentence)
    for span, term, complement, inserted in _places(concept, sentence):
        before = [w for w in words(sentence) if w.end <= span.start][-2:]
        if any(w.folded in NARROWING or w.folded in ("no", "zero") for w in before):
            continue
        if _joined(flat, span) or denied(flat, span):
            continue
        exact = not inserted and not (
            before and before[-1].folded not in NEUTRAL and not before[-1].folded[0].isdigit()
        )
        found.append(OutcomeMatch(term, span, exact, complement, len(_stripped(term))))
    return max(found, key=lambda m: (m.exact, m.length, -m.span.start), default=None)


def _length(term: str, label: str) -> int:
    """The words of a name, the general ones counted only where the label has them too."""
    whole = tuple(w.folded for w in words(term))
    present = [w.folded for w in words(label)]
    here = any(
        tuple(present[i : i + len(whole)]) == whole for i in range(len(present) - len(whole) + 1)
    )
    return len(whole) if here else len(_stripped(term))


_JOINED_AFTER = re.compile(
    r"\s*(?:,\s*(?:and |or )?|/\s*|\band/or\s+|\s+(?:and|or)\s+)(?!\d|in\b|the\b|was\b|were\b"
    r"|no\b|a\b"
    r"|compared|respectively|with\b|at\b|on\b|both\b|between\b|there\b|which\b|than\b|but\b|p\b"
    r"|while"
    r"|one\b|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b)[a-z]", re.I,
)  # fmt: skip
_JOINED_BEFORE = re.compile(r"(?:[a-z]/\s*|\b(?:or|and/or)\s+|[a-z]{4,} and\s+)$", re.I)


def _joined(flat: str, span: Span) -> bool:
    after = _JOINED_AFTER.match(flat, span.end)
    return bool(after or _JOINED_BEFORE.search(flat, 0, span.start))


def _places(concept: OutcomeConcept, text: str) -> list[tuple[Span, str, bool, bool]]:
    found = []
    for complement, terms in ((False, concept.terms), (True, concept.complements)):
        for term in terms:
            if is_abbreviation(term):
                found += [(s, term, complement, False) for s in find_abbreviation(term, text)]
            else:
                found += [
                    (span, term, complement, inserted)
                    for span, inserted in _word_places(_stripped(term), text)
                ]
    return found


def _word_places(wanted: tuple[str, ...], text: str) -> list[tuple[Span, bool]]:
    """Places of a name; a longer name may hold one more word (`recurrent falciparum malaria`)."""
    present = words(text)
    found = []
    for i, word in enumerate(present):
        if not wanted or word.folded != wanted[0]:
            continue
        plain = tuple(w.folded for w in present[i : i + len(wanted)])
        if plain == wanted:
            found.append((Span(word.start, present[i + len(wanted) - 1].end), False))
        elif len(wanted) > 1:
            longer = present[i : i + len(wanted) + 1]
            if len(longer) == len(wanted) + 1 and any(
                tuple(w.folded for j, w in enumerate(longer) if j != gap) == wanted
                and longer[gap].folded not in NARROWING | _COMPOSITE
                for gap in range(1, len(wanted))
            ):
                found.append((Span(word.start, longer[-1].end), True))
    return found


_NEGATED = re.compile(
    r"\b(?:no|not|non|without|free of|absence of|lack of|never)\b(?!\.)[ -]*(?!of\b)(?:\w+[ -]+)?$",
    re.I,
)


# `Relapse: no`, `Relapse (no), n (%)`; `Deaths, no. (%)` is a number.
_ANSWERED_NO = re.compile(
    r"\s*(?:[(\[]\s*(?:no|none|absent)\s*[)\]]\W*(?:n|numbers?|%)(?!\w)"
    r"|[:=]\s*(?:no|none|absent)\b(?!\.|\s*[(\[,]?\s*%))", re.I,
)  # fmt: skip
# How long something took to come is not how often it came.
_TIME_TO = re.compile(
    r"\b(?:time|days|weeks|months|hours|minutes) (?:to|until|without)\b[^,;:]*$", re.I
)


# `Diagnosis, consultation, or referral` is none of the three alone.
_LISTED = re.compile(r"\s*,\s*[^\W\d][\w -]*(?:,\s*[\w-][\w -]*)*,?\s+or\s+[^\W\d]", re.I)


def _around(label: str, span: Span, length: int) -> bool | None:
    """True: nothing but general words around; False: more words; None: another outcome."""
    flat = flatten(label)
    if _NEGATED.search(flat[: span.start]) or _ANSWERED_NO.match(flat, span.end):
        return None
    if _TIME_TO.search(flat, 0, span.start):
        return None
    text = _without_brackets(label, span)
    before = [w for w in text if w.end <= span.start]
    after = [w for w in text if w.start >= span.end]
    outside = [w for w in (*before, *after) if _says_something(w)]
    if any(w.folded in NARROWING for w in outside):
        return None
    if (before and before[-1].folded in _COMPOSITE) or (after and after[0].folded in _COMPOSITE):
        return None
    if after and after[0].folded in _THRESHOLD:
        return None
    lead = [w for w in before if _says_something(w)]
    if lead and length == 1:
        return None
    trail = [w for w in after if _says_something(w)]
    only_changes = all(w.folded == "change" for w in trail)
    if trail and length == 1 and not only_changes and after[0].folded not in POST_PREPOSITION:
        return None
    return not lead and not trail


def _says_something(word: Word) -> bool:
    return word.folded not in NEUTRAL and not word.folded[0].isdigit() and len(word.folded) > 1


def _without_brackets(label: str, span: Span) -> list[Word]:
    flat = flatten(label)
    aside = [Span(*m.span()) for m in re.finditer(r"\([^()]*\)?|\[[^\[\]]*\]?", flat)]
    aside += [Span(p.start, p.end) for p in time_points(label)]
    aside += [Span(*m.span()) for m in re.finditer(r"\^[\w,]+", flat)]
    aside = [a for a in aside if not (a.start < span.end and span.start < a.end)]
    return [w for w in words(label) if not any(a.start <= w.start < a.end for a in aside)]


@lru_cache(maxsize=65536)
def residual(text: str) -> tuple[str, ...]:
    """The words of a label that say something: what is left without general words and times."""
    return tuple(w.folded for w in _without_brackets(text, Span(-1, -1)) if _says_something(w))


def narrows(text: str) -> bool:
    """Whether a heading restricts what stands under it (`Severe`, `Drug-related`)."""
    plain = re.sub(r"\b(?:from|versus|vs\.?) baseline\b", " ", flatten(text), flags=re.I)
    return any(w.folded in NARROWING for w in words(plain))
