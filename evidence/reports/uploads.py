"""A file that came as bytes: read as a full text, and the record that it seems to belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from evidence.errors import SourceError
from evidence.reports.folder import LeftFile, matched_file
from evidence.reports.matching import Match
from evidence.reports.reading import ReadReport, read_report
from evidence.state import ReviewState

_LONGEST_NAME_BYTES = 120
_UNSAFE = re.compile(r"[^\w.()-]+")


@dataclass(frozen=True)
class Upload:
    """A file that was read.

    Attributes:
        name: Its own, made safe; it may name the record.
        match: The record that it seems to be the report of; None where none fits, several do, or
            the one that fits has a full text.
        record_id: That record, also where it has a full text.
        told: Why there is no match; empty where there is one.
    """

    name: str
    read: ReadReport
    match: Match | None
    record_id: str | None
    told: str


def safe_name(name: str) -> str:
    """A file's name without folders, and without what a file system or a log could stumble on."""
    last = PurePath(name.replace("\\", "/")).name
    plain = _UNSAFE.sub("_", last).encode()[-_LONGEST_NAME_BYTES:].decode(errors="ignore")
    return plain.lstrip(".") or "file"


def read_upload(name: str, content: bytes) -> ReadReport:
    """Read a file by its name and content.

    Raises:
        SourceError: See `read_report`; it names the file as it was given.
    """
    with TemporaryDirectory(prefix="evidence-upload-") as folder:
        path = Path(folder) / safe_name(name)
        path.write_bytes(content)
        try:
            return read_report(path, "?")
        except SourceError as error:
            raise SourceError(safe_name(name), error.expected, error.line) from error


def matched_upload(state: ReviewState, name: str, read: ReadReport) -> Upload:
    """The record of a file that was read: by its name, its identifiers or its title."""
    plain = safe_name(name)
    records = [found.record for found in state.records.values()]
    found = matched_file(state, records, Path(plain), read)
    if isinstance(found, LeftFile):
        return Upload(plain, read, None, found.record_id if found.spare else None, found.reason)
    return Upload(plain, read, found.match, found.match.record_id, "")
