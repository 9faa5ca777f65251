"""MedEvidence: closed questions on the conclusions of Cochrane reviews, with the source studies.

Source: Polzak et al. 2025, Can Large Language Models Match the Conclusions of Systematic Reviews?
(arXiv 2505.22787); the release's `med-evidence-abstract.jsonl` and `med-evidence-fulltext.jsonl`.

Protocol. A line is a question: `question_id`, `question`, `answer` (higher, lower, no difference,
uncertain effect, insufficient data), `evidence_certainty` as the review rates it (may be empty),
`original_review` (PMID) and `sources`, the studies that the review drew on, each with `title` and
`content`. The unit is the question; intervals resample reviews, whose questions share studies. An
answer is right when it is the review's, letter for letter. Nothing is retrieved: the pool of a
question is its sources, and the review itself is not among them. A language model may have read
the review; the offline engine has not. The ceiling is below 1: some answers rest on full texts or
on numbers pooled from them, which abstracts do not hold. Nothing is excluded. A line that cannot be
read is a wrong answer.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from eval.datasets import data_files
from eval.formats.json_items import Broken, read_json_items
from evidence.errors import SourceError

ANSWERS = ("higher", "lower", "no difference", "uncertain effect", "insufficient data")
CERTAINTIES = ("high", "moderate", "low", "very low")
MED_EVIDENCE_EXPECTED = (
    "JSON lines of MedEvidence with question_id, question, answer, original_review and sources"
)
_ASKED = re.compile(
    r"(?:is|are|was|were)\s+(?:the\s+)?(?P<outcome>.+?)\s+higher,?\s+(?:or\s+)?lower,?\s+or\s+"
    r"(?:about\s+)?(?:the\s+)?same\s+when\s+comparing\s+(?P<intervention>.+?)"
    r"\s+(?:to|with|versus|vs\.?|against)\s+(?P<comparator>.+?)\s*\??",
    re.IGNORECASE,
)


class SourceStudy(NamedTuple):
    """A study that the review drew on: its PMID, title and abstract or full text."""

    study_id: str
    title: str
    text: str


class ClosedQuestion(NamedTuple):
    """A question with the review's answer; `certainty` is empty where the review rates none.

    `failure` tells why a line cannot be read.
    """

    question_id: str
    review: str
    text: str
    answer: str
    certainty: str = ""
    sources: tuple[SourceStudy, ...] = ()
    failure: str | None = None


class Asked(NamedTuple):
    """What a question compares."""

    outcome: str
    intervention: str
    comparator: str


def is_med_evidence(data: Path) -> bool:
    """Whether a path is, or holds, lines of closed questions with their sources."""
    try:
        files = data_files(data, (".jsonl",), MED_EVIDENCE_EXPECTED)
        if any(path.suffix != ".jsonl" for path in files):
            return False
        items = [item.value for path in files for item in read_json_items(path)[0]]
    except SourceError:
        return False
    return any(isinstance(item, dict) and {"question", "sources"} <= item.keys() for item in items)


def load_closed_questions(data: Path) -> tuple[list[Path], list[ClosedQuestion]]:
    """The files read and the questions in their order.

    Raises:
        SourceError: There is no file, or no line of it can be read.
    """
    files = data_files(data, (".jsonl",), MED_EVIDENCE_EXPECTED)
    questions: list[ClosedQuestion] = []
    for path in files:
        items, broken = read_json_items(path)
        for item in items:
            try:
                questions.append(_question(item.value))
            except ValueError as error:
                broken.append(Broken(item.line, item.entry, f"expected {error}"))
        for fault in sorted(broken):
            place = f"{path.name}:{fault.line}"
            told = fault.told(path)
            questions.append(ClosedQuestion(place, place, "", "", failure=told))
    if all(question.failure is not None for question in questions):
        why = questions[0].failure if questions else "it is empty"
        raise SourceError(files[0], f"expected {MED_EVIDENCE_EXPECTED}; {why}")
    return files, questions


def asked(question: str) -> Asked | None:
    """Outcome, intervention and comparator of a question; None where it is put in other words."""
    found = _ASKED.fullmatch(" ".join(question.split()))
    if found is None:
        return None
    return Asked(found["outcome"], found["intervention"], found["comparator"])


def _question(row: Any) -> ClosedQuestion:
    """A line's question.

    Raises:
        ValueError: Says what was expected.
    """
    text, sources = _text(row, "question"), row.get("sources")
    answer = " ".join(_text(row, "answer").lower().split())
    if answer not in ANSWERS:
        raise ValueError(f"an answer among {', '.join(ANSWERS)}, not {answer!r:.40}")
    if not isinstance(sources, dict) or not sources:
        raise ValueError("sources, an object of studies by PMID")
    studies = []
    for study_id, study in sources.items():
        if not isinstance(study, dict) or not isinstance(study.get("content"), str):
            raise ValueError(f"title and content of source {study_id}")
        studies.append(SourceStudy(study_id, str(study.get("title") or ""), study["content"]))
    return ClosedQuestion(
        question_id=_text(row, "question_id"),
        review=_text(row, "original_review"),
        text=text,
        answer=answer,
        certainty=_certainty(row.get("evidence_certainty")),
        sources=tuple(studies),
    )


def _text(row: Any, name: str) -> str:
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, str | int) or not str(value).strip():
        raise ValueError(f"the field {name}")
    return str(value).strip()


def _certainty(value: object) -> str:
    plain = " ".join(str(value or "").lower().replace("-", " ").replace("_", " ").split())
    return plain if plain in CERTAINTIES else ""
