"""A recommendation against the evidence it was written from, by a language model; advice only.

Two lists of questions with their answers (cross-examination), then a call for each sentence
(entailment). Nothing is removed or changed by what comes out.
"""

from __future__ import annotations

from collections.abc import Sequence

import prompts
from evidence.factuality.cross_examination import MOST_QUESTIONS, cross_examine
from evidence.factuality.entailment import support_of
from evidence.factuality.examined import Examination
from evidence.findings import Recommendation, Sentence, SummaryOfFindingsRow
from evidence.findings_text import printable_fields, printed
from evidence.llm.protocol import LanguageModel
from indexers.records import text_digest

PROMPTS = ("cross_examine_questions", "cross_examine_answers", "entail_sentence")
CROSS_EXAMINING_CALLS = 4
_QUESTIONS_BYTES = 3000
"""Room for the other text's questions beside a text, ten of some 300 bytes."""


def examine(
    model: LanguageModel, recommendation: Recommendation, rows: Sequence[SummaryOfFindingsRow]
) -> Examination:
    """What the model says of a recommendation against its evidence; no failure ends it.

    Args:
        model: Is asked `n_calls` times, more where an answer does not fit its schema.
        recommendation: A draft or an edit.
        rows: The summary of findings it was written from.
    """
    sentences = each_once(recommendation)
    room = model.settings.prompt_limit_bytes - _bytes(
        prompts.render("cross_examine_questions", text="", most=MOST_QUESTIONS)
    )
    source, told = evidence_text(recommendation, rows, room - _QUESTIONS_BYTES)
    summary = "\n".join(sentence.text for sentence in sentences)
    return Examination(
        model=model.settings.model,
        cross=cross_examine(model, source, summary),
        sentences=tuple(
            support_of(model, s.text, [*(q.text for q in s.quotes), *(v.text for v in s.computed)])
            for s in sentences
        ),
        told=told,
    )


def n_calls(recommendation: Recommendation) -> int:
    """How many calls an examination makes, to tell before it is made."""
    cited = [s for s in each_once(recommendation) if s.quotes or s.computed]
    return CROSS_EXAMINING_CALLS + len(cited)


def each_once(recommendation: Recommendation) -> tuple[Sentence, ...]:
    """Its sentences in order, each text once."""
    found: dict[str, Sentence] = {}
    for sentence in recommendation.every_sentence:
        found.setdefault(sentence.text, sentence)
    return tuple(found.values())


def evidence_text(
    recommendation: Recommendation, rows: Sequence[SummaryOfFindingsRow], room_bytes: int
) -> tuple[str, str]:
    """The evidence as text, and in words what was left out of it.

    First the printed values of the rows that are cited, of all rows where none is; then the quotes
    of the sentences. Whole lines from the front, as many as fit.
    """
    cited = [row for row in rows if row.row_id in recommendation.cited_rows] or rows
    lines = [
        f"{printed(row, 'outcome')} | {field} | {printed(row, field)}"
        for row in cited
        for field in printable_fields(row)
        if field != "outcome"
    ]
    quotes = [q.text for s in recommendation.every_sentence for q in s.quotes]
    lines += [" ".join(text.split()) for text in dict.fromkeys(quotes)]
    shown: list[str] = []
    for line in lines:
        room_bytes -= _bytes(line) + 1
        if room_bytes < 0:
            break
        shown.append(line)
    left_out = len(lines) - len(shown)
    told = f"{left_out} of {len(lines)} lines of evidence did not fit" if left_out else ""
    return "\n".join(shown), told


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def examination_digest() -> str:
    """SHA-256 over the prompts of an examination, for its provenance."""
    return text_digest(" ".join(map(prompts.digest, PROMPTS)))
