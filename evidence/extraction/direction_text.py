"""The sentences of a document as a question about a direction of effect reads them.

A sentence's words are folded once; a question's intervention, comparator and outcome are turned
into sets of words (with the abbreviations that the document defines), and their places in a
sentence are marked by roles: `I`, `C` and `O`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.wording import Span, Word, fold, sentences, words
from indexers.records import Document

SECTION_KINDS = ("title", "abstract", "introduction", "methods", "results", "discussion", "other")
_KIND_WORDS = (
    ("introduction", re.compile(r"introduc|background|rationale|objective|aim|purpose", re.I)),
    ("results", re.compile(r"result|finding|outcome|efficacy|safety|adverse", re.I)),
    ("methods", re.compile(r"method|material|design|procedure|statistic|participant", re.I)),
    ("discussion", re.compile(r"discuss|conclu|interpret|limitation", re.I)),
)
_STOP_WORDS = """
a an and are as at be by for from had has have in into is it its no not of on or per that the their
them these they this those to was were which who with without than between among after before
during week weeks month months day days year years group groups patient patients level levels total
score scores mean versus vs treatment rate rates number change changes both all using use received
receiving
"""
_CONTROL_WORDS = "control controls placebo sham usual standard conventional routine"


def _folded(listed: str) -> frozenset[str]:
    return frozenset(fold(word) for word in listed.split())


_STOP = _folded(_STOP_WORDS)
_CONTROL = _folded(_CONTROL_WORDS)
_CONTROL_ROLE = _folded("control controls placebo sham vehicle usual comparison")
_TREATED_ROLE = _folded("intervention experimental treated active")
_BASELINE = _folded("baseline before pre preoperative pretreatment")
_LONGEST_SENTENCE = 1500


@dataclass(frozen=True)
class ReadSentence:
    """A sentence with its place, the kind of its section and its folded words."""

    span: Span
    text: str
    kind: str
    in_abstract: bool
    words: tuple[Word, ...]
    bag: frozenset[str]


@dataclass(frozen=True)
class ReadArticle:
    """A document's sentences, how rare each word is among them, and its abbreviations.

    `expansions` maps the folded short form to the words of the long form.
    """

    sentences: tuple[ReadSentence, ...]
    rarity: dict[str, float]
    expansions: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True)
class Roles:
    """The words of a question; those that both arms share tell neither apart."""

    intervention: frozenset[str]
    comparator: frozenset[str]
    outcome: frozenset[str]
    shared: frozenset[str]


@lru_cache(maxsize=4)
def read_article(document: Document) -> ReadArticle:
    """Split a document into sentences outside its tables, and count its words."""
    found = []
    for start, end in _stretches(document):
        path = document.section_at(start)
        kind = section_kind(path)
        in_abstract = bool(path) and path[0].lower().startswith("abstract")
        for span in sentences(document.text, start, end):
            if span.end - span.start > _LONGEST_SENTENCE:
                span = Span(span.start, span.start + _LONGEST_SENTENCE)
            text = document.text[span.start : span.end]
            read = words(text)
            if len(read) >= 3:
                bag = frozenset(w.folded for w in read)
                found.append(ReadSentence(span, text, kind, in_abstract, read, bag))
    n_with = Counter(word for sentence in found for word in sentence.bag)
    rarity = {w: math.log(1 + len(found) / n) for w, n in n_with.items()}
    expansions = tuple(
        (fold(a.short.lower()), frozenset(_content(a.long))) for a in abbreviations(document)
    )
    return ReadArticle(tuple(found), rarity, expansions)


def _stretches(document: Document) -> list[tuple[int, int]]:
    """Lines outside tables."""
    tables = [(t.start, t.end) for t in document.tables]
    return [
        m.span()
        for m in re.finditer(r"[^\n]+", document.text)
        if not any(start <= m.start() < end for start, end in tables)
    ]


def section_kind(path: tuple[str, ...]) -> str:
    """What a section is, from its headings, the outermost that tells first."""
    if path and path[0].lower().startswith("title"):
        return "title"
    for heading in path:
        for kind, pattern in _KIND_WORDS:
            if pattern.search(heading):
                return kind
    return "abstract" if path and path[0].lower().startswith("abstract") else "other"


def _content(text: str) -> list[str]:
    return [w.folded for w in words(text) if w.folded not in _STOP and w.folded.strip("+/%<>≤≥")]


def roles_of(article: ReadArticle, intervention: str, comparator: str, outcome: str) -> Roles:
    """The words that stand for each part of a question in this article."""
    arms = [_expanded(article, text) for text in (intervention, comparator)]
    shared = arms[0] & arms[1]
    treated, compared = arms[0] - shared, arms[1] - shared
    if compared & _CONTROL or not compared:
        compared = compared | (_CONTROL_ROLE - treated)
    if compared & _BASELINE:
        compared = compared | (_BASELINE - treated)
    treated = treated | (_TREATED_ROLE - compared)
    return Roles(treated, compared, _expanded(article, outcome), shared)


def _expanded(article: ReadArticle, text: str) -> frozenset[str]:
    """Content words, with short forms of long forms inside the text and the other way round."""
    found = frozenset(_content(text)) or frozenset(w.folded for w in words(text))
    more: set[str] = set()
    for short, long_form in article.expansions:
        if short in found:
            more |= long_form
        elif long_form and long_form <= found:
            more.add(short)
    return found | more


@dataclass(frozen=True)
class Marked:
    """A stretch of a sentence that names a part of the question; places count words."""

    role: str
    first: int
    last: int


def marked(sentence: ReadSentence, roles: Roles) -> tuple[Marked, ...]:
    """Where a sentence names the arms and the outcome, in order.

    Words that both arms share join a stretch but do not begin one.
    """
    found: list[Marked] = []
    for at, word in enumerate(sentence.words):
        role = _role(word.folded, roles)
        if role is None:
            continue
        if found and found[-1].role == role and at - found[-1].last <= 2:
            found[-1] = Marked(role, found[-1].first, at)
        else:
            found.append(Marked(role, at, at))
    return tuple(found)


def _role(word: str, roles: Roles) -> str | None:
    if word in roles.outcome and word not in roles.intervention | roles.comparator:
        return "O"
    if word in roles.intervention:
        return "I"
    if word in roles.comparator:
        return "C"
    return None
