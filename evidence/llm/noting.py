"""Names for what a language model gave no usable answer to, and a model that keeps them."""

from __future__ import annotations

import re

from evidence.errors import EngineError
from evidence.llm.protocol import CallSettings, LanguageModel, Reply, Value, request_digest

_OF_RUN = re.compile(r": run \d+\Z")


def named_in_run(name: str, run: int) -> str:
    """The name of what was asked in one of several runs; runs count from 0, people from 1."""
    return f"{name}: run {run + 1}"


def without_run(name: str) -> str:
    """What was asked, in whichever run."""
    return _OF_RUN.sub("", name)


class NotingModel:
    """Passes calls on and notes those that fail, for callers that go on without them.

    Attributes:
        unanswered: A name for each failed call, in their order.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.unanswered: list[str] = []

    @property
    def settings(self) -> CallSettings:
        """The model and how it is asked."""
        return self._model.settings

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The model's answer.

        Raises:
            EngineError: There is no usable answer; it was noted.
        """
        try:
            return self._model.complete(prompt, schema)
        except EngineError:
            digest = request_digest(self.settings, prompt, schema)
            self.unanswered.append(f"{schema.__name__} {digest[:12]}")
            raise
