"""Sentences of results: which stretches are read, and what their sentences name and print."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.extraction.arm_mentions import Mention, TrialArm
from evidence.extraction.sentence_arms import Named, arm_names, named_in
from evidence.extraction.sentence_numbers import Group, groups_in
from evidence.extraction.wording import Span, flatten, sentences
from indexers.records import Document

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
class ResultSentence:
    """A sentence of the results; all offsets count from the document's start.

    `named` are the groups that it names, in order; `before` is the sentence before it in its
    paragraph; `primary_outcome` is what the article says that its primary outcome is. `only_arms`
    are the arms of a trial that has two and no more.
    """

    span: Span
    text: str
    in_abstract: bool
    named: tuple[Named, ...]
    groups: tuple[Group, ...]
    before: str = ""
    primary_outcome: str = ""
    only_arms: tuple[TrialArm, ...] = ()

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Where the arms that were asked for are named."""
        return tuple(Mention(n.arm, n.start, n.end) for n in self.named if n.arm is not None)


_PRIMARY = re.compile(
    r"\bprimary (?:efficacy |study |clinical |trial )?(?:outcome|end[- ]?point)(?: measure"
    r"| variable| parameter)?(?: of (?:the|this) (?:study|trial))? (?:was|is)(?: defined as)?"
    r" (?:the |an? )?(?P<what>[^.;:()]{4,160})", re.I,
)  # fmt: skip


def result_sentences(document: Document, arms: tuple[TrialArm, ...]) -> list[ResultSentence]:
    """The sentences of the abstract's and the article's results that print a number."""
    names = arm_names(document, arms)
    defined = _PRIMARY.search(flatten(document.text))
    primary = document.text[slice(*defined.span("what"))] if defined else ""
    only = () if names.several else arms
    found = []
    for stretch, in_abstract in _stretches(document):
        before = ""
        for span in sentences(document.text, stretch.start, stretch.end):
            text = document.text[span.start : span.end]
            if re.search(r"\d|\bn(?:o|one)\b", text, re.I) and len(text) < 1200:
                named = tuple(
                    Named(n.arm, n.start + span.start, n.end + span.start)
                    for n in named_in(text, names)
                )
                groups = groups_in(text, span.start)
                found.append(
                    ResultSentence(span, text, in_abstract, named, groups, before, primary, only)
                )
            before = text
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
