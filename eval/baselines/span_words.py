"""Readers of PICO spans that learn nothing and read no sentence.

- `baseline:majority` says of every token what most tokens are: outside, so that it finds nothing;
- `baseline:every_token` says of every token that it is of each element: recall is 1, precision the
  share of such tokens;
- `baseline:dictionary` looks words up in the Medical Subject Headings that ship in data/mesh, the
  longest name first: diseases (trees C and F03) and people (M01) are of the population, drugs and
  treatments (D, E02, E04) of the intervention, findings and functions (E01, G) of the outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from evidence.reading.span_heads import ELEMENTS, Element, Span
from indexers.mesh import plain_words, shipped_mesh

if TYPE_CHECKING:
    from eval.tasks.pico import PicoReader
    from indexers.mesh import Mesh

_TREES: dict[Element, tuple[str, ...]] = {
    "population": ("C", "F03", "M01"),
    "intervention": ("D", "E02", "E04"),
    "outcome": ("E01", "G"),
}
_WORD = re.compile(r"\w+")


def baseline_readers() -> dict[str, PicoReader]:
    """The readers by the name of their system."""
    return {
        "baseline:majority": FixedReader(()),
        "baseline:every_token": FixedReader(ELEMENTS),
        "baseline:dictionary": DictionaryReader(),
    }


class FixedReader:
    """Says the same elements of the whole of every text."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = tuple(elements)

    def read(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """One span an element over each text."""
        return [tuple(Span(e, 0, len(text), 1.0) for e in self._elements) for text in texts]

    def learnt_from(self, text: str) -> bool:
        """Nothing was learnt."""
        return False


class DictionaryReader:
    """Finds the names of headings, by the trees that they stand in."""

    @cached_property
    def _mesh(self) -> Mesh:
        return shipped_mesh()

    def read(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The names in each text; a heading of several elements is of the first."""
        return [tuple(self._spans(text)) for text in texts]

    def learnt_from(self, text: str) -> bool:
        """Nothing was learnt."""
        return False

    def _spans(self, text: str) -> Iterator[Span]:
        found = list(_WORD.finditer(text))
        words = [plain_words(word.group()) for word in found]
        place = 0
        while place < len(words):
            named = self._mesh.longest_match(words[place:])
            if named is None:
                place += 1
                continue
            length, descriptor = named
            element = _element(descriptor.tree_numbers)
            if element is not None:
                yield Span(element, found[place].start(), found[place + length - 1].end(), 1.0)
            place += length


def _element(tree_numbers: Sequence[str]) -> Element | None:
    """The first element that has a tree of the heading's."""
    for element, trees in _TREES.items():
        if any(number.startswith(trees) for number in tree_numbers):
            return element
    return None
