"""Participants, interventions, comparators and outcomes that a claim names and no quote does.

Words of a claim are looked for in its quotes: by stem, as an abbreviation, as a part of a compound,
and by the shipped static encoder, which knows that a rise and an increase are close. Which element
a missing word belongs to is told by the span heads and by words for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence.factuality.cue_words import is_cue
from evidence.factuality.reading import FEWEST_NEAR, Compared, Token, tokens
from evidence.factuality.verdicts import Element, ElementVerdict
from evidence.reading.mentions import PEOPLE

if TYPE_CHECKING:
    from evidence.reading.span_heads import Span
    from indexers.encoder import Encoder

_PEOPLE_PHRASE = re.compile(
    r"(?:\b(?:in|among|for|of)\s+)(?P<before>(?:[\w'-]+ ){0,5})"
    rf"(?P<people>{PEOPLE})\b"
    r"(?P<after> (?:with|undergoing|who|suffering|after|on|at risk)[^.,;()]*)?",
    re.IGNORECASE,
)
_COMPARATOR_BEFORE = re.compile(
    r"\b(?:than|versus|vs\.?|compared (?:with|to)|relative to)\s+(?:\w+\s+){0,4}$", re.I
)
_SAME_MEANING = 0.62
_REPORTING_TEXT = """
significant significance significantly statistical statistically difference differ different change
changes level levels rate rates number mean median average score scores result results conclusion
use used using user show showed shown find found observe observed demonstrate well tolerated
tolerate respectively order share half quarter start end lead led resulted result gain rise seen
see people percent time year month week day hour minute period follow up noted marked clear good
superior better great greater small smaller high low large length duration became become more less
most least patient given give own same similar comparable finding data evidence although though
because thus therefore can could may might would should will get got make made take taken
"""


class MissingWords(NamedTuple):
    """Words of a claim that no quote has, of one element, from one token to another."""

    element: Element
    first: int
    last: int


def phrase_verdicts(compared: Compared, spans: Sequence[Span]) -> Iterator[ElementVerdict]:
    """Verdicts on the phrases of a claim; `spans` are those that the heads see in the claim."""
    elements = _elements(compared, spans)
    missing = missing_words(compared)
    told = _joined(missing, elements)
    for words in told:
        sure = words.element != "wording"
        yield ElementVerdict(
            element=words.element,
            status="not_found",
            severity="warning" if sure or _stands_for_another(compared, words) else "note",
            claim_words=compared.said(words.first, words.last),
            reason=f"no quote names {compared.said(words.first, words.last)!r}",
        )
    absent = set(missing)
    for element, first, last in _stretches(elements):
        if not any(first <= i <= last for i in absent):
            words_said = compared.said(first, last)
            yield ElementVerdict(
                element=element,
                status="supported",
                severity="note",
                claim_words=words_said,
                quote_words=words_said,
            )


def missing_words(compared: Compared) -> list[int]:
    """The content words of a claim that no quote has, as places in its tokens."""
    known = {t.form for t in compared.quotes}
    lowered = " ".join(compared.quote_texts).lower()
    initials = _initials(compared.quotes)
    found = []
    for i, token in enumerate(compared.claim):
        if not token.is_content or token.form in known or token.form in _reporting():
            continue
        word = token.text.lower()
        if is_cue(token.text) or word in initials:
            continue
        if len(word) >= 5 and word[: max(5, len(word) - 3)] in lowered:
            continue
        if token.text.isupper() and _spells(token.text, compared.quotes):
            continue
        found.append(i)
    claim_initials = _initials(compared.claim)
    spelled = {w for w in claim_initials if w in known or w in lowered.split()}
    found = [i for i in found if not _in_spelled(compared.claim, i, spelled)]
    return [i for i in found if not _means_the_same(compared, i)]


def support_share(compared: Compared) -> float:
    """The share of the claim's telling words that the quotes have; 1 for a claim without any."""
    telling = [
        i
        for i, token in enumerate(compared.claim)
        if token.is_content and token.form not in _reporting() and not is_cue(token.text)
    ]
    absent = set(missing_words(compared))
    return 1 - sum(i in absent for i in telling) / len(telling) if telling else 1.0


def _stands_for_another(compared: Compared, words: MissingWords) -> bool:
    """Whether a quote has another word, which the claim lacks, where the claim has this one."""
    said = {t.form for t in compared.claim}
    places = [j for i in (words.first, words.last) for j in compared.places(i, FEWEST_NEAR)[:2]]
    return any(
        compared.quotes[k].is_content
        and compared.quotes[k].form not in said
        and compared.quotes[k].form not in _reporting()
        and not is_cue(compared.quotes[k].text)
        for j in places
        for k in compared.near(j, 1)
    )


@cache
def _reporting() -> frozenset[str]:
    return frozenset(t.form for t in tokens(_REPORTING_TEXT))


def _elements(compared: Compared, spans: Sequence[Span]) -> list[Element]:
    """The element of each token of the claim; `wording` where none is known."""
    text = compared.claim_text
    people = [(m.start("before"), m.end()) for m in _PEOPLE_PHRASE.finditer(text)]
    found: list[Element] = []
    for token in compared.claim:
        element: Element = "wording"
        span = next((s for s in spans if s.start <= token.start < s.end), None)
        if any(start <= token.start < end for start, end in people):
            element = "population"
        elif span is not None:
            element = span.element
            if element == "intervention" and _COMPARATOR_BEFORE.search(text, 0, span.start):
                element = "comparator"
        found.append(element)
    return found


def _joined(missing: Sequence[int], elements: Sequence[Element]) -> list[MissingWords]:
    """Runs of missing words of one element, small words between them included."""
    found: list[MissingWords] = []
    for i in missing:
        last = found[-1] if found else None
        if last is not None and last.element == elements[i] and i - last.last <= 3:
            found[-1] = last._replace(last=i)
        else:
            found.append(MissingWords(elements[i], i, i))
    return found


def _stretches(elements: Sequence[Element]) -> Iterator[tuple[Element, int, int]]:
    first = 0
    for i in range(1, len(elements) + 1):
        if i == len(elements) or elements[i] != elements[first]:
            if elements[first] != "wording":
                yield elements[first], first, i - 1
            first = i


def _initials(words: Iterable[Token]) -> frozenset[str]:
    """What the initials of two to six words in a row spell, in lower case."""
    letters = [t.text[0].lower() for t in words if t.number is None and t.text[0].isalpha()]
    return frozenset(
        "".join(letters[i : i + n]) for n in range(2, 7) for i in range(len(letters) - n + 1)
    )


def _spells(short: str, words: Sequence[Token]) -> bool:
    return short.lower() in _initials([t for t in words if t.text.lower() not in ("of", "and")])


def _in_spelled(words: Sequence[Token], at: int, spelled: Iterable[str]) -> bool:
    """Whether a word is part of words whose initials are an abbreviation of the quotes."""
    for short in spelled:
        if len(short) < 3:
            continue
        for first in range(max(0, at - len(short) + 1), at + 1):
            run = words[first : first + len(short)]
            if "".join(t.text[0].lower() for t in run) == short:
                return True
    return False


def _means_the_same(compared: Compared, at: int) -> bool:
    """Whether a word of the quotes is close in meaning; an abbreviation is close to none."""
    token = compared.claim[at]
    if token.text.isupper():
        return False
    others = list(dict.fromkeys(t.text.lower() for t in compared.quotes if t.is_content))
    if not others:
        return False
    own = _vector(token.text.lower())
    return max(float(own @ _vector(other)) for other in others) >= _SAME_MEANING


@cache
def _encoder() -> Encoder:
    from indexers.encoders import named_encoder

    return named_encoder("static")


@lru_cache(maxsize=65536)
def _vector(word: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = _encoder().encode([word])[0]
    return vector
