"""A person's version of the recommendation: reworded, restored or signed, and grounded again.

Nothing enters the log whose numbers are neither quoted nor computed, or whose computed values are
not what the summary of findings says now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidence.duplicates.answers import signed
from evidence.errors import EvidenceError, GroundingError
from evidence.findings import (
    CitedValue,
    Conclusion,
    EvidenceToDecision,
    Recommendation,
    Sentence,
    SummaryOfFindingsRow,
)
from evidence.findings_text import ABSENT, printed
from evidence.grounding import (
    entry_problems,
    printed_place,
    quote_problem,
    sentence_problems,
    shown,
)
from evidence.judgements import (
    RecommendationEdit,
    RecommendationSignedOff,
    SignatureWithdrawn,
)
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState
from indexers.records import Document

DocumentOf = Callable[[str], Document | None]
Rows = Sequence[SummaryOfFindingsRow]
Direction = Literal["for", "against", "none"]
Strength = Literal["strong", "conditional", "none"]
DECIDED_BY_A_PERSON = "A person set direction and strength; why stands with the version."
TO_WRITE_ANEW = "A person set direction and strength; this summary is to be written anew."


class EditError(EvidenceError):
    """A version cannot be written as it is; `problems` has a line for each thing to mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Writing:
    """Who writes a version, and what it has to agree with.

    Attributes:
        rows: The summary of findings now.
        inputs_digest: Names what the version is written from.
        document_of: Finds a document by its digest.
        person: Who edits.
        reason: Why, in words.
        decision: Another decision document, where the one of the version before is out of date.
    """

    rows: Rows
    inputs_digest: str
    document_of: DocumentOf
    person: str
    reason: str = ""
    decision: EvidenceToDecision | None = None


def edited(
    before: RecommendationEdit,
    sentences: Sequence[Sentence],
    direction: Direction,
    strength: Strength,
    writing: Writing,
) -> RecommendationEdit:
    """The next version, by a person.

    Args:
        before: The version that was edited.
        sentences: In their order; computed values that a text does not hold any more are let go.
        direction: `none` goes with the strength `none`.
        strength: As `direction`.
        writing: By whom; a reason is needed where direction or strength change.

    Raises:
        EditError: A sentence has no support, a number is neither quoted nor computed, a value is
            out of date, direction and strength do not go together, or nothing was changed.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = signed(writing.person, writing.reason)
    rows, draft = writing.rows, before.recommendation
    told = tuple(map(tidied, sentences))
    problems = numbered_problems(told, rows, writing.document_of)
    if (direction == "none") != (strength == "none"):
        problems.append("a direction needs a strength, and without a direction there is none")
    verdict_changed = (direction, strength) != (draft.direction, draft.strength)
    if verdict_changed and not provenance.reason:
        problems.append("direction or strength changed: write why")
    if problems:
        raise EditError(problems)
    document = writing.decision or draft.decision
    if verdict_changed and document is not None:
        document = _without_justification(document)
    recommendation = draft.model_copy(
        update={
            "direction": direction,
            "strength": strength,
            "sentences": told,
            "abstained": direction == "none",
            "decision": document,
        }
    )
    recommendation = recommendation.model_copy(
        update={"cited_rows": _cited_rows(recommendation, rows)}
    )
    if recommendation == draft:
        raise EditError(["nothing was changed"])
    edit = RecommendationEdit(
        recommendation=recommendation, inputs_digest=writing.inputs_digest, provenance=provenance
    )
    check_version(edit, rows, writing.document_of)
    return edit


def restored(
    version: RecommendationEdit,
    last: RecommendationEdit,
    number: int,
    *,
    rows: Rows,
    document_of: DocumentOf,
    person: str,
) -> RecommendationEdit:
    """An earlier version as the newest one; `number` is its place in the history, from 1.

    Raises:
        EditError: It is what stands now, or its values are out of date.
        ProjectError: The name is empty or taken by machines.
    """
    if version.content_digest == last.content_digest:
        raise EditError([f"version {number} says what the last version says"])
    provenance = signed(person, f"restored version {number}")
    edit = version.model_copy(update={"provenance": provenance})
    check_version(edit, rows, document_of)
    return edit


def signed_off(
    state: ReviewState,
    rows: Rows,
    document_of: DocumentOf,
    digest: str,
    person: str,
    left_open: tuple[str, ...] = (),
) -> RecommendationSignedOff:
    """A person's signature under the last version; `digest` names the version that was read.

    Args:
        state: Of the review.
        rows: The summary of findings now.
        document_of: Finds what is quoted.
        digest: The version that was read.
        person: Who signs.
        left_open: What is still open in the review, as the person was told.

    Raises:
        EditError: There is nothing to sign, no study is included, it is another version by now, it
            does not hold any more, or the person has signed it.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = signed(person, "")
    if not state.with_fate("included"):
        raise EditError(["no study is included, so there is nothing to sign yet"])
    last = state.recommendation
    if last is None:
        raise EditError(["there is no recommendation to sign"])
    if last.content_digest != digest:
        raise EditError(["somebody wrote another version meanwhile; read it before you sign"])
    if person_key(person) in map(person_key, state.signed_off_by):
        raise EditError([f"{provenance.actor} has signed this version"])
    check_version(last, rows, document_of)
    return RecommendationSignedOff(
        recommendation_digest=digest, left_open=left_open, provenance=provenance
    )


def signature_withdrawn(
    state: ReviewState, digest: str, person: str, reason: str
) -> SignatureWithdrawn:
    """A person's own signature, withdrawn.

    Args:
        state: Of the review.
        digest: The `content_digest` of the version.
        person: Who signed it.
        reason: Why, in words.

    Raises:
        EditError: No reason is given, or this person's signature is not under the version.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = signed(person, " ".join(reason.split()))
    if not provenance.reason:
        raise EditError(["please say why the signature is withdrawn"])
    names = [s.provenance.actor for s in state.sign_offs if s.recommendation_digest == digest]
    if person_key(person) not in map(person_key, names):
        raise EditError([f"{provenance.actor} has not signed this version"])
    return SignatureWithdrawn(recommendation_digest=digest, provenance=provenance)


def check_version(edit: RecommendationEdit, rows: Rows, document_of: DocumentOf) -> None:
    """Refuse what may not enter the log, and values that the summary of findings tells otherwise.

    Raises:
        EditError: With a line for each problem.
    """
    draft = edit.recommendation
    problems = entry_problems(edit, document_of)
    # The log takes an abstention in plain words; what a person writes in the document it does not.
    told = draft.model_copy(update={"sentences": ()}).every_sentence
    problems += [problem for sentence in told for problem in sentence_problems(sentence)]
    problems += value_problems(draft.every_sentence, rows)
    if problems:
        raise EditError(list(dict.fromkeys(problems)))


def tidied(sentence: Sentence) -> Sentence:
    """Single spaces; only the computed values that the text holds, and each quote once."""
    text = " ".join(sentence.text.split())
    flat = shown(text)
    kept = dict.fromkeys(v for v in sentence.computed if printed_place(shown(v.text)).search(flat))
    quotes = dict.fromkeys(sentence.quotes)
    return Sentence(text=text, quotes=tuple(quotes), computed=tuple(kept))


def support_problems(sentence: Sentence, rows: Rows, document_of: DocumentOf) -> list[str]:
    """Which words of a sentence lack what; empty when every number is grounded."""
    if not sentence.text:
        return ["it is empty; write it or remove it"]
    found = [quote_problem(q, document_of(q.document_digest)) for q in sentence.quotes]
    problems = [problem for problem in found if problem is not None]
    problems += sentence_problems(sentence)
    return problems + value_problems([sentence], rows)


def value_problems(sentences: Iterable[Sentence], rows: Rows) -> list[str]:
    """A line for each computed value that the summary of findings tells otherwise now."""
    return [
        f"“{moved.value.text}” is out of date: the summary of findings has {moved.now_in_words} "
        f"for {moved.outcome}"
        for moved in moved_values(sentences, rows)
    ]


class MovedValue(NamedTuple):
    """A cited value that is another one now; `now` is None where its row or field is gone."""

    value: CitedValue
    now: str | None
    outcome: str

    @property
    def now_in_words(self) -> str:
        """The new value in quotation marks, or that there is none."""
        return "no such value" if self.now in (None, ABSENT) else f"“{self.now}”"


def moved_values(sentences: Iterable[Sentence], rows: Rows) -> list[MovedValue]:
    """The computed values that the summary of findings tells otherwise now, each once."""
    by_id = {row.row_id: row for row in rows}
    found = []
    for value in dict.fromkeys(v for sentence in sentences for v in sentence.computed):
        row = by_id.get(value.row_id)
        now = printed_now(value, row)
        if now != value.text:
            outcome = value.row_id if row is None else printed(row, "outcome")
            found.append(MovedValue(value, now, outcome))
    return found


def printed_now(value: CitedValue, row: SummaryOfFindingsRow | None) -> str | None:
    """A cited value as it is printed now; None where its row or field is gone."""
    if row is None:
        return None
    try:
        return printed(row, value.field)
    except GroundingError:
        return None


def with_new_values(sentence: Sentence, rows: Rows) -> Sentence:
    """The sentence with each cited value as it is printed now; for a person to read again."""
    by_id = {row.row_id: row for row in rows}
    now: dict[CitedValue, str] = {}
    for value in sentence.computed:
        text_now = printed_now(value, by_id.get(value.row_id))
        # What is gone stays as it was, so that saving is refused until a person rewrites it.
        now[value] = value.text if text_now is None or text_now == ABSENT else text_now
    if not now:
        return sentence
    texts = {value.text: text for value, text in now.items()}
    # `0.63` stands inside `risk ratio 0.63, 95 % confidence interval …` as well.
    text = printed_place(*texts).sub(lambda found: texts[found.group()], sentence.text)
    computed = tuple(value.model_copy(update={"text": text}) for value, text in now.items())
    return sentence.model_copy(update={"text": text, "computed": computed})


def numbered_problems(
    sentences: Sequence[Sentence], rows: Rows, document_of: DocumentOf
) -> list[str]:
    """A line for each thing that a sentence lacks, with the place of the sentence, from 1."""
    return [
        f"sentence {number}: {problem}"
        for number, sentence in enumerate(sentences, 1)
        for problem in support_problems(sentence, rows, document_of)
    ]


def _without_justification(document: EvidenceToDecision) -> EvidenceToDecision:
    """What an engine wrote to justify another verdict, or to explain it, must not do so here."""
    kept = [
        Conclusion(part="plain_language", note=TO_WRITE_ANEW) if c.part == "plain_language" else c
        for c in document.conclusions
        if c.part != "justification"
    ]
    why = Conclusion(part="justification", note=DECIDED_BY_A_PERSON)
    return document.model_copy(update={"conclusions": (why, *kept)})


def _cited_rows(recommendation: Recommendation, rows: Rows) -> tuple[str, ...]:
    """The rows that the version names or rests on, in the order of the summary of findings."""
    cited = {v.row_id for s in recommendation.every_sentence for v in s.computed}
    cited.update(recommendation.cited_rows)
    return tuple(row.row_id for row in rows if row.row_id in cited)
