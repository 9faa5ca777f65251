"""Claims made false, one element each; every alteration says what it changed and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from data.altered_claims.altered_words import (
    AUXILIARY,
    BOTH_ARMS,
    CERTAINTY,
    DIRECTIONS,
    EQUAL,
    INTERVAL_LEVEL,
    LISTED,
    N_DEVELOPMENT_CERTAINTY,
    N_DEVELOPMENT_DIRECTIONS,
    N_DEVELOPMENT_SIGNIFICANCE,
    N_DEVELOPMENT_UNITS,
    NEGATED,
    NUMBER_WORDS,
    NUMERAL,
    SIGNIFICANCE,
    SUBJECT_ARMS,
    TELLS_DIRECTION,
    TIME,
    TIME_UNITS,
    UNITS,
    VERSUS,
)
from data.altered_claims.sources import beginnings, content, population_phrases


@dataclass(frozen=True)
class Altered:
    """A claim made false: the stretch from `start` to `end` of `text` stood as `was` before."""

    text: str
    start: int
    end: int
    was: str
    manner: str


@dataclass(frozen=True)
class Foreign:
    """Phrases from elsewhere that may take the place of a claim's own.

    Attributes:
        populations: Those of other articles.
        interventions: Those of other articles.
        outcomes: Those of the same article's abstract.
        own_interventions: Spans of interventions in the claim, in its own words.
        own_outcomes: Spans of outcomes in the claim, in its own words.
        own_words: How the words of the claim's whole abstract begin: no other participants may
            share one, for they might be the same people in other words.
    """

    populations: Sequence[str] = ()
    interventions: Sequence[str] = ()
    outcomes: Sequence[str] = ()
    own_interventions: Sequence[str] = ()
    own_outcomes: Sequence[str] = ()
    own_words: frozenset[str] = frozenset()


Alter = Callable[[str, Random, Foreign, bool], Altered | None]


def _at(text: str, start: int, end: int, new: str, manner: str) -> Altered | None:
    was = text[start:end]
    if was == new:
        return None
    return Altered(text[:start] + new + text[end:], start, start + len(new), was, manner)


def _numerals(text: str) -> list[re.Match[str]]:
    return [m for m in NUMERAL.finditer(text) if not INTERVAL_LEVEL.match(text, m.end())]


def digit(text: str, random: Random, _: Foreign, __: bool) -> Altered | None:
    """One digit of a number is another."""
    found = _numerals(text)
    if not found:
        return None
    m = random.choice(found)
    places = [i for i, ch in enumerate(m.group()) if ch.isdigit()]
    place = random.choice(places)
    lowest = 1 if place == 0 else 0
    old = m.group()
    other = random.choice([d for d in range(lowest, 10) if str(d) != old[place]])
    new = old[:place] + str(other) + old[place + 1 :]
    return None if float(new) == float(old) else _at(text, m.start(), m.end(), new, "digit")


def magnitude(text: str, random: Random, _: Foreign, __: bool) -> Altered | None:
    """A number is ten times as large or as small."""
    found = [m for m in _numerals(text) if float(m.group())]
    if not found:
        return None
    m = random.choice(found)
    old = m.group()
    whole, _point, part = old.partition(".")
    if random.random() < 0.5:
        new = f"{whole}{part[0]}.{part[1:]}".rstrip(".") if part else f"{whole}0"
    else:
        new = f"{whole[:-1] or '0'}.{whole[-1]}{part}"
    new = re.sub(r"^0+(?=\d)", "", new)
    return None if float(new) == float(old) else _at(text, m.start(), m.end(), new, "magnitude")


def arms_numbers(text: str, random: Random, _: Foreign, __: bool) -> Altered | None:
    """The values of two arms change places."""
    pairs = []
    found = _numerals(text)
    for a, b in pairwise(found):
        between = text[a.end() : b.start()]
        joint = VERSUS.search(between)
        alike = ("." in a.group()) == ("." in b.group())
        same_unit = between.lstrip().startswith("%") == text[b.end() :].lstrip().startswith("%")
        opens = text[max(0, a.start() - 12) : a.start()]
        if (
            joint is None
            or not alike
            or not same_unit
            or a.group() == b.group()
            or re.search(r"between $|from $|CI[ ,:(]*$|[=<>±] ?$|and $", opens)
            or re.search(r"[;=<>±]|\bto\b|CI|, and|\) and|and more|\bmore than|\[", between)
            or len(between) > 70
            or (joint.group() == "and" and not LISTED.search(between + text[b.end() :]))
            or text[: a.start()].rstrip().endswith(",")
            or re.match(r"\s*(?:weeks?|months?|days?|hours?|years?|min)", text[b.end() :])
        ):
            continue
        pairs.append((a, b))
    if not pairs:
        return None
    a, b = random.choice(pairs)
    new = b.group() + text[a.end() : b.start()] + a.group()
    return _at(text, a.start(), b.end(), new, "arms")


def unit(text: str, random: Random, _: Foreign, test: bool) -> Altered | None:
    """A number keeps its digits and changes its unit."""
    units = UNITS if test else UNITS[:N_DEVELOPMENT_UNITS]
    found = [
        (m, new)
        for old, new in units
        for m in re.finditer(rf"(?<=\d)(?P<s> ?){re.escape(old)}(?![\w/])", text)
    ]
    if not found:
        return None
    m, new = random.choice(found)
    return _at(text, m.start() + len(m["s"]), m.end(), new, "unit")


def direction(text: str, random: Random, _: Foreign, test: bool) -> Altered | None:
    """A word of direction becomes its opposite."""
    pairs = DIRECTIONS if test else DIRECTIONS[:N_DEVELOPMENT_DIRECTIONS]
    found = [
        (m, new)
        for old, new in pairs
        for m in re.finditer(rf"(?<![\w-]){old}(?![\w-])", text, re.IGNORECASE)
        if not re.search(rf"\b{new}\b", text[max(0, m.start() - 30) : m.end() + 30], re.I)
    ]
    if not found or re.search(r"\bno(?:t|ne|r)?\b|neither", text):
        return None
    m, new = random.choice(found)
    return _at(text, m.start(), m.end(), _cased(new, m.group()), "opposite")


def significance(text: str, random: Random, _: Foreign, test: bool) -> Altered | None:
    """Significant becomes not significant, or the other way round."""
    rules = SIGNIFICANCE if test else SIGNIFICANCE[:N_DEVELOPMENT_SIGNIFICANCE]
    found = [(m, new) for old, new in rules if (m := re.search(old, text)) is not None]
    if not found:
        return None
    m, new = random.choice(found)
    verb = m.group().split()[0]
    changed = f"{verb} {m.group(1)}" if new is None else m.expand(new)
    return _at(text, m.start(), m.end(), changed, "flipped")


def certainty(text: str, random: Random, _: Foreign, test: bool) -> Altered | None:
    """A hedge is left out, or an association becomes a cause."""
    rules = CERTAINTY if test else CERTAINTY[:N_DEVELOPMENT_CERTAINTY]
    found = [(m, new) for old, new in rules if (m := re.search(old, text)) is not None]
    if not found:
        return None
    m, new = random.choice(found)
    manner = "causal" if new.startswith("cause") else "overstated"
    return _at(text, m.start(), m.end(), new, manner)


def negation(text: str, random: Random, _: Foreign, __: bool) -> Altered | None:
    """A statement is negated, or its negation taken away."""
    taken = list(NEGATED.finditer(text))
    if taken:
        m = random.choice(taken)
        new = "clearly did " if m.group().startswith("did") else "a clear "
        new = f"{m['a']} " if m["a"] else new
        return _at(text, m.start(), m.end(), _cased(new, m.group()), "taken away")
    found = AUXILIARY.search(text)
    if found is None:
        return None
    return _at(text, found.start(), found.end(), f"{found['a']} not", "put in")


def time_point(text: str, random: Random, _: Foreign, __: bool) -> Altered | None:
    """The number or the unit of a time is another."""
    found = list(TIME.finditer(text))
    if not found:
        return None
    m = random.choice(found)
    start, end = m.start("n"), m.end("u")
    if random.random() < 0.5:
        n = m["n"]
        if n.isdigit():
            new = str(random.choice([k for k in (2, 3, 4, 6, 8, 9, 12, 18, 24, 36) if str(k) != n]))
        else:
            new = random.choice([w for w in NUMBER_WORDS[1:] if w != n])
        return _at(text, start, end, f"{new}{m['s']}{m['u']}", "number")
    singular = m["u"].removesuffix("s")
    other = random.choice([u for u in TIME_UNITS if u != singular])
    return _at(text, start, end, f"{m['n']}{m['s']}{other}{m['u'][len(singular) :]}", "unit")


def population(text: str, random: Random, foreign: Foreign, _: bool) -> Altered | None:
    """The participants are those of another trial."""
    own = [phrase for phrase in population_phrases(text) if text.count(phrase) == 1]
    if not own or not foreign.populations:
        return None
    phrase = random.choice(own)
    others = [p for p in foreign.populations if not beginnings(p) & foreign.own_words]
    if not others:
        return None
    start = text.index(phrase)
    return _at(text, start, start + len(phrase), random.choice(others), "other trial")


def intervention(text: str, random: Random, foreign: Foreign, _: bool) -> Altered | None:
    """The intervention is that of another trial."""
    return _swapped(text, random, foreign.own_interventions, foreign.interventions, "other trial")


def outcome(text: str, random: Random, foreign: Foreign, _: bool) -> Altered | None:
    """The outcome is another one of the same article."""
    return _swapped(text, random, foreign.own_outcomes, foreign.outcomes, "same trial")


def arms(text: str, _: Random, __: Foreign, ___: bool) -> Altered | None:
    """Intervention and comparator change places in a comparison that tells a direction."""
    if not TELLS_DIRECTION.search(text) or EQUAL.search(text):
        return None
    m = BOTH_ARMS.search(text) or SUBJECT_ARMS.search(text)
    if m is None or content(m["a"]) == content(m["b"]) or TELLS_DIRECTION.search(m["a"]):
        return None
    (a, b), (c, d) = m.span("a"), m.span("b")
    new = f"{_cased(m['b'], m['a'])}{text[b:c]}{_cased(m['a'], m['b'])}"
    return _at(text, a, d, new, "arms exchanged")


def _swapped(
    text: str, random: Random, own: Sequence[str], others: Sequence[str], manner: str
) -> Altered | None:
    known = beginnings(text)
    spans = [span for span in own if text.count(span) == 1 and len(span) > 3]
    new = [o for o in others if beginnings(o) and not beginnings(o) & known]
    if not spans or not new:
        return None
    span = random.choice(spans)
    start = text.index(span)
    return _at(text, start, start + len(span), _cased(random.choice(new), span), manner)


def _cased(new: str, old: str) -> str:
    if old[:1].isupper() and not old[1:2].isupper():
        return new[:1].upper() + new[1:]
    return new[:1].lower() + new[1:] if new[1:2].islower() else new


KINDS: dict[str, tuple[Alter, ...]] = {
    "number": (digit, magnitude, arms_numbers, unit),
    "direction": (direction,),
    "significance": (significance,),
    "negation": (negation,),
    "population": (population,),
    "intervention": (arms, intervention),
    "outcome": (outcome,),
    "time_point": (time_point,),
    "certainty": (certainty,),
}
