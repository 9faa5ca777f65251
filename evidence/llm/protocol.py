"""What a language model is to this program: a prompt and a schema in, a checked value out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from indexers.records import Frozen

Value = TypeVar("Value", bound=BaseModel)

ENGINE = "language_model"
"""How provenance names this engine, whether a call was made now or replayed."""

BYTES_PER_TOKEN = 3
"""A cautious rate: English takes about 4 bytes a token, tables and Chinese about 3."""

RESERVED_TOKENS = 768
"""Room for the schema and for the problem that a retry shows."""


class CallSettings(Frozen):
    """What decides a reply besides the prompt and the schema."""

    model: str
    context_window_tokens: int
    max_tokens: int
    seed: int
    temperature: float = 0.0

    def of_run(self, run: int) -> CallSettings:
        """The settings of a further run of the same call: another seed; run 0 is the first."""
        return self.model_copy(update={"seed": self.seed + run})

    @property
    def prompt_limit_bytes(self) -> int:
        """How many UTF-8 bytes of prompt fit beside the reply; never below 0."""
        tokens = self.context_window_tokens - self.max_tokens - RESERVED_TOKENS
        return max(0, tokens * BYTES_PER_TOKEN)


@dataclass(frozen=True)
class Reply(Generic[Value]):
    """A reply that fits its schema. `model` is the name the server gave; counts are in tokens."""

    value: Value
    model: str
    prompt_tokens: int
    reply_tokens: int
    request_digest: str


class LanguageModel(Protocol):
    """Answers a prompt with one value of a schema."""

    @property
    def settings(self) -> CallSettings:
        """The model and how it is asked; the same for every call."""
        ...

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The model's answer.

        Raises:
            EngineError: There is no usable answer; `retryable` when a later try may give one.
        """
        ...


@lru_cache(maxsize=64)
def json_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a type, made once: a call needs it several times. Not to be changed.

    It holds no titles and no descriptions: pydantic takes them from class names and docstrings,
    which are written for people. A small model copies them into its answer.
    """
    described: dict[str, Any] = _without_labels(schema.model_json_schema())
    return described


def _without_labels(described: Any) -> Any:
    """A JSON schema without `title` and `description`; fields of these names stay."""
    if isinstance(described, list):
        return [_without_labels(part) for part in described]
    if not isinstance(described, dict):
        return described
    # The label of a schema is a text; a field of that name is a schema.
    return {
        key: _without_labels(value)
        for key, value in described.items()
        if not (key in ("title", "description") and isinstance(value, str))
    }


def request_digest(settings: CallSettings, prompt: str, schema: type[BaseModel]) -> str:
    """SHA-256 of everything that decides a reply, in hexadecimal."""
    request = {
        "settings": settings.model_dump(),
        "prompt": prompt,
        "schema": json_schema(schema),
    }
    canonical = json.dumps(request, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
