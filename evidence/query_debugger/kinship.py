"""How near terms stand to each other in MeSH."""

from __future__ import annotations

from evidence.query_debugger.coverage import covers
from indexers.mesh import Descriptor, Mesh
from retrievers.boolean.tree import MeshHeading, Query, SearchStrategy, Term, nodes


class Kinship:
    """Compares new terms with those of a strategy.

    Args:
        strategy: Its terms.
        mesh: Tells which heading a term is a name of, and where it stands in the tree.
    """

    def __init__(self, strategy: SearchStrategy, mesh: Mesh) -> None:
        self._mesh = mesh
        found = [node for line in strategy.lines for node, _ in nodes(line.query)]
        self._terms = list(dict.fromkeys(n for n in found if isinstance(n, Term)))
        self._headings: set[str] = set()
        for node in found:
            descriptor = self._descriptor(node) if isinstance(node, MeshHeading) else None
            if isinstance(node, MeshHeading) and descriptor is not None:
                names = mesh.exploded(descriptor) if node.exploded else [descriptor.name]
                self._headings.update(names)

    def is_covered(self, term: Query) -> bool:
        """Whether some term of the strategy finds all that this one finds."""
        if isinstance(term, MeshHeading):
            return (term.descriptor or term.heading) in self._headings
        if not isinstance(term, Term):
            return False
        title_alone = term.fields[:1]  # a phrase belongs where its words are searched at all
        return any(covers(other, term.words, title_alone) for other in self._terms)

    def shared_heading(self, term: Query, part: Query) -> str:
        """The heading that the term and one of the part's terms are names of, or nothing."""
        new = self._descriptor(term)
        if new is None:
            return ""
        return new.name if any(new == other for other in self._descriptors(part)) else ""

    def shared_levels(self, term: Query, part: Query) -> int:
        """How many levels of the tree the term and the nearest of the part's terms share."""
        new = self._descriptor(term)
        if new is None:
            return 0
        return max((_levels(new, other) for other in self._descriptors(part)), default=0)

    def _descriptors(self, part: Query) -> list[Descriptor]:
        found = (self._descriptor(node) for node, _ in nodes(part))
        return [descriptor for descriptor in found if descriptor is not None]

    def _descriptor(self, query: Query) -> Descriptor | None:
        match query:
            case Term():
                return self._mesh.descriptor(query.text.rstrip("*"))
            case MeshHeading():
                return self._mesh.descriptor(query.descriptor or query.heading)
            case _:
                return None


def _levels(one: Descriptor, other: Descriptor) -> int:
    best = 0
    for first in one.tree_numbers:
        for second in other.tree_numbers:
            pairs = zip(first.split("."), second.split("."), strict=False)
            shared = 0
            for a, b in pairs:
                if a != b:
                    break
                shared += 1
            best = max(best, shared)
    return best
