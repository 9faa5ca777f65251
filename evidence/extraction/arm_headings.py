"""Which headings of an article's tables name which arm of the question."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.extraction.abbreviations import Abbreviation, written_out
from evidence.extraction.arm_concepts import (
    ArmConcept,
    agreement,
    arm_concept,
    initials,
    other_dose,
    tokens,
)
from evidence.extraction.arm_definitions import definition_votes
from evidence.extraction.arm_groups import Group, Heads, collect_heads, is_code, is_group, place_of
from evidence.extraction.arm_labels import PLAIN, Key
from evidence.extraction.arm_roles import against_role, by_elimination, by_negation, by_role
from evidence.extraction.wording import Span, stem, words
from indexers.records import Document


class Heading(NamedTuple):
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
    heads = collect_heads(document)
    found = _assigned(document, heads, texts, roles, definitions)
    if len({roles[h.arm] for h in found}) == 2 or len(texts) <= 2 or len(set(roles)) < 2:
        return found
    # In a trial of two arms, `A or B` of a question may be one arm.
    firsts = [roles.index("intervention"), roles.index("comparator")]
    joined = [
        "; ".join(t for t, r in zip(texts, roles, strict=True) if r == roles[i]) for i in firsts
    ]
    merged = _assigned(document, heads, joined, [roles[i] for i in firsts], definitions)
    return [h._replace(arm=firsts[h.arm]) for h in merged] or found


def _assigned(
    document: Document,
    heads: Heads,
    texts: list[str],
    roles: list[str],
    definitions: tuple[Abbreviation, ...],
) -> list[Heading]:
    concepts = [arm_concept(text, definitions) for text in texts]
    given: dict[Key, tuple[int, str]] = {}
    for key in heads.groups:
        facing = frozenset[str]().union(
            *(tokens(heads.groups[k].text) for line in heads.beside if key in line for k in line
              if k != key)
        )  # fmt: skip
        found = _by_words(
            heads.groups[key], _wordings(key, heads, definitions), concepts, definitions, facing
        )
        if found is not None:
            given[key] = (found, "words")
    _drop_rivals(given, heads, concepts)
    _by_definition(given, heads, concepts, document)
    by_negation(given, heads, roles)
    by_role(given, heads, concepts, roles)
    by_elimination(given, heads, concepts, roles, document)
    _drop_rivals(given, heads, concepts)
    return [
        Heading(arm, heads.groups[key].text, place_of(heads.groups[key]), reason)
        for key, (arm, reason) in given.items()
        if _usable(key, given, heads, roles)
    ]


def _wordings(
    key: Key, heads: Heads, definitions: tuple[Abbreviation, ...]
) -> list[frozenset[str]]:
    """The words of a label: as it stands, with abbreviations written out, without common words.

    What all labels beside each other say tells none of them (`continuous half time` beside
    `divided half time`).
    """
    group = heads.groups[key]
    ways = [tokens(group.text), *(tokens(" ".join(k)) for k in (key, *group.asides))]
    ways += [tokens(text) for text in written_out(group.text, definitions)]
    for line in heads.beside:
        if key in line and len(line) > 1:
            common = frozenset.intersection(*(tokens(heads.groups[k].text) for k in line))
            ways += [ways[0] - common] if common and ways[0] - common else []
    return ways


def _by_words(
    group: Group,
    ways: list[frozenset[str]],
    concepts: list[ArmConcept],
    definitions: tuple[Abbreviation, ...],
    facing: frozenset[str],
) -> int | None:
    """The arm whose own words the label says, when no other arm comes near."""
    scores = []
    for i, concept in enumerate(concepts):
        others = [c for j, c in enumerate(concepts) if j != i]
        score = max(agreement(way, concept, others, facing - way) for way in ways)
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
            fullest = _fullest(rivals, heads, concept)
            kept = fullest or (exact if len(exact) == 1 else [])
            dropped |= dict.fromkeys(k for k in rivals if k not in kept)
    for key in dropped:
        del given[key]


def _fullest(rivals: list[Key], heads: Heads, concept: ArmConcept) -> list[Key]:
    """The one label that says more of the arm than its rivals, and nothing that the arm lacks."""
    said = {k: tokens(heads.groups[k].text) & concept.tokens for k in rivals}
    asked = {stem(w.folded) for w in words(concept.text)} | concept.tokens
    foreign = {
        k for k in rivals
        if any(stem(w.folded) not in asked | PLAIN for w in words(heads.groups[k].text))
    }  # fmt: skip
    return [
        k for k in rivals
        if k not in foreign and all(o in foreign or said[o] < said[k] for o in rivals if o != k)
    ]  # fmt: skip


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
        plain &= not against_role(heads.groups[key], arm, concepts)
        plain &= not other_dose(said, concepts[arm])
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


def _usable(key: Key, given: dict[Key, tuple[int, str]], heads: Heads, roles: list[str]) -> bool:
    """Whether the label stands as an arm: beside the other arm, or marked as a group."""
    group = heads.groups[key]
    role = roles[given[key][0]]
    lines = [line for line in (*heads.beside, *heads.rows) if key in line]
    facing = any(k in given and roles[given[k][0]] != role for line in lines for k in line)
    return facing or (group.in_columns and (group.marked or group.listed))
