"""Worked examples, several runs and shuffled orders, as the stages of a language model use them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import prompts
from evidence.appraisal.rob2_questions import questions_of
from evidence.config import ReplayEngine, data_folder
from evidence.engines import build_engines
from evidence.errors import EngineError
from evidence.findings import DichotomousData
from evidence.grounding import entry_problems
from evidence.judgements import ExtractedOutcome, RiskOfBiasJudgement, ScreeningDecision
from evidence.llm.example_bank import ExampleBank
from evidence.llm.models import build_models_of_runs
from evidence.llm.prompting import BANK, Prompting, prompting_of
from evidence.llm.protocol import CallSettings
from evidence.prompting_settings import PromptingSettings
from evidence.stages.appraise_model import ModelAppraiser
from evidence.stages.extract_model import ModelExtractor
from evidence.stages.screen_model import ModelScreener, estimate_screening
from indexers.records import Document
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, completion, serving
from tests.evidence.llm.scripted import Scripted
from tests.evidence.stages.test_appraise_model import COIN, PASSAGES, said
from tests.evidence.stages.test_appraise_model import DOCUMENT as TRIAL
from tests.evidence.stages.test_extract_model import (
    CONTEXTS,
    NO_STUDY,
    NOTHING,
    REPORT,
    number,
    numbers,
    result,
)
from tests.evidence.stages.test_extract_model import QUESTION as PAINS
from tests.evidence.stages.test_screen_model import CHILDREN, DESIGN, DOCUMENT, QUESTION

ROOMY = CallSettings(model="m", context_window_tokens=16384, max_tokens=2048, seed=1)
SHIPPED = ExampleBank(data_folder() / BANK)
LOST = EngineError("host: lost")
EXAMPLES = Prompting(bank=SHIPPED, k=2)


def answer(*criteria: dict[str, str]) -> str:
    return json.dumps({"criteria": criteria})


def voting(
    *answers: str | EngineError, threshold: int = 2, shuffled: bool = False
) -> tuple[list[Scripted], Prompting]:
    models = [Scripted(a, settings=ROOMY.of_run(n)) for n, a in enumerate(answers)]
    asked = Prompting(
        runs=len(models), further=tuple(models[1:]), threshold=threshold, shuffled=shuffled
    )
    return models, asked


def screened(*answers: str | EngineError, threshold: int = 2) -> ScreeningDecision:
    models, asked = voting(*answers, threshold=threshold)
    decision = ModelScreener(models[0], None, asked).screen(QUESTION, DOCUMENT, "title_abstract")
    assert entry_problems(decision, lambda _: DOCUMENT) == []
    return decision


IN = answer(DESIGN, CHILDREN)
OUT = answer(DESIGN, CHILDREN | {"verdict": "met"})
OPEN = answer(DESIGN, CHILDREN | {"verdict": "unclear"})
INVENTED = answer(DESIGN, CHILDREN | {"quote": "no such words"})


def test_a_verdict_counts_when_enough_runs_give_it() -> None:
    assert screened(IN, OUT, IN).verdict == "include"
    assert screened(OUT, IN, OUT).verdict == "exclude"
    assert screened(IN, IN, OUT, threshold=3).verdict == "unclear"
    assert screened(IN, IN, IN, threshold=3).verdict == "include"


def test_where_too_few_agree_it_is_unclear_and_a_persons_task() -> None:
    decision = screened(IN, OUT, OPEN)
    assert decision.verdict == "unclear"
    design, children = decision.criteria
    assert (design.verdict, design.quotes[0].text) == ("met", "a randomised trial")
    assert (children.verdict, children.quotes) == ("unclear", ())
    said = "the runs disagree (met 1, not_met 1, unclear 1; 2 of 3 have to agree)"
    assert children.reason == said
    assert "; 2 of 3 runs have to agree" in decision.provenance.reason


def test_a_verdict_with_an_invented_quote_has_no_vote() -> None:
    assert screened(IN, INVENTED, INVENTED).verdict == "unclear"
    assert screened(INVENTED, IN, IN).verdict == "include"


def test_a_failed_run_has_no_vote_and_is_told() -> None:
    decision = screened(IN, LOST, IN)
    assert decision.verdict == "include"
    assert "1 of 3 runs failed: host: lost" in decision.provenance.reason
    assert screened(IN, LOST, OUT).verdict == "unclear"
    assert screened(LOST, LOST, IN).provenance.reason == "host: lost"


def test_orders_differ_by_run_and_are_mapped_back() -> None:
    criteria = [QUESTION.criteria[0].model_copy(update={"criterion_id": f"c{n}"}) for n in range(7)]
    question = QUESTION.model_copy(update={"criteria": tuple(criteria)})
    verdicts = ["met", "not_met", "unclear", "met", "not_met", "met", "unclear"]
    given = answer(
        *(DESIGN | {"criterion_id": f"c{n}", "verdict": v} for n, v in enumerate(verdicts))
    )
    models, asked = voting(given, given, given, shuffled=True)
    decision = ModelScreener(models[0], None, asked).screen(question, DOCUMENT, "full_text")
    assert [(c.criterion_id, c.verdict) for c in decision.criteria] == [
        (f"c{n}", v) for n, v in enumerate(verdicts)
    ]
    sent = [model.prompts[0] for model in models]
    orders = [tuple(re.findall(r"criterion_id (c\d)", text)) for text in sent]
    assert len(set(orders)) == 3
    assert {tuple(sorted(order)) for order in orders} == {tuple(f"c{n}" for n in range(7))}
    told = [re.findall(r"`(\w+)` when", text) for text in sent]
    assert all(sorted(names) == ["met", "not_met", "unclear"] for names in told)
    again, asked = voting(given, given, given, shuffled=True)
    ModelScreener(again[0], None, asked).screen(question, DOCUMENT, "full_text")
    assert [model.prompts[0] for model in again] == sent


def test_the_answers_to_choose_from_are_shuffled_too() -> None:
    told = set()
    for seed in range(40):
        model = Scripted(IN, settings=ROOMY.of_run(seed))
        shuffled = Prompting(shuffled=True)
        ModelScreener(model, None, shuffled).screen(QUESTION, DOCUMENT, "full_text")
        told.add(tuple(re.findall(r"`(\w+)` when", model.prompts[0])))
    assert len(told) == 6


def screen_prompt(prompting: Prompting, document: Document = DOCUMENT) -> tuple[str, str]:
    model = Scripted(IN, settings=ROOMY)
    decision = ModelScreener(model, None, prompting).screen(QUESTION, document, "title_abstract")
    assert decision.verdict == "include"
    return model.prompts[0], decision.provenance.prompt_digest or ""


def test_examples_stand_before_the_document_and_in_the_digest() -> None:
    plain, plain_digest = screen_prompt(Prompting())
    text, digest = screen_prompt(EXAMPLES)
    near = SHIPPED.nearest("screening", [c.text for c in QUESTION.criteria], DOCUMENT, 2)
    for example in near:
        assert text.index(prompts.fenced(example.passage)) < text.index(
            prompts.fenced(DOCUMENT.text)
        )
    assert text.replace(prompts.render("examples", examples=near) + "\n\n", "") == plain
    assert digest != plain_digest == prompts.digest("screen")


def test_words_of_an_example_are_no_quote_of_the_document() -> None:
    example = SHIPPED.nearest("screening", [c.text for c in QUESTION.criteria], DOCUMENT, 1)[0]
    words = example.passage[:40]
    model = Scripted(answer(DESIGN | {"quote": words}, CHILDREN), settings=ROOMY)
    decision = ModelScreener(model, None, EXAMPLES).screen(QUESTION, DOCUMENT, "title_abstract")
    assert decision.criteria[0].verdict == "unclear"


def test_the_estimate_counts_every_run_and_its_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    settings = PromptingSettings(examples=2, runs=3, shuffled=True)
    with serving(*[completion(json.loads(IN))] * 3) as fake:
        engine = fake.engine(temperature=0.5, context_window_tokens=16384)
        first, *further = build_models_of_runs(engine, tmp_path, None, 3)

        def estimated() -> Any:
            return estimate_screening(
                QUESTION,
                iter([DOCUMENT]),
                "title_abstract",
                first.settings,
                tmp_path,
                prompting=prompting_of(settings),
            )

        before = estimated()
        screener = ModelScreener(first, None, prompting_of(settings, tuple(further)))
        live = screener.screen(QUESTION, DOCUMENT, "title_abstract")
        after = estimated()
        sent = [len(text.encode()) for text in fake.prompts]
    assert (before.n_calls, before.n_cached, len(sent)) == (3, 0, 3)
    assert before.prompt_tokens == sum(-(-n // 4) for n in sent)
    assert before.completion_tokens_most == 3 * first.settings.max_tokens
    assert (after.n_calls, after.n_cached) == (0, 3)

    replay = ReplayEngine(calls=tmp_path, model="fake-model")
    one, *others = build_models_of_runs(replay, tmp_path / "none", None, 3)
    again = ModelScreener(one, None, prompting_of(settings, tuple(others)))
    replayed = again.screen(QUESTION, DOCUMENT, "title_abstract")
    assert replayed.model_dump_json() == live.model_dump_json()
    assert live.verdict == "include"


def appraised(prompting: Prompting, *models: Scripted) -> tuple[RiskOfBiasJudgement, ...]:
    judged = ModelAppraiser(models[0], PASSAGES, prompting).appraise(TRIAL)
    for judgement in judged:
        assert entry_problems(judgement, lambda _: TRIAL) == []
    return judged


def domains(*first: dict[str, str]) -> list[str]:
    return [json.dumps({"answers": first}), *[json.dumps({"answers": []})] * 4]


def test_a_signalling_answer_counts_when_enough_runs_give_it() -> None:
    yes, sealed = said("1.1", "Y", COIN), said("1.2", "Y", "sealed envelopes")
    given = [(yes, sealed), (yes, sealed | {"answer": "N"}), (yes, sealed | {"answer": "PY"})]
    models = [Scripted(*domains(*g), settings=ROOMY.of_run(n)) for n, g in enumerate(given)]
    asked = Prompting(runs=3, further=tuple(models[1:]), threshold=2)
    first, second, _ = appraised(asked, *models)[0].answers
    assert (first.question_id, first.answer, first.quotes[0].text) == ("1.1", "Y", COIN)
    assert (second.answer, second.quotes) == ("NI", ())
    assert "the runs disagree (N 1, PY 1, Y 1; 2 of 3" in second.reason


def test_the_options_of_a_signalling_question_are_shuffled_and_examples_shown() -> None:
    model = Scripted(*domains(), settings=ROOMY)
    asked = Prompting(bank=SHIPPED, k=2, shuffled=True)
    judged = appraised(asked, model)
    text = model.prompts[0].partition("Signalling questions")[2]
    listed = re.findall(r"^- (1\.\d): .*\(([\w, ]+)\)$", text, re.MULTILINE)
    assert [name for name, _ in listed] == ["1.1", "1.2", "1.3"]
    orders = [tuple(options.split(", ")) for _, options in listed]
    assert len(set(orders)) > 1
    for question, order in zip(questions_of("randomisation"), orders, strict=True):
        assert sorted(order) == sorted(question.options)
    assert "Worked example 2" in model.prompts[0]
    assert judged[0].provenance.prompt_digest == asked.digest("risk_of_bias")


def nausea(events: str) -> dict[str, Any]:
    return result(
        [number("events", events, "T1 R2 C2"), number("total", "50", "T1 R1 C2")],
        [number("events", "20", "T1 R2 C3"), number("total", "50", "T1 R1 C3")],
    )


def extracted(*runs: str | EngineError) -> tuple[ExtractedOutcome, ...]:
    first = Scripted(NO_STUDY, runs[0], NOTHING, NOTHING, settings=ROOMY)
    further = tuple(
        Scripted(own, NOTHING, NOTHING, settings=ROOMY.of_run(n)) for n, own in enumerate(runs[1:])
    )
    asked = Prompting(runs=len(runs), further=further, threshold=2)
    found = ModelExtractor(first, CONTEXTS, prompting=asked).extract(PAINS, REPORT)
    for outcome in found.outcomes:
        assert entry_problems(outcome, lambda _: REPORT) == []
    return found.outcomes


TWELVE = numbers(nausea("12"))


def test_a_result_of_too_few_runs_is_flagged() -> None:
    (agreed,) = extracted(TWELVE, NOTHING, TWELVE)
    assert isinstance(agreed.data, DichotomousData)
    assert (agreed.data.events_intervention, agreed.flags) == (12, ())
    (doubted,) = extracted(NOTHING, TWELVE, NOTHING)
    assert doubted.flags == ("read by 1 of 3 runs, 2 have to agree",)
    (kept,) = extracted(TWELVE, LOST, TWELVE)
    assert kept.flags == ()
    assert extracted(TWELVE, LOST, LOST) == ()


def test_examples_for_numbers_are_of_their_own_task() -> None:
    model = Scripted(NO_STUDY, TWELVE, NOTHING, NOTHING, settings=ROOMY)
    found = ModelExtractor(model, CONTEXTS, prompting=EXAMPLES).extract(PAINS, REPORT)
    near = SHIPPED.nearest("extract_numbers", [PAINS.pico.outcomes[0]], REPORT, 2)
    assert prompts.render("examples", examples=near) in model.prompts[1]
    assert "Worked example" not in model.prompts[0]
    assert found.outcomes[0].provenance.prompt_digest == EXAMPLES.digest("extract_numbers")


def test_the_settings_reach_every_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    asked = PromptingSettings(examples=1, runs=2, shuffled=True)
    with serving(completion(json.loads(IN))) as fake:
        engine = fake.engine(temperature=0.5, context_window_tokens=16384)
        engines = build_engines(engine, tmp_path, prompting=asked)
        decision = engines.screener.screen(QUESTION, DOCUMENT, "title_abstract")
        assert [request["seed"] for request in fake.requests] == [0, 1]
        engines.appraiser.appraise(TRIAL)
        engines.extractor.extract(PAINS, REPORT)
        seeds = [r["seed"] for r in fake.requests if "Worked example 1" in str(r["messages"])]
    assert decision.verdict == "include"
    assert "2 of 2 runs have to agree" in decision.provenance.reason
    tasks = 1 + 5 + len(PAINS.pico.outcomes)
    assert seeds.count(0) >= tasks
    assert {p.name for p in tmp_path.iterdir() if p.is_dir()} == {"run-2"}
    assert engines.ledger is not None
