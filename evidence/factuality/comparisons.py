"""Which way a claim says that an outcome went, and which side of a comparison it says it of.

A comparison that is turned round (A higher than B, B lower than A) keeps its meaning, so that the
order of what is compared counts as well as the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from evidence.factuality.cue_words import THAN, family
from evidence.factuality.reading import Compared, Token
from evidence.factuality.verdicts import ElementVerdict, verdict

_SIGN = re.compile(r"[,;:(\[]")
_FEWEST_NEAR_A_CUE = 0.6


@dataclass(frozen=True)
class _Cue:
    at: int
    family: str
    value: int


def direction_verdicts(compared: Compared) -> Iterator[ElementVerdict]:
    """A verdict for each word of direction that has a counterpart in the quotes."""
    theirs = {cue.at: cue for cue in _cues(compared.quotes)}
    for cue in _cues(compared.claim):
        word = compared.claim[cue.at].text
        near = _near_cue(compared, cue.at, theirs)
        if near is None:
            continue
        exchanged = _sides_exchanged(compared, cue.at, near.at)
        opposite = cue.value != near.value
        quoted = compared.quotes[near.at].text
        if opposite == exchanged:
            yield verdict("direction", "supported", word, quoted)
        elif opposite:
            yield verdict(
                "direction",
                "contradicted",
                word,
                quoted,
                f"the sentence says {word} where the quote says {quoted}",
            )
        else:
            yield verdict(
                "comparator",
                "contradicted",
                word,
                quoted,
                "the sides of the comparison have changed places",
            )


def _near_cue(compared: Compared, at: int, theirs: dict[int, _Cue]) -> _Cue | None:
    """The cue of the quotes where the claim's cue belongs; the same word wins over another."""
    row = compared.nearness[at]
    if not theirs:
        return None
    form = compared.claim[at].form

    def closeness(j: int) -> float:
        return row[j] * (1.15 if compared.quotes[j].form == form else 1.0)

    best = max(theirs, key=lambda j: (closeness(j), -j))
    return theirs[best] if row[best] >= _FEWEST_NEAR_A_CUE else None


def _sides_exchanged(compared: Compared, at: int, place: int) -> bool:
    """Whether what stands before and after `than` is the other way round in the claim."""
    quote = compared.quotes[place].quote
    first = next(i for i, t in enumerate(compared.quotes) if t.quote == quote)
    own = tuple(t for t in compared.quotes if t.quote == quote)
    ours = _sides(compared.claim, at, compared.claim_text)
    theirs = _sides(own, place - first, compared.quote_texts[quote])
    if ours is None or theirs is None:
        return False
    return any(
        _crossed(before, ours.after, their_before, theirs.after)
        for before, their_before in ((ours.near, theirs.near), (ours.before, theirs.before))
    )


def _crossed(
    before: frozenset[str],
    after: frozenset[str],
    their_before: frozenset[str],
    their_after: frozenset[str],
) -> bool:
    straight = len((after - before) & (their_after - their_before))
    crossed = len((after - before) & (their_before - their_after))
    theirs_alone = their_after - their_before
    return crossed > straight and (not theirs_alone or bool((before - after) & theirs_alone))


class _Sides(NamedTuple):
    """The words before `than`, those of them that follow the cue, and the words after it."""

    before: frozenset[str]
    near: frozenset[str]
    after: frozenset[str]


def _sides(tokens: tuple[Token, ...], at: int, text: str) -> _Sides | None:
    """The words on both sides of the `than` that belongs to a cue; a sign ends the second side."""
    than = next(
        (i for i in range(at, min(len(tokens), at + 22)) if THAN.match(tokens[i].text)), None
    )
    if than is None:
        return None

    def words(low: int, high: int) -> frozenset[str]:
        return frozenset(t.form for t in tokens[max(0, low) : high] if _tells_sides(t))

    end = than + 1
    while end < min(len(tokens), than + 8):
        if _SIGN.search(text, tokens[end - 1].end, tokens[end].start):
            break
        end += 1
    return _Sides(words(than - 25, than), words(at + 1, than), words(than + 1, end))


def _tells_sides(token: Token) -> bool:
    """Content words, and single capitals such as the names of groups."""
    single = token.number is None and len(token.text) == 1 and token.text.isupper()
    return token.is_content or single


def _cues(tokens: tuple[Token, ...]) -> list[_Cue]:
    found = []
    for i, token in enumerate(tokens):
        kind = family(token.text)
        if kind is None:
            continue
        # `more effective` has its direction from `effective`; `less` turns it.
        found.append(_Cue(i, *kind))
    return found
