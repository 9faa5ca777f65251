"""Which headings of an article's tables name which arm of the question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.arm_concepts import (
    ArmConcept,
    agreement,
    arm_concept,
    conflicts,
    initials,
    sort_of_control,
    tokens,
)
from evidence.extraction.arm_definitions import definition_votes
from evidence.extraction.arm_groups import Group, Heads, collect_heads, is_code, is_group, place_of
from evidence.extraction.arm_labels import Key
from evidence.extraction.wording import Span
from indexers.records import Document


@dataclass(frozen=True)
class Heading:
    """A heading given to an arm of the question, by the arm's index."""

    arm: int
    text: str
    place: Span
    reason: str


def arm_headings(
    document: Document,
    texts: list[str],
    roles: list[str],
    definitions: tuple[Abbreviation, ...],
) -> list[Heading]:
    """Give the headings of the result tables to the arms that the question names.

    Args:
        document: the article.
        texts: the question's wordings, one per arm.
        roles: `intervention` or `comparator`, one per wording.
        definitions: the abbreviations that the article defines.

    Returns:
        The headings that name one arm and no other; a heading that could be either is left out.
    """
    concepts = [arm_concept(text, definitions) for text in texts]
    heads = collect_heads(document)
    given: dict[Key, tuple[int, str]] = {}
    for key in heads.groups:
        found = _by_words(heads.groups[key], concepts, definitions)
        if found is not None:
            given[key] = (found, "words")
    _drop_rivals(given, heads, concepts)
    _by_definition(given, heads, concepts, document)
    _by_role(given, heads, concepts, roles)
    _by_elimination(given, heads, concepts, roles, document)
    return [
        Heading(arm, heads.groups[key].text, place_of(heads.groups[key]), reason)
        for key, (arm, reason) in given.items()
        if _usable(key, given, heads, roles)
    ]


def _by_words(
    group: Group, concepts: list[ArmConcept], definitions: tuple[Abbreviation, ...]
) -> int | None:
    """The arm whose own words the label says, when no other arm comes near."""
    scores = []
    for i, concept in enumerate(concepts):
        others = [c for j, c in enumerate(concepts) if j != i]
        ways = [tokens(group.text), *(tokens(" ".join(k)) for k in group.label.keys)]
        ways += [tokens(d.long) for d in definitions if d.short == group.text]
        score = max(agreement(way, concept, others) for way in ways)
        bare = re.sub(r"(?i)\b(?:groups?|arms?)\b", "", group.text).strip()
        alone = initials(bare, concept) and not any(initials(bare, o) for o in others)
        defined = any(d.short == bare for d in definitions)
        scores.append(max(score, 0.8 if alone and group.in_columns and not defined else 0.0))
    best = max(scores)
    second = sorted(scores)[-2] if len(scores) > 1 else 0.0
    floor = 0.4 if group.in_columns else 0.95
    return scores.index(best) if best >= floor and second <= 0.5 * best else None


def _drop_rivals(
    given: dict[Key, tuple[int, str]], heads: Heads, concepts: list[ArmConcept]
) -> None:
    """Of two different labels in one head that claim an arm, the fuller one, else none."""
    dropped: dict[Key, None] = {}
    for line in heads.beside:
        for arm, concept in enumerate(concepts):
            rivals = [k for k in line if given.get(k, (None,))[0] == arm]
            if len(rivals) < 2:
                continue
            exact = [k for k in rivals if tokens(heads.groups[k].text) in concept.full]
            kept = exact if len(exact) == 1 else []
            dropped |= dict.fromkeys(k for k in rivals if k not in kept)
    for key in dropped:
        del given[key]


def _by_definition(
    given: dict[Key, tuple[int, str]], heads: Heads, concepts: list[ArmConcept], document: Document
) -> None:
    """The arm that the article describes under a label (`Group A received ...`)."""
    if len(concepts) < 2:
        return
    names = tuple(g.text for g in heads.groups.values() if g.in_columns)
    votes = {
        key: definition_votes(document, group.text, names, concepts)
        for key, group in heads.groups.items()
        if key not in given and (group.marked or group.in_columns)
    }
    found: dict[Key, int] = {}
    for key, counts in votes.items():
        best = max(counts)
        said = tokens(heads.groups[key].text)
        holders = [i for i, c in enumerate(concepts) if said & c.tokens]
        arm = counts.index(best)
        named = any(i == arm and heads.groups[k].in_columns for k, (i, _) in given.items())
        code = is_code(heads.groups[key]) and is_group(heads.groups[key], document)
        plain = code or (heads.groups[key].marked and not named)
        clear = best >= 1.0 and sorted(counts)[-2] <= 0.4 * best
        if clear and plain and holders in ([], [arm]):
            found[key] = arm
    for key, arm in found.items():
        # Beside a label that names the arm, or is described as it too, a description says little.
        rivals = [
            k
            for line in heads.beside
            if key in line
            for k in line
            if k != key
            and (given.get(k, (None,))[0] == arm or votes.get(k, [0.0] * len(concepts))[arm]
                 > 0.5 * votes[key][arm])
        ]  # fmt: skip
        if not rivals:
            given[key] = (arm, "definition")


def _by_role(
    given: dict[Key, tuple[int, str]], heads: Heads, concepts: list[ArmConcept], roles: list[str]
) -> None:
    """General labels (`Control`, `Intervention`) as a default where nothing speaks against it."""
    if sorted(roles) != ["comparator", "intervention"]:
        return
    like = [c.control_like for c in concepts]
    if all(like):
        return
    control = roles.index("comparator") if like[0] == like[1] else like.index(True)
    lines = [*heads.beside, *heads.rows]
    for kind, arm in (("control", control), ("intervention", 1 - control)):
        for key, group in heads.groups.items():
            if key in given or group.label.kind != kind:
                continue
            at = [line for line in lines if key in line]
            alone = all(
                sum(heads.groups[k].label.kind == kind for k in line) == 1
                and not any(given.get(k, (None,))[0] == arm for k in line)
                for line in at
            )
            # Where the question does not say that it has a control, both labels must be there.
            paired = any(
                any(_opposite(heads.groups[k].label.kind, kind) or given.get(k, (None,))[0]
                    == 1 - arm for k in line) for line in at
            )  # fmt: skip
            crowded = any(len(line) > 2 for line in at if line in heads.beside)
            sure = like[control] and kind == "control" and group.in_columns
            if alone and (paired or sure) and _fits(group, concepts[arm], kind, crowded=crowded):
                given[key] = (arm, "role")


def _opposite(kind: str, other: str) -> bool:
    return {kind, other} == {"control", "intervention"}


def _fits(group: Group, concept: ArmConcept, kind: str, *, crowded: bool) -> bool:
    """Whether a control of a certain sort (`Placebo`) is the sort that the question names.

    Among three groups and more, the question has to say that it asks for the control.
    """
    if kind != "control":
        return not crowded
    said, asked = sort_of_control(group.text), concept.sort_of_control
    if crowded:
        return asked is not None and (said in (asked, "control") or asked == "control")
    return said in (None, "control", asked) or asked in (None, "control")


def _by_elimination(
    given: dict[Key, tuple[int, str]],
    heads: Heads,
    concepts: list[ArmConcept],
    roles: list[str],
    document: Document,
) -> None:
    """The other of exactly two groups beside each other, where one has been given."""
    if sorted(roles) != ["comparator", "intervention"]:
        return
    found: dict[Key, set[int]] = {}
    for line in heads.beside:
        if len(line) != 2:
            continue
        for key, other in (line, line[::-1]):
            if key not in given and other in given and is_group(heads.groups[key], document):
                found.setdefault(key, set()).add(1 - given[other][0])
    for key, arms in found.items():
        arm = min(arms)
        lines = [line for line in heads.beside if key in line]
        clash = any(given.get(k, (None,))[0] == arm for line in lines for k in line)
        clash |= conflicts(tokens(heads.groups[key].text), concepts[arm])
        kind = heads.groups[key].label.kind
        clash |= not _fits(heads.groups[key], concepts[arm], kind, crowded=False)
        if len(arms) == 1 and not clash and all(len(line) == 2 for line in lines):
            given[key] = (arm, "elimination")


def _usable(key: Key, given: dict[Key, tuple[int, str]], heads: Heads, roles: list[str]) -> bool:
    """Whether the label stands as an arm: beside the other arm, or marked as a group."""
    group = heads.groups[key]
    role = roles[given[key][0]]
    lines = [line for line in (*heads.beside, *heads.rows) if key in line]
    facing = any(k in given and roles[given[k][0]] != role for line in lines for k in line)
    return facing or (group.in_columns and group.marked)
