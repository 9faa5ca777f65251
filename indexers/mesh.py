"""Medical Subject Headings: from a heading or an entry term to the descriptors below it.

A descriptor stands at one or more places of the tree; a place is a tree number such as
`C08.127.108` (asthma, under bronchial diseases). Exploding a heading takes every descriptor at or
below one of its places. The table ships in data/mesh, which names its source and terms.
"""

from __future__ import annotations

import lzma
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from indexers.errors import SourceError

TABLE = Path(__file__).resolve().parent.parent / "data" / "mesh" / "descriptors.tsv.xz"
LARGEST_TABLE_BYTES = 64 * 1024 * 1024
_WORD = re.compile(r"[^\W_]+")
_LONGEST_TERM_WORDS = 8


class Descriptor(NamedTuple):
    """A heading with its places in the tree; `Female` and `Male` have none."""

    name: str
    tree_numbers: tuple[str, ...]
    entry_terms: tuple[str, ...]


@lru_cache(maxsize=65_536)
def plain_words(text: str) -> str:
    """Lower case, no accents, no punctuation: `Ménière's` → `meniere s`."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(_WORD.findall(text.lower()))


def straight_words(text: str) -> str:
    """The words of a turned-round term in natural order: `Infant, Newborn` → `newborn infant`."""
    return plain_words(" ".join(reversed(text.split(", "))))


class Mesh:
    """The tree of descriptors.

    Args:
        descriptors: In any order; names must differ in more than case and punctuation.
    """

    def __init__(self, descriptors: Iterable[Descriptor]) -> None:
        self._by_words: dict[str, Descriptor] = {}
        self._by_entry: dict[str, Descriptor] = {}
        places: list[tuple[str, str]] = []
        for descriptor in descriptors:
            self._by_words.setdefault(plain_words(descriptor.name), descriptor)
            for term in descriptor.entry_terms:
                self._by_entry.setdefault(term, descriptor)
            places += [(number, descriptor.name) for number in descriptor.tree_numbers]
        self._places = sorted(places)
        self._numbers = [number for number, _ in self._places]

    def __len__(self) -> int:
        return len(self._by_words)

    def descriptors(self) -> list[Descriptor]:
        """All descriptors, in the order given."""
        return list(self._by_words.values())

    def descriptor(self, text: str) -> Descriptor | None:
        """The descriptor of a heading or entry term; case, accents and punctuation are free."""
        for words in (plain_words(text), straight_words(text)):
            found = self._by_words.get(words) or self._by_entry.get(words)
            if found is not None:
                return found
        return None

    def publication_types(self) -> list[str]:
        """The names of publication types, in the order given."""
        found = self._by_words.values()
        return [d.name for d in found if any(n.startswith("V") for n in d.tree_numbers)]

    def exploded(self, descriptor: Descriptor) -> list[str]:
        """The names of the descriptor and of all narrower ones, in alphabetical order."""
        names = {descriptor.name}
        for number in descriptor.tree_numbers:
            first = bisect_left(self._numbers, number)
            # Tree numbers are letters, digits and full stops: before `/` comes only what is below.
            after = bisect_left(self._numbers, f"{number}/")
            names.update(name for _, name in self._places[first:after])
        return sorted(names)

    def longest_match(self, words: list[str]) -> tuple[int, Descriptor] | None:
        """How many of the first words are a heading or entry term, at most, and which."""
        for length in range(min(len(words), _LONGEST_TERM_WORDS), 0, -1):
            term = " ".join(words[:length])
            found = self._by_words.get(term) or self._by_entry.get(term)
            if found is not None:
                return length, found
        return None


def read_mesh(path: Path = TABLE) -> Mesh:
    """Read a table of descriptors: tree numbers, name and entry terms, parted by tabs.

    Raises:
        SourceError: The file is missing, is not xz, is too large, or a line has other columns.
    """
    try:
        with lzma.open(path) as file:
            content = file.read(LARGEST_TABLE_BYTES + 1)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise SourceError(path, f"expected a readable table of MeSH ({error})") from error
    if len(content) > LARGEST_TABLE_BYTES:
        raise SourceError(path, f"expected a table under {LARGEST_TABLE_BYTES:,} bytes")
    descriptors = []
    for line, row in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
        cells = row.split("\t")
        if len(cells) != 3 or not cells[1]:
            raise SourceError(path, "expected tree numbers, a name and entry terms", line)
        numbers, name, terms = (cells[0], cells[1], cells[2])
        descriptors.append(
            Descriptor(
                name,
                tuple(numbers.split("|")) if numbers else (),
                tuple(terms.split("|")) if terms else (),
            )
        )
    return Mesh(descriptors)


@cache
def shipped_mesh() -> Mesh:
    """The table that ships with the program, read once."""
    return read_mesh()
