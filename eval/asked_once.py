"""A language model under measurement: each call is made once a run, and counted."""

from __future__ import annotations

from typing import Any

from evidence.errors import EngineError
from evidence.llm.protocol import CallSettings, LanguageModel, Reply, Value, request_digest


class AskedOnce:
    """Passes calls on; one that comes again has the outcome it had, a failure too.

    A recorder makes a failed call again. Within one run that could fail for one system and succeed
    for the next, and the record, which holds the last outcome, would replay as another run.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._outcomes: dict[tuple[str, type], Reply[Any] | EngineError] = {}

    @property
    def settings(self) -> CallSettings:
        """The model and how it is asked."""
        return self._model.settings

    @property
    def n_calls(self) -> int:
        """How many different calls were made, or answered from a record."""
        return len(self._outcomes)

    @property
    def n_failed(self) -> int:
        """How many of them have no usable answer."""
        return sum(isinstance(outcome, EngineError) for outcome in self._outcomes.values())

    @property
    def answered_by(self) -> tuple[str, ...]:
        """The names that the server gave the model, sorted."""
        replies = [o for o in self._outcomes.values() if not isinstance(o, EngineError)]
        return tuple(sorted({reply.model for reply in replies}))

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The answer, now or from before.

        Raises:
            EngineError: There is no usable answer.
        """
        # Two types may have one schema; an answer is of the type that was asked for.
        asked = (request_digest(self.settings, prompt, schema), schema)
        if asked not in self._outcomes:
            try:
                self._outcomes[asked] = self._model.complete(prompt, schema)
            except EngineError as error:
                self._outcomes[asked] = error
        outcome = self._outcomes[asked]
        if isinstance(outcome, EngineError):
            raise outcome
        return outcome
