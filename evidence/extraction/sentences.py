"""Sentences of results: which stretches are read, and the numbers in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.extraction.arms import Mention, TrialArm, mentions
from evidence.extraction.numbers import Reading, decimals_of, percent_agrees, whole
from evidence.extraction.wording import Span, flatten, sentences
from indexers.records import Document

_WORDS = {
    word: n
    for n, word in enumerate(
        (
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ),
        1,
    )
}
_N = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_E = rf"(?<![\w.,/±-])(?P<e>{_N}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_P = r"(?P<p>\d{1,3}(?:\.\d+)?)\s*%"
_NOUN = r"(?:\s+(?!of\b|in\b|and\b|with\b)[a-z-]+){0,3}"
_OF = r"\s*(?:/|(?:out\s+)?of)\s*(?:the\s+)?"
_M = r"(?<![\w.,/±-])(?P<m>-?\d+(?:\.\d+)?)"
_UNIT = r"(?:\s?(?:%|[a-zA-Zμµ°/^]+\d?(?:/[a-zA-Z]+)?))?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_E}{_NOUN}\s*[(\[]\s*{_P}\s*[)\]]{_OF}(?P<n>{_N})(?![\d.]*%)",
        rf"{_E}{_OF}(?P<n>{_N}){_NOUN}\s*[(\[,;]\s*{_P}",
        rf"(?<![\w.]){_P}\s*[(\[]\s*(?:n\s*=\s*)?(?P<e>{_N}){_OF}(?P<n>{_N})\s*[)\]]",
        rf"(?<![\w.]){_P}\s*[(\[]\s*(?:n\s*=\s*)?(?P<e>{_N}){_NOUN}\s*[)\]]",
        rf"{_E}{_NOUN}\s*[(\[,;]\s*{_P}\s*[)\]]?",
        rf"{_E}\s*/\s*(?P<n>{_N})(?![\d/.]|\s*(?:mm|mg|μ))",
        rf"{_M}{_UNIT}\s*[(\[]?\s*(?:±|\+/-)\s*(?P<s>\d+(?:\.\d+)?)\s*[)\]]?",
        rf"{_M}{_UNIT}\s*[(\[,]\s*SD\s*[=:,]?\s*(?:±\s*)?(?P<s>\d+(?:\.\d+)?)\s*[)\]]?",
    )
)
_RESULTS = re.compile(r"result|finding|outcome|efficacy|safety|adverse|response|effect", re.I)
_OTHER = re.compile(
    r"method|introduc|background|discuss|conclu|objective|aim|design|setting|participant"
    r"|intervention"
    r"|statistic|sample size|limitation|interpret|trial registration|competing|contribut|measure"
    r"|definition|assessment|generali|pre-publication|abbreviat|purpose|procedure|title"
    r"|evidence|figure",
    re.I,
)


@dataclass(frozen=True)
class Group:
    """Numbers that a sentence prints for one arm, with their place in the document."""

    reading: Reading
    span: Span
    spread: str | None = None


@dataclass(frozen=True)
class ResultSentence:
    """A sentence of the results; all offsets count from the document's start."""

    span: Span
    text: str
    in_abstract: bool
    mentions: tuple[Mention, ...]
    groups: tuple[Group, ...]


def result_sentences(document: Document, arms: tuple[TrialArm, ...]) -> list[ResultSentence]:
    """The sentences of the abstract's and the article's results that print a number."""
    found = []
    for stretch, in_abstract in _stretches(document):
        for span in sentences(document.text, stretch.start, stretch.end):
            text = document.text[span.start : span.end]
            if re.search(r"\d|\bn(?:o|one)\b", text) and len(text) < 1200:
                named = tuple(
                    Mention(m.arm, m.start + span.start, m.end + span.start)
                    for m in mentions(text, arms)
                )
                found.append(
                    ResultSentence(span, text, in_abstract, named, tuple(_groups(text, span.start)))
                )
    return found


def _stretches(document: Document) -> list[tuple[Span, bool]]:
    """Paragraphs of results, in order; tables are read elsewhere."""
    tables = [Span(t.start, t.end) for t in document.tables]
    headed = any(
        _RESULTS.search(s.path[0]) for s in document.sections if s.path and s.path[0] != "Abstract"
    )
    found, at = [], 0
    for part in re.split(r"(\n+)", document.text):
        start, at = at, at + len(part)
        if not part.strip() or any(t.start <= start < t.end for t in tables):
            continue
        path = document.section_at(start)
        in_abstract = path[:1] == ("Abstract",)
        if path == ("Title",) or not _is_results(path, in_abstract, headed):
            continue
        found.append((Span(start, at), in_abstract))
    return found


def _is_results(path: tuple[str, ...], in_abstract: bool, headed: bool) -> bool:
    if in_abstract:
        inner = " ".join(path[1:])
        return not inner or (
            bool(_RESULTS.search(inner)) and not re.search(r"measure", inner, re.I)
        )
    if not path:
        return not headed
    if headed:
        return bool(_RESULTS.search(path[0])) and not _OTHER.match(path[0].strip("0123456789. "))
    return not any(_OTHER.search(p) for p in path)


def _groups(text: str, offset: int) -> list[Group]:
    flat = flatten(text)
    taken: list[Span] = []
    found = []
    for pattern in _PATTERNS:
        for m in pattern.finditer(flat):
            span = Span(*m.span())
            if any(t.start < span.end and span.start < t.end for t in taken):
                continue
            reading = _read(m)
            if reading is not None:
                taken.append(span)
                found.append(Group(reading, Span(span.start + offset, span.end + offset)))
    return sorted(found, key=lambda g: g.span.start)


def _read(m: re.Match[str]) -> Reading | None:
    groups = m.groupdict()
    if groups.get("m") is not None:
        spread = "SD" if re.search(r"\bSD\b", m.group(), re.I) else None
        return Reading("mean", mean=float(groups["m"]), sd=float(groups["s"]),
                       spread="SD" if spread else None)  # fmt: skip
    events = _WORDS.get(groups["e"].lower(), whole(groups["e"]))
    total = whole(groups["n"]) if groups.get("n") else None
    percent = groups.get("p")
    if events is None or (total is not None and (events > total or total == 0)):
        return None
    if percent is not None and float(percent) > 100:
        return None
    decimals = decimals_of(percent) if percent else 0
    if total and percent and not percent_agrees(events, total, float(percent), decimals):
        return None
    return Reading("count", events=events, total=total,
                   percent=float(percent) if percent else None, decimals=decimals)  # fmt: skip
