"""Headings that name an arm by what stands beside them: a control, a negation, the one left."""

from __future__ import annotations

from evidence.extraction.arm_concepts import (
    ArmConcept,
    conflicts,
    negates,
    sort_of_control,
    tokens,
)
from evidence.extraction.arm_groups import Group, Heads, is_group
from evidence.extraction.arm_labels import Key
from indexers.records import Document


def by_negation(given: dict[Key, tuple[int, str]], heads: Heads, roles: list[str]) -> None:
    """`Health` beside `non health`: where one is an arm, the other one is the other arm."""
    if sorted(roles) != ["comparator", "intervention"]:
        return
    said = {key: tokens(group.text) for key, group in heads.groups.items()}
    for line in heads.beside:
        arms = {k: given[k][0] for k in line if k in given}
        if len(set(arms.values())) != 1:
            continue
        for key, arm in arms.items():
            for other in line:
                facing = negates(said[key], said[other]) or negates(said[other], said[key])
                if other not in given and facing:
                    given[other] = (1 - arm, "negation")


def by_role(
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
                sum(_may_be(heads.groups[k], kind, concepts[arm]) for k in line) == 1
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


def _may_be(group: Group, kind: str, concept: ArmConcept) -> bool:
    """Whether a label is of a kind; a placebo is none where the question names another control."""
    said, asked = sort_of_control(group.text), concept.sort_of_control
    other_sort = said in ("placebo", "sham") and asked not in (None, said, "control")
    return group.label.kind == kind and not other_sort


def against_role(group: Group, arm: int, concepts: list[ArmConcept]) -> bool:
    """Whether a label calls control what is none in the question, or the question's control not."""
    others = {c.control_like for i, c in enumerate(concepts) if i != arm}
    if group.label.kind == "control":
        return True in others and not concepts[arm].control_like
    return group.label.kind == "intervention" and False in others and concepts[arm].control_like


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


def by_elimination(
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
            group = heads.groups[key]
            negated = negates(tokens(group.text), tokens(heads.groups[other].text))
            if key not in given and other in given and (negated or is_group(group, document)):
                found.setdefault(key, set()).add(1 - given[other][0])
    for key, arms in found.items():
        arm = min(arms)
        lines = [line for line in heads.beside if key in line]
        clash = any(given.get(k, (None,))[0] == arm for line in lines for k in line)
        own = tokens(heads.groups[key].text)
        facing = [tokens(heads.groups[k].text) for line in lines for k in line if k != key]
        clash |= conflicts(own, concepts[arm]) and not any(negates(own, said) for said in facing)
        kind = heads.groups[key].label.kind
        clash |= against_role(heads.groups[key], arm, concepts)
        clash |= not _fits(heads.groups[key], concepts[arm], kind, crowded=False)
        if len(arms) == 1 and not clash and all(len(line) <= 2 for line in lines):
            given[key] = (arm, "elimination")
