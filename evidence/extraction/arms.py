"""The arms of a trial that a question asks for, found by name, abbreviation and heading."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Literal

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.arm_alternatives import Asked, asked_arms
from evidence.extraction.arm_concepts import control_like
from evidence.extraction.arm_headings import Heading, arm_headings
from evidence.extraction.arm_labels import read_label
from evidence.extraction.arm_mentions import Role, TrialArm
from evidence.extraction.arm_sizes import with_sizes
from evidence.extraction.wording import (
    Span,
    find_name,
    flatten,
    is_abbreviation,
    same_wording,
    sentences,
)
from evidence.judgements import Arm
from evidence.question import Pico
from indexers.records import Document

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


def find_arms(
    document: Document, pico: Pico, definitions: tuple[Abbreviation, ...]
) -> tuple[TrialArm, ...]:
    """The arms that the question asks for and the report has, intervention first.

    An alternative of the question is an arm of the trial when the title, the abstract or the
    labels of a table name it; what only the introduction speaks of is none.
    """
    asked = asked_arms(pico)
    roles = [a.role for a in asked]
    headings = arm_headings(document, [a.text for a in asked], list(roles), definitions)
    names = [(*_widened(a.names, definitions), *_codes(document, a.names)) for a in asked]
    widened = _apart([tuple(dict.fromkeys(own)) for own in names], roles)
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
    return with_sizes(document, arms)


def _control_role(asked: list[Asked], headings: list[Heading]) -> Role:
    """The role of the arm that the article calls its control; a question may ask for it first."""
    for heading in headings:
        label = read_label(heading.text)
        if label is not None and label.kind != "own":
            role = asked[heading.arm].role
            other: Role = "comparator" if role == "intervention" else "intervention"
            return role if label.kind == "control" else other
    like = {
        role: all(control_like(a.text) for a in asked if a.role == role)
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


_LONGEST_LABEL = 60
_CODE = r"[A-Z][A-Z0-9]{1,6}"
_CODE_BEHIND = re.compile(rf"\s*\(({_CODE})\)")


def _codes(document: Document, names: tuple[str, ...]) -> list[str]:
    """The article's codes for a name: `Seoul tap water (SS)`, `SE loading`.

    A code counts only where a heading or a label of a table has it.
    """
    flat = flatten(document.text)
    codes = [m.group(1) for n in names if (m := re.fullmatch(rf"({_CODE})\s+[a-z]+", n))]
    for name in names:
        if is_abbreviation(name):
            continue
        for place in find_name(name, document.text):
            m = _CODE_BEHIND.match(flat, place.end)
            if m is not None:
                codes.append(m.group(1))
    if not codes:
        return []
    heads = [c.text for t in document.tables for c in t.cells if c.header or c.column <= 1]
    labels = {word for text in heads if len(text) < _LONGEST_LABEL
              for word in re.findall(rf"(?<![\w-]){_CODE}(?![\w+-])", flatten(text))}  # fmt: skip
    return [code for code in codes if code in labels]


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
