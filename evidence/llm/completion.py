"""What a server answers: a chat completion or a list of models, checked field by field."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, ValidationError

from evidence.errors import EngineError
from evidence.llm.faults import LostAnswer, UnusableAnswer, detail, one_line


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(BaseModel):
    model: str | None = None
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class _Listed(BaseModel):
    id: str


class _ModelList(BaseModel):
    data: list[_Listed]


def checked_completion(body: bytes, where: str, key: str | None) -> dict[str, Any]:
    """The fields of a completion that the program uses.

    Raises:
        EngineError: The body is no completion, or the model refused, fell silent or ran out.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            started = body.lstrip().startswith(b"{")
            if started:
                raise LostAnswer(f"{where}: answered with JSON that breaks off") from None
            raise EngineError(f"{where}: answered with something that is not JSON") from None
        place = ".".join(str(part) for part in first["loc"])
        raise EngineError(
            f"{where}: expected a chat completion, its {place or 'body'} is wrong or missing"
            f"{detail(body, key)}"
        ) from None
    choice, usage = completion.choices[0], completion.usage or _Usage()
    # A number below 0 tells as little as none, and would give the budget back.
    tokens = (max(usage.prompt_tokens or 0, 0), max(usage.completion_tokens or 0, 0))
    fault = _no_reply(choice, key)
    if fault:
        raise UnusableAnswer(f"{where}: {fault}", *tokens)
    return {
        "id": "",
        "object": "chat.completion",
        "created": 0,
        "model": completion.model or "",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": choice.message.content},
            }
        ],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": 0,
        },
    }


def _no_reply(choice: _Choice, key: str | None) -> str:
    """Why a choice holds no whole reply; empty when it does."""
    if choice.message.refusal or choice.finish_reason == "content_filter":
        said = one_line(choice.message.refusal or "content filter", key)
        return f"the model refused to answer ({said})"
    if choice.finish_reason == "length":
        return "the reply was cut off at its length limit; raise max_tokens"
    if not (choice.message.content or "").strip():
        return "the model gave an empty reply"
    return ""


def checked_model_names(body: bytes, where: str, key: str | None) -> list[str]:
    """The names in a list of models, in its order.

    Raises:
        EngineError: The body is no such list.
    """
    try:
        listed = _ModelList.model_validate_json(body).data
    except ValidationError:
        raise EngineError(f"{where}/models: expected a list of models") from None
    return [one_line(model.id, key) for model in listed]
