"""Recorded calls on disk: one file a call, or all of them in one archive.

Each call carries a digest of itself and of how the model was asked. It finds what was changed by
accident, not what somebody forged together with its digest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from operator import not_
from pathlib import Path
from threading import get_ident
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from evidence.errors import EngineError, SettingsError
from evidence.llm.call_archive import ARCHIVE, ENGINE_FILE, archived_calls, checksum_problems
from evidence.llm.protocol import CallSettings
from indexers.records import Frozen

Read = TypeVar("Read", bound=BaseModel)
_DIGEST = re.compile(r"[0-9a-f]{64}")


class RecordedCall(Frozen):
    """A call and how it ended: `reply` holds the answer's fields, else `failure` says why not.

    `unusable` is a failure that the same request would meet again (`faults.UnusableAnswer`).
    """

    request_digest: str
    schema_name: str
    prompt: str
    reply: dict[str, Any] | None = None
    model: str | None = None
    prompt_tokens: int = 0
    reply_tokens: int = 0
    failure: str | None = None
    retryable: bool = False
    unusable: bool = Field(default=False, exclude_if=not_)
    call_digest: str | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the model answered, be it to no use: the same request is not made again."""
        return self.reply is not None or self.unusable

    def digest_with(self, settings: CallSettings) -> str:
        """SHA-256 of all that this call says and of how the model was asked, in hexadecimal."""
        said = self.model_dump(mode="json", exclude={"call_digest"})
        whole = {"call": said, "settings": settings.model_dump(mode="json")}
        canonical = json.dumps(whole, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class RecordedCalls:
    """The calls of a folder, in files or in an archive.

    Raises:
        SettingsError: The folder holds no calls.
        EngineError: Its archive or `engine.json` is damaged.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / ENGINE_FILE
        changed = checksum_problems(folder)
        if changed:
            raise EngineError(changed[0])
        if not path.exists():
            raise SettingsError(f"{folder}: expected recorded calls (there is no {ENGINE_FILE})")
        self._folder = folder
        self._archived = archived_calls(folder)
        self.settings = recorded_settings(path)

    def get(self, digest: str) -> RecordedCall | None:
        """A call by its request digest; None where it is not recorded.

        Raises:
            EngineError: It was changed, or its file is damaged.
        """
        path = self._folder / f"{digest}.json"
        archived = self._archived.get(digest)
        if archived is not None:
            return unchanged_call(archived, self._folder / ARCHIVE, digest, self.settings)
        return recorded_call(path, digest, self.settings) if path.exists() else None

    def digests(self) -> list[str]:
        """The request digest of every call, in order."""
        names = (path.stem for path in self._folder.glob("*.json"))
        return sorted({*self._archived, *filter(_DIGEST.fullmatch, names)})

    def problems(self) -> Iterator[str]:
        """A line for each call that was changed or cannot be read."""
        for digest in self.digests():
            try:
                call = self.get(digest)
            except EngineError as error:
                yield str(error)
                continue
            if call is None or call.call_digest is None or digest in self._archived:
                continue
            path = self._folder / f"{digest}.json"
            if path.read_bytes() != file_text(call).encode():
                yield f"{path}: the file was changed since it was written; restore the recording"

    def n_without_digest(self) -> int:
        """How many calls carry no digest, as those of earlier versions do.

        Raises:
            EngineError: A call was changed, or its file is damaged.
        """
        return sum(
            (call := self.get(digest)) is not None and call.call_digest is None
            for digest in self.digests()
        )


def unchanged_call(raw: bytes, path: Path, digest: str, settings: CallSettings) -> RecordedCall:
    """A recorded call from its bytes.

    Raises:
        EngineError: They hold no call, another call, or one that was changed since.
    """
    call = _validated(raw, path, RecordedCall)
    if call.request_digest != digest:
        raise EngineError(f"{path}: holds another call ({call.request_digest[:12]})")
    if call.call_digest not in (None, call.digest_with(settings)):
        raise EngineError(
            f"{path}: call {digest[:12]} does not match its digest: it, or engine.json beside it, "
            "was changed; restore the recording"
        )
    return call


def recorded_call(path: Path, digest: str, settings: CallSettings) -> RecordedCall:
    """A recorded call from its file; raises what `unchanged_call` raises."""
    return unchanged_call(_bytes(path, RecordedCall), path, digest, settings)


def recorded_settings(path: Path) -> CallSettings:
    """How the model of a folder was asked.

    Raises:
        EngineError: The file is damaged.
    """
    return _validated(_bytes(path, CallSettings), path, CallSettings)


def _bytes(path: Path, kind: type[BaseModel]) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EngineError(f"{path}: expected a {kind.__name__}; it cannot be read") from error


def _validated(raw: bytes, path: Path, kind: type[Read]) -> Read:
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        raise EngineError(f"{path}: expected a {kind.__name__}; the file is damaged") from error


def file_text(value: BaseModel) -> str:
    """What a file of the folder holds; one value, one text."""
    content = value.model_dump(mode="json")
    return f"{json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)}\n"


def write_whole(path: Path, value: BaseModel) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.{get_ident()}.part")
    part.write_text(file_text(value), encoding="utf-8", newline="\n")
    part.replace(path)
