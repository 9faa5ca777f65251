"""Which row of an article's tables reports an outcome that no row names in the question's words.

A row's wording is its labels, the headings over it, its columns and the caption together. A word
of the question counts for as much as it is rare among the wordings of the article's tables; a word
of the row that the question lacks counts against it. The best row is taken only where it is
clearly ahead of the next.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.outcome_vocabulary import NARROWING, NEUTRAL
from evidence.extraction.time_points import time_points
from evidence.extraction.wording import Span, find_abbreviation, flatten, fold, stem, words

LEAST_COVERAGE = 0.6
LEAST_PRECISION = 0.45
LEAST_SCORE = 0.6
LEAST_LEAD = 0.05
CANDIDATES = 12
"""How many rows are read as candidates, however far their wording is."""
# What a word that stands farther from the number counts.
_HEADING, _CAPTION = 0.95, 0.8
_UNSEEN = 0.6
_LEAST_MARKED = 4

# Abbreviations that articles use without defining them.
_COMMON = {
    "BMI": "body mass index", "SBP": "systolic blood pressure", "BP": "blood pressure",
    "DBP": "diastolic blood pressure", "HR": "heart rate", "QoL": "quality of life",
    "QOL": "quality of life", "LOS": "length of stay", "ICU": "intensive care unit",
    "TC": "total cholesterol", "TG": "triglycerides", "WBC": "white blood cell",
    "CRP": "c-reactive protein", "AE": "adverse event", "SAE": "serious adverse event",
    "AEs": "adverse events", "SAEs": "serious adverse events", "Hb": "haemoglobin",
    "HbA1c": "glycated haemoglobin", "FBG": "fasting blood glucose", "VAS": "visual analogue scale",
    "MI": "myocardial infarction", "RR": "respiratory rate", "MAP": "mean arterial pressure",
    "FEV1": "forced expiratory volume in one second", "FVC": "forced vital capacity",
}  # fmt: skip
_SAME = {
    stem(a): stem(b)
    for a, b in (
        ("mortality", "death"), ("died", "death"), ("dead", "death"), ("deaths", "death"),
        ("dropout", "drop"), ("costs", "cost"), ("ambulation", "walking"), ("movement", "motion"),
        ("labour", "labor"), ("operative", "surgery"), ("operation", "surgery"),
        ("surgical", "surgery"), ("kcal", "energy"), ("kilocalories", "energy"),
        ("calories", "energy"), ("weaned", "weaning"), ("vomited", "vomiting"),
        ("hospitalization", "hospital"), ("hospitalisation", "hospital"),
        ("duration", "length"), ("glycosylated", "glycated"),
    )
}  # fmt: skip
_SIBLINGS = tuple(
    frozenset(stem(w) for w in group.split())
    for group in (
        "systolic diastolic", "left right", "men women", "male female", "boys girls", "hdl ldl",
        "upper lower", "rest motion", "first second third fourth", "medial lateral",
        "maximum minimum", "high low", "severe moderate mild", "inner middle outer", "yes no",
        "physical mental", "in out", "increased decreased", "satisfied dissatisfied",
        "abduction adduction", "flexion extension", "inspiratory expiratory", "anxiety depression",
        "internal external", "distal proximal", "anterior posterior", "day night",
        "weekday weekend", "week weekend", "light moderate vigorous",
    )
)  # fmt: skip
_NEGATIONS = frozenset(("no", "not", "without", "non", "never", "free"))
_KEPT = frozenset(stem(w) for w in ("complication", "adherence"))


@dataclass(frozen=True)
class RowWording:
    """What is said over and beside the numbers of a result, the arm's name taken out.

    The `corner` heads the labels of all rows: it may say the outcome, and counts against none.
    """

    labels: tuple[str, ...]
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    caption: str
    corner: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """The wordings on the table's grid."""
        return (*self.labels, *self.headings, *self.columns)


@dataclass(frozen=True)
class Lexicon:
    """How rare each word is among the wordings of an article's tables, and its abbreviations."""

    n_wordings: int
    counts: Counter[str]
    definitions: tuple[Abbreviation, ...]
    cache: dict[str, frozenset[str]] = field(default_factory=dict)

    def content(self, text: str) -> frozenset[str]:
        """The words of a text that say something, abbreviations spelled out."""
        if text not in self.cache:
            self.cache[text] = self._content(text)
        return self.cache[text]

    def _content(self, text: str) -> frozenset[str]:
        found = set(content_words(text))
        for short, long_form in self._forms():
            if long_form and find_abbreviation(short, text):
                found -= set(content_words(short))
                found |= set(content_words(long_form))
        return frozenset(found)

    def _forms(self) -> Iterable[tuple[str, str]]:
        own = {d.short: d.long for d in self.definitions}
        return (_COMMON | own).items()

    def weight(self, word: str) -> float:
        """High for words that few wordings have; less for one that none has."""
        seen = self.counts[word]
        weight = math.log(1 + self.n_wordings / max(seen, 1))
        return weight if seen else _UNSEEN * weight


# The letter of `Trail Making Test part A` or `vitamin D` tells it from its neighbours.
_LETTERED = re.compile(
    r"\b(?:part|type|form|version|class|factor|vitamins?|hepatitis|influenza|immunoglobulin)"
    r"\W(?-i:[A-Z])$", re.I,
)  # fmt: skip


@lru_cache(maxsize=65536)
def content_words(text: str) -> tuple[str, ...]:
    """Stems of a text without general words, times, units' brackets and notes' marks."""
    flat = flatten(text)
    aside = [Span(p.start, p.end) for p in time_points(text)]
    aside += [Span(*m.span()) for m in re.finditer(r"\^[\w,]+|\bn\s*=\s*[\d,]+", flat, re.I)]
    kept = []
    for word in words(text):
        if any(a.start <= word.start < a.end for a in aside):
            continue
        if (word.folded in NEUTRAL and word.folded not in _KEPT) or word.folded in "+/%<>≤≥":
            continue
        letter = len(word.folded) == 1 and not word.folded.isdigit()
        if letter and not _LETTERED.search(flat, 0, word.end):
            continue
        form = stem(word.folded)
        kept.append(_SAME.get(form, form))
    return tuple(kept)


def lexicon(wordings: Iterable[str], definitions: tuple[Abbreviation, ...]) -> Lexicon:
    """The lexicon of an article's tables."""
    book = Lexicon(0, Counter(), definitions)
    counts: Counter[str] = Counter()
    total = 0
    for text in dict.fromkeys(wordings):
        counts.update(book.content(text))
        total += 1
    return Lexicon(total, counts, definitions, book.cache)


class Fit(NamedTuple):
    """How a row's wording stands to an outcome's: shares of words, 0 to 1, by their rarity.

    `coverage` is the share of the outcome's words that the row has, `own` the same without the
    caption, `precision` the share of the row's words that the outcome has.
    """

    coverage: float
    own: float
    precision: float
    contradicts: bool

    @property
    def f(self) -> float:
        """The harmonic mean of coverage and precision."""
        total = self.coverage + self.precision
        return 2 * self.coverage * self.precision / total if total else 0.0


def fit(question: str, row: RowWording, book: Lexicon) -> Fit:
    """How a row's wording stands to the outcome's; nothing fits where no word is shared."""
    asked = book.content(question)
    own = _words_of(row.own, asked, book)
    near = _words_of((*row.labels, *row.columns), asked, book)
    caption = _words_of((row.caption, *row.corner), asked, book)
    if not asked or not (asked & own or (not own and asked & caption)):
        return Fit(0.0, 0.0, 0.0, contradicts=False)
    total = sum(book.weight(w) for w in sorted(asked))
    had = {
        w: book.weight(w) * (1 if w in near else _HEADING if w in own else _CAPTION)
        for w in sorted(asked & (own | caption))
    }
    return Fit(
        coverage=sum(had.values()) / total,
        own=sum(weight for w, weight in had.items() if w in own) / total,
        precision=_precision(asked, row, book),
        contradicts=_contradicts(question, row, asked, own, near),
    )


def score(question: str, row: RowWording, book: Lexicon) -> float:
    """How well a row's wording says the outcome, 0 to 1; 0 where it says another one."""
    found = fit(question, row, book)
    if found.contradicts or found.coverage < LEAST_COVERAGE or found.precision < LEAST_PRECISION:
        return 0.0
    return found.f


def same_words(question: str, row: RowWording, book: Lexicon) -> bool:
    """Whether the wordings on the grid say what the question says, no word more and none less."""
    asked = book.content(question)
    return asked == _words_of(row.own, asked, book)


def _words_of(texts: Iterable[str], asked: frozenset[str], book: Lexicon) -> frozenset[str]:
    """The telling words of wordings; a note's letter glued to a word (`Continenta`) comes off.

    It is one where the word without it is a word of the question or a general word.
    """
    found = set()
    for word in (w for t in texts for w in book.content(t)):
        bare = word[:-1] if len(word) > _LEAST_MARKED and word[-1] in "abcdefgh" else word
        if word in asked or bare == word or not (stem(bare) in asked or fold(bare) in NEUTRAL):
            found.add(word)
        elif stem(bare) in asked:
            found.add(stem(bare))
    return frozenset(found)


def _precision(asked: frozenset[str], row: RowWording, book: Lexicon) -> float:
    """The share of the row's wording that the question has; headings and brackets count half."""
    hit = missed = 0.0
    for texts, share in ((row.labels, 1.0), (row.columns, 0.7), (row.headings, 0.5)):
        for text in texts:
            outside = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", flatten(text))
            bare = _words_of((outside,), asked, book)
            for word in sorted(_words_of((text,), asked, book)):
                weight = book.weight(word) * share * (1 if word in bare else 0.3)
                if word in asked:
                    hit += weight
                else:
                    missed += weight
    return 1.0 if hit + missed == 0 else hit / (hit + missed)


def _contradicts(
    question: str,
    row: RowWording,
    asked: frozenset[str],
    own: frozenset[str],
    near: frozenset[str],
) -> bool:
    """Whether question and row differ in a word that makes another outcome."""
    own = own | {stem(w.folded) for t in row.own for w in words(t)}
    asked = asked | {stem(w.folded) for w in words(question)}
    for group in _SIBLINGS:
        wanted, found = asked & group, own & group
        if wanted and found and not wanted & found:
            return True
        if wanted and (near & group) - wanted:
            return True
        if found and not wanted and not asked & own - group:
            return True
    plain = " ".join(row.own)
    asked_words = _said(question)
    row_words = _said(plain)
    label_words = frozenset(w for text in row.labels for w in _said(text))
    if (asked_words & _NEGATIONS) - row_words and not asked_words & _NEGATIONS & row_words:
        return True
    if label_words & _NEGATIONS - asked_words and not asked_words & _NEGATIONS:
        return True
    narrowed = (row_words & NARROWING) - asked_words
    return bool({w for w in narrowed if not {stem(w), _SAME.get(stem(w))} & asked})


# `No of visits` and `No. (%)` are numbers and deny nothing.
_NUMBER = re.compile(r"\bno(?=\.|\W*\(?%| of\b)", re.I)


@lru_cache(maxsize=16384)
def _said(text: str) -> frozenset[str]:
    """The folded words of a text, the short form of `number` left out."""
    return frozenset(w.folded for w in words(_NUMBER.sub(" ", flatten(text))))


def best_wording(scores: Sequence[tuple[float, str]]) -> str | None:
    """The wording that is clearly ahead of every other wording, if there is one."""
    ranked: dict[str, float] = {}
    for value, wording in scores:
        ranked[wording] = max(value, ranked.get(wording, 0.0))
    order = sorted(ranked, key=lambda w: (-ranked[w], w))
    if order[:1] == [""] and len(order) > 1 and ranked[order[1]] >= LEAST_SCORE:
        order = order[1:]  # words of its own tell a row better than the caption of another
    if not order or ranked[order[0]] < LEAST_SCORE:
        return None
    if len(order) > 1 and ranked[order[0]] - ranked[order[1]] < LEAST_LEAD:
        return None
    return order[0]
