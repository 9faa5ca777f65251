"""A language model whose answers are given in advance."""

from __future__ import annotations

from evidence.errors import EngineError
from evidence.llm.protocol import CallSettings, Reply, Value, request_digest

SETTINGS = CallSettings(model="m", context_window_tokens=4096, max_tokens=256, seed=1)


class Scripted:
    """A language model with its answers in a list; an error in it is raised."""

    def __init__(self, *answers: str | EngineError, settings: CallSettings = SETTINGS) -> None:
        self._answers = list(answers)
        self.settings = settings
        self.prompts: list[str] = []

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        self.prompts.append(prompt)
        answer = self._answers.pop(0)
        if isinstance(answer, EngineError):
            raise answer
        digest = request_digest(self.settings, prompt, schema)
        return Reply(schema.model_validate_json(answer), "m-2026", 5, 3, digest)
