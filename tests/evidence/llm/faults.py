"""A server that fails in seven ways, and what each stage and each review makes of it.

python -m tests.evidence.llm.faults      prints the tables
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from evidence.errors import EngineError
from evidence.factuality.cross_examination import cross_examine
from evidence.factuality.entailment import support_of
from evidence.llm.protocol import LanguageModel
from evidence.llm.server import ServerModel
from evidence.stages.appraise_model import ModelAppraiser
from evidence.stages.extract_model import ModelExtractor
from evidence.stages.formulate_model import ModelFormulator
from evidence.stages.recommend import OfflineRecommender
from evidence.stages.recommend_model import ModelRecommender
from evidence.stages.recommend_summaries import BY_THE_MODEL, PROMPTS, summarised
from evidence.stages.screen_model import ModelScreener
from evidence.strategy.model_terms import propose_terms
from indexers.records import Record
from tests.evidence.extraction.by_model.trial_report import QUESTION as TRIAL_QUESTION
from tests.evidence.extraction.by_model.trial_report import REPORT
from tests.evidence.findings_factory import effect, row
from tests.evidence.llm.openai_server import KEY, Turn, completion, serving
from tests.hostile.stages import QUESTION

TIMEOUT_SECONDS = 2.0
"""A good answer takes some milliseconds, and on a busy machine longer."""
_SHORT_SECONDS = 0.2  # where no answer comes anyway
_LATE = "no answer in time"
_FROM_NOWHERE = "Q99"
_SENTENCE = {
    "text": "Aspirin probably reduces relapse.",
    "values": [{"row_id": "row-of-no-table", "field": "effect.estimate"}],
    "quote_ids": [_FROM_NOWHERE],
}
_ABOUT_NOTHING: dict[str, object] = {
    "ScreeningAnswer": {
        "criteria": [{"criterion_id": "none", "quote": "aspirin", "verdict": "met"}]
    },
    "CharacteristicsAnswer": {
        "characteristics": [{"field": "none", "quote": "in Kenya", "value": "Kenya"}],
        "arms": [{"quote": "vitamin X", "name": "vitamin X", "role": "intervention", "size": ""}],
    },
    "NumbersAnswer": {
        "results": [
            {
                "intervention_arm": "aspirin",
                "comparator_arm": "placebo",
                "time_point": "",
                "analysis_population": "",
                "unit": "",
                "intervention_numbers": [
                    {"cell": "T9 R9 C9", "quote": "", "what": "events", "printed": "12"}
                ],
                "comparator_numbers": [
                    {"cell": "T9 R9 C8", "quote": "", "what": "events", "printed": "20"}
                ],
                "effect_measure": "none",
                "effect_adjusted": False,
                "effect_numbers": [],
            }
        ]
    },
    "DomainAnswer": {
        "answers": [
            {"question_id": "9.9", "quote": "randomised", "answer": "Y", "reason": "it says so"}
        ]
    },
    "RecommendationAnswer": {
        "direction": "for",
        "strength": "conditional",
        "direction_sentence": _SENTENCE,
        "sentences": [_SENTENCE],
        "considerations": [],
    },
    "RepairAnswer": {"sentences": [{"number": 1, "sentence": _SENTENCE}]},
    "SummaryAnswer": {"sentences": [_SENTENCE]},
    "TermsAnswer": {
        element: {
            "core": [{"text": "vitamin X", "source": "R99"}],
            "synonyms": [],
            "mesh": [],
            "drugs": [],
        }
        for element in ("population", "intervention", "comparator", "outcome")
    },
    "QuestionsAnswer": {"questions": ["Is it so?"]},
    "AnswersAnswer": {
        "answers": [{"question_id": _FROM_NOWHERE, "answer": "yes", "words": "aspirin"}]
    },
    "SupportAnswer": {"words": "words from nowhere", "verdict": "supported"},
}
"""Replies that fit their schemas and cite what is not there. A formulation cites nothing."""


def _cites_nothing(request: dict[str, Any]) -> Turn:
    name = request["response_format"]["json_schema"]["name"]
    return completion(_ABOUT_NOTHING[name])  # type: ignore[arg-type]


def _always(turn: Turn) -> Callable[[dict[str, Any]], Turn]:
    return lambda _request: turn


def _late() -> Turn:
    turn = completion({"criteria": []})
    turn.delay = 30 * TIMEOUT_SECONDS
    return turn


def _cut() -> Turn:
    turn = completion({"criteria": []})
    turn.missing = 20
    return turn


FAULTS: dict[str, Callable[[dict[str, Any]], Turn]] = {
    _LATE: _always(_late()),
    "HTTP 500": _always(Turn({"error": {"message": "out of memory"}}, 500)),
    "stream cut": _always(_cut()),
    "not JSON": _always(completion('{"criteria": [{"verdict": "met"')),
    "wrong schema": _always(completion({"verdict": "include"})),
    "refusal": _always(completion(None, message={"refusal": "I cannot help with that."})),
    "ids of nothing": _cites_nothing,
}


SAID: dict[str, tuple[str, ...]] = {
    _LATE: ("no answer within", "did not answer in time"),
    "HTTP 500": ("HTTP 500", "busy or broken"),
    "stream cut": ("broke off",),
    "not JSON": ("did not fit",),
    "wrong schema": ("did not fit",),
    "refusal": ("refused to answer",),
    "ids of nothing": (
        "not",
        "no sentence of the language model stood",
        "no answer",
        "unknown",
        "none of those offered",
    ),
}
"""Words by which a fault is told, one of them each time."""


class Seen(NamedTuple):
    """What a stage made of a fault: verdicts that rest on nothing, and what it said of it."""

    n_invented: int
    told: str


def _screen(model: LanguageModel) -> Seen:
    decision = ModelScreener(model).screen(QUESTION, REPORT, "title_abstract")
    n_invented = sum(c.verdict != "unclear" for c in decision.criteria)
    told = decision.criteria[0].reason or decision.provenance.reason
    return Seen(n_invented + (decision.verdict != "unclear"), told)


def _extract(model: LanguageModel) -> Seen:
    found = ModelExtractor(model).extract(TRIAL_QUESTION, REPORT)
    told = found.characteristics
    n_invented = len(told.characteristics) + len(told.arms) + len(found.outcomes)
    return Seen(n_invented, told.provenance.reason)


def _appraise(model: LanguageModel) -> Seen:
    judged = ModelAppraiser(model).appraise(REPORT)
    n_invented = sum(j.judgement != "unclear" for j in judged)
    n_invented += sum(a.answer not in ("NI", "NA") for j in judged for a in j.answers)
    reasons = [a.reason for a in judged[0].answers if a.reason] or [judged[0].provenance.reason]
    return Seen(n_invented, reasons[0])


def _recommend(model: LanguageModel) -> Seen:
    rows = (row("relapse", effect(0.7, 0.6, 0.9)), row("nausea", effect(0.9, 0.7, 1.2), "low"))
    draft = ModelRecommender(model).recommend(QUESTION, rows)
    n_invented = (draft.direction != "none") + (draft.strength != "none") + (not draft.abstained)
    return Seen(n_invented, draft.sentences[0].text)


def _summarise(model: LanguageModel) -> Seen:
    rows = (row("relapse", effect(0.7, 0.6, 0.9)), row("nausea", effect(0.9, 0.7, 1.2), "low"))
    by_rules = OfflineRecommender().recommend(QUESTION, rows)
    told = summarised(model, QUESTION, rows, by_rules).recommendation.decision
    conclusions = () if told is None else told.conclusions
    notes = [c.note for c in conclusions if c.part in PROMPTS]
    return Seen(notes.count(BY_THE_MODEL) + (len(notes) != len(PROMPTS)), " ".join(notes))


def _formulate(model: LanguageModel) -> Seen:
    found = ModelFormulator(model).formulation("Does aspirin help adults with headache?")
    return Seen(int(found.provenance.engine != "offline"), found.notices[0])


def _terms(model: LanguageModel) -> Seen:
    record = Record(record_id="r1", source="test", title="Aspirin", abstract="Aspirin helps.")
    try:
        found = propose_terms(QUESTION, [record], model)
    except EngineError as error:  # the commands that ask for terms tell it and go on without
        return Seen(0, str(error))
    return Seen(len(found.concepts), "; ".join(found.refused))


def _cross_examine(model: LanguageModel) -> Seen:
    found = cross_examine(model, "Aspirin reduced pain.", "Aspirin works.")
    n_invented = sum(question.answer != "unknown" for question in found.questions)
    return Seen(n_invented, found.problem or "every question unknown")


def _entail(model: LanguageModel) -> Seen:
    found = support_of(model, "Aspirin works.", ["Aspirin reduced pain."])
    return Seen(int(found.verdict != "unclear"), found.reason)


STAGES: dict[str, Callable[[LanguageModel], Seen]] = {
    "formulate": _formulate,
    "search terms": _terms,
    "screen": _screen,
    "extract": _extract,
    "risk of bias": _appraise,
    "recommend": _recommend,
    "summaries": _summarise,
    "cross-examine": _cross_examine,
    "entailment": _entail,
}


class FaultCase(NamedTuple):
    """A fault in a stage, how often the server was asked, and what came of it."""

    fault: str
    stage: str
    n_requests: int
    seen: Seen


def fault_cases() -> list[tuple[str, str]]:
    """Every fault with every stage; a formulation cites no id."""
    pairs = [(fault, stage) for fault in FAULTS for stage in STAGES]
    return [pair for pair in pairs if pair != ("ids of nothing", "formulate")]


def run_case(fault: str, stage: str) -> FaultCase:
    """One stage against one fault, over a socket."""
    with serving(by_request=FAULTS[fault]) as server:
        seconds = _SHORT_SECONDS if fault == _LATE else TIMEOUT_SECONDS
        engine = server.engine(timeout_seconds=seconds, max_tries=1)
        seen = STAGES[stage](ServerModel(engine, KEY))
        return FaultCase(fault, stage, len(server.requests), seen)


def main() -> int:
    """Print both tables; 1 when a verdict was invented or nothing was said of the fault."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return max(_stage_table(), _review_table())


def _stage_table() -> int:
    cases = [run_case(*pair) for pair in fault_cases()]
    print(f"{'fault':18} {'stage':14} {'requests':>8} {'invented':>8}  what is said of it")
    for case in cases:
        told = " ".join(case.seen.told.split())
        print(
            f"{case.fault:18} {case.stage:14} {case.n_requests:8} {case.seen.n_invented:8}  "
            f"{told[:110]}"
        )
    invented = sum(case.seen.n_invented > 0 for case in cases)
    silent = sum(not case.seen.told.strip() for case in cases)
    print(f"{len(cases)} cases, {invented} with an invented verdict, {silent} without a word")
    return 1 if invented or silent else 0


def _review_table() -> int:
    from tests.faults.model_server import whole_runs  # which reads the faults of this module

    print(f"\n{'fault in a whole review':40} {'met':>4} {'invented':>8} {'left':>4}  in the log")
    wrong, n_runs, n_invented = [], 0, 0
    for run in whole_runs():
        n_runs, n_invented = n_runs + 1, n_invented + (run.n_invented > 0)
        wrong += [f"{run.fault}: {fault}" for fault in run.wrong]
        told = " ".join(run.told.split())[:90]
        print(
            f"{run.fault:40} {run.n_faulty:4} {run.n_invented:8} {run.n_left:4}  {told}", flush=True
        )
    print(f"{n_runs} reviews, {n_invented} with an invented verdict, {len(wrong)} other faults")
    print("\n".join(wrong))
    return 1 if n_invented or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
