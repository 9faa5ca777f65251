"""Any OpenAI-compatible server, through llama-index's `OpenAILike`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from evidence.config import OpenAIEngine
from evidence.errors import EngineError, SettingsError
from evidence.llm.protocol import CallSettings, Reply, Value, request_digest
from evidence.llm.wire import BusyServer, CheckedClient, RefusedRequest, one_line

LONGEST_WAIT_SECONDS = 30.0
SHORT_WAIT_SECONDS = 1.0
SchemaFormat = Literal["json_schema", "json_object", "plain"]
FORMATS: tuple[SchemaFormat, ...] = ("json_schema", "json_object", "plain")
"""How a server can be held to a schema, strictest first; llama-cpp-python takes the second."""


def call_settings(engine: OpenAIEngine) -> CallSettings:
    """How an engine is asked; its address and time-out decide no reply."""
    return CallSettings(
        model=engine.model,
        context_window_tokens=engine.context_window_tokens,
        max_tokens=engine.max_tokens,
        seed=engine.seed,
    )


class ServerModel:
    """Asks a server; one instance remembers by which format the server takes a schema.

    Args:
        engine: The server's address, the model and how it is asked.
        key: The key, or None for a server that needs none.
        sleep: Waits so many seconds before the one retry that a busy server gets.

    Raises:
        SettingsError: llama-index is not installed, or it does not take the settings.
    """

    def __init__(
        self, engine: OpenAIEngine, key: str | None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._settings = call_settings(engine)
        self._server = _open_ai_like(engine, key)
        self._sleep = sleep
        self._format: SchemaFormat | None = None

    @property
    def settings(self) -> CallSettings:
        """The model and how it is asked."""
        return self._settings

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The answer, checked as a whole against the schema; one retry shows what was wrong.

        Raises:
            EngineError: The server failed, or the answer did not fit the schema twice.
        """
        text = f"{prompt}\n\n{schema_text(schema)}"
        first = self._ask(text, schema)
        try:
            return self._reply(schema, prompt, [first])
        except ValidationError as error:
            problem = _problem(error)
        second = self._ask(
            f"{text}\n\nYour last answer could not be used: {problem}. Answer again.", schema
        )
        try:
            return self._reply(schema, prompt, [first, second])
        except ValidationError as error:
            raise EngineError(
                f"model {self._settings.model}: its answer did not fit {schema.__name__} twice: "
                f"{_problem(error)}"
            ) from None

    def _reply(
        self, schema: type[Value], prompt: str, answers: list[dict[str, Any]]
    ) -> Reply[Value]:
        last = answers[-1]
        return Reply(
            value=schema.model_validate_json(last["text"]),
            model=last["model"] or self._settings.model,
            prompt_tokens=sum(answer["prompt_tokens"] for answer in answers),
            reply_tokens=sum(answer["reply_tokens"] for answer in answers),
            request_digest=request_digest(self._settings, prompt, schema),
        )

    def _ask(self, text: str, schema: type[BaseModel]) -> dict[str, Any]:
        """One answer, by the first format that the server takes."""
        if self._format is not None:
            return self._call_with_retry(text, _response_format(self._format, schema))
        for attempt in FORMATS:
            try:
                answer = self._call_with_retry(text, _response_format(attempt, schema))
            except RefusedRequest as error:
                refusal = error
            else:
                self._format = attempt
                return answer
        raise refusal

    def _call_with_retry(self, text: str, response_format: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._call(text, response_format)
        except BusyServer as error:
            wait = SHORT_WAIT_SECONDS if error.wait_seconds is None else error.wait_seconds
            if wait > LONGEST_WAIT_SECONDS:
                raise
        self._sleep(wait)
        return self._call(text, response_format)

    def _call(self, text: str, response_format: dict[str, Any]) -> dict[str, Any]:
        from llama_index.core.base.llms.types import ChatMessage
        from openai import OpenAIError

        try:
            response = self._server.chat(
                [ChatMessage(role="user", content=text)], **response_format
            )
        except OpenAIError as error:
            # The client of openai wraps what our own client raised; that says it best.
            if isinstance(error.__cause__, EngineError):
                raise error.__cause__ from None
            raise EngineError(
                f"model {self._settings.model}: the call failed ({type(error).__name__})"
            ) from None
        return {
            "text": response.message.content or "",
            "model": response.raw.model,
            "prompt_tokens": response.raw.usage.prompt_tokens,
            "reply_tokens": response.raw.usage.completion_tokens,
        }


def _open_ai_like(engine: OpenAIEngine, key: str | None) -> Any:
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError as error:
        raise SettingsError(
            "engine openai: llama-index is missing; pip install 'evidence-synthesis[llm]'"
        ) from error
    if not engine.base_url.startswith(("http://", "https://")):
        raise SettingsError(f"base_url {engine.base_url!r}: expected http:// or https://")
    try:
        return OpenAILike(
            model=engine.model,
            api_base=engine.base_url,
            api_key="held-by-the-http-client",  # empty would send llama-index to OPENAI_API_KEY
            is_chat_model=True,
            context_window=engine.context_window_tokens,
            max_tokens=engine.max_tokens,
            temperature=0.0,
            additional_kwargs={"seed": engine.seed},
            timeout=engine.timeout_seconds,
            max_retries=0,
            http_client=CheckedClient(key, engine.api_key_variable, engine.timeout_seconds),
        )
    except ValueError as error:
        raise SettingsError(f"model {engine.model!r}: {one_line(str(error), key)}") from None


def _response_format(name: SchemaFormat, schema: type[BaseModel]) -> dict[str, Any]:
    match name:
        case "json_schema":
            described = {
                "name": schema.__name__,
                "strict": True,
                "schema": schema.model_json_schema(),
            }
            return {"response_format": {"type": "json_schema", "json_schema": described}}
        case "json_object":
            json_schema = schema.model_json_schema()
            return {"response_format": {"type": "json_object", "schema": json_schema}}
        case "plain":
            return {}


def schema_text(schema: type[BaseModel]) -> str:
    """Told in every format: a constrained model writes better when it knows where it is going."""
    described = json.dumps(schema.model_json_schema(), ensure_ascii=False)
    return f"Answer with one JSON object that fits this JSON schema, and nothing else:\n{described}"


def _problem(error: ValidationError) -> str:
    """The first problem of a reply, without what the reply held."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return one_line(f"{place}: {first['msg']}" if place else first["msg"])
