"""What an article says its groups received: `Group A received X`, `X (group A)`."""

from __future__ import annotations

import re
from functools import lru_cache

from evidence.extraction.arm_concepts import ArmConcept, tokens, weight
from evidence.extraction.wording import flatten
from indexers.records import Document

_STOP = re.compile(
    r"[.;]\s|\n|\bwhereas\b|\bwhile\b|\bcompared\b|\bversus\b|\bthan\b|\bin contrast\b"
)
_DEFINES = re.compile(
    r"\s*(?:group|arm)?s?\s*(?:\(\s*n\s*=\s*\d+\s*\)|,?\s*n\s*=\s*\d+,?)?\s*"
    r"(?:[:=(\[]|,?\s*(?:(?:patients|participants|subjects|women|men|children|who|which|in which"
    r"|where|were|was|is|is defined as|had|have|are|also|only|they|all|the|each|then)\s+)*"
    r"(?:received?|receiving|given|underwent|undergo\w*|treated|assigned|allocated|consist\w*|got"
    r"|performed|perform|took|used|using|had|drank|consumed|ate|administered|attended|completed"
    r"|participated|offered|provided|with|exposed|instructed|comprised|included)\b)", re.I,
)  # fmt: skip
_BEFORE_STOP = re.compile(r"[.;:)]\s|\n|\breceiv\w+\b|\bassigned to\b|\binto\b|\ballocated to\b")
_REACH = 300
_OUTSIDE = re.compile(r"introduction|background|discussion|conclusion|reference", re.I)


def definition_votes(
    document: Document, text: str, labels: tuple[str, ...], concepts: list[ArmConcept]
) -> list[float]:
    """For each concept, the weight of its own words where the article defines a group's label."""
    votes = [0.0] * len(concepts)
    for said in _definitions(document, text, labels):
        found = tokens(said)
        scores = []
        for concept in concepts:
            theirs = frozenset[str]().union(*(o.tokens for o in concepts if o is not concept))
            scores.append(sum(weight(t) for t in found & (concept.tokens - theirs)))
        best = max(scores)
        if best >= 0.9 and sum(s >= 0.5 * best for s in scores) == 1:
            votes[scores.index(best)] += best
    return votes


def _definitions(document: Document, name: str, labels: tuple[str, ...]) -> list[str]:
    """The stretches that stand where an article says what a group got."""
    flat = _prose(document)
    pattern = _name_pattern(name)
    if pattern is None:
        return []
    others = [p for n in labels if n != name and (p := _name_pattern(n)) is not None]
    found = []
    for m in list(pattern.finditer(flat))[:60]:
        # One line, and not far: what was blanked out is a long run of line breaks.
        rest = flat[m.end() : m.end() + _REACH].partition("\n")[0]
        after = _DEFINES.match(rest)
        if after:
            found.append(_cut(rest[after.end() : after.end() + 140], others))
        before = flat[max(0, m.start() - 110) : m.start()]
        opened = re.search(r"[(\[]\s*(?:n\s*=\s*\d+\s*[,;]\s*|the\s+)?$", before)
        if opened:
            lead = _last(before[: opened.start()], others)
            found.append(lead)
    return found


@lru_cache(maxsize=4096)
def _name_pattern(name: str) -> re.Pattern[str] | None:
    """How a label is found in running text: letters and numbers only beside `group`."""
    bare = re.sub(r"(?i)\b(?:groups?|arms?)\b", "", flatten(name)).strip()
    if not bare:
        return None
    if len(bare) <= 2 or bare.isdigit() or re.fullmatch(r"I{1,3}|IV", bare):
        return re.compile(
            rf"(?i:group|arm)s?\s+{re.escape(bare)}(?!\w)|(?<!\w){re.escape(bare)} (?:group|arm)\b"
        )
    if bare.isupper():
        return re.compile(rf"(?<!\w){re.escape(bare)}(?!\w)")
    core = r"[\s-]+".join(re.escape(p) for p in re.split(r"[\s-]+", bare))
    return re.compile(rf"(?<!\w){core}(?!\w)", re.I)


def _cut(text: str, others: list[re.Pattern[str]]) -> str:
    ends = [m.start() for p in (_STOP, *others) if (m := p.search(text))]
    return text[: min(ends, default=len(text))]


def _last(text: str, others: list[re.Pattern[str]]) -> str:
    starts = [m.end() for p in (_BEFORE_STOP, *others) for m in p.finditer(text)]
    return text[max(starts, default=0) :]


@lru_cache(maxsize=8)
def _prose(document: Document) -> str:
    """The text with the tables, the introduction and the discussion blanked out."""
    flat = flatten(document.text)
    for table in document.tables:
        flat = flat[: table.start] + "\n" * (table.end - table.start) + flat[table.end :]
    for section in document.sections:
        if section.path and section.path[0] != "Abstract" and _OUTSIDE.search(section.path[0]):
            gone = "\n" * (section.end - section.start)
            flat = flat[: section.start] + gone + flat[section.end :]
    return flat
