"""What a person points a command at: files and folders of records, articles and guidelines."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evidence.errors import SourceError
from indexers.first_lines import is_text_of_records
from indexers.guideline_records import guideline_records, is_guideline
from indexers.jats import read_jats, read_jats_record
from indexers.pubmed import PubmedTally
from indexers.record_files import RecordFileReader, read_record_file
from indexers.records import Document, Record, abstract_document
from indexers.references import read_records

RECORD_ENDINGS = tuple(
    ending
    for kind in (".jsonl", ".csv", ".tsv", ".ris", ".nbib", ".bib", ".xml")
    for ending in (kind, f"{kind}.gz")
)
# A folder's HTML and Markdown may be anything: as guidelines they are read when they are named.
_FOLDER_ENDINGS = (*RECORD_ENDINGS, ".nxml", ".pdf")


@dataclass
class FileCount:
    """What a file gave.

    Attributes:
        n_records: Records in it.
        n_again: Those of them that an earlier file had given; PubMed's then revise.
    """

    n_records: int = 0
    n_again: int = 0


class Sources:
    """The records of files and folders as a stream, each record id once.

    A record that comes again is left out, unless PubMed sent it: PubMed's later files revise and
    delete what earlier ones hold. What was left out is known when the stream has been read.

    Args:
        paths: The files and folders.
        read: Reads the files of records among them; others may have read them ahead.

    Attributes:
        full_text: JATS files by record id.
        revised: Later versions of records, by record id.
        deleted: Ids of records that PubMed deleted.
        guidelines: Stems of the guideline files; their passages' ids begin with them.
        n_books: Book articles that were skipped.
        counts: What each file gave, in the order of reading.
        skipped: Files of folders that are of no kind that is read; hidden ones are not named.

    Raises:
        SourceError: While reading: a source is missing or cannot be read, or a record id stands
            twice in a file that is not PubMed's.
    """

    def __init__(self, paths: Sequence[Path], read: RecordFileReader = read_record_file) -> None:
        self._paths = paths
        self._read = read
        self.full_text: dict[str, Path] = {}
        self.revised: dict[str, Record] = {}
        self.deleted: dict[str, None] = {}
        self.guidelines: dict[str, None] = {}
        self.n_books = 0
        self.counts: dict[Path, FileCount] = {}
        self.skipped: tuple[Path, ...] = ()

    def __iter__(self) -> Iterator[Record]:
        seen: dict[str, int] = {}
        self.counts, self.skipped = {}, tuple(_skipped(self._paths))
        for number, file in enumerate(_files(self._paths)):
            if _is_pubmed(file):
                yield from self._pubmed(file, number, seen)
                continue
            if is_jats(file):
                found = iter([self._article(file)])
            elif is_guideline(file):
                self.guidelines[file.stem] = None
                found = guideline_records(file)
            else:
                found = self._read(file, None)
            count = self.counts.setdefault(file, FileCount())
            for record in found:
                count.n_records += 1
                if seen.get(record.record_id) == number:
                    wanted = f"expected record ids that differ, {record.record_id!r} is there twice"
                    raise SourceError(file, wanted)
                if record.record_id not in seen:
                    seen[record.record_id] = number
                    yield record
                else:
                    count.n_again += 1

    def latest(self) -> list[Record]:
        """The last version of every record that was not deleted, read at once."""
        records = {record.record_id: record for record in self} | self.revised
        return [record for record in records.values() if record.record_id not in self.deleted]

    def told(self) -> dict[str, Any]:
        """Counts by file and the files that were skipped, as plain values."""
        return {
            "files": [{"file": str(file), **asdict(count)} for file, count in self.counts.items()],
            "skipped": [str(file) for file in self.skipped],
            "books_skipped": self.n_books,
        }

    def _article(self, file: Path) -> Record:
        record = read_jats_record(file)
        self.full_text[record.record_id] = file
        return record

    def _pubmed(self, file: Path, number: int, seen: dict[str, int]) -> Iterator[Record]:
        tally = PubmedTally()
        count = self.counts.setdefault(file, FileCount())
        for record in self._read(file, tally):
            count.n_records += 1
            self.deleted.pop(record.record_id, None)
            if record.record_id in seen:
                count.n_again += 1
                self.revised[record.record_id] = record
            else:
                seen[record.record_id] = number
                yield record
        self.n_books += tally.n_books
        for pmid in tally.deleted_pmids:
            self.revised.pop(pmid, None)
            self.deleted[pmid] = None


def record_files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """The files of records among the sources, as `Sources` meets them, and whether PubMed's.

    Raises:
        SourceError: An XML file is missing.
    """
    for file in _files(paths):
        if not is_jats(file) and not is_guideline(file):
            yield file, _is_pubmed(file)


def read_documents(
    source: Path, skip: Callable[[SourceError], None] | None = None
) -> Iterator[Document]:
    """The documents of a JATS file, a folder of JATS files, or a file of records.

    Args:
        source: The file or folder.
        skip: Is told of each article of a folder that cannot be read, which is then left out;
            without it the first one ends the reading.

    Raises:
        SourceError: The source is missing, holds nothing, or cannot be read.
    """
    if source.is_dir():
        articles = sorted(p for p in source.iterdir() if p.name.endswith((".xml", ".xml.gz")))
        if not articles:
            raise SourceError(source, "expected a folder with JATS files (.xml or .xml.gz)")
        for article in articles:
            try:
                yield read_jats(article, article.name.split(".")[0])
            except SourceError as error:
                if skip is None:
                    raise
                skip(error)
    elif is_jats(source):
        yield read_jats(source, source.name.split(".")[0])
    else:
        yield from (abstract_document(record) for record in read_records(source))


def is_jats(source: Path) -> bool:
    """Whether an XML file holds a JATS article rather than records.

    Raises:
        SourceError: The file is missing.
    """
    return any(mark in _start_of_xml(source) for mark in (b"<article", b"JATS"))


def _is_pubmed(source: Path) -> bool:
    return b"<Pubmed" in _start_of_xml(source) and not is_jats(source)


def _start_of_xml(source: Path) -> bytes:
    """The first bytes of an XML file; none of another."""
    if not source.name.endswith((".xml", ".xml.gz", ".nxml")):
        return b""
    opener = gzip.open if source.suffix == ".gz" else open
    try:
        with opener(source, "rb") as stream:
            return stream.read(4096)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(source, "expected a readable XML file") from error


def _files(sources: Sequence[Path]) -> Iterator[Path]:
    for source in sources:
        if source.is_dir():
            yield from (file for file in sorted(source.rglob("*")) if _is_source(file))
        else:
            yield source


def _is_source(file: Path) -> bool:
    """Whether a file of a folder is read: a .txt only if it holds records."""
    return file.name.lower().endswith(_FOLDER_ENDINGS) or is_text_of_records(file)


def _skipped(sources: Sequence[Path]) -> Iterator[Path]:
    for folder in filter(Path.is_dir, sources):
        for file in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if file.is_file() and not hidden and not _is_source(file):
                yield file
