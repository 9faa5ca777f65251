"""Makes data/mesh/descriptors.tsv.xz from a table of MeSH descriptors.

The source is a gzipped TSV with the columns mesh_id, name, synonyms and tree_numbers, the last
two parted by `|`. Kept are name, entry terms and tree numbers; entry terms are written as plain
words, without those that `indexers.mesh` finds anyway: the name itself in other punctuation, and
turned-round forms (`Infants, Newborn`) whose straight form is there. Run from the project's root:

    python -m data.mesh.build SOURCE
"""

from __future__ import annotations

import csv
import gzip
import lzma
import sys
from pathlib import Path

from indexers.mesh import plain_words, straight_words

TARGET = Path(__file__).with_name("descriptors.tsv.xz")
COLUMNS = ["mesh_id", "name", "synonyms", "tree_numbers"]


def build(source: Path, target: Path = TARGET) -> int:
    """Write the table; the same source gives the same bytes. Returns the number of descriptors."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or list(rows[0]) != COLUMNS:
        raise SystemExit(f"{source}: expected the columns {', '.join(COLUMNS)}")
    names = {plain_words(row["name"]) for row in rows}
    lines = []
    for row in rows:
        terms = _entry_terms(row["name"], row["synonyms"].split("|"), names)
        lines.append("\t".join((row["tree_numbers"], row["name"], "|".join(terms))))
    # In the order of the tree, neighbours share words: the packed file is smaller.
    packed = lzma.compress("\n".join(sorted(lines)).encode(), preset=9 | lzma.PRESET_EXTREME)
    target.write_bytes(packed)
    return len(lines)


def _entry_terms(name: str, synonyms: list[str], names: set[str]) -> list[str]:
    known = {plain_words(term) for term in (name, *synonyms)}
    kept = set()
    for term in synonyms:
        words, straight = plain_words(term), straight_words(term)
        if words and words not in names and (straight == words or straight not in known):
            kept.add(words)
    return sorted(kept)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m data.mesh.build SOURCE")
    print(f"{build(Path(sys.argv[1])):,} descriptors, {TARGET.stat().st_size:,} bytes")
