"""Recorded model calls: the recorder writes them, the replay answers from them.

    calls/
      engine.json         the model and how it was asked (CallSettings)
      <digest>.json       one call, named by its request digest (RecordedCall)
      calls.jsonl.gz      all calls in one file instead, where a run is shipped (call_archive)

A call that failed is recorded as well, so that a replay fails alike; the recorder asks again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from pydantic import BaseModel, ValidationError

from evidence.errors import EngineError, SettingsError
from evidence.llm.call_archive import archived_calls
from evidence.llm.protocol import CallSettings, LanguageModel, Reply, Value, request_digest
from indexers.records import Frozen

if TYPE_CHECKING:
    from evidence.llm.ledger import Ledger

Read = TypeVar("Read", bound=BaseModel)


class NotRecorded(EngineError):
    """A replay was asked what its recorded run was not: a prompt, a schema or a text changed."""


class RecordedCall(Frozen):
    """A call and how it ended: `reply` holds the answer's fields, else `failure` says why not."""

    request_digest: str
    schema_name: str
    prompt: str
    reply: dict[str, Any] | None = None
    model: str | None = None
    prompt_tokens: int = 0
    reply_tokens: int = 0
    failure: str | None = None
    retryable: bool = False


class RecordingModel:
    """Passes calls on and records each; a call that has been answered is not made again.

    Any number of threads may share one instance: a call that comes again while it is under way
    waits and finds the record.

    Args:
        model: Answers the calls.
        folder: The folder of calls; made with the first call.
        ledger: Counts the answers that were found recorded.

    Raises:
        SettingsError: The folder holds the calls of a model that was asked otherwise.
    """

    def __init__(self, model: LanguageModel, folder: Path, ledger: Ledger | None = None) -> None:
        self._model = model
        self._folder = folder
        self._ledger = ledger
        self._under_way: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        self._guard = Lock()
        path = folder / "engine.json"
        if path.exists() and _recorded_settings(path) != model.settings:
            raise SettingsError(
                f"{path}: its calls were made with other settings of the model; restore the "
                "settings or name another folder"
            )

    @property
    def settings(self) -> CallSettings:
        """The model and how it is asked."""
        return self._model.settings

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The recorded answer, or a new one.

        Raises:
            BudgetExceeded: The call may go over the budget; it was not made.
            EngineError: There is no usable answer; the failure is recorded, too.
        """
        digest = request_digest(self.settings, prompt, schema)
        with self._guard:
            own_turn = self._under_way.setdefault(digest, Lock())
        with own_turn:
            return self._recorded_or_new(digest, prompt, schema)

    def _recorded_or_new(self, digest: str, prompt: str, schema: type[Value]) -> Reply[Value]:
        path = self._folder / f"{digest}.json"
        if path.exists():
            known = _recorded_call(path, digest)
            if known.reply is not None:
                if self._ledger is not None:
                    self._ledger.recorded()
                return _reply(known, path, schema)
        call = RecordedCall(request_digest=digest, schema_name=schema.__name__, prompt=prompt)
        try:
            reply = self._model.complete(prompt, schema)
        except EngineError as error:
            failed = {"failure": str(error), "retryable": error.retryable}
            self._write(path, call.model_copy(update=failed))
            raise
        answered = {
            "reply": reply.value.model_dump(mode="json"),
            "model": reply.model,
            "prompt_tokens": reply.prompt_tokens,
            "reply_tokens": reply.reply_tokens,
        }
        self._write(path, call.model_copy(update=answered))
        return reply

    def _write(self, path: Path, call: RecordedCall) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        engine = self._folder / "engine.json"
        if not engine.exists():
            _write_whole(engine, self.settings)
        _write_whole(path, call)


class ReplayModel:
    """Answers from recorded calls and from nothing else.

    Args:
        folder: The folder of calls of an earlier run.
        model: The model that made them.
        ledger: Counts the answers.

    Raises:
        SettingsError: The folder holds no calls, or those of another model.
    """

    def __init__(self, folder: Path, model: str, ledger: Ledger | None = None) -> None:
        path = folder / "engine.json"
        if not path.exists():
            raise SettingsError(f"{folder}: expected recorded calls (there is no engine.json)")
        self._folder = folder
        self._ledger = ledger
        self._archived = archived_calls(folder)
        self._settings = _recorded_settings(path)
        if self._settings.model != model:
            raise SettingsError(
                f"{folder}: holds the calls of model {self._settings.model!r}, not {model!r}"
            )

    @property
    def settings(self) -> CallSettings:
        """The model and how it was asked."""
        return self._settings

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The recorded answer.

        Raises:
            NotRecorded: The call is not among the recorded ones.
            EngineError: Its file is damaged, or it failed then, too.
        """
        digest = request_digest(self._settings, prompt, schema)
        path = self._folder / f"{digest}.json"
        archived = self._archived.get(digest)
        if archived is not None:
            call = _validated(archived, path, RecordedCall)
        elif path.exists():
            call = _recorded_call(path, digest)
        else:
            raise NotRecorded(f"{self._folder}: no recorded call {digest}; run it with a server")
        reply = _reply(call, path, schema)
        if self._ledger is not None:
            self._ledger.recorded()
        return reply


def _reply(call: RecordedCall, path: Path, schema: type[Value]) -> Reply[Value]:
    if call.reply is None:
        raise EngineError(call.failure or f"{path}: no answer", retryable=call.retryable)
    try:
        value = schema.model_validate_json(json.dumps(call.reply))
    except ValidationError as error:
        raise EngineError(f"{path}: the recorded reply does not fit {schema.__name__}") from error
    return Reply(
        value=value,
        model=call.model or "",
        prompt_tokens=call.prompt_tokens,
        reply_tokens=call.reply_tokens,
        request_digest=call.request_digest,
    )


def _recorded_call(path: Path, digest: str) -> RecordedCall:
    call = _read(path, RecordedCall)
    if call.request_digest != digest:
        raise EngineError(f"{path}: holds another call ({call.request_digest[:12]})")
    return call


def _recorded_settings(path: Path) -> CallSettings:
    return _read(path, CallSettings)


def _read(path: Path, kind: type[Read]) -> Read:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise EngineError(f"{path}: expected a {kind.__name__}; it cannot be read") from error
    return _validated(raw, path, kind)


def _validated(raw: bytes, path: Path, kind: type[Read]) -> Read:
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        raise EngineError(f"{path}: expected a {kind.__name__}; the file is damaged") from error


def _write_whole(path: Path, value: BaseModel) -> None:
    """Write a file so that it is there whole or not at all."""
    content = value.model_dump(mode="json")
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.{get_ident()}.part")
    part.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    part.replace(path)
