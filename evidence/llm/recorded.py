"""Recorded model calls: the recorder writes them, the replay answers from them.

    calls/
      engine.json         the model and how it was asked (CallSettings)
      <digest>.json       one call, named by its request digest (RecordedCall)
      calls.jsonl.gz      all calls in one file instead, where a run is shipped (call_archive)

A call that failed is recorded as well, so that a replay fails alike. The recorder asks again where
the model gave no answer, and not where it answered what is of no use: the same request would cost
as much and be answered alike. Each call carries a digest of itself and of its settings: a changed
one is named and not used. Calls of earlier versions carry none and are replayed as they are
(`evidence doctor` counts them).
"""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from pydantic import ValidationError

from evidence.errors import EngineError, SettingsError
from evidence.llm.call_archive import ENGINE_FILE
from evidence.llm.faults import UnusableAnswer, tells_of_no_use
from evidence.llm.protocol import CallSettings, LanguageModel, Reply, Value, request_digest
from evidence.llm.recorded_calls import (
    RecordedCall,
    RecordedCalls,
    recorded_call,
    recorded_settings,
    write_whole,
)

if TYPE_CHECKING:
    from evidence.llm.ledger import Ledger


class NotRecorded(EngineError):
    """A replay was asked what its recorded run was not: a prompt, a schema or a text changed."""


class RecordingModel:
    """Passes calls on and records each; a call that has been answered is not made again.

    Any number of threads may share one instance: a call that comes again while it is under way
    waits and finds the record.

    Args:
        model: Answers the calls.
        folder: The folder of calls; made with the first call.
        ledger: Counts the answers that were found recorded.
        earlier: A recording that this one goes on from: what it holds is taken over with the first
            use, answers of no use among it; what got no answer is asked again.

    Raises:
        SettingsError: The folder holds the calls of a model that was asked otherwise.
    """

    def __init__(
        self,
        model: LanguageModel,
        folder: Path,
        ledger: Ledger | None = None,
        earlier: RecordedCalls | None = None,
    ) -> None:
        self._model = model
        self._folder = folder
        self._ledger = ledger
        # Calls under other settings have other digests; none of them could be found.
        alike = earlier is not None and earlier.settings == model.settings
        self._earlier = earlier if alike else None
        self._under_way: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        self._guard = Lock()
        path = folder / ENGINE_FILE
        if path.exists() and recorded_settings(path) != model.settings:
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
            known = recorded_call(path, digest, self.settings)
            if known.is_answered:
                return self._counted(known, path, schema)
        elif (before := self._taken_over(digest)) is not None:
            self._write(path, before)
            return self._counted(before, path, schema)
        call = RecordedCall(request_digest=digest, schema_name=schema.__name__, prompt=prompt)
        try:
            reply = self._model.complete(prompt, schema)
        except EngineError as error:
            failed = {
                "failure": str(error),
                "retryable": error.retryable,
                "unusable": isinstance(error, UnusableAnswer) and not error.retryable,
            }
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

    def _taken_over(self, digest: str) -> RecordedCall | None:
        """The call as the earlier recording ended it; None where it has to be made."""
        before = self._earlier.get(digest) if self._earlier is not None else None
        if before is None:
            return None
        # Earlier versions kept no mark: their faults, as a wrong key, may do better now.
        kept = before.is_answered or tells_of_no_use(before.failure or "")
        return before if kept else None

    def _counted(self, call: RecordedCall, path: Path, schema: type[Value]) -> Reply[Value]:
        reply = _reply(call, path, schema)
        if self._ledger is not None:
            self._ledger.recorded()
        return reply

    def _write(self, path: Path, call: RecordedCall) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        engine = self._folder / ENGINE_FILE
        if not engine.exists():
            write_whole(engine, self.settings)
        digest = call.digest_with(self.settings)
        write_whole(path, call.model_copy(update={"call_digest": digest}))


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
        self._calls = RecordedCalls(folder)
        self._folder = folder
        self._ledger = ledger
        if self.settings.model != model:
            raise SettingsError(
                f"{folder}: holds the calls of model {self.settings.model!r}, not {model!r}"
            )

    @property
    def settings(self) -> CallSettings:
        """The model and how it was asked."""
        return self._calls.settings

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The recorded answer.

        Raises:
            NotRecorded: The call is not among the recorded ones.
            EngineError: It was changed, its file is damaged, or it failed then, too.
        """
        digest = request_digest(self.settings, prompt, schema)
        call = self._calls.get(digest)
        if call is None:
            raise NotRecorded(f"{self._folder}: no recorded call {digest}; run it with a server")
        reply = _reply(call, self._folder / f"{digest}.json", schema)
        if self._ledger is not None:
            self._ledger.recorded()
        return reply


def _reply(call: RecordedCall, path: Path, schema: type[Value]) -> Reply[Value]:
    if call.reply is None and call.unusable:
        raise UnusableAnswer(call.failure or f"{path}: no answer")
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
