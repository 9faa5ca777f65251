from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pydantic import BaseModel

from evidence.config import ReplayEngine
from evidence.errors import EngineError, EvidenceError
from evidence.llm.cost import TokenPrices, count_tokens
from evidence.llm.ledger import Budget, BudgetExceeded, CallsMade, Ledger
from evidence.llm.models import build_language_model, new_ledger
from evidence.llm.protocol import LanguageModel
from tests.evidence.llm.openai_server import FakeServer, Turn, completion, serving

PRICES = TokenPrices(per_million_prompt_tokens=1e6, per_million_completion_tokens=2e6)
"""One a token of the prompt, two a token of the reply."""


class Colour(BaseModel):
    name: str


RED = completion({"name": "red"})  # 11 + 7 tokens
WAIT_SECONDS = 60


def spend(ledger: Ledger, prompt_tokens: int, reply_tokens: int, text: str = "abcd") -> None:
    with ledger.call(text, max_reply_tokens=10) as entry:
        entry.answered("red", prompt_tokens, reply_tokens)


def test_tokens_and_money_add_up() -> None:
    ledger = Ledger(prices=PRICES)
    spend(ledger, 11, 7)
    spend(ledger, 3, 2)
    made = ledger.made
    assert (made.n_calls, made.prompt_tokens, made.reply_tokens, made.cost) == (2, 14, 9, 32.0)
    assert made.line == "2 calls, 14 + 9 tokens; 32.000000 USD"


def test_no_prices_count_no_money() -> None:
    ledger = Ledger()
    spend(ledger, 11, 7)
    assert ledger.made.cost is None
    assert ledger.made.line == "1 call, 11 + 7 tokens"


def test_untold_tokens_are_counted_by_rule() -> None:
    ledger = Ledger()
    spend(ledger, 0, 0, text="x" * 400)
    made = ledger.made
    assert (made.prompt_tokens, made.reply_tokens, made.n_untold) == (100, count_tokens("red"), 1)
    assert "1 calls counted by rule" in made.line


def test_a_call_that_the_server_did_not_take_costs_nothing() -> None:
    ledger = Ledger()
    with pytest.raises(EngineError), ledger.call("abcd", 10):
        raise EngineError("busy")
    assert ledger.made == CallsMade(n_turned_away=1)
    assert ledger.made.line == "0 calls, 0 + 0 tokens; 1 turned away"


def test_a_lost_answer_counts_as_long_as_it_could_have_been() -> None:
    ledger = Ledger()
    with ledger.call("x" * 400, 10) as entry:
        entry.lost()
    assert (ledger.made.prompt_tokens, ledger.made.reply_tokens) == (100, 10)


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (Budget(max_total_tokens=45), "max_total_tokens = 45"),
        (Budget(max_cost=64), "max_cost = 64"),
    ],
)
def test_the_budget_ends_before_the_call_that_may_go_over_it(budget: Budget, told: str) -> None:
    # "abcd" may take 1 + 10 tokens and 21 of money; a call took 11 + 7 and 25.
    ledger = Ledger(budget, PRICES)
    spend(ledger, 11, 7)
    spend(ledger, 11, 7) if budget.max_cost is None else spend(ledger, 9, 6)
    before = ledger.made
    with pytest.raises(BudgetExceeded, match=told) as caught:
        spend(ledger, 1, 1)
    assert "\n" not in str(caught.value)
    assert ledger.made == before.model_copy(update={"budget_ended": str(caught.value)})


def test_a_budget_that_is_just_enough_allows_the_call() -> None:
    ledger = Ledger(Budget(max_total_tokens=29))
    spend(ledger, 11, 7)
    spend(ledger, 1, 10)
    assert ledger.made.n_calls == 2


def test_once_ended_a_smaller_call_is_not_made_either() -> None:
    ledger = Ledger(Budget(max_total_tokens=20))
    with pytest.raises(BudgetExceeded):
        spend(ledger, 1, 1, text="x" * 400)
    with pytest.raises(BudgetExceeded):
        spend(ledger, 1, 1)
    assert ledger.made.n_calls == 0


def test_a_call_waits_for_those_under_way_before_it_is_refused() -> None:
    ledger = Ledger(Budget(max_total_tokens=20))  # room for one call at its most, two as they are
    begun, go_on = Event(), Event()

    def slow() -> None:
        with ledger.call("abcd", 10) as entry:
            begun.set()
            go_on.wait(WAIT_SECONDS)
            entry.answered("red", 2, 3)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(slow)
        assert begun.wait(WAIT_SECONDS)
        second = threads.submit(spend, ledger, 2, 3)
        assert not second.done()
        go_on.set()
        first.result(WAIT_SECONDS)
        second.result(WAIT_SECONDS)
    assert ledger.made.n_calls == 2


def test_many_threads_never_go_over() -> None:
    ledger = Ledger(Budget(max_total_tokens=200))

    def ask(_: int) -> bool:
        try:
            spend(ledger, 1, 10)
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        answered = list(threads.map(ask, range(60)))
    assert sum(answered) == ledger.made.n_calls == 18
    assert ledger.made.prompt_tokens + ledger.made.reply_tokens == 198


def model_of(fake: FakeServer, folder: Path, **settings: Any) -> tuple[LanguageModel, Ledger]:
    engine = fake.engine(retry_seconds=0, **settings)
    ledger = new_ledger(engine)
    return build_language_model(engine, folder, ledger), ledger


def test_answers_from_records_cost_nothing(tmp_path: Path) -> None:
    prices = {"price_per_million_prompt_tokens": 1.0, "price_per_million_completion_tokens": 2.0}
    with serving(RED) as fake:
        model, ledger = model_of(fake, tmp_path, **prices)
        for _ in range(3):
            model.complete("Which?", Colour)
        assert ledger.made == CallsMade(
            n_calls=1, n_recorded=2, prompt_tokens=11, reply_tokens=7, cost=25e-6
        )
        assert "2 answered from records for nothing" in ledger.made.line
        engine = ReplayEngine(calls=tmp_path, model="fake-model")
        replayed = new_ledger(engine)
        build_language_model(engine, tmp_path, replayed).complete("Which?", Colour)
    assert replayed.made == CallsMade(n_recorded=1)


def test_a_run_ends_at_its_budget_and_a_larger_one_goes_on_from_the_records(
    tmp_path: Path,
) -> None:
    prompts = [f"No. {n}?" for n in range(6)]
    with serving(RED) as fake:
        # A call may take some 50 tokens of prompt and schema and 20 of reply; it takes 18.
        model, ledger = model_of(fake, tmp_path, max_tokens=20, max_total_tokens=120)
        with pytest.raises(BudgetExceeded) as caught:
            for prompt in prompts:
                model.complete(prompt, Colour)
        n_first = len(fake.requests)
        assert 1 <= n_first < 6
        assert ledger.made.n_calls == n_first
        assert not isinstance(caught.value, EngineError)
        assert isinstance(caught.value, EvidenceError)
        assert len(list(tmp_path.glob("*.json"))) == n_first + 1  # nothing for the refused call
        model, ledger = model_of(fake, tmp_path, max_tokens=20, max_total_tokens=1000)
        for prompt in prompts:
            model.complete(prompt, Colour)
        assert len(fake.requests) == 6
    assert (ledger.made.n_recorded, ledger.made.n_calls) == (n_first, 6 - n_first)


@pytest.mark.parametrize(
    ("turn", "tokens", "n_calls", "n_turned_away"),
    [
        (Turn(b"busy", 429), (0, 0), 0, 1),
        (Turn({"error": "no"}, 400), (0, 0), 0, 3),  # one for each format
        (completion(None), (11, 7), 1, 0),
        (completion('{"name": "red"}', finish_reason="length"), (11, 7), 1, 0),
        (completion("nonsense"), (22, 14), 2, 0),
    ],
)
def test_failed_calls_are_counted_with_what_they_took(
    tmp_path: Path, turn: Turn, tokens: tuple[int, int], n_calls: int, n_turned_away: int
) -> None:
    with serving(turn) as fake:
        model, ledger = model_of(fake, tmp_path)
        with pytest.raises(EngineError):
            model.complete("Which?", Colour)
    made = ledger.made
    assert (made.prompt_tokens, made.reply_tokens) == tokens
    assert (made.n_calls, made.n_turned_away) == (n_calls, n_turned_away)


def test_an_answer_that_broke_off_counts_in_full(tmp_path: Path) -> None:
    with serving(Turn(RED.body, missing=50)) as fake:
        model, ledger = model_of(fake, tmp_path, max_tokens=20)
        with pytest.raises(EngineError):
            model.complete("Which?", Colour)
    assert ledger.made.reply_tokens == 20
    assert ledger.made.prompt_tokens > 11
