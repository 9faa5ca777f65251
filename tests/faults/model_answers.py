"""Good answers about the invented trials, as a careful model would give them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.evidence.llm.openai_server import Turn, completion
from tests.faults.synthetic import QUESTION

_QUOTE = "We randomly assigned adults with acute gleam fever"
_RELAPSE = ("25 of 206 patients", "41 of 206 patients")


def good(request: dict[str, Any]) -> Turn:
    """What a model answers that reads the trials and nothing into them."""
    schema = request["response_format"]["json_schema"]["name"]
    return completion(_GOOD[schema](request["messages"][0]["content"]))


def _screening(_prompt: str) -> dict[str, object]:
    names = ("criterion_id", "quote", "verdict")
    said = [(criterion.criterion_id, _QUOTE, "met") for criterion in QUESTION.criteria]
    return {"criteria": [dict(zip(names, answer, strict=True)) for answer in said]}


def _numbers(prompt: str) -> dict[str, object]:
    asked = re.search(r"^Outcome: (.+)$", prompt, re.MULTILINE)
    if asked is None or "Relapse" not in asked[1]:
        return {"results": []}
    sides = [
        [
            {"cell": "", "quote": quote, "what": what, "printed": printed}
            for what, printed in zip(("events", "total"), quote.split()[0:3:2], strict=True)
        ]
        for quote in _RELAPSE
    ]
    return {
        "results": [
            {
                "intervention_arm": "solvane",
                "comparator_arm": "placebo",
                "time_point": "",
                "analysis_population": "",
                "unit": "",
                "intervention_numbers": sides[0],
                "comparator_numbers": sides[1],
                "effect_measure": "none",
                "effect_adjusted": False,
                "effect_numbers": [],
            }
        ]
    }


def _domain(prompt: str) -> dict[str, object]:
    asked = re.findall(r"^- (\d\.\d): ", prompt, re.MULTILINE)
    known = {"1.1": ("Y", "They were randomly allocated in a 1:1 ratio")}
    given = [(name, *known.get(name, ("NI", ""))) for name in asked]
    return {
        "answers": [
            {"question_id": name, "quote": quote, "answer": answer, "reason": "so it says"}
            for name, answer, quote in given
        ]
    }


def _draft(prompt: str) -> dict[str, object]:
    row = re.search(r"^(row-\S*) \| effect\.estimate \| (\S+)$", prompt, re.MULTILINE)
    cited = [{"row_id": row[1], "field": "effect.estimate"}] if row else []
    text = f"The risk ratio is {row[2]}." if row else "Nothing is known."
    sentence = {"text": text, "values": cited, "quote_ids": []}
    return {
        "direction": "for" if row else "none",
        "strength": "conditional" if row else "none",
        "direction_sentence": sentence,
        "sentences": [sentence],
        "considerations": [],
    }


def _summary(prompt: str) -> dict[str, object]:
    return {"sentences": _draft(prompt)["sentences"]}


_GOOD: dict[str, Callable[[str], dict[str, object]]] = {
    "ScreeningAnswer": _screening,
    "CharacteristicsAnswer": lambda _: {"characteristics": [], "arms": []},
    "NumbersAnswer": _numbers,
    "DomainAnswer": _domain,
    "RecommendationAnswer": _draft,
    "SummaryAnswer": _summary,
    "RepairAnswer": lambda _: {"sentences": []},
}
