"""Tagged reference formats in and out: RIS (by rispy) and NBIB/MEDLINE (by Biopython).

The files are cut into references here, so that an error names its line and no reference is lost:
rispy drops one that has no end, and runs two together when the end of the first is missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from indexers.errors import SourceError
from indexers.nbib_own_lines import descriptors, own_lines, read_own_lines
from indexers.own_notes import own_notes, read_own_notes
from indexers.records import Record
from indexers.retraction import RETRACTED, says_retracted
from indexers.ris_keywords import keyword_lines, read_keywords

_RIS_TAG = re.compile(r"[A-Z][A-Z0-9]  -")
_NARROW_TAG = re.compile(r"^([A-Z][A-Z0-9]) -(?= |$)", re.MULTILINE)
_ZOTERO_PMID = re.compile(r"(?:<p>)?PMID: (\d{1,8})\b")  # a note holds its field Extra
_NBIB_TAG = re.compile(r"(?=.{4}- )[A-Z][A-Z0-9]{1,3} *- ")
_DOI = re.compile(r"(\S+) \[doi\]")
_RESOLVER = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_SUBSTANCE = re.compile(r"(?:EC )?\S+ \((.+)\)")  # `0 (Heme)`, `EC 2.7.7.49 (Telomerase)`
_NOTICE_PMID = re.compile(r"PMID: (\w+)")
_YEAR = re.compile(r"\b(?:1[5-9]|20|21)\d\d(?!\d)")
_PUBMED = re.compile(r"pubmed|medline", re.IGNORECASE)
_NBIB_CONTINUES = " " * 6
_JOURNAL_ARTICLE = "JOUR"

Reference = tuple[int, list[str]]
"""1-based line on which a reference starts, and its lines."""


def read_ris(path: Path, text: str) -> list[Record]:
    """Records of a RIS file.

    Raises:
        SourceError: There is no reference, one has no end, or its first line has no tag.
    """
    import rispy

    # A type of work that comes again is another publication type, not to be passed over.
    parser = rispy.RisParser(list_tags=[*rispy.RisParser.DEFAULT_LIST_TAGS, "M3"])
    records: list[Record] = []
    if not re.search(r"^TY  -", text, re.MULTILINE):  # some programs write one space
        text = _NARROW_TAG.sub(r"\1  -", text)
    for line, lines in _ris_references(path, text):
        if not _RIS_TAG.match(lines[1]):
            raise SourceError(path, f"expected a tag such as 'TI  - ', not {lines[1]!r:.60}", line)
        parsed = parser.parse("\n".join(lines))
        records.append(_from_ris(parsed[0], f"ris-{len(records) + 1}"))
    return with_distinct_ids(records)


def read_nbib(path: Path, text: str) -> list[Record]:
    """Records of an NBIB (MEDLINE) file.

    Raises:
        SourceError: There is no reference, or a line is neither a tag nor a continuation.
    """
    from Bio import Medline

    records: list[Record] = []
    for _, lines in _nbib_references(path, text):
        for reference in Medline.parse([f"{line}\n" for line in lines]):  # type: ignore[no-untyped-call]
            records.append(_from_nbib(reference, f"nbib-{len(records) + 1}"))
    return with_distinct_ids(records)


def ris_lines(record: Record) -> Iterator[str]:
    """A record as RIS; line breaks become spaces, MeSH and keywords both stand under KW.

    Every publication type has an M3 of its own; what RIS has no tag for stands in notes
    (indexers.own_notes).
    """
    words, note = keyword_lines(record)
    fields: list[tuple[str, str | None]] = [("TY", _JOURNAL_ARTICLE), ("ID", record.record_id)]
    fields += [("TI", record.title)]
    fields += [("AU", author) for author in record.authors]
    fields += [("PY", str(record.year) if record.year is not None else None)]
    fields += [("T2", record.journal), ("AB", record.abstract), ("DO", record.doi)]
    fields += [("AN", record.pmid or record.accession)]
    fields += [("DB", "PubMed" if record.pmid else record.database)]
    start, _, end = (record.pages or "").partition("-")
    fields += [("VL", record.volume), ("IS", record.issue), ("SP", start), ("EP", end)]
    fields += [("C2", record.pmcid), ("LA", record.language)]
    fields += [("M3", kind) for kind in record.publication_types]
    fields += [("KW", word) for word in words]
    fields += [("N1", note) for note in (note, *own_notes(record))]
    for tag, value in fields:
        if value:
            yield f"{tag}  - {_one_line(value)}"
    yield "ER  - "
    yield ""


def nbib_lines(record: Record) -> Iterator[str]:
    """A record as NBIB; line breaks become spaces.

    What NBIB has no words for stands under OID, which other programs pass over: our record_id, the
    licence, another database's number, and that headings do not tell major topics, for under MH a
    missing star means that there is none.
    Substances have the registry number 0, as MEDLINE writes one that is not known.
    """
    fields: list[tuple[str, str | None]] = [("PMID", record.pmid)]
    fields += [("OID", own) for own in own_lines(record)]
    fields += [("DP", str(record.year) if record.year is not None else None)]
    fields += [("TI", record.title), ("AB", record.abstract)]
    fields += [("FAU", author) for author in record.authors]
    fields += [("LA", record.language)]
    fields += [("PT", kind) for kind in record.publication_types]
    fields += [("JT", record.journal)]
    fields += [("VI", record.volume), ("IP", record.issue), ("PG", record.pages)]
    fields += [("MH", heading) for heading in record.mesh_headings or record.mesh]
    fields += [("RN", f"0 ({name})") for name in record.chemicals]
    fields += [("RIN", f"PMID: {pmid}") for pmid in record.retraction_pmids]
    fields += [("OT", keyword) for keyword in record.keywords]
    fields += [("PMC", record.pmcid), ("AID", f"{record.doi} [doi]" if record.doi else None)]
    for tag, value in fields:
        if value:
            yield f"{tag:<4}- {_one_line(value)}"
    yield ""


def _ris_references(path: Path, text: str) -> Iterator[Reference]:
    """Lines from TY to ER; what stands between references (counters, banners) is passed over."""
    start: int | None = None
    lines: list[str] = []
    found = False
    for number, line in enumerate(text.split("\n"), 1):
        tag = line[:2] if _RIS_TAG.match(line) else ""
        if tag == "TY":
            if start is not None:
                raise SourceError(
                    path, f"expected 'ER  - ' for the reference of line {start}", number
                )
            start, lines, found = number, [], True
        if start is None:
            continue
        if line.strip():
            lines.append(line)
        if tag == "ER":
            yield start, lines
            start = None
    if start is not None:
        raise SourceError(path, "expected 'ER  - ' at the end of this reference", start)
    if not found and text.strip():  # a search that finds nothing leaves an empty file
        raise SourceError(
            path,
            "expected a RIS file, found no line that starts with 'TY  - ' (TY, two spaces, hyphen)",
        )


def _nbib_references(path: Path, text: str) -> Iterator[Reference]:
    """Lines between blank lines, continuations joined to the line they continue."""
    start = 0
    lines: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if not line.strip():
            if lines:
                yield start, lines
            lines = []
        elif lines and line.startswith(_NBIB_CONTINUES):
            lines[-1] += f" {line.strip()}"
        elif _NBIB_TAG.match(f"{line} "):
            start = start if lines else number
            lines.append(line)
        else:
            expected = f"expected an NBIB tag such as 'TI  - ', not {line!r:.60}"
            raise SourceError(path, expected, number)


def _from_ris(reference: dict[str, Any], fallback_id: str) -> Record:
    def first(*names: str) -> str:
        return next((v for v in map(reference.get, names) if isinstance(v, str) and v), "")

    database = first("name_of_database", "database_provider")
    accession = first("accession_number")
    in_pubmed = accession.isdigit() and _PUBMED.search(database) is not None
    in_notes = filter(None, map(_ZOTERO_PMID.match, reference.get("notes", ())))
    pmid = accession if in_pubmed else next((found[1] for found in in_notes), None)
    doi = bare_doi(first("doi"))
    pmcid = first("custom2")
    types = tuple(dict.fromkeys(kind for kind in reference.get("type_of_work", ()) if kind))
    words = read_keywords(reference.get("keywords", ()), reference.get("notes", ()))
    kept = read_own_notes(reference.get("notes", ()))
    title = first("title", "primary_title")
    return Record(
        record_id=first("id") or pmid or doi or fallback_id,
        source="ris",
        title=title,
        abstract=first("abstract", "notes_abstract"),
        pmid=pmid,
        doi=doi or None,
        pmcid=pmcid if pmcid.startswith("PMC") else None,
        year=year_in(first("year", "publication_year", "date")),
        journal=first(*_RIS_JOURNAL) or None,
        authors=tuple(
            a for a in reference.get("authors") or reference.get("first_authors", ()) if a
        ),
        publication_types=types,
        mesh=words.mesh,
        mesh_headings=words.mesh_headings,
        keywords=words.keywords,
        chemicals=kept.chemicals,
        language=first("language") or None,
        licence=kept.licence,
        retracted=kept.retracted or says_retracted(types, title),
        retraction_pmids=kept.retraction_pmids,
        database=kept.database if in_pubmed else database or None,
        accession=kept.accession if in_pubmed else accession or None,
        volume=first("volume") or None,
        issue=first("number") or None,
        pages="-".join(filter(None, (first("start_page"), first("end_page")))) or None,
    )


_RIS_JOURNAL = ("secondary_title", "alternate_title3", "journal_name", "alternate_title2")


def _from_nbib(reference: dict[str, Any], fallback_id: str) -> Record:
    def first(name: str) -> str:
        value = reference.get(name, "")
        return _one_line(value if isinstance(value, str) else next(iter(value), ""))

    def each(name: str) -> tuple[str, ...]:
        value = reference.get(name, ())
        values = (value,) if isinstance(value, str) else value
        return tuple(dict.fromkeys(filter(None, map(_one_line, values))))

    own = read_own_lines(each("OID"))
    doi = _DOI.search(" ".join((*each("AID"), *each("LID"))))
    types = each("PT")
    headings = each("MH")
    notices = each("RIN")
    return Record(
        record_id=own.record_id or first("PMID") or fallback_id,
        source="nbib",
        title=first("TI") or first("BTI") or first("TT"),
        abstract=first("AB"),
        pmid=first("PMID") or None,
        doi=doi.group(1) if doi else None,
        pmcid=first("PMC") or None,
        year=year_in(first("DP")),
        journal=first("JT") or first("TA") or None,
        authors=each("FAU") or each("AU"),
        publication_types=types,
        mesh=descriptors(headings) if own.mesh is None else own.mesh,
        mesh_headings=headings if own.headings_told else (),
        chemicals=tuple(m[1] for m in map(_SUBSTANCE.fullmatch, each("RN")) if m),
        keywords=tuple(k.lstrip("*") for k in each("OT")),
        language=first("LA") or None,
        volume=first("VI") or None,
        issue=first("IP") or None,
        pages=first("PG") or None,
        retracted=RETRACTED in types or bool(notices) or own.retracted,
        retraction_pmids=tuple(m[1] for m in map(_NOTICE_PMID.search, notices) if m),
        licence=own.licence,
        database=own.database,
        accession=own.accession,
    )


def year_in(text: str) -> int | None:
    """The first year of a date, such as `2004/05/01/` or `2004 Jan-Feb`."""
    found = _YEAR.search(text)
    return int(found.group()) if found else None


def bare_doi(text: str) -> str:
    """A DOI without the address that resolves it, or `doi:`."""
    return text[len(match.group()) :] if (match := _RESOLVER.match(text)) else text


def with_distinct_ids(records: list[Record]) -> list[Record]:
    """References of one id get `-2`, `-3`, …: telling duplicates apart is a later stage's work."""
    used = {record.record_id for record in records}
    counts: Counter[str] = Counter()
    distinct = []
    for record in records:
        own = record.record_id
        counts[own] += 1
        record_id = own
        while counts[own] > 1 and record_id in used:
            record_id = f"{own}-{counts[own]}"
            counts[own] += record_id in used
        used.add(record_id)
        distinct.append(record.model_copy(update={"record_id": record_id}))
    return distinct


def _one_line(text: str) -> str:
    return " ".join(text.split())
