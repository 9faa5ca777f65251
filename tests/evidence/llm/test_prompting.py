from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

import prompts
from evidence.config import (
    OfflineEngine,
    OpenAIEngine,
    ReplayEngine,
    Settings,
    TransformersEngine,
    data_folder,
)
from evidence.errors import EngineError, SettingsError
from evidence.llm.example_bank import ExampleBank
from evidence.llm.local import TransformersModel
from evidence.llm.models import build_models_of_runs, folder_of_run
from evidence.llm.prompting import (
    BANK,
    LARGEST_SHARE_OF_EXAMPLES,
    PLAIN,
    Prompting,
    agreed,
    ask_runs,
    prompting_of,
    told_votes,
)
from evidence.llm.protocol import request_digest
from evidence.prompting_settings import PromptingSettings
from indexers.records import Record, abstract_document
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, completion, serving
from tests.evidence.llm.optional import need
from tests.evidence.llm.scripted import SETTINGS, Scripted
from tests.evidence.llm.tiny_model import save_tiny_model

ZINC = abstract_document(Record(record_id="zinc", source="test", title="Zinc for colds"))
SHIPPED = ExampleBank(data_folder() / BANK)


class Word(BaseModel):
    word: str


class Digit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    digit: Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]


def word(text: str) -> str:
    return Word(word=text).model_dump_json()


def runs_of(*answers: str | EngineError, threshold: int = 2) -> list[str]:
    first, *further = [Scripted(a) for a in answers]
    asked = Prompting(runs=len(answers), further=tuple(further), threshold=threshold)
    found = ask_runs(first, asked, lambda run: f"prompt {run}", Word)
    assert [m.prompts for m in (first, *further)] == [[f"prompt {n}"] for n in range(len(answers))]
    return [reply.value.word for reply in found.replies]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=9), st.data())
def test_an_answer_counts_when_so_many_runs_give_it(votes: list[str], data: st.DataObject) -> None:
    least = data.draw(st.integers(len(votes) // 2 + 1, len(votes)))
    winner = agreed(votes, least)
    assert winner == next((v for v in "abc" if votes.count(v) >= least), None)
    assert winner == agreed(votes[::-1], least)


def test_the_votes_are_told() -> None:
    told = told_votes(["met", "unclear", "met"], runs=5, threshold=3)
    assert told == "the runs disagree (met 2, unclear 1, failed 2; 3 of 5 have to agree)"


def test_every_run_asks_its_own_model_and_a_failed_one_has_no_say() -> None:
    lost = EngineError("host: lost")
    assert runs_of(word("a"), word("b"), word("c")) == ["a", "b", "c"]
    assert runs_of(lost, word("b"), word("c")) == ["b", "c"]
    with pytest.raises(EngineError, match="host: lost"):
        runs_of(word("a"), lost, lost)
    with pytest.raises(EngineError, match="host: lost"):
        runs_of(word("a"), word("b"), lost, threshold=3)


def test_no_run_is_asked_once_none_can_count() -> None:
    last = Scripted(word("c"))
    lost = [Scripted(EngineError("lost")) for _ in range(2)]
    asked = Prompting(runs=3, further=(lost[1], last), threshold=2)
    with pytest.raises(EngineError, match="lost"):
        ask_runs(lost[0], asked, str, Word)
    assert last.prompts == []


def test_a_run_without_a_model_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        ask_runs(Scripted(word("a"), word("b")), Prompting(runs=2, threshold=2), str, Word)


def test_an_order_is_fixed_by_run_seed_and_what_is_ordered() -> None:
    items = tuple(range(8))
    shuffled = Prompting(shuffled=True)
    orders = [
        shuffled.order(items, run, seed, what)
        for run, seed, what in ((0, 1, "a"), (1, 1, "a"), (0, 2, "a"), (0, 1, "b"))
    ]
    assert orders[0] == shuffled.order(items, 0, 1, "a") != items
    assert len(set(orders)) == 4
    assert all(sorted(order) == list(items) for order in orders)
    assert PLAIN.order(items, 1, 1, "a") == items


def shown(k: int, limit: int = 100_000, questions: tuple[str, ...] = ("A trial.",)) -> str:
    return Prompting(bank=SHIPPED, k=k).examples("screening", questions, ZINC, limit)


def test_examples_are_fenced_and_the_farthest_give_way() -> None:
    near = SHIPPED.nearest("screening", ["A trial."], ZINC, 3)
    block = shown(3)
    for example in near:
        assert prompts.fenced(example.passage) in block
        assert prompts.fenced(example.reply_text) in block
        assert example.asked in block
    assert block.count("\nDATA-") == 6
    room = len(shown(2).encode())
    assert shown(3, limit=int(room / LARGEST_SHARE_OF_EXAMPLES)) == shown(2)
    assert shown(3, limit=100) == shown(0) == PLAIN.examples("screening", ["A"], ZINC, 9999) == ""


def test_the_bank_is_in_the_digest_of_the_prompt(tmp_path: Path) -> None:
    assert PLAIN.digest("screen") == prompts.digest("screen")
    assert Prompting(bank=SHIPPED, k=0).digest("screen") == prompts.digest("screen")
    other = tmp_path / "examples.jsonl"
    other.write_text(SHIPPED.path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    cases = [(SHIPPED, 2), (SHIPPED, 3), (ExampleBank(other), 2)]
    found = {Prompting(bank=bank, k=k).digest("screen") for bank, k in cases}
    assert len(found | {prompts.digest("screen")}) == 4


def test_the_settings_make_it() -> None:
    assert prompting_of(PromptingSettings()) == PLAIN
    further = (Scripted(), Scripted())
    made = prompting_of(PromptingSettings(examples=2, runs=3, shuffled=True), further)
    assert (made.k, made.runs, made.further, made.threshold, made.shuffled) == (
        *(2, 3, further, 2, True),
    )
    assert made.bank is not None
    assert made.bank.examples
    assert f"bank {SHIPPED.digest[:12]}" in made.told
    assert "2 of 3 runs have to agree" in made.told
    assert PLAIN.told == ""


@pytest.mark.parametrize(("runs", "agreement"), [(1, 2), (3, 1), (3, 4), (4, 2), (2, 0)])
def test_two_answers_can_never_both_count(runs: int, agreement: int) -> None:
    with pytest.raises(ValidationError, match=f"agreement = {agreement}: expected"):
        PromptingSettings(runs=runs, agreement=agreement)


def test_runs_that_are_all_alike_are_refused() -> None:
    voting = PromptingSettings(runs=3)
    still = OpenAIEngine(base_url="http://h/v1", model="m")
    for engine in (still, TransformersEngine(folder=Path("model"))):
        with pytest.raises(ValidationError, match=r"runs = 3 needs engine\.temperature above 0"):
            Settings(engine=engine, prompting=voting)
    warm = still.model_copy(update={"temperature": 0.7})
    for other in (warm, OfflineEngine(), ReplayEngine(calls=Path("calls"), model="m")):
        assert Settings(engine=other, prompting=voting).prompting.threshold == 2


def test_run_0_keeps_the_records_of_a_run_without_a_vote() -> None:
    assert SETTINGS.of_run(0) == SETTINGS
    assert folder_of_run(Path("calls"), 0) == Path("calls")
    # Made before there were runs: recorded calls of earlier versions are found by it.
    before = "da978611bdd47d38a905e8138c43a94b546d5e75b5bf9bf0bd7af02102f6ba46"
    assert request_digest(SETTINGS.of_run(0), "prompt", Word) == before
    further = {request_digest(SETTINGS.of_run(n), "prompt", Word) for n in range(3)}
    assert len(further) == 3


def test_runs_through_a_server_have_their_seeds_and_are_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with serving(*[completion({"word": w}) for w in "abc"]) as server:
        engine = server.engine(seed=7, temperature=0.5)
        models = build_models_of_runs(engine, tmp_path, None, 3)
        replies = [model.complete("prompt", Word) for model in models]
        assert [r["seed"] for r in server.requests] == [7, 8, 9]
        assert {r["temperature"] for r in server.requests} == {0.5}
    assert len({reply.request_digest for reply in replies}) == 3
    replay = ReplayEngine(calls=tmp_path, model="fake-model")
    again = build_models_of_runs(replay, tmp_path / "none", None, 3)
    assert [model.complete("prompt", Word) for model in again] == replies
    with pytest.raises(SettingsError, match="run-4: expected recorded calls"):
        build_models_of_runs(replay, tmp_path / "none", None, 4)


def test_local_runs_share_their_weights_and_draw_by_their_seeds(tmp_path: Path) -> None:
    need("llguidance", "local")
    engine = TransformersEngine(
        folder=save_tiny_model(tmp_path / "tiny"), device="cpu", max_tokens=48, temperature=1.0
    )
    models = build_models_of_runs(engine, tmp_path / "calls", None, 3)
    digits = [model.complete("Name a digit", Digit).value.digit for model in models]
    assert [model.settings.seed for model in models] == [0, 1, 2]
    assert len(set(digits)) > 1
    alone = TransformersModel(engine.model_copy(update={"seed": 2}))
    assert alone.complete("Name a digit", Digit).value.digit == digits[2]
    first = TransformersModel(engine)
    assert first.of_run(1)._load() is first._load()
