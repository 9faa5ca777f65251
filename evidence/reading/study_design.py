"""What kind of publication and what design a document is, each finding with its quote.

Design words are everywhere in articles (`a randomised trial should follow`), so a word counts only
where it speaks of this report: in the title, in a sentence on its own aims or methods, or in its
registration. A secondary publication (protocol, pooled or secondary analysis, review) is read
before the trial it tells of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from evidence.reading.design_cues import (
    BODY_LETTERS,
    BODY_PATTERNS,
    DESIGN_NAMES,
    NOT_RANDOMISED,
    SECONDARY,
    TITLE_PATTERNS,
    Design,
)
from evidence.reading.sentences import LocatedSentence, Role, read_sentences
from indexers.records import Document


@dataclass(frozen=True)
class DesignFinding:
    """A design a document shows, with the place of the sentence that says so."""

    design: Design
    start: int
    end: int
    cue: str


@dataclass(frozen=True)
class DesignStatement:
    """What a criterion's text says of designs: any of `wanted`, none of `unwanted`."""

    wanted: tuple[Design, ...]
    unwanted: tuple[Design, ...]


# Journals that print protocols label this part of their abstracts so.
_PLANNED_LABEL = re.compile(r"methods? ?/ ?(?:study )?design$", re.IGNORECASE)
_BODY_ROLES: frozenset[Role] = frozenset(("objective", "methods", "unlabelled", "results"))

_NOT = re.compile(
    r"\b(?:not|nor|no|without|excluding|except|other than|rather than|neither|never)\b", re.I
)


def detect_designs(
    document: Document, sentences: Sequence[LocatedSentence] | None = None
) -> tuple[DesignFinding, ...]:
    """The designs a document shows, one finding each, in the order they were found.

    Where something says that the trial is randomised, words such as `cohort` count only in a title
    that does not: trials have cohorts and registries too. `sentences` are those of the document,
    where they have been read already.
    """
    sentences = read_sentences(document) if sentences is None else sentences
    title = [s for s in sentences if s.part == "title"]
    own = [s for s in sentences if s.part != "title" and s.role in _BODY_ROLES]
    abstract = [s for s in own if s.part == "abstract"]
    body = [s for s in own if s.part == "body" and s.role == "methods"]
    planned = [s for s in abstract if _PLANNED_LABEL.match(s.heading)]
    titled = _find(title, TITLE_PATTERNS)
    found = titled + _find_in_text(abstract)
    found += [DesignFinding("protocol", s.start, s.end, s.heading) for s in planned[:1]]
    randomised = any(f.design == "randomised" for f in found)
    # Methods sections cite other protocols and pooled data; only the trial's own design is there.
    found += [f for f in _find_in_text(body) if f.design not in SECONDARY]
    randomised = randomised or any(f.design == "randomised" for f in found)
    in_title = {f.design for f in titled}
    strong = in_title if "randomised" not in in_title else set()
    kept: dict[Design, DesignFinding] = {}
    for finding in found:
        weak = finding.design in NOT_RANDOMISED and finding.design not in strong
        if not (weak and randomised):
            kept.setdefault(finding.design, finding)
    return tuple(kept.values())


@lru_cache(maxsize=1024)
def read_design_statement(text: str) -> DesignStatement:
    """The designs a criterion's text asks for, and those it names behind a `not`."""
    wanted: list[Design] = []
    unwanted: list[Design] = []
    for sentence in re.split(r"[.;]\s+|[()]", text):
        negation = _NOT.search(sentence)
        for design, pattern in DESIGN_NAMES:
            for found in re.finditer(pattern, sentence, re.IGNORECASE):
                negated = negation is not None and found.start() > negation.start()
                (unwanted if negated else wanted).append(design)
    return DesignStatement(
        wanted=tuple(dict.fromkeys(d for d in wanted if d not in unwanted)),
        unwanted=tuple(dict.fromkeys(unwanted)),
    )


def _find(
    sentences: Sequence[LocatedSentence], cues: Iterable[tuple[Design, re.Pattern[str]]]
) -> list[DesignFinding]:
    return [
        DesignFinding(design, sentence.start, sentence.end, found.group().strip())
        for sentence in sentences
        for design, pattern in cues
        if (found := pattern.search(sentence.text))
    ]


def _find_in_text(sentences: Sequence[LocatedSentence]) -> list[DesignFinding]:
    """The findings of the body's cues, sentence by sentence."""
    found = []
    for sentence in sentences:
        lowered = sentence.text.lower()
        cues = [
            c for c in BODY_PATTERNS if any(letters in lowered for letters in BODY_LETTERS[c[0]])
        ]
        found += _find((sentence,), cues)
    return found
