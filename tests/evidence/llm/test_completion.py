"""What is taken from a server's answer, and what is made of numbers that cannot be."""

from __future__ import annotations

import json

import pytest

from evidence.llm.completion import checked_completion


@pytest.mark.parametrize(
    ("told", "taken"), [((11, 7), (11, 7)), ((-11, -7), (0, 0)), ((None, 7), (0, 7))]
)
def test_tokens_below_none_give_no_budget_back(
    told: tuple[int | None, int], taken: tuple[int, int]
) -> None:
    answer = {
        "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}],
        "usage": dict(zip(("prompt_tokens", "completion_tokens"), told, strict=True)),
    }
    usage = checked_completion(json.dumps(answer).encode(), "http://h", None)["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == taken
