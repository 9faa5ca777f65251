"""Asking a model for one value of a schema: what every engine does with an answer.

An answer is checked as a whole and never repaired. One that does not fit is asked for once more,
with the problem shown, and a second that does not fit is an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from evidence.llm.faults import UnusableAnswer, one_line
from evidence.llm.protocol import CallSettings, Reply, Value, json_schema, request_digest


@dataclass(frozen=True)
class Answer:
    """What a model said; `model` is its name where it gave one, counts are in tokens."""

    text: str
    model: str
    prompt_tokens: int
    reply_tokens: int


_SHORT = 3
"""Characters; a text of a reply this short orders nothing, and would cut words to pieces."""
Ask = Callable[[str, type[BaseModel]], Answer]
"""Puts a text to a model, held to the schema as well as the engine can."""


def checked_reply(
    ask: Ask, settings: CallSettings, prompt: str, schema: type[Value]
) -> Reply[Value]:
    """The answer as a value of the schema; one retry shows what was wrong.

    Raises:
        EngineError: The model gave no answer.
        UnusableAnswer: The answer did not fit the schema twice.
    """
    text = f"{prompt}\n\n{schema_text(schema)}"
    first = ask(text, schema)
    try:
        return _reply(settings, schema, prompt, [first])
    except ValidationError as error:
        problem = _problem(error, schema, first.text)
    again = f"Your last answer could not be used: {problem}. Answer again."
    second = ask(f"{text}\n\n{again}", schema)
    try:
        return _reply(settings, schema, prompt, [first, second])
    except ValidationError as error:
        raise UnusableAnswer(
            f"model {settings.model}: its answer did not fit {schema.__name__} twice: "
            f"{_problem(error, schema, second.text)}"
        ) from None


def schema_text(schema: type[BaseModel]) -> str:
    """Told in every format: a constrained model writes better when it knows where it is going."""
    described = json.dumps(json_schema(schema), ensure_ascii=False)
    return f"Answer with one JSON object that fits this JSON schema, and nothing else:\n{described}"


def _reply(
    settings: CallSettings, schema: type[Value], prompt: str, answers: list[Answer]
) -> Reply[Value]:
    last = answers[-1]
    return Reply(
        value=schema.model_validate_json(last.text),
        model=last.model or settings.model,
        prompt_tokens=sum(answer.prompt_tokens for answer in answers),
        reply_tokens=sum(answer.reply_tokens for answer in answers),
        request_digest=request_digest(settings, prompt, schema),
    )


def _problem(error: ValidationError, schema: type[BaseModel], reply: str) -> str:
    """The first problem of a reply, without a word of the reply: it is shown outside any fence.

    A place is told by the schema's own names; from the message whatever the reply said is cut.
    """
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    described = json_schema(schema)
    known = _field_names(described)
    parts = (str(p) if isinstance(p, int) or p in known else "a field" for p in first["loc"])
    place = ".".join(parts)
    told = _without(first["msg"], reply, json.dumps(described, ensure_ascii=False))
    return one_line(f"{place}: {told}" if place else told)


def _without(message: str, reply: str, described: str) -> str:
    """A message without the texts of a reply, the schema's own words aside."""
    try:
        said = _texts(json.loads(reply))
    except (ValueError, RecursionError):
        return message  # of what is no JSON the message tells the place alone
    for text in sorted(said, key=len, reverse=True):
        for form in (text, " ".join(text.split())):
            message = message.replace(repr(form), "…")
            if len(form) > _SHORT and form not in described:
                message = message.replace(form, "…")
    return message


def _texts(value: object) -> set[str]:
    """All texts of a JSON value, names included."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, list):
        return {text for part in value for text in _texts(part)}
    if isinstance(value, dict):
        return set(value) | {text for part in value.values() for text in _texts(part)}
    return set()


def _field_names(schema: object) -> set[str]:
    """The names of all fields of a JSON schema."""
    if isinstance(schema, list):
        return {name for part in schema for name in _field_names(part)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own | {name for part in schema.values() for name in _field_names(part)}
