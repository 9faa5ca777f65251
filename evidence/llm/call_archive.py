"""Recorded calls in one compressed file, to be shipped: `calls.jsonl.gz`, one call a line.

The same calls give the same bytes: lines stand in the order of their digests, and the compressed
file holds no time. `SHA256SUMS` beside it has a line a file, as `sha256sum` writes and checks them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path

from evidence.errors import EngineError, SettingsError
from evidence.writing import write_whole

ARCHIVE = "calls.jsonl.gz"
ENGINE_FILE = "engine.json"
CHECKSUMS = "SHA256SUMS"
_CHECKED = (ARCHIVE, ENGINE_FILE, "run.json", "settings.toml")
LARGEST_ARCHIVE_BYTES = 1024 * 1024 * 1024
"""Unpacked; a call of a long report takes some tens of kilobytes."""
_EXPECTED = "expected recorded calls as JSON lines; the file is damaged, record the run again"


def pack_calls(calls: Path, target: Path) -> int:
    """Write the calls of a folder into `target`, with how they were asked; gives their number.

    Those of further runs have a folder each beside them, there as here. An archive that was there
    before is replaced as a whole.

    Raises:
        SettingsError: The folder holds no calls.
        EngineError: A call's file is damaged.
    """
    n_calls = _pack_run(calls, target)
    for run in sorted(path.parent for path in calls.glob(f"run-*/{ENGINE_FILE}")):
        n_calls += _pack_run(run, target / run.name)
        write_checksums(target / run.name)
    return n_calls


def _pack_run(calls: Path, target: Path) -> int:
    if not (calls / ENGINE_FILE).is_file():
        raise SettingsError(f"{calls}: expected recorded calls (there is no {ENGINE_FILE})")
    lines = []
    for path in sorted(calls.glob("*.json")):
        if path.name != ENGINE_FILE:
            call = _parsed(path.read_bytes(), path)
            lines.append(json.dumps(call, ensure_ascii=False, sort_keys=True))
    target.mkdir(parents=True, exist_ok=True)
    body = "".join(f"{line}\n" for line in lines).encode()
    write_whole(target / ARCHIVE, gzip.compress(body, mtime=0))
    shutil.copyfile(calls / ENGINE_FILE, target / ENGINE_FILE)
    return len(lines)


def archived_calls(folder: Path) -> Mapping[str, bytes]:
    """The calls of an archive as JSON, by request digest; none where there is no archive.

    Raises:
        EngineError: The archive is damaged, or unpacks to more than a gibibyte.
    """
    path = folder / ARCHIVE
    if not path.exists():
        return {}
    try:
        with gzip.open(path, "rb") as stream:
            body = stream.read(LARGEST_ARCHIVE_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        body = b""
    lines = body.splitlines() if len(body) <= LARGEST_ARCHIVE_BYTES else []
    if not lines:
        raise EngineError(f"{path}: {_EXPECTED}")
    return {str(_parsed(line, path).get("request_digest")): line for line in lines}


def write_checksums(folder: Path) -> None:
    """Write the checksums of a recording's files, those that are there."""
    there = [name for name in _CHECKED if (folder / name).is_file()]
    lines = [f"{_checksum(folder / name)}  {name}\n" for name in there]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def checksum_problems(folder: Path) -> list[str]:
    """A line for each file that is not what it was; none where nobody wrote checksums."""
    path = folder / CHECKSUMS
    if not path.is_file():
        return []
    problems = []
    listed = [line.split("  ", 1) for line in path.read_text("utf-8", "replace").splitlines()]
    for parts in listed:
        name = parts[-1]
        if name not in _CHECKED:
            problems.append(f"{path}: expected lines `digest  name`; the file is damaged")
        elif not (folder / name).is_file():
            problems.append(f"{folder / name}: the file is missing; restore the recording")
        elif _checksum(folder / name) != parts[0]:
            problems.append(
                f"{folder / name}: does not match its line in {CHECKSUMS}: one of them was "
                "changed; restore the recording"
            )
    return problems if listed else [f"{path}: it is empty; restore the recording"]


def _checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; of a text as it is with the line ends of Unix."""
    body = path.read_bytes()
    if path.name != ARCHIVE:
        body = body.replace(b"\r\n", b"\n")
    return hashlib.sha256(body).hexdigest()


def _parsed(text: bytes, path: Path) -> dict[str, object]:
    try:
        call = json.loads(text)
    except (ValueError, RecursionError):
        raise EngineError(f"{path}: {_EXPECTED}") from None
    if not isinstance(call, dict):
        raise EngineError(f"{path}: {_EXPECTED}")
    return call
