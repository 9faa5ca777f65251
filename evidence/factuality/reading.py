"""Claims and quotes as words that can be compared, and where a word of one stands in the other.

A place in the quotes is found by the words around it, so that a claim may turn its clauses, use
the passive voice, or tell only a part of what is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from evidence.extraction.wording import flatten, stem

_TOKEN = re.compile(
    r"(?P<number>(?<![^\W\d_])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\w.])\.\d+)"
    r"|(?P<word>[^\W\d_]+)|(?P<digits>\d+)|(?P<sign>[%<>≤≥=±])"
)
_NUMBER_WORDS = {
    word: float(number)
    for number, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
            *("seventeen", "eighteen", "nineteen", "twenty"),
        )
    )
}
_WINDOW = 5
FEWEST_NEAR = 1.0
"""Surroundings that are less alike (one word of meaning beside it) tell no place."""
_STOP_TEXT = """
a an the of in on at to for from by with and or as is are was were be been being had has have
having that this these those which who whom whose it its they their them we our us there than then
also both into within between among over under per each all any such so if when while whereas but
however did do does not no nor neither during after before following versus vs compared compare
relative value values respectively group arm treatment study trial patient people result overall i
e g s t p n about approximately around nearly
"""
_SAME_TEXT = """
participant subject patient people person individual volunteer
group arm
effective efficacious efficacy effectiveness effectively efficaciously effect event reaction
elderly older
death mortality died fatal die deaths fatality
physician doctor
baseline start
duration length
adverse side untoward
beneficial helpful benefit
similar comparable alike
show demonstrate reveal indicate find found shown showed saw seen see observed observe
receive given gave administered
prior before
following after
percent %
cost expense
doctor physician clinician
analgesia analgesic
randomized allocated assigned randomised
hypertension hypertensive
obesity obese
diabetes diabetic
child children pediatric paediatric
woman women female
man men male
infant neonate newborn
below <
above >
"""


def _classes() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _SAME_TEXT.strip().splitlines():
        first, *others = line.split()
        for word in (first, *others):
            found.setdefault(_plain(word), _plain(first))
    return found


@lru_cache(maxsize=65536)
def _plain(word: str) -> str:
    """A word's stem, with endings that `stem` leaves on short words."""
    form = stem(word)
    return re.sub(r"(?:ed|ing)$", "", form) if len(form) >= 6 else form


_SAME = _classes()
STOP_WORDS = frozenset(_SAME.get(_plain(w), _plain(w)) for w in _STOP_TEXT.split())


@dataclass(frozen=True)
class Token:
    """A word, number or sign with its place; `number` is None for words and signs."""

    text: str
    form: str
    start: int
    end: int
    number: float | None
    quote: int

    @property
    def is_content(self) -> bool:
        """Whether it is a word that carries meaning of its own."""
        return (
            self.number is None
            and self.form not in STOP_WORDS
            and self.text[0].isalpha()
            and (len(self.text) > 1)
        )


@dataclass(frozen=True)
class Compared:
    """A claim and its quotes, token by token.

    Attributes:
        claim: The claim's tokens.
        quotes: The tokens of all quotes, one after the other.
        nearness: How alike the surroundings are, [claim token][quote token].
    """

    claim_text: str
    quote_texts: tuple[str, ...]
    claim: tuple[Token, ...]
    quotes: tuple[Token, ...]
    nearness: tuple[tuple[float, ...], ...]

    def said(self, first: int, last: int) -> str:
        """The claim's words from one token to another."""
        return self.claim_text[self.claim[first].start : self.claim[last].end]

    def quoted(self, first: int, last: int) -> str:
        """A quote's words from one token to another; they must be of one quote."""
        text = self.quote_texts[self.quotes[first].quote]
        return text[self.quotes[first].start : self.quotes[last].end]

    def places(self, at: int, at_least: float = 0.0) -> list[int]:
        """The tokens of the quotes whose surroundings are most like those of a claim's token."""
        row = self.nearness[at]
        best = max(row, default=0.0)
        if best <= at_least:
            return []
        return [j for j, value in enumerate(row) if value >= best - 1e-9]

    def near(self, place: int, reach: int) -> range:
        """The tokens of the same quote within `reach` of a place."""
        quote = self.quotes[place].quote
        low = max(0, place - reach)
        high = min(len(self.quotes), place + reach + 1)
        while self.quotes[low].quote != quote:
            low += 1
        while self.quotes[high - 1].quote != quote:
            high -= 1
        return range(low, high)


def tokens(text: str, quote: int = 0) -> tuple[Token, ...]:
    """The tokens of a text; number words up to twenty are numbers."""
    flat = flatten(text)
    found = []
    for m in _TOKEN.finditer(flat):
        word = m.group()
        number = float(word.replace(",", "")) if m["number"] else _NUMBER_WORDS.get(word.lower())
        form = f"{number:g}" if number is not None else _form(word)
        found.append(Token(text[m.start() : m.end()], form, m.start(), m.end(), number, quote))
    return tuple(found)


@lru_cache(maxsize=65536)
def _form(word: str) -> str:
    plain = _plain(word)
    return _SAME.get(plain, plain)


def compare(claim: str, quotes: Sequence[str]) -> Compared:
    """Read a claim beside its quotes."""
    ours = tokens(claim)
    theirs = tuple(token for i, quote in enumerate(quotes) for token in tokens(quote, i))
    return Compared(claim, tuple(quotes), ours, theirs, _nearness(ours, theirs))


def _nearness(ours: Sequence[Token], theirs: Sequence[Token]) -> tuple[tuple[float, ...], ...]:
    """Equal words at equal distance count most; a step aside and a stop word count less."""
    n, m = len(ours), len(theirs)
    rows = [[0.0] * m for _ in range(n)]
    where: dict[str, list[int]] = {}
    for j, token in enumerate(theirs):
        where.setdefault(token.form, []).append(j)
    for k, token in enumerate(ours):
        weight = 1.0 if token.is_content else 0.3
        for j in where.get(token.form, ()):
            for d in range(-_WINDOW, _WINDOW + 1):
                i = k - d
                if d == 0 or not 0 <= i < n:
                    continue
                for shift in (-1, 0, 1):
                    at = j - d + shift
                    same_side = (j - at) * d > 0
                    if 0 <= at < m and same_side and theirs[at].quote == theirs[j].quote:
                        part = weight / abs(d) * (1.0 if shift == 0 else 0.5)
                        rows[i][at] += part
    return tuple(tuple(row) for row in rows)
