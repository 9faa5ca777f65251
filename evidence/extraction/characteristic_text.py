"""What of a report tells of its own study: title, abstract, methods, results, statements.

Introductions and discussions tell of other studies, so cues for a characteristic are looked for in
the other parts, from the title inwards; the first part that has an answer gives it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidence.extraction.wording import Span
from evidence.judgements import Characteristic
from evidence.reading.sentence_roles import sentence_roles
from evidence.reading.sentences import LocatedSentence, read_sentences
from indexers.records import Document

Part = Literal["title", "abstract", "methods", "results", "statements"]
OWN_PARTS: tuple[Part, ...] = ("title", "abstract", "methods", "results")
_STATEMENT = re.compile(
    r"fund|acknowledg|support\b|financ|sponsor|grant|competing|conflict|disclos|interests?\b"
    r"|registration|role of|declaration",
    re.IGNORECASE,
)
_OTHER_STUDY = re.compile(
    r"\b(?:previous(?:ly)?|prior|earlier|another|other|published)"
    r" (?:[\w-]+ ){0,5}(?:trials?|stud(?:y|ies)|reports?|work|data)\b|\bet al\b"
    r"|\b(?:meta-analys[ei]s|systematic review)\b",
    re.IGNORECASE,
)
_OUR = re.compile(r"\b(?:this|the present|our|the current) (?:[\w-]+ ){0,4}(?:trial|study)\b", re.I)


class Cue(NamedTuple):
    """A characteristic found: its value and the sentence it stands in, by offsets."""

    field: str
    start: int
    end: int
    quote_start: int
    quote_end: int


@dataclass(frozen=True)
class StudyText:
    """A document and its sentences by part; `abstract` has no background where roles are told."""

    document: Document
    parts: dict[Part, tuple[LocatedSentence, ...]]
    everything: tuple[LocatedSentence, ...]

    def text(self, cue: Cue) -> str:
        """The value of a cue, verbatim."""
        return self.document.text[cue.start : cue.end]

    def characteristic(self, cue: Cue) -> Characteristic:
        """The cue as the log holds it."""
        return Characteristic(
            field=cue.field,
            value=self.text(cue),
            quotes=(self.document.quote(cue.quote_start, cue.quote_end),),
        )


def study_text(document: Document) -> StudyText:
    """The sentences of a document that tell of its own study.

    A document without headings is read as one methods part.
    """
    sentences = read_sentences(document)
    abstract = tuple(s for s in sentences if s.part == "abstract")
    body = tuple(s for s in sentences if s.part == "body")
    headed = any(s.role != "unlabelled" for s in body)
    return StudyText(
        document,
        {
            "title": tuple(s for s in sentences if s.part == "title"),
            "abstract": telling_sentences(document, abstract),
            "methods": tuple(s for s in body if s.role == "methods" or not headed),
            "results": tuple(s for s in body if s.role == "results"),
            "statements": tuple(s for s in sentences if _STATEMENT.search(s.heading)),
        },
        sentences,
    )


def telling_sentences(
    document: Document, abstract: tuple[LocatedSentence, ...]
) -> tuple[LocatedSentence, ...]:
    """The sentences of an abstract that tell of the study: objective, methods, results.

    Headings decide where there are any; else the head of sentence roles does.
    """
    if not abstract:
        return ()
    if any(s.heading for s in abstract):
        return tuple(s for s in abstract if s.role not in ("background", "conclusion"))
    told = sentence_roles(document.text, abstract[0].start, abstract[-1].end)
    outside = {s.start for s in told if s.role in ("background", "conclusion")}
    return tuple(s for s in abstract if s.start not in outside)


def of_another_study(sentence: LocatedSentence) -> bool:
    """Whether a sentence speaks of earlier work and not of this study."""
    if sentence.part == "title" or _OUR.search(sentence.text):
        return False
    return _OTHER_STUDY.search(sentence.text) is not None


def cue_in(field: str, sentence: LocatedSentence, span: Span | tuple[int, int]) -> Cue:
    """A cue at a span of a sentence's own text, without white space and commas around it."""
    start, end = span
    text = sentence.text
    while start < end and text[start] in " ,;:\t":
        start += 1
    while end > start and text[end - 1] in " ,;:\t":
        end -= 1
    begin = sentence.start
    return Cue(field, begin + start, begin + end, begin, sentence.end)


def value_of(m: re.Match[str], *names: str) -> tuple[int, int]:
    """The span of the first named group that took part, else of the whole match."""
    for name in names or ("v",):
        if name in m.re.groupindex and m[name] is not None:
            return m.span(name)
    return m.span()
