"""EndNote XML in and out, as EndNote's own XML export lays it out."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from indexers.errors import SourceError
from indexers.own_notes import own_notes, read_own_notes
from indexers.records import Record
from indexers.retraction import RETRACTED, says_retracted
from indexers.ris_keywords import keyword_lines, read_keywords
from indexers.tagged import bare_doi, with_distinct_ids, year_in
from indexers.written_files import write_packed

LARGEST_BYTES = 256 * 1024 * 1024
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PUBMED = re.compile(r"pubmed|medline|nlm", re.IGNORECASE)


def read_endnote(path: Path) -> list[Record]:
    """Records of an EndNote XML export (also .gz); our own ids stand in `label`.

    Raises:
        SourceError: The file cannot be read, is not well-formed, declares entities, or is no
            EndNote export.
    """
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            raw = stream.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable XML file ({error})") from error
    if len(raw) > LARGEST_BYTES:
        raise SourceError(path, f"expected a file under {LARGEST_BYTES:,} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise SourceError(path, f"expected well-formed XML: {error.msg}", line) from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise SourceError(path, "expected XML without entity declarations")
    if root.tag != "xml" or root.find("records") is None:
        raise SourceError(path, "expected an EndNote XML export: <xml><records><record>")
    found = root.findall("records/record")
    return with_distinct_ids([_record(element, n) for n, element in enumerate(found, 1)])


def write_endnote(records: Iterable[Record], path: Path) -> None:
    """Write records as EndNote XML.

    MeSH and keywords both become keywords; what EndNote has no field for stands in notes
    (indexers.own_notes). `source` is lost, as are characters that XML forbids.

    Raises:
        SourceError: The file cannot be written.
    """
    root = etree.Element("xml")
    parent = etree.SubElement(root, "records")
    for number, record in enumerate(records, 1):
        _write(etree.SubElement(parent, "record"), number, record)
    raw = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    write_packed(path, raw)


def _record(element: etree._Element, number: int) -> Record:
    def one(place: str) -> str:
        found = element.find(place)
        return "" if found is None else " ".join("".join(found.itertext()).split())

    def each(place: str) -> tuple[str, ...]:
        texts = (" ".join("".join(e.itertext()).split()) for e in element.findall(place))
        return tuple(dict.fromkeys(filter(None, texts)))

    accession = one("accession-num")
    database = one("remote-database-name") or one("remote-database-provider")
    pmid = accession if accession.isdigit() and _PUBMED.search(database) else None
    doi = bare_doi(one("electronic-resource-num"))
    types = each("work-type")
    pmcid = one("custom2")
    notes = [" ".join(line.split()) for line in _lines(element.find("notes"))]
    words = read_keywords(each("keywords/keyword"), notes)
    kept = read_own_notes(notes)
    return Record(
        record_id=one("label") or pmid or doi or f"endnote-{one('rec-number') or number}",
        source="endnote",
        title=one("titles/title"),
        abstract=one("abstract"),
        pmid=pmid,
        doi=doi or None,
        pmcid=pmcid if pmcid.startswith("PMC") else None,
        year=year_in(one("dates/year")),
        journal=one("periodical/full-title") or one("titles/secondary-title") or None,
        authors=each("contributors/authors/author"),
        publication_types=types,
        mesh=words.mesh,
        mesh_headings=words.mesh_headings,
        chemicals=kept.chemicals,
        keywords=words.keywords,
        language=one("language") or None,
        licence=kept.licence,
        database=kept.database if pmid else database or None,
        accession=kept.accession if pmid else accession or None,
        volume=one("volume") or None,
        issue=one("number") or None,
        pages=one("pages") or None,
        retracted=kept.retracted
        or says_retracted(types, one("titles/title"))
        or one("custom3") == RETRACTED,
        retraction_pmids=kept.retraction_pmids,
    )


def _lines(element: etree._Element | None) -> list[str]:
    """The lines of a field; EndNote parts them by a carriage return."""
    return [] if element is None else re.split(r"[\r\n]", "".join(element.itertext()))


def _write(element: etree._Element, number: int, record: Record) -> None:
    def add(place: str, value: str | None) -> None:
        clean = " ".join(_ILLEGAL.sub("", value or "").split())
        if not clean:
            return
        parent = element
        *outer, name = place.split("/")
        for tag in outer:
            inner = parent.find(tag)
            parent = etree.SubElement(parent, tag) if inner is None else inner
        etree.SubElement(parent, name).text = clean

    add("rec-number", str(number))
    add("ref-type", "17")
    element[-1].set("name", "Journal Article")
    for author in record.authors:
        add("contributors/authors/author", author)
    add("titles/title", record.title)
    add("titles/secondary-title", record.journal)
    add("periodical/full-title", record.journal)
    words, note = keyword_lines(record)
    for word in words:
        add("keywords/keyword", word)
    add("dates/year", None if record.year is None else str(record.year))
    for place, value in (("volume", record.volume), ("number", record.issue)):
        add(place, value)
    add("pages", record.pages)
    add("accession-num", record.pmid or record.accession)
    add("remote-database-name", "PubMed" if record.pmid else record.database)
    add("electronic-resource-num", record.doi)
    add("abstract", record.abstract)
    add("label", record.record_id)
    for kind in record.publication_types:
        add("work-type", kind)
    add("custom2", record.pmcid)
    notes = [" ".join(_ILLEGAL.sub("", line).split()) for line in (note, *own_notes(record))]
    if any(notes):
        etree.SubElement(element, "notes").text = "\n".join(filter(None, notes))
    add("language", record.language)
