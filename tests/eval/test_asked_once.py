from __future__ import annotations

import pytest

from eval.asked_once import AskedOnce
from evidence.errors import EngineError
from indexers.records import Frozen
from tests.evidence.llm.scripted import SETTINGS, Scripted


class Answer(Frozen):
    text: str


class OtherAnswer(Frozen):
    text: str


def test_the_same_call_has_the_same_outcome_and_is_made_once() -> None:
    scripted = Scripted('{"text": "a"}', EngineError("too busy", retryable=True), '{"text": "c"}')
    asked = AskedOnce(scripted)
    for _ in range(2):
        assert asked.complete("one", Answer).value.text == "a"
        with pytest.raises(EngineError, match="too busy") as caught:
            asked.complete("two", Answer)
        assert caught.value.retryable
    assert asked.complete("one", OtherAnswer).value.text == "c"  # another schema, another call
    assert scripted.prompts == ["one", "two", "one"]
    assert (asked.n_calls, asked.n_failed, asked.answered_by) == (3, 1, ("m-2026",))
    assert asked.settings == SETTINGS
