"""Numbers of a claim against its quotes: value, unit, the arm they belong to, and time points.

A number is supported when a quote has its value with the same unit (12 months are a year, 35 % are
a share of 0.35) and the words around it are not those of another number of the quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from evidence.extraction.time_points import same_time, time_points
from evidence.factuality.reading import FEWEST_NEAR, Compared, Token
from evidence.factuality.verdicts import ElementVerdict, verdict

_UNIT = re.compile(
    r"\s?-?\s?(?P<unit>%|per\s?cent\b|percent(?:age points?)?\b|percentage points?\b"
    r"|(?:[mkµμnp]?(?:g|mol|l|L|IU|U)|mcg|IU|mm ?Hg|cm|mm|km|m|kPa|kcal|Hz|kHz|dB|cmH2O|°C|bpm"
    r"|points?|patients?|participants?|subjects?|women|men|children|units?|sessions?|times?|fold)"
    r"(?:\s?/\s?[A-Za-z]{1,6}\d?|\s?[·.]\s?[a-z]+-1)*)(?![A-Za-z])"
)
_TIME_UNIT = re.compile(
    r"\s?-?\s?(?:s|sec(?:ond)?s?|min(?:ute)?s?|h|hrs?|hours?|d|days?)(?![A-Za-z/])"
)
_SAME_UNIT = {
    **dict.fromkeys(("per cent", "percent", "percentage"), "%"),
    **dict.fromkeys(("patient", "patients", "participant", "participants"), "people"),
    **dict.fromkeys(("subject", "subjects", "women", "men", "children"), "people"),
    "mcg": "µg",
    "μg": "µg",
    "mmhg": "mmHg",
    "mm hg": "mmHg",
}
_FRACTIONS = {"half": 50.0, "quarter": 25.0, "third": 100 / 3, "quarters": 75.0}
_SWAP_MARGIN = 1.25
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Measured(NamedTuple):
    """A number as it stands: its token, its unit (empty where none is known), its period in days.

    `days` is set where the number is part of a time point.
    """

    at: int
    value: float
    unit: str
    days: float | None
    words: str


def number_verdicts(compared: Compared) -> Iterator[ElementVerdict]:
    """A verdict for each number of the claim; one that a quote lacks is an error."""
    theirs = measured_in_quotes(compared)
    for number in _measured(compared.claim_text, compared.claim, 0):
        if number.days is not None:
            yield _time_verdict(compared, number, theirs)
        else:
            yield _number_verdict(compared, number, theirs)
    yield from _fraction_verdicts(compared, theirs)


def measured_in_quotes(compared: Compared) -> list[Measured]:
    """The numbers of all quotes; `at` counts in the tokens of the quotes."""
    found: list[Measured] = []
    first = 0
    for i, text in enumerate(compared.quote_texts):
        own = tuple(t for t in compared.quotes if t.quote == i)
        found += _measured(text, own, first)
        first += len(own)
    return found


def _measured(text: str, tokens: tuple[Token, ...], first: int) -> list[Measured]:
    times = time_points(text)
    found = []
    for i, token in enumerate(tokens):
        if token.number is None or _is_share(tokens, i):
            continue
        inside = next((t for t in times if t.start <= token.start < t.end and t.days), None)
        unit = _UNIT.match(text, token.end)
        name = re.sub(r"\s+", " ", unit["unit"]) if unit else ""
        days = inside.days if inside else None
        words = inside.text if inside else text[token.start : unit.end() if unit else token.end]
        seconds = _TIME_UNIT.match(text, token.end)
        if days is None and seconds is not None and text[token.end : seconds.end()].strip(" -"):
            letter = text[token.end : seconds.end()].strip(" -")[0]
            days = token.number * _SECONDS[letter] / _SECONDS["d"]
            words = text[token.start : seconds.end()]
        found.append(
            Measured(first + i, token.number, _SAME_UNIT.get(name.lower(), name), days, words)
        )
    return found


def _number_verdict(compared: Compared, number: Measured, theirs: list[Measured]) -> ElementVerdict:
    words = number.words
    equal = [t for t in theirs if _same_value(number, t)]
    if not equal:
        place = _stands_there(compared, number, theirs)
        return ElementVerdict(
            element="numeral",
            status="contradicted" if place else "not_found",
            severity="error",
            claim_words=words,
            quote_words=place.words if place else "",
            reason=f"no quote has the number {words}",
        )
    fitting = [t for t in equal if _units_agree(number, t)]
    if not fitting:
        return ElementVerdict(
            element="numeral",
            status="contradicted",
            severity="error",
            claim_words=words,
            quote_words=equal[0].words,
            reason=f"the quote has {equal[0].words}, another unit",
        )
    other = _another_place(compared, number, fitting, theirs)
    if other is not None:
        return ElementVerdict(
            element="numeral",
            status="contradicted",
            severity="error",
            claim_words=words,
            quote_words=other.words,
            reason=f"where the sentence has {words}, the quote has {other.words}",
        )
    return verdict("numeral", "supported", words, fitting[0].words)


def _time_verdict(compared: Compared, number: Measured, theirs: list[Measured]) -> ElementVerdict:
    words = number.words
    equal = [t for t in theirs if t.days is not None and same_time(t.days, number.days)]
    if not equal:
        place = _stands_there(compared, number, theirs)
        return ElementVerdict(
            element="time_point",
            status="contradicted" if place else "not_found",
            severity="error",
            claim_words=words,
            quote_words=place.words if place else "",
            reason=f"no quote has the time {words}",
        )
    other = _another_place(compared, number, equal, [t for t in theirs if t.days is not None])
    if other is not None:
        return ElementVerdict(
            element="time_point",
            status="contradicted",
            severity="warning",
            claim_words=words,
            quote_words=other.words,
            reason=f"where the sentence has {words}, the quote has {other.words}",
        )
    return verdict("time_point", "supported", words, equal[0].words)


def _fraction_verdicts(compared: Compared, theirs: list[Measured]) -> Iterator[ElementVerdict]:
    """`Half of` stands for 50 %, and only where a quote has the number or the word."""
    said = {t.text.lower() for t in compared.quotes}
    for i, token in enumerate(compared.claim):
        share = _FRACTIONS.get(token.text.lower())
        if share is None or i + 1 == len(compared.claim) or compared.claim[i + 1].text != "of":
            continue
        known = token.text.lower() in said or any(abs(t.value - share) < 0.5 for t in theirs)
        if known:
            yield verdict("numeral", "supported", token.text, token.text)
        else:
            yield ElementVerdict(
                element="numeral",
                status="not_found",
                severity="error",
                claim_words=token.text,
                reason=f"no quote has {token.text} or {share:g} %",
            )


def _is_share(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether a number counts quarters, which are checked as a share."""
    return at + 1 < len(tokens) and tokens[at + 1].text.lower() == "quarters"


def _same_value(ours: Measured, theirs: Measured) -> bool:
    if abs(ours.value) == abs(theirs.value):
        return True
    if theirs.unit == "%" and ours.unit != "%":
        return abs(ours.value * 100 - theirs.value) < 1e-9
    return ours.unit == "%" and not theirs.unit and abs(ours.value - theirs.value * 100) < 1e-9


def _units_agree(ours: Measured, theirs: Measured) -> bool:
    """Whether the units do not speak against each other; an unknown one speaks against none."""
    if theirs.days is not None:
        return ours.unit in ("", "people")
    if ours.value != theirs.value and "%" in (ours.unit, theirs.unit):
        return True
    return ours.unit == theirs.unit or not ours.unit or not theirs.unit


def _stands_there(compared: Compared, number: Measured, theirs: list[Measured]) -> Measured | None:
    """The number of a quote that has the claim's surroundings."""
    row = compared.nearness[number.at]
    best = max(theirs, key=lambda t: row[t.at], default=None)
    return best if best is not None and row[best.at] >= FEWEST_NEAR else None


def _another_place(
    compared: Compared, number: Measured, equal: list[Measured], theirs: list[Measured]
) -> Measured | None:
    """A number of another value whose surroundings the claim's number has; None where it has not.

    In a list (`12 and 15 in A and B, respectively`) all surroundings are alike, and the margin
    keeps the benefit of the doubt; there the order tells.
    """
    row = compared.nearness[number.at]
    own = max(row[t.at] for t in equal)
    place = _stands_there(compared, number, theirs)
    if place is None or any(t.at == place.at for t in equal):
        return None
    bound, elsewhere = _bound(compared.claim, number.at), _bound(compared.quotes, place.at)
    if any((bound & _bound(compared.quotes, t.at)) - elsewhere for t in equal):
        return None
    return place if row[place.at] > own * _SWAP_MARGIN + 0.3 else None


def _bound(tokens: tuple[Token, ...], at: int) -> frozenset[str]:
    """The words that a number is tied to right behind it: `12% in the placebo group`."""
    found = set()
    for token in tokens[at + 1 : at + 7]:
        if token.number is not None or token.text in ("and", "versus", "vs", "compared", "than"):
            break
        if token.quote != tokens[at].quote:
            break
        if token.is_content or token.text[0].isupper():
            found.add(token.form)
    return frozenset(found)
