"""Answers to signalling questions, each with the words it rests on."""

from __future__ import annotations

from typing import Literal

from indexers.errors import EvidenceError
from indexers.records import Frozen, Quote

Answer = Literal["Y", "PY", "PN", "N", "NI", "NA"]
"""Yes, probably yes, probably no, no, no information, not applicable."""

Tool = Literal["rob-2", "robins-i"]
"""RoB 2 for randomised trials, ROBINS-I for non-randomised studies of interventions."""
TOOL_NAMES: dict[Tool, str] = {"rob-2": "RoB 2", "robins-i": "ROBINS-I"}

ANSWER_WORDS: dict[Answer, str] = {
    "Y": "yes",
    "PY": "probably yes",
    "PN": "probably no",
    "N": "no",
    "NI": "no information",
    "NA": "not applicable",
}


class AppraisalError(EvidenceError):
    """Answers that do not fit the signalling questions of a tool."""


class SignallingAnswer(Frozen):
    """The answer to one signalling question; all but `NI` and `NA` rest on a quote or a person.

    Attributes:
        by_person: A person gave this answer, so that its `NI` is an answer, too, and no gap.
    """

    question_id: str
    answer: Answer
    quotes: tuple[Quote, ...] = ()
    reason: str = ""
    by_person: bool = False
