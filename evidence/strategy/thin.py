"""Concepts that a draft leaves with the question's own words alone."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.strategy.types import Strategy
from indexers.mesh import Mesh, plain_words, shipped_mesh

_MOST_SHOWN = 5
_MOST_WORDS = 2  # of a heading that is shown: longer ones are about something narrower


def thin_concepts(strategy: Strategy, mesh: Mesh | None = None) -> Iterator[str]:
    """Of each concept without a heading and without synonyms: what a person should add.

    Args:
        strategy: A draft.
        mesh: Names headings that begin with a concept's first word; the shipped table unless given.
    """
    for concept in strategy.concepts:
        if any(term.field == "mesh" or term.source != "question" for term in concept.terms):
            continue
        found = _headings(concept.name, mesh or shipped_mesh())
        shown = f"; look at the headings {', '.join(found)}" if found else ""
        yield (
            f"the concept {concept.name!r} has no heading and no synonym, since no vocabulary here "
            f"holds that name; add them, or records are lost{shown}"
        )


def _headings(name: str, mesh: Mesh) -> list[str]:
    first = plain_words(name).split()[:1]
    found = [
        descriptor.name
        for descriptor in mesh.descriptors()
        if plain_words(descriptor.name).split()[:1] == first
        and len(descriptor.name.split()) <= _MOST_WORDS
    ]
    return sorted(found, key=lambda found: (len(found.split()), found))[:_MOST_SHOWN]
