"""A person's word on an extracted result: confirmed as it is, with other numbers, or rejected.

Every number keeps its quote: one that the person changes needs the words of the report that hold
it, and these must stand in the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from evidence.duplicates.answers import signed
from evidence.errors import EvidenceError
from evidence.extraction.time_points import time_points
from evidence.findings import OutcomeData, values
from evidence.grounding import value_problems
from evidence.judgements import ExtractedOutcome, Provenance, ResultRejected, ValueEvidence
from evidence.quoting import locate
from indexers.records import Document, Frozen


class ResultError(EvidenceError):
    """A person's word on a result cannot be written as it is."""


class Source(Frozen):
    """The words of the report that hold a number, pasted by a person.

    `derivation` says how the number was computed where the words hold only what it comes from.
    """

    words: str
    derivation: str = ""


def confirmed(result: ExtractedOutcome, person: str, reason: str) -> ExtractedOutcome:
    """The same result by a person, without the flags that the person has looked at.

    Raises:
        ResultError: No reason is given.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = _with_reason(person, reason, "for confirming the result")
    return result.model_copy(update={"flags": (), "provenance": provenance})


def corrected(
    result: ExtractedOutcome,
    numbers: Mapping[str, float | None],
    sources: Mapping[str, Source],
    document: Document | None,
    person: str,
    reason: str,
    *,
    time_point: str | None = None,
) -> tuple[ExtractedOutcome, ResultRejected]:
    """The result with a person's numbers, and the line that sets the one before aside.

    Args:
        result: What stands now.
        numbers: By field; a field that is left out keeps its number, None takes it away.
        sources: The words that hold a number, by field; each changed number needs some.
        document: The report as it is read now.
        person: Who corrects.
        reason: Why, in words.
        time_point: When it was measured; None keeps the time.

    Raises:
        ResultError: Nothing changes, a reason or a quote is missing, the words are not in the
            report or do not hold the number, or the numbers contradict each other.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = _with_reason(person, reason, "for the change")
    standing = values(result.data)
    changed = {f: n for f, n in numbers.items() if f in standing and standing[f] != n}
    at = (result.time_point or "") if time_point is None else " ".join(time_point.split())
    if not changed and at == (result.time_point or "") and not sources:
        raise ResultError("nothing was changed; confirm the result, or change a number or its time")
    evidence = {item.field: item for item in result.evidence}
    for field, number in changed.items():
        evidence.pop(field, None)
        if number is not None and field not in sources:
            raise ResultError(
                f"{_words(field)} = {number:g} has no quote; paste the words of the report that "
                "hold it"
            )
    for field, source in sources.items():
        evidence[field] = _evidence(field, source, document)
    corrected_result = result.model_copy(
        update={
            "data": _with_numbers(result.data, changed),
            "evidence": tuple(evidence[f] for f in standing if f in evidence),
            "time_point": at or None,
            "time_point_days": _days(result, at),
            "flags": (),
            "provenance": provenance,
        }
    )
    _check(corrected_result)
    return corrected_result, rejected(result, person, f"replaced: {provenance.reason}")


def rejected(result: ExtractedOutcome, person: str, reason: str) -> ResultRejected:
    """The line that sets a result aside.

    Raises:
        ResultError: No reason is given.
        ProjectError: The name is empty or taken by machines.
    """
    return _word(result, _with_reason(person, reason, "for rejecting the result"), out=True)


def taken_back(result: ExtractedOutcome, person: str, reason: str = "") -> ResultRejected:
    """The line that lets a rejected result count again.

    Raises:
        ProjectError: The name is empty or taken by machines.
    """
    return _word(result, signed(person, reason), out=False)


def _word(result: ExtractedOutcome, provenance: Provenance, *, out: bool) -> ResultRejected:
    return ResultRejected(
        record_id=result.record_id,
        outcome=result.outcome,
        result_digest=result.content_digest,
        rejected=out,
        provenance=provenance,
    )


def _with_reason(person: str, reason: str, what_for: str) -> Provenance:
    provenance = signed(person, reason)
    if not provenance.reason:
        raise ResultError(f"no reason {what_for}; expected why, in words")
    return provenance


def _evidence(field: str, source: Source, document: Document | None) -> ValueEvidence:
    if document is None:
        raise ResultError(
            "the text of the report is missing, so that nothing can be quoted from it"
        )
    quote = locate(source.words, document)
    if quote is None:
        shown = " ".join(source.words.split())
        raise ResultError(
            f"{_words(field)}: the words {shown[:60]!r} are not in the report; paste them as they "
            "stand in it, whole words and numbers"
        )
    return ValueEvidence(
        field=field, quotes=(quote,), derivation=" ".join(source.derivation.split()) or None
    )


def _with_numbers(data: OutcomeData, changed: Mapping[str, float | None]) -> OutcomeData:
    try:
        return type(data).model_validate(data.model_dump() | dict(changed))
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{_words(str(first['loc'][0]))}: " if first["loc"] else ""
        raise ResultError(f"{where}{first['msg'].removeprefix('Value error, ')}") from error


def _days(result: ExtractedOutcome, at: str) -> float | None:
    """The time in days; a time that was not changed keeps what was read from its table's head."""
    if at == (result.time_point or ""):
        return result.time_point_days
    return next((point.days for point in time_points(at) if point.days is not None), None)


def _check(result: ExtractedOutcome) -> None:
    if not result.evidence:
        raise ResultError("no number is left; reject the result instead")
    problems = value_problems(result)
    if problems:
        raise ResultError(
            f"{problems[0].replace('_', ' ')}; paste words that hold it, or say how it was "
            "computed from them"
        )


def _words(field: str) -> str:
    return field.replace("_", " ")


def each_once(results: Sequence[ExtractedOutcome]) -> list[ExtractedOutcome]:
    """The results without repetitions; an engine's that a person confirmed is the person's."""
    by_people = [_said(r) for r in results if r.provenance.by_person]
    distinct = {r.content_digest: r for r in results}.values()
    return [r for r in distinct if r.provenance.by_person or _said(r) not in by_people]


def _said(result: ExtractedOutcome) -> ExtractedOutcome:
    """A result without who said it and what was doubted."""
    nobody = result.provenance.model_copy(
        update={"actor": "", "engine": "", "reason": "", "model": None, "prompt_digest": None}
        | {"at": None}
    )
    return result.model_copy(update={"flags": (), "provenance": nobody})
