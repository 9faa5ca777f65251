"""Where a sentence names the arms: in full, by a table's label, or by words that tell them apart.

Running text is shorter than the question: `the valerian group`, `with tranexamic acid`, `controls`.
A short name counts only where it fits one arm and none of the others; a group that fits no arm is
kept as one that the question does not ask for, so that its numbers go to nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from evidence.extraction.arm_concepts import tokens, weight
from evidence.extraction.arm_labels import PLAIN, kind_of
from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.wording import Span, find_name, flatten, stem, words
from indexers.records import Document

_MORE_GROUPS = re.compile(
    r"(?<![\w-])(?:three|four|five|six|seven|eight|[3-8])[- ](?:\w+ ){0,2}(?:groups|arms)\b"
    r"|\b(?:three|four|five|six|[3-6])-(?:arm|group)\b|\bfactorial (?:design|trial|RCT|randomi)"
    r"|\b[Gg]roup (?:C|D|3|4|III|IV)\b|\b(?:third|fourth) (?:group|arm)\b"
)
_NOT_DESIGN = re.compile(r"introduction|background|discussion|conclusion|reference", re.I)
_GROUP = re.compile(
    r"(?<![\w-])(?P<first>[\w.+%/-]+(?: [\w.+%/-]+){0,2}?) (?:and|or|versus|vs\.?) (?:the |to )?"
    r"(?P<label>[\w.+%/-]+(?: [\w.+%/-]+){0,2}?)[ -](?:groups|arms|group|arm|patients|participants"
    r"|subjects|recipients|children|women|infants)\b"
)
_ONE_GROUP = re.compile(
    r"(?P<label>(?<![\w-])[^\W_][\w.+%/-]*(?: [\w.+%/-]+){0,3}?)[ -](?P<noun>groups?|arms?|patients"
    r"|participants|subjects|recipients|children|women|infants|cohort)\b(?P<code> [A-H\d]\b)?"
)
_CODE = re.compile(r"\b(?:[Gg]roup|[Aa]rm) (?P<code>[A-Z\d][\w+.]{0,5}|I{1,3}|IV)(?![\w-])")
_CONTROLS = re.compile(
    r"\b(?:control(?:s|led patients)|control (?:subjects|children|women))\b", re.I
)
_ACTIVE = re.compile(
    r"\bactive (?:treatment|drug|agent|intervention)\b"
    r"|\b(?<=in the )intervention\b(?!\s+(?:period|phase|site|commun|and control|group|arm))", re.I,
)  # fmt: skip
_NO_LABEL = re.compile(
    r"(?:the|a|an|of|in|both|two|all|each|either|these|those|per|between|study|same|other|trial|"
    r"this|among|number|total|more|most|fewer|many|some|no|with|for|that|than|on|across|between|"
    r"treatment|within|by|\d.*|included|eligible|adult|percent|respective|\w+ed|one|three|four"
    r"|five|six|seven|eight|nine|ten|only|and|or|female|male|older|younger|elderly|pregnant|"
    r"rate|rates|proportion|percentage|different|remaining|were|was|versus|vs\.?|from|to)$", re.I,
)  # fmt: skip
_BEFORE = re.compile(
    r"(?:^|[(\[:;,]|\b(?:with|on|in|under|received?|receiving|given|taking|than|vs\.?|versus|to|and"
    r"|for|after|by|using|between|the|of|against|while|whereas|or|was|were|that))\s*(?:\d[\w.]*\s*(?:m?g|%|"
    r"mcg|ml|iu)\b\s*)?$", re.I,
)  # fmt: skip
_GENERAL = re.compile(
    r"\b(?:intervention|experimental|control|comparison|placebo) (?:group|arm|condition)$"
)


# `ePaper Solo condition` is one of several conditions with ePaper.
_GOES_ON = re.compile(r"\s[A-Z][a-z]+ (?:condition|group|arm)\b")


class Named(NamedTuple):
    """A place where a sentence names a group; `arm` is None for one that was not asked for."""

    arm: TrialArm | None
    start: int
    end: int


@dataclass(frozen=True)
class ArmNames:
    """What the arms of a question are called in running text.

    `telling` are the stems that one arm's names have and no other's; `control` and `active` the
    arms that general names mean, None where they could mean another.
    """

    arms: tuple[TrialArm, ...]
    telling: tuple[frozenset[str], ...]
    several: bool
    control: TrialArm | None
    active: TrialArm | None
    title: frozenset[str]


def arm_names(document: Document, arms: tuple[TrialArm, ...]) -> ArmNames:
    """The names of the arms for one article."""
    own = [_own_words(arm) for arm in arms]
    telling = []
    for i, words_of_arm in enumerate(own):
        others = frozenset[str]().union(*(o for j, o in enumerate(own) if j != i))
        telling.append(words_of_arm - others)
    several = len(arms) != 2 or any(
        not _NOT_DESIGN.match(" ".join(document.section_at(m.start())[:1]).strip("0123456789. "))
        for m in _MORE_GROUPS.finditer(document.text)
    )
    control, active = _general(arms, telling)
    title = next((s for s in document.sections if s.path == ("Title",)), None)
    named = tokens(document.text[title.start : title.end]) if title else frozenset[str]()
    # Among three groups and more, `the treatment group` could be another one.
    return ArmNames(
        arms, tuple(telling), several, control, None if several else active, named
    )  # fmt: skip


def _own_words(arm: TrialArm) -> frozenset[str]:
    names = [n for n in arm.names if not _GENERAL.search(n.lower())]
    return frozenset[str]().union(*(tokens(n) for n in names))


_CONTROL_WORD = re.compile(
    r"(?:placebo|sham|control|usual|wait|waitlist|untreat|standard|convent|routin|alon|only|saline|no"
    r"|without|vehicl)\w{0,2}"
)


def _general(
    arms: tuple[TrialArm, ...], telling: list[frozenset[str]]
) -> tuple[TrialArm | None, TrialArm | None]:
    """The arms that `controls` and `the treatment group` mean, where nothing contradicts it."""
    if sorted(a.role for a in arms) != ["comparator", "intervention"]:
        return None, None
    called = [any(_says_control(n) for n in (*a.names, *a.headings)) for a in arms]
    worded = [any(_CONTROL_WORD.fullmatch(t) for t in found) for found in telling]
    if called[0] == called[1]:
        called = worded
    if called[0] == called[1] or (worded[0] != worded[1] and worded != called):
        return None, None
    i = called.index(True)
    return arms[i], arms[1 - i]


def _says_control(name: str) -> bool:
    found = tuple(stem(w.folded) for w in words(name) if stem(w.folded) not in PLAIN)
    return kind_of(found) == "control"


def named_in(text: str, names: ArmNames) -> tuple[Named, ...]:
    """Where a text names groups, in order; of overlapping names the longest counts."""
    flat = flatten(text)
    found = [*_in_full(text, names), *_by_code(flat, names), *_by_group(flat, names)]
    found += _by_telling_words(flat, names)
    if names.control is not None:
        found += [Named(names.control, *m.span()) for m in _CONTROLS.finditer(flat)]
    if names.active is not None:
        found += [Named(names.active, *m.span()) for m in _ACTIVE.finditer(flat)]
    kept: list[Named] = []
    for name in sorted(found, key=lambda n: (n.arm is None, n.start - n.end, n.start)):
        if not any(k.start < name.end and name.start < k.end for k in kept):
            kept.append(name)
    return tuple(sorted(kept, key=lambda n: n.start))


def _in_full(text: str, names: ArmNames) -> list[Named]:
    found = []
    for arm in names.arms:
        for name in arm.names:
            general = _GENERAL.search(name.lower())
            if (
                general
                and not name.lower().startswith("placebo")
                and arm not in (names.control if _says_control(name) else names.active,)
            ):
                continue
            found += [
                Named(arm, *span) for span in find_name(name, text)
                if not _GOES_ON.match(text, span.end)
            ]  # fmt: skip
        for label in () if names.several else arm.headings:
            if kind_of(tuple(stem(w.folded) for w in words(label))) == "own" and len(label) > 3:
                found += [
                    Named(arm, *span) for span in find_name(label, text)
                    if _BEFORE.search(flatten(text), 0, span.start)
                ]  # fmt: skip
    return found


def _by_code(flat: str, names: ArmNames) -> list[Named]:
    """`group A`, `TOS group`: the labels of the article's tables, and groups of other letters."""
    found: list[Named] = []
    for m in _CODE.finditer(flat):
        holders = [arm for arm in names.arms if _bears(arm, m["code"])]
        known = holders[0] if len(holders) == 1 else None
        if known is not None or re.fullmatch(r"[A-H]|\d|I{1,3}|IV|[A-Z]+\d*", m["code"]):
            found.append(Named(known, *m.span()))
    for arm in names.arms:
        for label in arm.headings:
            bare = re.sub(r"(?i)\b(?:groups?|arms?)\b", "", flatten(label)).strip(" :-")
            if len(bare) < 2 or not bare.isupper() or sum(_bears(a, bare) for a in names.arms) != 1:
                continue
            pattern = rf"(?<![\w-]){re.escape(bare)}(?![\w-])(?: (?:groups?|arms?)\b)?"
            found += [Named(arm, *m.span()) for m in re.finditer(pattern, flat)]
    return found


def _bears(arm: TrialArm, code: str) -> bool:
    wanted = re.compile(
        rf"\W*(?:(?:group|arm)s?\W+)?{re.escape(code)}(?:\W+(?:group|arm)s?)?\W*", re.I
    )
    named = re.compile(rf"(?:group|arm)s? {re.escape(code)}(?!\w)", re.I)
    return any(wanted.fullmatch(flatten(h)) for h in arm.headings) or any(
        named.match(flatten(n)) for n in (*arm.names, *arm.headings)
    )


def _by_group(flat: str, names: ArmNames) -> list[Named]:
    """`the valerian group`, `intervention and control arms`; also groups that are no arm."""
    found = []
    for m in _GROUP.finditer(flat):
        first, label = _bare(m["first"]), _bare(m["label"])
        pair = [_arm_of(first, names), _arm_of(label, names)]
        if pair[0] is not None and pair[1] is not None and pair[0] is not pair[1]:
            found.append(Named(pair[0], m.end("first") - len(first), m.end("first")))
            found.append(Named(pair[1], m.end("label") - len(label), m.end()))
    for m in _ONE_GROUP.finditer(flat):
        own_words = _bare(m["label"]).split()
        plural = m["noun"] in ("groups", "arms")
        for size in range(len(own_words), 0, -1):
            own = " ".join(own_words[-size:])
            arm = None if plural else _arm_of(own, names)
            if arm is not None:
                found.append(Named(arm, m.end("label") - len(own), m.end()))
                break
        else:
            if m["noun"] in ("group", "arm") and own_words and not _NO_LABEL.match(own_words[-1]):
                found.append(Named(None, m.end("label") - len(own_words[-1]), m.end()))
    return found


def _bare(label: str) -> str:
    """A label without the words that lead to it: `between the intervention`."""
    kept = label.split()
    while kept and (_NO_LABEL.match(kept[0]) or not any(c.isalpha() for c in kept[0])):
        if kept[0].lower() in ("no", "treatment", "study", "trial"):
            break
        kept.pop(0)
    return " ".join(kept)


def _arm_of(label: str, names: ArmNames) -> TrialArm | None:
    """The one arm whose telling words a label has; every word that tells something must fit."""
    if not label:
        return None
    found = tuple(stem(w.folded) for w in words(label) if stem(w.folded) not in PLAIN)
    kind = kind_of(found)
    said = tokens(label)
    for arm, telling in zip(names.arms, names.telling, strict=True):
        if not said or not said <= telling or sum(weight(t) for t in said) < 0.9:
            continue
        whole = [telling, *(tokens(n) for n in (*arm.names, *arm.headings))]
        if not names.several or said in whole:
            return arm
    for arm in names.arms:
        if said and kind == "own" and any(said == tokens(h) for h in arm.headings):
            return arm
    if re.search(r"\b(?:and|or|versus|vs)\b", label):
        return None
    if kind == "control":
        return names.control
    return names.active if kind == "intervention" else None


def _by_telling_words(flat: str, names: ArmNames) -> list[Named]:
    """Bare telling words behind `with`, `than`, a bracket: `(29% with valerian vs 21%)`."""
    if names.several:
        return []
    found = []
    listed = words(flat)
    for arm, telling in zip(names.arms, names.telling, strict=True):
        total = sum(weight(t) for t in telling)
        at = 0
        while at < len(listed):
            end = at
            while end < len(listed) and stem(listed[end].folded) in telling:
                end += 1
            run = listed[at:end]
            said = frozenset(stem(w.folded) for w in run)
            told = sum(weight(t) for t in said)
            rare = any(
                weight(t) == 1 and (not t.isalpha() or (len(t) >= 6 and t in names.title))
                for t in said
            )
            if run and told >= 0.9 and (told >= 0.5 * total or rare):
                span = Span(run[0].start, run[-1].end)
                goes_on = re.match(r"-?\w|\s[A-Z][a-z]", flat[span.end :])
                if _BEFORE.search(flat, 0, span.start) and not goes_on:
                    found.append(Named(arm, *span))
            at = max(end, at + 1)
    return found
