"""A question about a colour, and the model that is asked it."""

from __future__ import annotations

import traceback
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from evidence.errors import EngineError
from evidence.llm.server import ServerModel
from tests.evidence.llm.openai_server import KEY, FakeServer, completion


class Colour(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Literal["red", "green"]


RED = completion({"name": "red"})


def model(fake: FakeServer, waits: list[float] | None = None, **settings: Any) -> ServerModel:
    sleep = waits.append if waits is not None else lambda _: None
    return ServerModel(fake.engine(**settings), KEY, sleep=sleep)


def error_of(fake: FakeServer, **settings: Any) -> EngineError:
    with pytest.raises(EngineError) as caught:
        model(fake, **settings).complete("Which colour?", Colour)
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert "\n" not in str(caught.value)
    return caught.value
