"""Sentences of a document with their place and rhetorical role.

The role says whether a sentence tells of this trial (title, objective, methods, results) or of the
world around it (background, conclusion). It comes from headings and abstract labels; only an
unlabelled abstract is read by cue words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from indexers.records import Document

Role = Literal["title", "background", "objective", "methods", "results", "conclusion", "unlabelled"]


@dataclass(frozen=True)
class LocatedSentence:
    """A sentence with its offsets in the document; `part` tells title, abstract and body apart.

    `text` has plain hyphens and spaces in place of typographic ones, character for character: it
    is read by patterns, while quotes are cut from the document.
    """

    start: int
    end: int
    text: str
    role: Role
    part: Literal["title", "abstract", "body"]
    heading: str = ""

    @property
    def of_this_trial(self) -> bool:
        """Whether the sentence speaks of the trial itself, as far as its place tells."""
        return self.role in ("title", "objective", "methods", "results")


_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f", " "),
        "\u2019": "'",
    }
)
LONGEST_SPACE = 40
"""So much white space ends a sentence. No author leaves it, and patterns with several places for
spaces would try every way to share a long run between them: hours for one made abstract."""
_END = re.compile(rf"[.?!][\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9Α-Ω])|\n+|\s{{{LONGEST_SPACE},}}")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Z]\.[A-Z]|\b(?:e\.g|i\.e|vs|etc|cf|al|approx|ca|Dr|Prof|Mr|Mrs|Ms|St|No|no|Fig|Figs|fig"
    r"|Ref|Inc|Ltd|Co|Corp|spp|resp|vol|min|max))\.$"
)
_LABEL = re.compile(r"(?P<label>[A-Z][A-Za-z ,/&()'-]{1,60}):\s")
_LABEL_WORDS = 6
# Reference files put a whole abstract on one line; there only these words begin a part of it.
_LABEL_WITHIN = re.compile(
    r"(?:background|introduction|context|rationale|objectives?|aims?|purpose|(?:study )?design"
    r"|(?:materials?|patients|subjects|participants) and methods?|methods?|methodology|setting"
    r"|patients|participants|interventions?|(?:main )?outcome measures?|measurements?"
    r"|(?:main )?results?|findings|discussion|conclusions?|interpretation|limitations?)"
    r"(?: (?:and|/|&) (?:\w+ ?){1,2})?",
    re.IGNORECASE,
)

# The first pattern that fits a heading or label decides.
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    (
        "methods",
        re.compile(
            r"method|design|participants?|patients?|subjects|setting|intervention|procedure"
            r"|population|measure|randomi[sz]|allocation|blinding|masking|registration"
            r"|statistical|treatment|eligib|criteria",
            re.IGNORECASE,
        ),
    ),
    ("results", re.compile(r"result|finding|outcome", re.IGNORECASE)),
    ("objective", re.compile(r"objective|aim|purpose|hypothes|question", re.IGNORECASE)),
    (
        "conclusion",
        re.compile(r"conclu|discuss|interpret|significance|limitation|implication|comment", re.I),
    ),
    ("background", re.compile(r"background|introduction|context|rationale|importance", re.I)),
)
_AIM = re.compile(
    r"\b(?:aim(?:s|ed)?|objectives?|purpose|goal|hypothes[ie]s(?:ed)?|hypothesi[sz]ed"
    r"|sought|set out|"
    r"(?:this|the present|our) (?:randomi[sz]ed |clinical |controlled |pilot )*(?:study|trial)"
    r" (?:was|were|is|aim|evaluat|compar|investigat|assess|examin|test|determin|explor|report)\w*"
    r"|we (?:evaluated|compared|investigated|assessed|examined|tested|studied|conducted)"
    r"|(?:here,? )?we report)\b",
    re.IGNORECASE,
)
# Letters of which one stands wherever the cue does, in lower case: a quick first look.
_AIM_LETTERS = (
    *("aim", "objective", "purpose", "goal", "hypothes", "sought", "set out", "this study"),
    *("this trial", "this random", "this clinical", "this control", "this pilot", "present"),
    *("our ", "we evaluat", "we compar", "we investig", "we assess", "we examin", "we test"),
    *("we stud", "we conduct", "we report"),
)
_CONCLUDE_LETTERS = (
    *("conclu", "suggest", "in summary", "these findings", "these results", "these data"),
    *("may be", "should be", "could be", "further "),
)
_DONE = re.compile(
    r"\b(?:were|was) (?:\w+ ){0,2}(?:randomi[sz]ed|randomly|allocated|assigned|enrolled|recruited"
    r"|included|given|administered|performed|measured|evaluated|treated|compared|conducted)\b"
    r"|\b(?:received|underwent|randomly)\b",
    re.IGNORECASE,
)
_FOUND = re.compile(
    r"\bp\s*[<=>]\s*0?\.\d|\bci\b|\d\s?%|significant(?:ly)?|no difference", re.IGNORECASE
)
_CONCLUDE = re.compile(
    r"\b(?:conclu\w+|suggest(?:s|ing)?|in summary|these (?:findings|results|data)|may be|should be"
    r"|could be|further (?:studies|research|trials))\b",
    re.IGNORECASE,
)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Offsets of the sentences between `start` and `end`; a line break always ends one.

    So does a run of `LONGEST_SPACE` white space characters.
    """
    end = len(text) if end is None else end
    spans = []
    begin = start
    for found in _END.finditer(text, start, end):
        stop = found.start() if found.group().startswith("\n") else found.start() + 1
        if not found.group().startswith("\n"):
            stop = found.start() + len(found.group().rstrip())
            before = text[max(begin, found.start() - 8) : found.start() + 1]
            if _ABBREVIATION.search(before) and "\n" not in found.group():
                continue
        spans.append((begin, stop))
        begin = found.end()
    spans.append((begin, end))
    trimmed = (_trim(text, *span) for span in spans)
    return [span for span in trimmed if span[0] < span[1]]


def read_sentences(document: Document) -> tuple[LocatedSentence, ...]:
    """The sentences of a document in reading order; tables and headings are left out."""
    tables = [(table.start, table.end) for table in document.tables]
    return tuple(
        sentence
        for sentence in _located(document)
        if not any(start <= sentence.start < end for start, end in tables)
        and not _is_heading(sentence)
    )


def _located(document: Document) -> Iterator[LocatedSentence]:
    plain = document.text.translate(_PLAIN)
    label = ""
    place = ("", 0)
    for start, end in split_sentences(document.text):
        path = document.section_at(start)
        top = path[0] if path else ""
        if top in ("Title", "") and start == 0 and document.text:
            yield LocatedSentence(start, end, plain[start:end], "title", "title")
            continue
        if top == "Title":
            yield LocatedSentence(start, end, plain[start:end], "title", "title")
            continue
        if top != "Abstract" and (document.kind == "full_text" or path):
            heading = " > ".join(path)
            yield LocatedSentence(
                start, end, plain[start:end], _role_of_path(path), "body", heading
            )
            continue
        at_line_start = start == 0 or document.text[start - 1] == "\n"
        if place[0] != top:
            label, place = "", (top, 0)
        if at_line_start:
            label = _label(plain[start:end]) or label
        else:
            label = _label_within(plain[start:end]) or label
        text = plain[start:end]
        role = _role_of_label(label) if label else _role_by_cue(text, place[1])
        if label and role in ("background", "unlabelled") and _AIM.search(text):
            role = "objective"
        place = (top, place[1] + 1)
        yield LocatedSentence(start, end, text, role, "abstract", label)


def _is_heading(sentence: LocatedSentence) -> bool:
    last = sentence.heading.rpartition(" > ")[2]
    return sentence.part != "title" and sentence.text.rstrip(".:") == last.rstrip(".:") != ""


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _label(sentence: str) -> str:
    """The label an abstract's line begins with (`Methods: …`), or a heading line itself."""
    found = _LABEL.match(sentence)
    if found and len(found["label"].split()) <= _LABEL_WORDS:
        return found["label"]
    is_heading = len(sentence.split()) <= _LABEL_WORDS and sentence[-1:] not in ".?!;"
    return sentence if is_heading and _role_of_label(sentence) != "unlabelled" else ""


def _label_within(sentence: str) -> str:
    """The usual label that a sentence in the midst of a line begins with, or nothing."""
    found = _LABEL.match(sentence)
    return found["label"] if found and _LABEL_WITHIN.fullmatch(found["label"]) else ""


def _role_of_label(label: str) -> Role:
    return next((role for role, pattern in _ROLES if pattern.search(label)), "unlabelled")


def _role_of_path(path: tuple[str, ...]) -> Role:
    """The outermost heading that names a role decides: `Methods > Outcomes` is methods."""
    roles = (
        _role_of_top(heading) if not i else _role_of_label(heading)
        for i, heading in enumerate(path)
    )
    return next((role for role in roles if role != "unlabelled"), "unlabelled")


def _role_of_top(heading: str) -> Role:
    # A body section called "Outcomes" or "Findings" is results; "Results and discussion" too.
    if re.search(r"introduction|background", heading, re.IGNORECASE):
        return "background"
    if re.search(r"method", heading, re.IGNORECASE):
        return "methods"
    if re.search(r"result|finding", heading, re.IGNORECASE):
        return "results"
    return _role_of_label(heading)


def _role_by_cue(sentence: str, position: int) -> Role:
    """The role of a sentence in an abstract without labels; `position` is its 0-based place."""
    lowered = sentence.lower()
    if _may_hold(_AIM_LETTERS, lowered) and _AIM.search(sentence):
        return "objective"
    if position > 1 and _may_hold(_CONCLUDE_LETTERS, lowered) and _CONCLUDE.search(sentence):
        return "conclusion"
    if position > 0 and _FOUND.search(sentence):
        return "results"
    if _DONE.search(sentence):
        return "methods"
    return "background" if position <= 1 else "unlabelled"


def _may_hold(letters: tuple[str, ...], lowered: str) -> bool:
    return any(piece in lowered for piece in letters)
