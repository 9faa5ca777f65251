"""Full texts on disk: found in a folder, packed the same way every time, read as documents."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from indexers.errors import SourceError
from indexers.jats import LARGEST_ARTICLE_BYTES
from indexers.manifest import StoredFullText

FULL_TEXT = "full_text"
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\Z")
_SUFFIXES = (".xml.gz", ".xml", ".nxml")


def full_text_files(folder: Path) -> dict[str, Path]:
    """The JATS files of a folder by record id, which is the file's name without its suffix.

    Raises:
        SourceError: The folder is missing, or two files stand for one record.
    """
    if not folder.is_dir():
        raise SourceError(folder, "expected a folder of JATS files (.xml or .xml.gz)")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        suffix = next((s for s in _SUFFIXES if path.name.endswith(s)), None)
        if suffix is None or not path.is_file():
            continue
        record_id = path.name.removesuffix(suffix)
        if record_id in found:
            raise SourceError(path, f"expected one full text of {record_id}, there is another")
        found[record_id] = path
    return found


def packed_name(record_id: str) -> str:
    """A file name for a record's full text that cannot leave its folder."""
    if _SAFE_NAME.match(record_id):
        return f"{record_id}.xml.gz"
    return f"sha256-{hashlib.sha256(record_id.encode()).hexdigest()}.xml.gz"


def xml_bytes(path: Path) -> bytes:
    """The XML of a file, unpacked when its name ends in .gz.

    Raises:
        SourceError: The file cannot be read or unpacked, or is too large.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            xml = stream.read(LARGEST_ARTICLE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, "expected a readable XML file, plain or gzipped") from error
    if len(xml) > LARGEST_ARTICLE_BYTES:
        raise SourceError(path, f"expected an article under {LARGEST_ARTICLE_BYTES:,} bytes")
    return xml


def packed(xml: bytes) -> bytes:
    """The XML gzipped, without the time of day, so that the bytes repeat."""
    return gzip.compress(xml, compresslevel=9, mtime=0)


def pack_full_texts(
    store: Path, record_ids: Iterable[str], full_text: Mapping[str, Path]
) -> dict[str, StoredFullText]:
    """Pack the full texts of the records into the store; those of other records stay out.

    Raises:
        SourceError: A file cannot be read, or two record ids need the same file name.
    """
    (store / FULL_TEXT).mkdir()
    texts: dict[str, StoredFullText] = {}
    for record_id in record_ids:
        source = full_text.get(record_id)
        if source is None:
            continue
        target = store / FULL_TEXT / packed_name(record_id)
        if target.exists():  # ids that differ by case only, on a file system that ignores case
            raise SourceError(source, f"expected a file name of its own for {record_id!r}")
        xml = xml_bytes(source)
        target.write_bytes(packed(xml))
        texts[record_id] = StoredFullText(
            path=f"{FULL_TEXT}/{target.name}", xml_sha256=hashlib.sha256(xml).hexdigest()
        )
    return texts
