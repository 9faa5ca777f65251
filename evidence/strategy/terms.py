"""Terminology: the MeSH heading of a phrase, its synonyms, and the drugs of a class.

Tables ship in data/mesh and data/terms, which name their sources and terms; they are read at the
first look-up.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

from evidence.errors import SourceError
from evidence.strategy.variants import hyphenations, singular, spellings
from indexers.mesh import Descriptor, Mesh, plain_words, shipped_mesh, straight_words

FOLDER = Path(__file__).resolve().parent.parent.parent / "data" / "terms"
_LARGEST_TABLE_BYTES = 64 * 1024 * 1024
# Words that end a phrase without narrowing it; one stands for the others.
_SAME_HEADS = (
    ("drugs", "agents", "medicines", "medications", "compounds", "preparations", "therapy"),
    ("professionals", "workers", "providers", "personnel", "staff", "practitioners"),
    ("disease", "disorder", "syndrome", "condition"),
    ("treatment", "therapy", "management"),
)
_LONGEST_SYNONYM = 6
_SHORTEST_ANTAGONIST = 10  # `anticholinergic`, not `antigen`
_BARE_HEADS = frozenset({*_SAME_HEADS[0], "therapies", "treatment", "treatments", "inhibitors"})


class Synonym(NamedTuple):
    """A name and the vocabulary that gives it."""

    text: str
    source: str


class DrugClass(NamedTuple):
    """A stem of drug names (`*pril`), or a name, with the MeSH headings of its class."""

    pattern: str
    headings: tuple[str, ...]
    excepted: tuple[str, ...]

    def holds(self, drug: str) -> bool:
        """Whether a drug's name is of the class."""
        named = fnmatchcase(drug, self.pattern)
        return named and not any(fnmatchcase(drug, pattern) for pattern in self.excepted)


class Terminology:
    """Look-ups over the shipped tables.

    Args:
        mesh: Headings; the shipped table unless given.
        folder: Where the other tables are.
    """

    def __init__(self, mesh: Mesh | None = None, folder: Path = FOLDER) -> None:
        self.mesh = mesh or shipped_mesh()
        self._drugs, self._drug_of = _named(folder / "drugs.tsv.xz", with_id=False)
        self._diseases, self._disease_of = _named(folder / "diseases.tsv.xz", with_id=True)
        self._headings, self._heading_of = _named(folder / "disease_headings.tsv.xz", with_id=False)
        self._classes = tuple(
            DrugClass(
                cells[0], tuple(cells[1].split("|")), tuple(filter(None, cells[2].split("|")))
            )
            for cells in _rows(folder / "drug_classes.tsv", 3)
        )
        self._population = {
            cells[0]: tuple(cells[1].split("|"))
            for cells in _rows(folder / "population_words.tsv", 2)
        }

    def heading(self, phrase: str) -> Descriptor | None:
        """The descriptor that a phrase names, in any spelling, number or with another head word."""
        for written in _ways_to_write(phrase):
            found = self.mesh.descriptor(written)
            if found is not None:
                return found
        for written in _ways_to_write(phrase):
            for name in self._heading_of.get(plain_words(written), ()):
                return self.mesh.descriptor(name)
        for synonym in self.disease_synonyms(phrase):
            found = self.mesh.descriptor(synonym.text)
            if found is not None:
                return found
        return None

    def entry_terms(self, descriptor: Descriptor) -> list[Synonym]:
        """The descriptor's name and entry terms in natural order, as plain words."""
        names = [_straight(descriptor.name), *descriptor.entry_terms]
        names += self._headings.get(descriptor.name, ())
        source = f"MeSH {descriptor.name}"
        texts = dict.fromkeys(name for name in names if name)
        return [
            Synonym(text, source if number == 0 else f"{source} entry term")
            for number, text in enumerate(texts)
        ]

    def narrower(self, descriptor: Descriptor, at_most: int) -> list[Descriptor]:
        """The headings below, those of the first levels only when there are more than `at_most`."""
        below = [self.mesh.descriptor(name) for name in self.mesh.exploded(descriptor)]
        found = [d for d in below if d is not None and d.name != descriptor.name]
        depth = {d.name: _depth_below(descriptor, d) for d in found}
        for deepest in range(max(depth.values(), default=0), 0, -1):
            kept = [d for d in found if depth[d.name] <= deepest]
            if len(kept) <= at_most:
                return kept
        return []

    def disease_synonyms(self, phrase: str) -> list[Synonym]:
        """Synonyms of the disease that a phrase names, as MONDO gives them."""
        for written in _ways_to_write(phrase):
            for number in self._disease_of.get(plain_words(written), ()):
                source = f"MONDO:{number} synonym"
                names = [_straight(name) for name in self._diseases[number]]
                return [Synonym(name, source) for name in names if _can_be_written(name)]
        return []

    def drug_names(self, phrase: str) -> list[Synonym]:
        """Other names of the drug that a phrase names: generic and brand names."""
        for written in _ways_to_write(phrase):
            for drug in self._drug_of.get(plain_words(written), ()):
                return [Synonym(plain_words(n), "drug list") for n in (drug, *self._drugs[drug])]
        return []

    def class_members(self, phrase: str, descriptor: Descriptor | None) -> list[Synonym]:
        """The drugs of a class: named by its stem (`triptans`) or by a heading at or below it."""
        stem = singular(plain_words(phrase))
        headings = set(self.mesh.exploded(descriptor)) if descriptor is not None else set()
        classes = [
            drug_class
            for drug_class in self._classes
            if not headings.isdisjoint(drug_class.headings)
            or ("*" in drug_class.pattern and stem == drug_class.pattern.strip("*"))
        ]
        found: dict[str, str] = {}
        for drug_class in classes:
            source = f"drug list, {drug_class.pattern.replace('*', '-')}"
            for drug in self._members(drug_class):
                found.setdefault(drug, source)
                for name in self._drugs.get(drug, ()):
                    # A brand name has no stem; another generic name has.
                    if " " not in name and any(c.holds(name) for c in classes):
                        found.setdefault(name, source)
        return [Synonym(drug, source) for drug, source in found.items()]

    def population_words(self, descriptor: Descriptor) -> list[Synonym]:
        """Everyday words for the people or animals of a heading."""
        source = f"words for {descriptor.name}"
        return [Synonym(word, source) for word in self._population.get(descriptor.name, ())]

    def is_drug(self, phrase: str) -> bool:
        """Whether a phrase names a drug."""
        return plain_words(phrase) in self._drug_of

    def _members(self, drug_class: DrugClass) -> list[str]:
        if "*" not in drug_class.pattern:
            return [drug_class.pattern]
        return [
            drug
            for drug in self._drugs
            if drug_class.holds(drug) and (" " not in drug or drug.endswith(" acid"))
        ]


@cache
def shipped_terminology() -> Terminology:
    """The tables that ship with the program, read once."""
    return Terminology()


def _ways_to_write(phrase: str) -> Iterator[str]:
    """The phrase, then its spellings, hyphenations, singular, and other head words."""
    seen: dict[str, None] = {}
    for spelt in spellings(phrase):
        for written in hyphenations(spelt):
            seen.setdefault(written)
    for written in list(seen):
        head, _, last = written.rpartition(" ")
        seen.setdefault(f"{head} {singular(last)}".strip())
        if not last.endswith("s"):
            seen.setdefault(f"{written}s")
    for written in list(seen):
        head, _, last = written.rpartition(" ")
        if not head:
            continue
        for group in _SAME_HEADS:
            if last in group or f"{last}s" in group:
                for other in group:
                    seen.setdefault(f"{head} {other}")
        if last in _BARE_HEADS or f"{last}s" in _BARE_HEADS:
            seen.setdefault(head)
            seen.setdefault(f"{head}s")
    for written in list(seen):
        if " " not in written:
            for other in ("agents", "compounds"):
                seen.setdefault(f"{singular(written)} {other}")
            if written.startswith("anti") and len(written) > _SHORTEST_ANTAGONIST:
                seen.setdefault(f"{singular(written)[4:]} antagonists")
    yield from seen


def _can_be_written(name: str) -> bool:
    """Whether authors would write a name so: not `insulin resistance, susceptibility to`."""
    words = name.split()
    return len(words) <= _LONGEST_SYNONYM and words[-1] not in ("to", "of", "with", "in")


def _straight(name: str) -> str:
    """A name in natural order: `Urinary Bladder, Overactive` → `overactive urinary bladder`."""
    return straight_words(name) if name.count(", ") == 1 else plain_words(name)


def _depth_below(descriptor: Descriptor, other: Descriptor) -> int:
    return min(
        number.count(".") - above.count(".")
        for number in other.tree_numbers
        for above in descriptor.tree_numbers
        if number.startswith(f"{above}.")
    )


def _named(
    path: Path, *, with_id: bool
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Names by key (a drug's name, a disease's number), and keys by each name."""
    names: dict[str, tuple[str, ...]] = {}
    keys: dict[str, list[str]] = {}
    for cells in _rows(path, 3 if with_id else 2):
        *front, others = cells
        listed = tuple(filter(None, others.split("|")))
        names[front[0]] = (*front[1:], *listed)
        for name in (front[-1], *listed):
            keys.setdefault(plain_words(name), []).append(front[0])
    return names, {name: tuple(dict.fromkeys(found)) for name, found in keys.items()}


def _rows(path: Path, n_columns: int) -> Iterable[list[str]]:
    """The rows of a table, packed or not; lines that begin with # are remarks.

    Raises:
        SourceError: The file is missing, too large, or a line has other columns.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".xz":
            content = lzma.LZMADecompressor().decompress(content, _LARGEST_TABLE_BYTES)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise SourceError(path, f"expected a readable table of terms ({error})") from error
    if len(content) >= _LARGEST_TABLE_BYTES:
        raise SourceError(path, f"expected a table under {_LARGEST_TABLE_BYTES:,} bytes")
    rows = []
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != n_columns:
            raise SourceError(path, f"expected {n_columns} columns", number)
        rows.append(cells)
    return rows
