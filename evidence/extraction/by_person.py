"""A person's word on a result: confirmed, with other numbers, rejected, or added as a new one.

Every number keeps its quote: one that the person writes needs the words of the report that hold
it, and these must stand in the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.duplicates.answers import signed
from evidence.extraction.time_points import time_points
from evidence.extraction.written_data import ResultError, data_of, other_scale
from evidence.findings import Measure, OutcomeData, values
from evidence.grounding import quote_problem, value_problems
from evidence.judgements import ExtractedOutcome, Provenance, ResultRejected, ValueEvidence
from evidence.quoting import locate
from indexers.records import Document, Frozen, Quote

REPLACED = "replaced: "
"""Before the reason, in the line that sets a corrected result aside."""


class Source(Frozen):
    """The words of the report that hold a number: pasted by a person, or picked as a `quote`.

    `derivation` says how the number was computed where the words hold only what it comes from.
    """

    words: str
    derivation: str = ""
    quote: Quote | None = None


def confirmed(result: ExtractedOutcome, person: str, reason: str) -> ExtractedOutcome:
    """The same result by a person, without the flags that the person has looked at.

    Saying that a number is right needs no reason.

    Raises:
        ProjectError: The name is empty or taken by machines.
    """
    return result.model_copy(update={"flags": (), "provenance": signed(person, reason)})


def corrected(
    result: ExtractedOutcome,
    numbers: Mapping[str, float | None],
    sources: Mapping[str, Source],
    document: Document | None,
    person: str,
    reason: str,
    *,
    time_point: str | None = None,
    unit: str | None = None,
    measure: Measure | None = None,
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
        unit: Of means; None keeps the unit.
        measure: Of an effect; None keeps the measure.

    Raises:
        ResultError: Nothing changes, a reason or a quote is missing, the words are not in the
            report or do not hold the number, or the numbers contradict each other.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = _with_reason(person, reason, "you change the result")
    standing = values(result.data)
    changed = {f: n for f, n in numbers.items() if f in standing and standing[f] != n}
    at = (result.time_point or "") if time_point is None else " ".join(time_point.split())
    scale = other_scale(result.data, unit, measure)
    if not changed and at == (result.time_point or "") and not sources and not scale:
        raise ResultError("nothing was changed; confirm the result, or change a number or its time")
    kept = {item.field: item for item in result.evidence if item.field not in changed}
    evidence = kept | _evidence_of(changed, sources, document)
    corrected_result = result.model_copy(
        update={
            "data": _with_numbers(result.data, changed, scale),
            "evidence": tuple(evidence[f] for f in standing if f in evidence),
            "time_point": at or None,
            # A time that was not changed keeps what was read from its table's head.
            "time_point_days": result.time_point_days
            if at == (result.time_point or "")
            else _days(at),
            "flags": (),
            "provenance": provenance,
        }
    )
    _check(corrected_result)
    return corrected_result, rejected(result, person, f"{REPLACED}{provenance.reason}")


def added(
    record_id: str,
    outcome: str,
    data: OutcomeData,
    sources: Mapping[str, Source],
    document: Document | None,
    person: str,
    reason: str,
    *,
    intervention: str,
    comparator: str,
    time_point: str = "",
) -> ExtractedOutcome:
    """A result that nobody had extracted.

    Args:
        record_id: The study.
        outcome: As the question words it.
        data: The numbers; each needs a source.
        sources: The words that hold a number, by field.
        document: The report as it is read now.
        person: Who adds it.
        reason: Why, in words.
        intervention: The arm as the report names it.
        comparator: The arm it is compared with.
        time_point: When it was measured; empty where the report does not say.

    Raises:
        ResultError: A number, an arm, the reason or a quote is missing, or the words are not in the
            report or do not hold the number.
        ProjectError: The name is empty or taken by machines.
    """
    provenance = _with_reason(person, reason, "you add the result")
    numbers = {field: number for field, number in values(data).items() if number is not None}
    if not numbers:
        raise ResultError(f"{outcome}: the new result has no number; write one or leave it out")
    arms = [" ".join(name.split()) for name in (intervention, comparator)]
    if not all(arms):
        raise ResultError(f"{outcome}: name both arms of the new result")
    evidence = _evidence_of(numbers, sources, document)
    at = " ".join(time_point.split())
    result = ExtractedOutcome(
        record_id=record_id,
        outcome=outcome,
        reported_as=" ".join(evidence[next(iter(numbers))].quotes[0].text.split()),
        intervention=arms[0],
        comparator=arms[1],
        time_point=at or None,
        time_point_days=_days(at),
        data=data,
        evidence=tuple(evidence[field] for field in numbers),
        provenance=provenance,
    )
    _check(result)
    return result


def rejected(result: ExtractedOutcome, person: str, reason: str) -> ResultRejected:
    """The line that sets a result aside.

    Raises:
        ResultError: No reason is given.
        ProjectError: The name is empty or taken by machines.
    """
    return _word(result, _with_reason(person, reason, "you reject the result"), out=True)


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


def _with_reason(person: str, reason: str, act: str) -> Provenance:
    provenance = signed(person, reason)
    if not provenance.reason:
        raise ResultError(f"please write why {act}")
    return provenance


def _evidence_of(
    numbers: Mapping[str, float | None],
    sources: Mapping[str, Source],
    document: Document | None,
) -> dict[str, ValueEvidence]:
    """The evidence of a person's numbers, and of others that have new words."""
    for field, number in numbers.items():
        if number is not None and field not in sources:
            raise ResultError(
                f"{_words(field)} = {number:g} has no quote; paste the words of the report that "
                "hold it"
            )
    return {field: _evidence(field, source, document) for field, source in sources.items()}


def _evidence(field: str, source: Source, document: Document | None) -> ValueEvidence:
    if document is None:
        raise ResultError(
            "the text of the report is missing, so that nothing can be quoted from it"
        )
    quote = source.quote or locate(source.words, document)
    if quote is None or quote_problem(quote, document) is not None:
        shown = " ".join(source.words.split())
        raise ResultError(
            f"{_words(field)}: the words {shown[:60]!r} are not in the report; paste them as they "
            "stand in it, whole words and numbers"
        )
    return ValueEvidence(
        field=field, quotes=(quote,), derivation=" ".join(source.derivation.split()) or None
    )


def _with_numbers(
    data: OutcomeData, changed: Mapping[str, float | None], scale: Mapping[str, str]
) -> OutcomeData:
    return data_of(data.kind, data.model_dump() | dict(changed) | dict(scale))


def _days(at: str) -> float | None:
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
    by_people = [said(r) for r in results if r.provenance.by_person]
    distinct = {r.content_digest: r for r in results}.values()
    return [r for r in distinct if r.provenance.by_person or said(r) not in by_people]


def said(result: ExtractedOutcome) -> ExtractedOutcome:
    """A result without who said it and what was doubted."""
    nobody = result.provenance.model_copy(
        update={"actor": "", "engine": "", "reason": "", "model": None, "prompt_digest": None}
        | {"at": None}
    )
    return result.model_copy(update={"flags": (), "provenance": nobody})
