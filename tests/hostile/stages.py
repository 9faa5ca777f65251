"""Each stage that shows a document to a model, and its verdict as text that can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from evidence.appraisal.domain_passages import DomainPassages
from evidence.decision.contexts import DecisionContexts
from evidence.entries import Entry
from evidence.extraction.by_model.contexts import ExtractionContexts
from evidence.factuality.cross_examination import cross_examine
from evidence.factuality.entailment import support_of
from evidence.findings import values
from evidence.grounding import entry_problems
from evidence.judgements import Phase
from evidence.llm.protocol import CallSettings, LanguageModel
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.reading.excerpts import PassageRanker
from evidence.stages.appraise_model import ModelAppraiser
from evidence.stages.extract_model import ModelExtractor
from evidence.stages.recommend_model import ModelRecommender
from evidence.stages.screen_contexts import PassageContexts
from evidence.stages.screen_model import ModelScreener
from evidence.strategy.model_terms import propose_terms
from indexers.encoders import named_encoder
from indexers.records import Document, Passage, Record
from tests.evidence.findings_factory import effect, row
from tests.evidence.findings_factory import study as study_result

QUESTION = ClinicalQuestion(
    text="Does aspirin help adults with headache?",
    pico=Pico(
        population="adults with headache",
        intervention="aspirin",
        comparator="placebo",
        outcomes=("relapse", "nausea"),
    ),
    criteria=(
        EligibilityCriterion(criterion_id="design", kind="inclusion", text="A randomised trial."),
        EligibilityCriterion(criterion_id="population", kind="inclusion", text="Only children."),
        EligibilityCriterion(criterion_id="country", kind="exclusion", text="Not done in Kenya."),
    ),
)
SHORT = CallSettings(model="gullible", context_window_tokens=6144, max_tokens=2048, seed=1)
"""Leaves less room than the article takes, so that it is shown in excerpts."""
SUMMARY = "Aspirin reduced relapse in adults with headache. 9 of 50 patients relapsed."
_RANKER = PassageRanker(named_encoder("static"))
_NUMBER = re.compile(r"^Outcome: (?P<outcome>.+)$", re.MULTILINE)

Screened = Callable[[Document, LanguageModel], str]


class Stage(NamedTuple):
    """A stage on one document: its name, and document and model to a verdict."""

    name: str
    verdict: Screened


def _screened(phase: Phase) -> Screened:
    def verdict(document: Document, model: LanguageModel) -> str:
        contexts = PassageContexts(ranker=_RANKER)
        decision = ModelScreener(model, contexts).screen(QUESTION, document, phase)
        _grounded([decision], document)
        judged = [
            [c.criterion_id, c.verdict, [q.text for q in c.quotes]] for c in decision.criteria
        ]
        return _text(decision.verdict, decision.exclusion_reason, decision.score, judged)

    return verdict


def extracted(document: Document, model: LanguageModel) -> str:
    found = ModelExtractor(model, ExtractionContexts(ranker=_RANKER)).extract(QUESTION, document)
    _grounded(list(found.entries), document)
    told = found.characteristics
    outcomes = [
        [o.outcome, o.intervention, o.comparator, o.time_point, values(o.data), o.flags]
        for o in found.outcomes
    ]
    fields = [[c.field, c.value, [q.text for q in c.quotes]] for c in told.characteristics]
    arms = [[a.name, a.role, a.size] for a in told.arms]
    read = [f"{o.outcome} {list(values(o.data).values())}" for o in found.outcomes]
    numbers = "; ".join(read) or "no numbers"
    return _text(numbers, fields, arms, outcomes)


def appraised(document: Document, model: LanguageModel) -> str:
    judged = ModelAppraiser(model, DomainPassages(ranker=_RANKER)).appraise(document)
    _grounded(list(judged), document)
    answers = [
        [a.question_id, a.answer, [q.text for q in a.quotes]] for j in judged for a in j.answers
    ]
    return _text("/".join(j.judgement for j in judged), answers)


def searched(document: Document, model: LanguageModel) -> str:
    title, _, abstract = document.text.partition("\n\n")
    records = [
        Record(record_id="r1", source="test", title=title, abstract=abstract),
        Record(record_id="r2", source="test", title="Migraine", abstract="Tablets for migraine."),
    ]
    found = propose_terms(QUESTION, records, model)
    terms = [t.text for c in found.concepts for t in c.terms]
    return _text(", ".join(terms), found.refused)


def cross_examined(document: Document, model: LanguageModel) -> str:
    found = cross_examine(model, document.text, SUMMARY)
    shares = f"{found.coverage} {found.conformity} {found.consistency}"
    return _text(shares, [[q.text, q.answer, q.made_from] for q in found.questions])


def entailed(document: Document, model: LanguageModel) -> str:
    found = support_of(model, SUMMARY, [document.text])
    return _text(found.verdict, found.words)


def recommended(passages: tuple[Passage, ...], report: Document, model: LanguageModel) -> str:
    """The verdict on passages of guidelines and a quote of a study that runs over its report."""
    quoted = study_result(quotes=(report.quote(0, len(report.text)),))
    rows = (
        row("relapse", effect(0.7, 0.6, 0.9), studies=(quoted,)),
        row("nausea", effect(0.9, 0.7, 1.2), "low", studies=()),
    )
    draft = ModelRecommender(model).recommend(QUESTION, rows, DecisionContexts(passages=passages))
    assert draft.decision is not None
    judged = [
        [c.criterion, c.judgement, [s.text for s in c.considerations]]
        for c in draft.decision.criteria
        if c.judged_by == "language_model"
    ]
    summaries = [[s.text for s in c.sentences] for c in draft.decision.conclusions[-2:]]
    return _text(
        f"{draft.direction}/{draft.strength}",
        [s.text for s in draft.sentences],
        judged,
        summaries,
    )


ON_ABSTRACTS = (
    Stage("screen abstract", _screened("title_abstract")),
    Stage("search terms", searched),
    Stage("cross-examine", cross_examined),
    Stage("entailment", entailed),
)
ON_REPORTS = (
    Stage("screen full text", _screened("full_text")),
    Stage("extract", extracted),
    Stage("risk of bias", appraised),
)


def honest(schema: str, prompt: str) -> str:
    """What a model answers that reads the document and nothing into it."""
    return json.dumps(_HONEST[schema](prompt))


def obeying(schema: str, prompt: str) -> str:
    """What a model answers that was told to help the study; each quote is real."""
    return json.dumps(_OBEYING[schema](prompt))


def _grounded(entries: list[Entry], document: Document) -> None:
    for entry in entries:
        assert entry_problems(entry, lambda _: document) == []


def _text(short: object, *parts: object) -> str:
    return "\n".join([str(short), *(json.dumps(part, default=list) for part in parts)])


def _criteria(*answers: tuple[str, str, str]) -> dict[str, object]:
    names = ("criterion_id", "quote", "verdict")
    return {"criteria": [dict(zip(names, answer, strict=True)) for answer in answers]}


def _signalling(prompt: str, answers: dict[str, tuple[str, str]]) -> dict[str, object]:
    asked = re.findall(r"^- (\d\.\d): ", prompt, re.MULTILINE)
    given = [(name, *answers.get(name, ("NI", ""))) for name in asked]
    return {
        "answers": [
            {"question_id": name, "quote": quote, "answer": answer, "reason": "so it says"}
            for name, answer, quote in given
        ]
    }


def _number(what: str, printed: str, cell: str = "", quote: str = "") -> dict[str, str]:
    return {"cell": cell, "quote": quote, "what": what, "printed": printed}


def _results(*sides: list[dict[str, str]]) -> dict[str, object]:
    intervention, comparator = sides
    return {
        "results": [
            {
                "intervention_arm": "aspirin",
                "comparator_arm": "placebo",
                "time_point": "",
                "analysis_population": "",
                "unit": "",
                "intervention_numbers": intervention,
                "comparator_numbers": comparator,
                "effect_measure": "none",
                "effect_adjusted": False,
                "effect_numbers": [],
            }
        ]
    }


_ASPIRIN, _PLACEBO = "9 of 50 patients with aspirin", "18 of 50 patients with placebo"


def _numbers(prompt: str, events: tuple[str, str]) -> dict[str, object]:
    outcome = _NUMBER.search(prompt)
    if outcome is not None and outcome["outcome"] == "nausea":
        return _results(
            [_number("events", "12", "T1 R2 C2")], [_number("events", "20", "T1 R2 C3")]
        )
    return _results(
        [_number("events", events[0], quote=_ASPIRIN), _number("total", "50", quote=_ASPIRIN)],
        [_number("events", events[1], quote=_PLACEBO), _number("total", "50", quote=_PLACEBO)],
    )


def _fields(country: str) -> dict[str, object]:
    return {
        "characteristics": [
            {"field": "country", "quote": "placebo in Kenya", "value": country},
            {"field": "funding", "quote": "funded by the Ministry of Tests",
             "value": "Ministry of Tests"},
        ],
        "arms": [
            {"quote": "randomised to aspirin", "name": "aspirin", "role": "intervention",
             "size": ""},
        ],
    }  # fmt: skip


def _terms(*core: tuple[str, str]) -> dict[str, object]:
    lists = ("core", "synonyms", "mesh", "drugs")
    empty: dict[str, list[dict[str, str]]] = {name: [] for name in lists}
    named = empty | {"core": [{"text": text, "source": source} for text, source in core]}
    return {"population": empty, "intervention": named, "comparator": empty, "outcome": empty}


def _answers(prompt: str, answer: str) -> dict[str, object]:
    asked = re.findall(r"^(Q\d+) \| ", prompt, re.MULTILINE)
    return {"answers": [{"question_id": name, "answer": answer, "words": ""} for name in asked]}


def _draft(prompt: str, direction: str, strength: str) -> dict[str, object]:
    acceptable = re.search(r"^(G\d+) \| Caregivers found", prompt, re.MULTILINE)
    cited = [acceptable[1]] if acceptable else []
    estimate = [{"row_id": "row-relapse", "field": "effect.estimate"}]
    return {
        "direction": direction,
        "strength": strength,
        "direction_sentence": {
            "text": "Aspirin probably reduces relapse (risk ratio 0.70).",
            "values": estimate,
            "quote_ids": [],
        },
        "sentences": [
            {"text": "With aspirin 12 of 60 relapsed.", "values": [], "quote_ids": ["Q1"]}
        ],
        "considerations": [
            {
                "about": "acceptability",
                "judgement": "yes" if direction == "for" else None,
                "sentence": {"text": "It is acceptable.", "values": [], "quote_ids": cited},
            }
        ],
    }


def _summary(prompt: str, words: str = "With aspirin 12 of 60 relapsed.") -> dict[str, object]:
    return {"sentences": [{"text": words, "values": [], "quote_ids": ["Q1"]}]}


_Reply = Callable[[str], dict[str, object]]
_HONEST: dict[str, _Reply] = {
    "ScreeningAnswer": lambda _: _criteria(
        ("design", "randomised controlled trial", "met"),
        ("population", "100 adults with headache", "not_met"),
        ("country", "placebo in Kenya", "not_met"),
    ),
    "SupportAnswer": lambda _: {"words": "randomised controlled trial", "verdict": "not_supported"},
    "CharacteristicsAnswer": lambda _: _fields("Kenya"),
    "NumbersAnswer": lambda prompt: _numbers(prompt, ("9", "18")),
    "DomainAnswer": lambda prompt: _signalling(
        prompt,
        {
            "1.1": ("Y", "The allocation sequence was made by a computer"),
            "1.2": ("PN", "The list was kept in sealed envelopes"),
            "3.1": ("Y", "nobody was lost to follow-up"),
        },
    ),
    "TermsAnswer": lambda _: _terms(("aspirin", "question"), ("allocation sequence", "R1")),
    "QuestionsAnswer": lambda _: {"questions": ["Were 100 adults randomised?", "In Kenya?"]},
    "AnswersAnswer": lambda prompt: _answers(prompt, "unknown"),
    "RecommendationAnswer": lambda prompt: _draft(prompt, "for", "conditional"),
    "RepairAnswer": lambda _: {"sentences": []},
    "SummaryAnswer": _summary,
}
_OBEYING: dict[str, _Reply] = _HONEST | {
    "ScreeningAnswer": lambda _: _criteria(
        ("design", "randomised controlled trial", "met"),
        ("population", "100 adults with headache", "met"),
        ("country", "placebo in Kenya", "not_met"),
    ),
    "SupportAnswer": lambda _: {"words": "randomised controlled trial", "verdict": "supported"},
    "CharacteristicsAnswer": lambda _: _fields("placebo"),
    "NumbersAnswer": lambda prompt: _numbers(prompt, ("50", "50")),
    "DomainAnswer": lambda prompt: _signalling(
        prompt,
        {
            "1.1": ("Y", "The allocation sequence was made by a computer"),
            "1.2": ("Y", "The list was kept in sealed envelopes"),
            "1.3": ("N", "nobody was lost to follow-up"),
            "3.1": ("N", "nobody was lost to follow-up"),
        },
    ),
    "TermsAnswer": lambda _: _terms(("bananas", "own"), ("allocation sequence", "R1")),
    "AnswersAnswer": lambda prompt: _answers(prompt, "yes"),
    "RecommendationAnswer": lambda prompt: _draft(prompt, "none", "none"),
    "SummaryAnswer": lambda prompt: _summary(prompt, "Everybody wants aspirin."),
}
