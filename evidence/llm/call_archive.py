"""Recorded calls in one compressed file, to be shipped: `calls.jsonl.gz`, one call a line.

The same calls give the same bytes: lines stand in the order of their digests, and the compressed
file holds no time.
"""

from __future__ import annotations

import gzip
import json
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path

from evidence.errors import EngineError, SettingsError

ARCHIVE = "calls.jsonl.gz"
ENGINE_FILE = "engine.json"
_EXPECTED = "expected recorded calls as JSON lines; the file is damaged, record the run again"


def pack_calls(calls: Path, target: Path) -> int:
    """Write the calls of a folder into `target`, with how they were asked; gives their number.

    Raises:
        SettingsError: The folder holds no calls.
        EngineError: A call's file is damaged.
    """
    if not (calls / ENGINE_FILE).is_file():
        raise SettingsError(f"{calls}: expected recorded calls (there is no {ENGINE_FILE})")
    lines = []
    for path in sorted(calls.glob("*.json")):
        if path.name != ENGINE_FILE:
            call = _parsed(path.read_bytes(), path)
            lines.append(json.dumps(call, ensure_ascii=False, sort_keys=True))
    target.mkdir(parents=True, exist_ok=True)
    body = "".join(f"{line}\n" for line in lines).encode()
    (target / ARCHIVE).write_bytes(gzip.compress(body, mtime=0))
    shutil.copyfile(calls / ENGINE_FILE, target / ENGINE_FILE)
    return len(lines)


def archived_calls(folder: Path) -> Mapping[str, bytes]:
    """The calls of an archive as JSON, by request digest; none where there is no archive.

    Raises:
        EngineError: The archive is damaged.
    """
    path = folder / ARCHIVE
    if not path.exists():
        return {}
    try:
        lines = gzip.decompress(path.read_bytes()).splitlines()
    except (OSError, EOFError, zlib.error):
        lines = []
    if not lines:
        raise EngineError(f"{path}: {_EXPECTED}")
    return {str(_parsed(line, path).get("request_digest")): line for line in lines}


def _parsed(text: bytes, path: Path) -> dict[str, object]:
    try:
        call = json.loads(text)
    except ValueError:
        raise EngineError(f"{path}: {_EXPECTED}") from None
    if not isinstance(call, dict):
        raise EngineError(f"{path}: {_EXPECTED}")
    return call
