from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from evidence.errors import EngineError
from evidence.llm.asking import schema_text
from evidence.llm.cost import CostEstimate, TokenPrices, count_tokens, estimate_calls
from evidence.llm.faults import UnusableAnswer
from evidence.llm.protocol import request_digest
from evidence.llm.recorded import RecordingModel
from tests.evidence.llm.scripted import SETTINGS, Scripted


class Answer(BaseModel):
    yes: bool


BEHIND = len(f"\n\n{schema_text(Answer)}".encode())


def estimated(prompts: list[str], folder: Path | None = None, **prices: float) -> CostEstimate:
    given = TokenPrices.model_validate(prices) if prices else None
    return estimate_calls(prompts, Answer, SETTINGS, folder, given)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("äöü", 2)])
def test_a_token_is_four_bytes_begun(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_prompts_are_counted_with_the_schema_and_doubles_once() -> None:
    cost = estimated(["a" * 400, "b" * 400, "a" * 400])
    assert cost.n_calls == 2
    assert cost.prompt_tokens == 2 * -(-(400 + BEHIND) // 4)
    assert cost.completion_tokens_most == 2 * SETTINGS.max_tokens
    assert cost.price_most is None
    assert "no prices are set" in cost.line


def test_the_price_is_that_of_prompts_and_of_replies_at_their_limit() -> None:
    cost = estimated(["a" * 400], per_million_prompt_tokens=2.0, per_million_completion_tokens=8.0)
    tokens = -(-(400 + BEHIND) // 4)
    assert cost.price_most == pytest.approx((2 * tokens + 8 * SETTINGS.max_tokens) / 1e6)
    assert cost.line.endswith("USD")


def test_an_answer_of_no_use_is_not_paid_for_again(tmp_path: Path) -> None:
    cut = Scripted(UnusableAnswer("the reply was cut off at its length limit"))
    model = RecordingModel(cut, tmp_path)
    for _ in range(2):
        with pytest.raises(UnusableAnswer):
            model.complete("cut", Answer)
    assert len(cut.prompts) == 1
    cost = estimated(["cut", "new"], tmp_path)
    assert (cost.n_calls, cost.n_cached) == (1, 1)


def test_an_answered_call_is_cached_and_a_failed_one_is_made_again(tmp_path: Path) -> None:
    yes = '{"yes": true}'
    model = RecordingModel(Scripted(yes, yes, EngineError("down")), tmp_path)
    for prompt in ("answered", "answered too"):
        model.complete(prompt, Answer)
    with pytest.raises(EngineError):
        model.complete("failed", Answer)
    cost = estimated(["answered", "failed", "answered too"], tmp_path)
    assert (cost.n_calls, cost.n_cached) == (1, 2)
    assert "1 call to m (2 more are recorded already)" in cost.line


def test_a_damaged_recording_is_named(tmp_path: Path) -> None:
    path = tmp_path / f"{request_digest(SETTINGS, 'asked', Answer)}.json"
    path.write_text("{")
    with pytest.raises(EngineError, match="damaged"):
        estimated(["asked"], tmp_path)
