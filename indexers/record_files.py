"""A file of records, whatever its format: PubMed XML, or one of those of reference managers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from indexers.pubmed import PubmedTally, read_pubmed
from indexers.records import Record
from indexers.references import stream_records

RecordFileReader = Callable[[Path, PubmedTally | None], Iterator[Record]]
"""Gives the records of a file; a tally is there for PubMed XML alone, and is added to."""


def read_record_file(path: Path, tally: PubmedTally | None) -> Iterator[Record]:
    """The records of a file as a stream.

    Args:
        path: The file.
        tally: For PubMed XML, what the file holds beside its records; None for other files.

    Raises:
        SourceError: The file is missing or cannot be read.
    """
    return stream_records(path) if tally is None else read_pubmed(path, tally)
