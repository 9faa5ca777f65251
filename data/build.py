"""Makes data/corpus and data/ATTRIBUTION.csv from a collection of openly licensed trial reports.

The collection is a folder with `records.jsonl.gz` (pmcid, pmid, doi, title, abstract, journal,
year, keywords, licence) and `jats.tar.xz` (the articles as PMCxxxx.xml). Run from the project's
root; it takes some minutes, most of them for the vectors:

    python -m data.build COLLECTION
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import re
import shutil
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from indexers.encoder import Encoder, minilm_encoder
from indexers.full_text import packed, packed_name
from indexers.records import Record
from indexers.references import write_records
from indexers.vectors import embedded_text, save_vectors

SOURCE = "pmc-trials"
QUESTION = (
    "In people with uncomplicated Plasmodium falciparum malaria, is dihydroartemisinin-piperaquine "
    "better than artemether-lumefantrine or other artemisinin combinations?"
)
MALARIA = re.compile(
    r"malaria|falciparum|vivax|plasmodium|artemisinin|artesunate|artemether|piperaquine"
    r"|lumefantrine|amodiaquine|mefloquine|\bchloroquine|sulfadoxine|primaquine",
    re.IGNORECASE,
)
LEAST_FULL_TEXTS = 64
# Shipping needs a licence without conditions beyond naming the authors; the article's own
# statement decides, not the collection's label.
RESTRICTED = re.compile(
    r"\bby-?(?:nc|nd|sa)\b|non-?\s?commercial|not for commercial|no-?\s?deriv|share-?\s?alike",
    re.IGNORECASE,
)
LICENCE_URL = re.compile(
    r"creativecommons\.org/((?:licenses/by(?:/[\d.]+)?)|publicdomain/zero/1\.0)", re.IGNORECASE
)
CREATIVE_COMMONS = re.compile(r"creative\s*commons", re.IGNORECASE)
ATTRIBUTION_COLUMNS = (
    "pmcid", "title", "authors", "journal", "year", "licence", "licence_url", "doi", "pmid",
    "full_text",
)  # fmt: skip


class Front(NamedTuple):
    """What an article says of its authors and its licence."""

    authors: tuple[str, ...]
    licence_statement: str


def articles(collection: Path) -> Iterator[tuple[str, bytes]]:
    """PMCID and XML of each article."""
    with tarfile.open(collection / "jats.tar.xz", "r|xz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name.endswith(".xml"):
                yield Path(member.name).stem, file.read()


def read_front(xml: bytes) -> Front:
    """Authors (`Family, Given`) and everything said about the licence, links included."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    meta = etree.fromstring(xml, parser).find(".//front/article-meta")
    if meta is None:
        return Front((), "")
    parts: list[str] = []
    for place in meta.iter("license", "permissions", "copyright-statement"):
        for element in place.iter(etree.Element):
            parts += [*element.attrib.values(), element.text or "", element.tail or ""]
    contributors = meta.iterfind("contrib-group/contrib[@contrib-type='author']")
    names = (author_name(contributor) for contributor in contributors)
    return Front(tuple(name for name in names if name), " ".join(" ".join(parts).split()))


def author_name(contributor: etree._Element) -> str:
    """`Family, Given`, or the name of a group."""
    name = contributor.find("name")
    if name is None:
        group = contributor.find("collab")
        return "" if group is None else " ".join("".join(group.itertext()).split())
    family, given = (name.findtext(part, "").strip() for part in ("surname", "given-names"))
    return ", ".join(filter(None, (family, given)))


def may_ship(statement: str) -> bool:
    """Whether an article's statement grants CC BY or CC0, and takes nothing back."""
    return bool(CREATIVE_COMMONS.search(statement)) and not RESTRICTED.search(statement)


def read_records(collection: Path, fronts: dict[str, Front]) -> list[Record]:
    """Records that may ship, in order of PMCID."""
    records = []
    with gzip.open(collection / "records.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            front = fronts.get(row["pmcid"], Front((), ""))
            if row["licence"] in ("by", "cc0") and may_ship(front.licence_statement):
                records.append(as_record(row, front))
    return sorted(records, key=lambda record: record.record_id)


def as_record(row: dict[str, str], front: Front) -> Record:
    """A row of the collection as a record."""
    return Record(
        record_id=row["pmcid"],
        source=SOURCE,
        title=row["title"],
        abstract=row["abstract"],
        pmid=row["pmid"] or None,
        doi=row["doi"] or None,
        pmcid=row["pmcid"],
        year=int(row["year"]) if row["year"] else None,
        journal=row["journal"] or None,
        authors=front.authors,
        keywords=tuple(dict.fromkeys(filter(None, row["keywords"]))),
        licence=row["licence"],
    )


def choose_full_texts(records: Sequence[Record], nearest: Sequence[str]) -> list[str]:
    """Every article on malaria, then the nearest others to the demo question as near misses."""
    on_topic = [r.record_id for r in records if MALARIA.search(f"{r.title} {r.abstract}")]
    others = [record_id for record_id in nearest if record_id not in on_topic]
    return sorted(on_topic + others[: max(LEAST_FULL_TEXTS - len(on_topic), 0)])


def write_attribution(
    path: Path, records: Sequence[Record], fronts: dict[str, Front], full_texts: Sequence[str]
) -> None:
    """One row an article; what an article does not have is `none`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ATTRIBUTION_COLUMNS)
    for record in records:
        name, url = licence_of(record, fronts[record.record_id].licence_statement)
        authors = "; ".join(record.authors)
        stated = (record.journal, record.year, name, url, record.doi, record.pmid)
        known = (value or "none" for value in (record.title, authors, *stated))
        in_full = "yes" if record.record_id in full_texts else "no"
        writer.writerow([record.record_id, *known, in_full])
    path.write_text(out.getvalue(), encoding="utf-8")


def licence_of(record: Record, statement: str) -> tuple[str, str | None]:
    """Name and address of an article's licence, with the version where the article says it."""
    path = "publicdomain" if record.licence == "cc0" else "licenses"
    stated = (found.lower() for found in LICENCE_URL.findall(statement))
    paths = sorted({s for s in stated if s.startswith(path)}, key=lambda s: (-len(s), s))
    url = f"https://creativecommons.org/{paths[0]}/" if paths else None
    if record.licence == "cc0":
        return "CC0 1.0", url
    version = paths[0].removeprefix("licenses/by").strip("/") if paths else ""
    return f"CC BY {version}".strip(), url


def build(collection: Path, out: Path, encoder: Encoder) -> None:
    """Write everything; what was in `out/corpus` goes."""
    fronts = {pmcid: read_front(xml) for pmcid, xml in articles(collection)}
    records = read_records(collection, fronts)
    print(f"{len(records)} records may ship, of {len(fronts)}", file=sys.stderr)
    vectors = encoder.encode([embedded_text(r) for r in records], print_progress)
    similarities = vectors @ encoder.encode([QUESTION])[0]
    nearest = [records[i].record_id for i in (-similarities).argsort(kind="stable")]
    full_texts = choose_full_texts(records, nearest)
    corpus = out / "corpus"
    shutil.rmtree(corpus, ignore_errors=True)
    (corpus / "full_text").mkdir(parents=True)
    write_records(records, corpus / "records.jsonl.gz")
    save_vectors(corpus / "vectors.npz", vectors, records, encoder)
    for pmcid, xml in articles(collection):
        if pmcid in full_texts:
            (corpus / "full_text" / packed_name(pmcid)).write_bytes(packed(xml))
    write_attribution(out / "ATTRIBUTION.csv", records, fronts, full_texts)
    print(f"{len(full_texts)} full texts", file=sys.stderr)


def print_progress(done: int, total: int) -> None:
    """Tell how far the encoder is."""
    print(f"\rencoded {done} of {total}", end="\n" if done == total else "", file=sys.stderr)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Make the shipped corpus from a collection.")
    parser.add_argument("collection", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    arguments = parser.parse_args()
    build(arguments.collection, arguments.out, minilm_encoder(arguments.device))


if __name__ == "__main__":
    main()
