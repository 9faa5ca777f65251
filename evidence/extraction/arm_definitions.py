"""What an article says its groups received: `Group A received X`, `X (group A)`."""

from __future__ import annotations

import re
from functools import lru_cache

from evidence.extraction.arm_concepts import (
    NEGATIONS,
    ArmConcept,
    conflicts,
    other_dose,
    telling,
    tokens,
    weight,
)
from evidence.extraction.wording import flatten
from indexers.records import Document

_STOP = re.compile(
    r"[.;]\s|\n|\bwhereas\b|\bwhile\b|\bcompared\b|\bversus\b|\bthan\b|\bin contrast\b"
)
_DEFINES = re.compile(
    r"\s*(?:group|arm)?s?\s*(?:\(\s*n\s*=\s*\d+\s*\)|,?\s*n\s*=\s*\d+,?)?\s*"
    r"(?:[:=(\[]|\s-\s|,?\s*(?:(?:patients|participants|subjects|women|men|children|who|which"
    r"|in which|where|were|was|is|is defined as|had|have|are|also|only|they|all|the|each|then)\s+)*"
    r"(?:received?|receiving|given|underwent|undergo\w*|treated|assigned|allocated|consist\w*|got"
    r"|performed|perform|took|used|using|had|drank|consumed|ate|administered|attended|completed"
    r"|participated|offered|provided|with|exposed|designated|instructed|comprised"
    r"|included)\b)", re.I,
)  # fmt: skip
_BEFORE_STOP = re.compile(r"[.;:)]\s|\n|\breceiv\w+\b|\bassigned to\b|\binto\b|\ballocated to\b")
_REACH = 300
_FOR_GROUP = re.compile(r"(?:^|[.;,]\s+|\n)(?:in|for)\s+(?:the\s+)?$", re.I)
_AFTER_LEAD = re.compile(
    r"\s*(?:group|arm)?(?:\s+(?:patients|participants|subjects|women|children))?"
    r"\s*(?:\(\s*n\s*=\s*\d+\s*\))?,?\s+", re.I,
)  # fmt: skip
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
            own = found & (concept.tokens - theirs)
            scores.append(
                0.0 if other_dose(found, concept) else sum(telling(t, theirs) for t in own)
            )
        if max(scores) < 0.9:
            scores = [_as_part(found, concept, concepts) for concept in concepts]
        best = max(scores)
        if best >= 0.9 and sum(s >= 0.5 * best for s in scores) == 1:
            votes[scores.index(best)] += best
    return votes


def _as_part(found: frozenset[str], concept: ArmConcept, concepts: list[ArmConcept]) -> float:
    """1 where a text says all of an arm whose words another arm has too, and nothing else of it.

    `X` against `X + Y`: who got X, and no Y, is the first arm.
    """
    others = [c for c in concepts if c is not concept]
    core = frozenset(t for t in concept.tokens if weight(t) == 1.0)
    more = frozenset[str]().union(*(o.tokens for o in others)) - concept.tokens
    beyond = frozenset(t for t in more if weight(t) == 1.0 and t not in NEGATIONS)
    part = bool(core) and bool(beyond) and any(core < o.tokens for o in others)
    said = part and core <= found and not found & beyond and not conflicts(found, concept)
    return 1.0 if said else 0.0


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
        lead_in = _FOR_GROUP.search(before) and _AFTER_LEAD.match(rest)
        if lead_in and not after and _in_methods(document, m.start()):
            found.append(_cut(rest[lead_in.end() : lead_in.end() + 140], others))
        opened = re.search(r"[(\[]\s*(?:n\s*=\s*\d+\s*[,;]\s*|the\s+)?$", before)
        if opened:
            lead = _last(before[: opened.start()], others)
            found.append(lead)
    return found


def _in_methods(document: Document, place: int) -> bool:
    path = " ".join(document.section_at(place))
    return (
        re.search(r"method|patient|participant|intervention|procedure|design", path, re.I)
        is not None
    )


@lru_cache(maxsize=4096)
def _name_pattern(name: str) -> re.Pattern[str] | None:
    """How a label is found in running text: letters and numbers only beside `group`."""
    bare = re.sub(r"(?i)\b(?:groups?|arms?)\b", "", flatten(name)).strip()
    if not bare:
        return None
    if re.fullmatch(r"[A-Z]\d", bare):
        return re.compile(rf"(?<![\w-]){bare}(?!\w)")
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
    """The text with the tables, the introduction and the discussion blanked out.

    What stands over and under the tables follows at the end.
    """
    flat = flatten(document.text)
    for table in document.tables:
        flat = flat[: table.start] + "\n" * (table.end - table.start) + flat[table.end :]
    for section in document.sections:
        if section.path and section.path[0] != "Abstract" and _OUTSIDE.search(section.path[0]):
            gone = "\n" * (section.end - section.start)
            flat = flat[: section.start] + gone + flat[section.end :]
    about = (line for table in document.tables for line in (table.caption, *table.footnotes))
    return "\n".join((flat, *dict.fromkeys(flatten(line) for line in about)))
