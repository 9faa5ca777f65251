"""Control characters in text: they mean nothing there, and XML and PostgreSQL refuse them.

They are dropped where text enters, before any digest is taken, so that offsets hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexers.records import Record

_PARTING = "\x0b\x0c\x1c\x1d\x1e\x1f"  # they part words and lines
_NOT_TEXT = "".join(map(chr, (*range(0x09), *range(0x0E, 0x1C))))
_TABLE = str.maketrans(_PARTING, " " * len(_PARTING), _NOT_TEXT)
_ANY = re.compile(f"[{re.escape(_PARTING + _NOT_TEXT)}]")
_PARTING_BYTES = bytes.maketrans(_PARTING.encode(), b" " * len(_PARTING))


@dataclass
class ControlTally:
    """How many control characters a file held, filled while it is read."""

    n_dropped: int = 0


def without_controls(text: str, tally: ControlTally | None = None) -> str:
    """The text without control characters; tabs and line ends stay, separators become spaces."""
    if _ANY.search(text) is None:  # far faster than to translate
        return text
    if tally is not None:
        tally.n_dropped += sum(1 for _ in _ANY.finditer(text))
    return text.translate(_TABLE)


def bytes_without_controls(raw: bytes) -> bytes:
    """The same of UTF-8."""
    return raw.translate(_PARTING_BYTES, _NOT_TEXT.encode())


def record_without_controls(record: Record, tally: ControlTally | None = None) -> Record:
    """The record with all its texts without control characters.

    Raises:
        ValidationError: Nothing is left of its id.
    """
    fields: dict[str, str | tuple[str, ...]] = {}
    for name, value in record:
        if isinstance(value, str):
            fields[name] = without_controls(value, tally)
        elif isinstance(value, tuple):
            fields[name] = tuple(without_controls(text, tally) for text in value)
    return Record.model_validate({**record.model_dump(), **fields})
