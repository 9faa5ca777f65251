"""The arms of a trial: names, abbreviations, roles and sizes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.arm_concepts import control_like
from evidence.extraction.arm_headings import Heading, arm_headings
from evidence.extraction.arm_labels import Key, bare_role, header_n, read_label
from evidence.extraction.wording import (
    Span,
    find_name,
    flatten,
    is_abbreviation,
    same_wording,
    sentences,
)
from evidence.judgements import Arm
from evidence.question import Pico, concept_terms
from indexers.records import Document, Table

__all__ = [
    "Mention",
    "Role",
    "Size",
    "TrialArm",
    "alternatives",
    "as_arm",
    "bare_role",
    "find_arms",
    "header_n",
    "mentions",
]

Role = Literal["intervention", "comparator", "other"]


@dataclass(frozen=True)
class Size:
    """A number of participants with its place in the document."""

    count: int
    source: Literal["randomised", "table", "treated"]
    start: int
    end: int


@dataclass(frozen=True)
class TrialArm:
    """An arm of the trial; `names` are all wordings that find it, `sizes` all that were printed.

    `generic` arms are known only as `intervention group` or `control group`; `headings` are the
    labels that the article's own tables give the arm (`Group A`, `CG`).
    """

    role: Role
    name: str
    names: tuple[str, ...]
    place: Span
    sizes: tuple[Size, ...] = ()
    generic: bool = False
    headings: tuple[str, ...] = ()

    @property
    def size(self) -> Size | None:
        """The number randomised where it is told, else the number most often printed."""
        for source in ("randomised", "table", "treated"):
            pool = [s for s in self.sizes if s.source == source]
            counts = Counter(s.count for s in pool)
            if pool:
                return max(pool, key=lambda s: (counts[s.count], s.count, -s.start))
        return None


class Mention(NamedTuple):
    """A place where an arm is named."""

    arm: TrialArm
    start: int
    end: int


_GENERIC: dict[Role, tuple[str, ...]] = {
    "intervention": tuple(
        f"{word} {group}"
        for word in ("intervention", "experimental")
        for group in ("group", "arm", "condition")
    ),
    "comparator": tuple(
        f"{word} {group}"
        for word in ("control", "comparison", "placebo")
        for group in ("group", "arm", "condition")
    ),
}


def alternatives(concept: str) -> list[tuple[str, ...]]:
    """The names of each alternative of a concept: `A (x) or B` gives (A, x) and (B,)."""
    return [names for _, names in _alternatives(concept)]


def _alternatives(concept: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each alternative as the question words it, with its names."""
    parts, depth, at = [], 0, 0
    for m in re.finditer(r"[()]|\bor\b|;", concept):
        if m.group() in "()":
            depth += 1 if m.group() == "(" else -1
        elif depth == 0:
            parts.append(concept[at : m.start()])
            at = m.end()
    parts.append(concept[at:])
    # In `general practitioners (GP) consultations` the bracket explains a part of the name only.
    whole = ((p.strip(), re.sub(r"\s*\([^)]*\)(?=\s+\w)", "", p)) for p in parts)
    return [(part, terms) for part, short in whole if (terms := concept_terms(short))]


def find_arms(
    document: Document, pico: Pico, definitions: tuple[Abbreviation, ...]
) -> tuple[TrialArm, ...]:
    """The arms that the question asks for and the report has, intervention first.

    An alternative of the question is an arm of the trial when the title, the abstract or the
    labels of a table name it; what only the introduction speaks of is none.
    """
    asked: list[tuple[Literal["intervention", "comparator"], str, tuple[str, ...]]] = []
    asked += [("intervention", *found) for found in _alternatives(pico.intervention)]
    asked += [
        ("comparator", *found)
        for found in _alternatives(pico.comparator)
        if not _BASELINE.match(found[0])
    ]
    roles = [role for role, _, _ in asked]
    headings = arm_headings(document, [text for _, text, _ in asked], list(roles), definitions)
    widened = _apart([_widened(names, definitions) for _, _, names in asked], roles)
    arms: list[TrialArm] = []
    for i, role in enumerate(roles):
        own = [h for h in headings if h.arm == i]
        place = _first_place(document, widened[i])
        if place is None and own:
            place = min(h.place for h in own)
        if place is not None:
            name = _report_name(document, widened[i], place)
            labels = tuple(dict.fromkeys(h.text for h in own))
            arms.append(TrialArm(role, name, widened[i], place, headings=labels))
    if "comparator" in roles:
        arms = _with_generic(document, arms, _control_role(asked, headings))
    return tuple(replace(arm, sizes=sizes) for arm, sizes in _sizes(document, arms))


_BASELINE = re.compile(
    r"\W*(?:(?:at |the )?baseline(?: (?:values?|levels?))?|before (?:treatment|intervention)"
    r"|pre-?(?:treatment|intervention|test))\W*$", re.I,
)  # fmt: skip


def _control_role(
    asked: list[tuple[Literal["intervention", "comparator"], str, tuple[str, ...]]],
    headings: list[Heading],
) -> Role:
    """The role of the arm that the article calls its control; a question may ask for it first."""
    for heading in headings:
        label = read_label(heading.text)
        if label is not None and label.kind != "own":
            role = asked[heading.arm][0]
            other: Role = "comparator" if role == "intervention" else "intervention"
            return role if label.kind == "control" else other
    like = {
        role: all(control_like(text) for r, text, _ in asked if r == role)
        for role in ("intervention", "comparator")
    }
    return "intervention" if like["intervention"] and not like["comparator"] else "comparator"


def _apart(
    names: list[tuple[str, ...]], roles: list[Literal["intervention", "comparator"]]
) -> list[tuple[str, ...]]:
    """The names without those that arms of both roles would bear."""
    kept = []
    for own, role in zip(names, roles, strict=True):
        theirs = [n for other, r in zip(names, roles, strict=True) if r != role for n in other]
        kept.append(tuple(n for n in own if n not in theirs and not _shared(n, theirs)))
    return kept


def _shared(name: str, theirs: list[str]) -> bool:
    return any(same_wording(name, other) for other in theirs)


def _widened(names: tuple[str, ...], definitions: tuple[Abbreviation, ...]) -> tuple[str, ...]:
    known = [n for n in names if not _DOSE_ONLY.fullmatch(n)]
    known = known[:1] + [n for n in known[1:] if not _DOSE_FIRST.match(n)]
    for _ in range(2):
        for item in definitions:
            if any(same_wording(item.long, n) for n in known):
                known.append(item.short)
            elif any(_same_short(item.short, n) for n in known) and _is_long_form(item.long):
                known.append(re.sub(r"^(?:the |combination of )", "", item.long))
        known = list(dict.fromkeys(known))
    return tuple(known)


_DOSE_ONLY = re.compile(r"(?:\W|\d|\b(?:m?g|mcg|µg|kg|m?l|iu|k|and|to|per|day|d|units?)\b)*", re.I)


_DOSE_FIRST = re.compile(r"\d[\d.,]*\s*(?:m?g|mcg|µg|μg|m?l|iu)\b", re.I)


def _is_long_form(text: str) -> bool:
    """Whether a definition's long form is words in one line, not what a bracket cut off."""
    return len(text) > 3 and re.search(r"[\n()\[\]]|^\W|\b(?:and|or|the|in) \d", text) is None


def _same_short(short: str, name: str) -> bool:
    return is_abbreviation(name) and re.sub(r"\s", "", short) == re.sub(r"\s", "", name)


def _first_place(document: Document, names: tuple[str, ...]) -> Span | None:
    """Where an arm is first named in the title, the abstract or the labels of a table."""
    stretches = [
        Span(s.start, s.end)
        for s in document.sections
        if s.path[:1] in (("Title",), ("Abstract",)) and len(s.path) == 1
    ] or [Span(0, min(len(document.text), 3000))]
    for table in document.tables:
        stretches += [Span(c.start, c.end) for c in table.cells if c.header or c.column == 0]
    for stretch in stretches:
        text = document.text[stretch.start : stretch.end]
        found = [span for name in names for span in find_name(name, text)]
        if found:
            first = min(found)
            return Span(first.start + stretch.start, first.end + stretch.start)
    return None


def _report_name(document: Document, names: tuple[str, ...], place: Span) -> str:
    """The longest name in the report's own words, so that readers recognise the arm."""
    for name in sorted(names, key=lambda n: (is_abbreviation(n), -len(n))):
        found = find_name(name, document.text)
        if found and not is_abbreviation(name):
            return document.text[found[0].start : found[0].end]
    return document.text[place.start : place.end]


def _with_generic(document: Document, arms: list[TrialArm], control: Role) -> list[TrialArm]:
    """General names for the arms of a trial that has one of each role, or for an unnamed arm."""
    roles = Counter(arm.role for arm in arms)
    if any(count > 1 for count in roles.values()):
        return arms
    complete = list(arms)
    both: tuple[Role, ...] = ("intervention", "comparator")
    for role in both:
        named_like: Role = "comparator" if role == control else "intervention"
        present = [g for g in _GENERIC[named_like] if find_name(g, document.text)]
        # A treatment group and a placebo group are told apart by name where names are known.
        held = next((a for a in arms if a.role == role), None)
        if not present:
            continue
        if held is not None:
            complete[complete.index(held)] = replace(held, names=(*held.names, *present))
        else:
            place = min(s for g in present for s in find_name(g, document.text))
            name = document.text[place.start : place.end]
            complete.append(TrialArm(role, name, tuple(present), place, generic=True))
    if all(arm.generic for arm in complete) and len(complete) < 2:
        return arms
    return sorted(complete, key=lambda a: a.role != "intervention")


def mentions(text: str, arms: tuple[TrialArm, ...] | list[TrialArm]) -> list[Mention]:
    """Where the arms are named in a text; of overlapping names the longest counts.

    A short text is first compared with the headings that the tables give to the arms.
    """
    headed = _headed(text, arms)
    if headed is not None:
        return [headed]
    found = [
        Mention(arm, *span) for arm in arms for name in arm.names for span in find_name(name, text)
    ]
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (m.start - m.end, m.start)):
        over = [k for k in kept if k.start < mention.end and mention.start < k.end]
        if not over:
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


def _headed(text: str, arms: tuple[TrialArm, ...] | list[TrialArm]) -> Mention | None:
    if len(text) > 160 or not any(arm.headings for arm in arms):
        return None
    label = read_label(text)
    if label is None:
        return None
    for key in label.keys:
        found = [arm for arm in arms if key in _keys(arm.headings)]
        if len(found) == 1:
            return Mention(found[0], *label.span)
        if found:
            return None
    return None


@lru_cache(maxsize=1024)
def _keys(headings: tuple[str, ...]) -> tuple[Key, ...]:
    labels = (read_label(text) for text in headings)
    return tuple(label.key for label in labels if label is not None)


_PEOPLE = (
    r"(?:patients|participants|subjects|children|women|men|infants|people|individuals|adults|pts)"
)
_RANDOMISED = re.compile(r"\brandom|\ballocat|\bassign", re.I)
_LOST = re.compile(
    r"\blost\b|\bexclud|\bwithdr|\bdiscontinu|\bdied\b|\bdropp|\bdid not\b|\bper site", re.I
)
_N_AFTER = re.compile(
    rf"\W{{0,2}}(?:[\w-]+\s+)?(?:group|arm|treatment|therapy|regimen|{_PEOPLE})?\s*"
    r"[(\[,]?\s*n\s*=\s*(?P<n>\d{1,3}(?:,\d{3})+|\d+)", re.I,
)  # fmt: skip
_BRACKET_AFTER = re.compile(
    rf"\s*(?:group|arm)?\s*\(\s*(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+)\s*{_PEOPLE}?\s*\)", re.I
)
_N_BEFORE = re.compile(
    rf"(?<![\w.,/])(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+)\s+(?:\(\d+(?:\.\d+)?%\)\s+)?(?:{_PEOPLE}\s+)?"
    r"(?:were\s+|was\s+)?(?:randomly\s+)?(?:allocated|assigned|randomi[sz]ed|enrolled)?\s*"
    r"(?:to|into|in|received|receiving|with)?\s*(?:receive\s+|the\s+|an?\s+|treatment"
    r" with\s+)*$", re.I,
)  # fmt: skip
_BLOCK = re.compile(r"\b(?:blocks?|sizes?|ratio) of\s*$", re.I)
_NOT_PEOPLE = re.compile(
    r"\s*-?(?:m?g|mcg|µg|μg|m?l|iu|kg|%|mm|units?|weeks?|days?|months?|hours?|h|min)\b"
    r"|\s*(?:\w+\s+){0,2}(?:arms|groups|conditions|sessions|times|doses)\b", re.I,
)  # fmt: skip
_OF_TREATED = re.compile(
    rf"\b(?:of|all)\s+(?:the\s+)?(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+)\s+{_PEOPLE}\s+(?:were\s+)?"
    r"(?:treated with|receiving|who received|in|given)\s+(?:the\s+)?$", re.I,
)  # fmt: skip


def _sizes(document: Document, arms: list[TrialArm]) -> list[tuple[TrialArm, tuple[Size, ...]]]:
    found: dict[int, list[Size]] = {i: [] for i in range(len(arms))}
    places = {id(arm): i for i, arm in enumerate(arms)}
    for table in document.tables:
        for cell in table.cells:
            count = header_n(cell.text)
            named = {id(m.arm) for m in mentions(cell.text, arms)} if count else set()
            if count and len(named) == 1:
                found[places[named.pop()]].append(Size(count, "table", cell.start, cell.end))
    inside = _table_spans(document.tables)
    flat = flatten(document.text)
    for mention in mentions(document.text, arms):
        if not any(s.start <= mention.start < s.end for s in inside):
            found[places[id(mention.arm)]] += _sizes_at(document, flat, mention)
    return [(arm, tuple(dict.fromkeys(_uncrossed(found, i)))) for i, arm in enumerate(arms)]


def _uncrossed(found: dict[int, list[Size]], arm: int) -> list[Size]:
    """An arm's sizes without those that a sentence mixed up with another arm's.

    Crossed: the tables give the sentence's number to the other arm, and the other arm's to this.
    """

    def counts(which: int, *, in_tables: bool) -> set[int]:
        return {s.count for s in found[which] if (s.source == "table") == in_tables}

    own = counts(arm, in_tables=True)
    crossed = {
        count
        for other in found
        if other != arm and counts(other, in_tables=False) & own - counts(other, in_tables=True)
        for count in counts(other, in_tables=True) - own
    }
    return [s for s in found[arm] if s.source == "table" or s.count not in crossed]


def _table_spans(tables: tuple[Table, ...]) -> list[Span]:
    return [Span(t.start, t.end) for t in tables]


_NOT_THIS_TRIAL = re.compile(
    r"introduction|background|discussion|sample size|statistic|power", re.I
)


def _sizes_at(document: Document, text: str, mention: Mention) -> list[Size]:
    path = " ".join(document.section_at(mention.start))
    if not document.sections or not _NOT_THIS_TRIAL.search(path) or path.startswith("Abstract"):
        low, high = max(0, mention.start - 240), min(len(text), mention.end + 160)
        span = next(
            (s for s in sentences(text, low, high) if s.start <= mention.start < s.end), None
        )
        if span is not None:
            return _sizes_in(text, span, mention)
    return []


def _sizes_in(text: str, sentence: Span, mention: Mention) -> list[Size]:
    whole = text[sentence.start : sentence.end]
    randomised = bool(_RANDOMISED.search(whole)) and not _LOST.search(whole)
    source: Literal["randomised", "treated"] = "randomised" if randomised else "treated"
    after = _N_AFTER.match(text, mention.end, sentence.end)
    if after:
        return [_size(after, source)]
    before = _OF_TREATED.search(text, sentence.start, mention.start)
    if before:
        return [_size(before, "treated")]
    if not randomised:
        return []
    found = _BRACKET_AFTER.match(text, mention.end, sentence.end) or _N_BEFORE.search(
        text, sentence.start, mention.start
    )
    if found and _BLOCK.search(text, sentence.start, found.start()):
        return []
    if found and _NOT_PEOPLE.match(text, found.end("n")):
        return []
    return [_size(found, "randomised")] if found else []


def _size(m: re.Match[str], source: Literal["randomised", "treated"]) -> Size:
    return Size(int(m["n"].replace(",", "")), source, m.start("n"), m.end("n"))


def as_arm(document: Document, arm: TrialArm) -> Arm:
    """The arm as the log holds it, with the quotes of its name and its size."""
    spans = [arm.place]
    size = arm.size
    if size is not None:
        spans.append(Span(size.start, size.end))
    return Arm(
        name=arm.name,
        abbreviations=tuple(n for n in arm.names if is_abbreviation(n) and _stands(document, n)),
        role=arm.role,
        size=size.count if size else None,
        quotes=tuple(document.quote(*_line(document.text, s)) for s in spans),
    )


def _stands(document: Document, name: str) -> bool:
    return bool(find_name(name, document.text))


def _line(text: str, span: Span) -> Span:
    """The sentence around a span, so that a number is quoted with its words."""
    low = max(text.rfind("\n", 0, span.start) + 1, span.start - 300)
    high = text.find("\n", span.end)
    high = min(len(text) if high < 0 else high, span.end + 300)
    for sentence in sentences(text, low, high):
        if sentence.start <= span.start and span.end <= sentence.end:
            return sentence
    return span
