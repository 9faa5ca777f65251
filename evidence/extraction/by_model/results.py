"""From a language model's results of one outcome to outcomes as the log holds them.

Every number stands in its place or is dropped with a reason; arms, times and rows that do not fit
what the report says over them are flagged, so that a person looks before anything is pooled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from evidence.extraction.arm_mentions import Role, TrialArm
from evidence.extraction.arm_results import ArmResult, Value, joined
from evidence.extraction.by_model.answers import NumbersAnswer, ResultAnswer
from evidence.extraction.by_model.arm_fit import ROLES, ArmNames, arm_doubts
from evidence.extraction.by_model.arm_numbers import COUNTED, MEASURED, counted, measured
from evidence.extraction.by_model.claims import Claim, Dropped, checked_claims, one_line
from evidence.extraction.by_model.effects import effect_result
from evidence.extraction.by_model.shown_tables import ShownTables
from evidence.extraction.consistency import consistency_flags
from evidence.extraction.outcomes import OutcomeConcept, match_label
from evidence.extraction.results import Finding, as_outcome, settle
from evidence.extraction.time_points import same_time, time_points
from evidence.findings import ContinuousData
from evidence.grounding import value_problems
from evidence.judgements import ExtractedOutcome, Provenance
from evidence.quoting import locate
from indexers.records import Document

Claims = Mapping[Role, Mapping[str, Claim]]
_LONGEST_UNIT = 30


@dataclass(frozen=True)
class Asked:
    """What the answers are about.

    Attributes:
        document: The report.
        concepts: All outcomes of the question.
        names: The arms of the report.
        n_randomised: Participants randomised to all arms, where the report tells.
    """

    document: Document
    concepts: tuple[OutcomeConcept, ...]
    names: ArmNames
    n_randomised: int | None = None


def outcomes_of(
    answer: NumbersAnswer,
    concept: OutcomeConcept,
    asked: Asked,
    tables: ShownTables,
    provenance: Provenance,
) -> tuple[tuple[ExtractedOutcome, ...], tuple[str, ...]]:
    """The outcomes that stand, and why the rest of the answer was dropped."""
    dropped = Dropped()
    findings: list[Finding] = []
    units: dict[int, str] = {}
    for result in answer.results:
        made = _findings(result, concept, asked, tables, dropped)
        units.update((finding.start, _unit(result, asked.document)) for finding in made)
        findings += made
    outcomes = []
    for finding in settle(findings):
        outcome = _outcome(finding, asked, units[finding.start], provenance, dropped)
        if outcome is not None:
            outcomes.append(outcome)
    return tuple(outcomes), tuple(dict.fromkeys(dropped.reasons))


def _findings(
    result: ResultAnswer,
    concept: OutcomeConcept,
    asked: Asked,
    tables: ShownTables,
    dropped: Dropped,
) -> list[Finding]:
    """One finding a kind of data: counts, means, an effect."""
    answered = {
        "intervention": (result.intervention_arm, result.intervention_numbers),
        "comparator": (result.comparator_arm, result.comparator_numbers),
    }
    claims = {
        role: checked_claims(answered[role][1], asked.document, tables, dropped) for role in ROLES
    }
    effect = checked_claims(result.effect_numbers, asked.document, tables, dropped)
    if not effect and not any(claims.values()):
        return []
    arms: dict[Role, TrialArm] = {}
    for role in ROLES:
        arm = asked.names.arm(answered[role][0], role, dropped)
        if arm is None:
            return []
        arms[role] = arm
    found: list[Finding] = []
    kinds: tuple[tuple[Literal["dichotomous", "continuous"], frozenset[str]], ...]
    kinds = (("dichotomous", COUNTED), ("continuous", MEASURED))
    for kind, own in kinds:
        if not any(own & claims[role].keys() for role in ROLES):
            continue
        whats = own | {"total", "n"}
        mine = {r: {w: c for w, c in claims[r].items() if w in whats} for r in ROLES}
        sides = [counted(mine[r], arms[r]) if own is COUNTED else measured(mine[r]) for r in ROLES]
        found.append(_compared(kind, sides, mine, arms, result, concept, asked))
    if effect and result.effect_measure != "none":
        measure = result.effect_measure
        side = effect_result(measure, effect, result.effect_adjusted, arms, asked.names.arms)
        only: Claims = {"intervention": effect, "comparator": {}}
        flags = _row_doubts(only, concept, asked)
        found.append(
            _finding("generic", side.values, (*side.flags, *flags), (), only, arms, result,
                     concept, asked, measure)
        )  # fmt: skip
    return [finding for finding in found if finding.values]


def _compared(
    kind: Literal["dichotomous", "continuous"],
    sides: list[ArmResult],
    claims: Claims,
    arms: Mapping[Role, TrialArm],
    result: ResultAnswer,
    concept: OutcomeConcept,
    asked: Asked,
) -> Finding:
    values = joined(sides[0], sides[1])
    flags = [flag for side in sides for flag in side.flags]
    flags += arm_doubts(claims, arms, asked.names)
    flags += _row_doubts(claims, concept, asked)
    notes = tuple(dict.fromkeys(note for side in sides for note in side.notes))
    return _finding(kind, values, tuple(flags), notes, claims, arms, result, concept, asked)


def _finding(
    kind: Literal["dichotomous", "continuous", "generic"],
    values: dict[str, Value],
    flags: tuple[str, ...],
    notes: tuple[str, ...],
    claims: Claims,
    arms: Mapping[Role, TrialArm],
    result: ResultAnswer,
    concept: OutcomeConcept,
    asked: Asked,
    measure: Literal["OR", "RR", "RD", "MD", "SMD", "HR"] = "RD",
) -> Finding:
    every = [claim for role in ROLES for claim in claims[role].values()]
    time, days, time_flags = _time(result.time_point, every, concept, asked.document)
    population = locate(result.analysis_population, asked.document)
    reported = reported_as(every)
    match = match_label(concept, reported)
    return Finding(
        concept=concept,
        reported_as=reported,
        intervention=arms["intervention"],
        comparator=arms["comparator"],
        kind=kind,
        values=values,
        start=min(claim.span.start for claim in every),
        exact=match is not None and match.exact,
        time_text=time,
        days=days,
        population=population.text if population is not None else None,
        measure=measure,
        flags=(*flags, *time_flags),
        notes=notes,
    )


def reported_as(claims: list[Claim]) -> str:
    """How the report names the result: the row's wording in a table, the sentence in a text."""
    for claim in claims:
        if claim.value is not None:
            said = [c.text for c in (*claim.value.headings, *claim.value.labels) if c.text.strip()]
            return ": ".join(said) or claim.name
    return next((claim.sentence.strip() for claim in claims if claim.sentence), claims[0].name)


def _row_doubts(claims: Claims, concept: OutcomeConcept, asked: Asked) -> list[str]:
    """Rows that are of another outcome of the question, or that differ between the arms."""
    doubts = []
    rows: dict[Role, set[tuple[str, int]]] = {role: set() for role in ROLES}
    columns: dict[Role, set[tuple[str, int]]] = {role: set() for role in ROLES}
    for role in ROLES:
        for claim in claims[role].values():
            if claim.value is None or claim.what in ("total", "n"):
                continue
            table = claim.name.split()[0]
            rows[role].add((table, claim.value.cell.row))
            columns[role].add((table, claim.value.cell.column))
            for label in claim.value.labels:
                other = _other_outcome(label.text, concept, asked.concepts)
                if other is not None:
                    doubts.append(f"{claim.name} stands beside {one_line(label.text)!r}: {other}")
    mine, theirs = (rows[role] for role in ROLES)
    if mine and theirs and not mine & theirs and not columns[ROLES[0]] & columns[ROLES[1]]:
        doubts.append("the numbers of the two arms stand in neither one row nor one column")
    return list(dict.fromkeys(doubts))


def _other_outcome(
    label: str, concept: OutcomeConcept, concepts: tuple[OutcomeConcept, ...]
) -> str | None:
    if match_label(concept, label) is not None:
        return None
    for other in concepts:
        match = match_label(other, label) if other is not concept else None
        if match is not None and match.exact:
            return f"that is {other.text!r}, another outcome of the question"
    return None


def _time(
    said: str, claims: list[Claim], concept: OutcomeConcept, document: Document
) -> tuple[str | None, float | None, list[str]]:
    """A time in the report's words and in days; a doubt where nothing beside the numbers says it.

    Where the question asks for no time, one that only the model sees is no reason to wait.
    """
    if not said.strip():
        return None, None, []
    quote = locate(said, document)
    if quote is None:
        return None, None, [f"the time {one_line(said)!r} is not in the document"]
    points = time_points(quote.text)
    days = points[0].days if len(points) == 1 else None
    over = [p for c in claims for text in _said_of_time(c) for p in time_points(text)]
    over = [p for p in over if p.days is not None]
    if days is None or any(same_time(days, p.days) for p in over):
        return quote.text, days, []
    if over:
        return quote.text, days, [f"the model says {one_line(said)!r}, the report {over[0].text!r}"]
    alone = f"nothing beside the numbers says that they are of {one_line(said)!r}"
    return quote.text, days, [alone] if concept.days is not None else []


def _said_of_time(claim: Claim) -> tuple[str, ...]:
    """The wordings that tell a number's time: its cell's heads, else the caption and notes."""
    heads = tuple(cell.text for cell in claim.heads)
    if any(time_points(text) for text in heads):
        return heads
    return claim.wordings


def _unit(result: ResultAnswer, document: Document) -> str:
    """The unit, where the document prints it; it is shown beside the numbers, nothing more."""
    quote = locate(result.unit, document) if len(result.unit) <= _LONGEST_UNIT else None
    return quote.text if quote is not None and re.search(r"\w|%", quote.text) else ""


def _outcome(
    finding: Finding, asked: Asked, unit: str, provenance: Provenance, dropped: Dropped
) -> ExtractedOutcome | None:
    try:
        outcome = as_outcome(asked.document, finding, provenance)
    except ValidationError as error:
        dropped.reasons.append(f"{one_line(finding.reported_as)}: {error.errors()[0]['msg']}")
        return None
    problems = value_problems(outcome)
    if problems:
        dropped.reasons += problems
        return None
    if isinstance(outcome.data, ContinuousData) and unit:
        data = outcome.data.model_copy(update={"unit": unit})
        outcome = outcome.model_copy(update={"data": data})
    found = consistency_flags(outcome, asked.document, n_randomised=asked.n_randomised)
    flags = tuple(dict.fromkeys((*outcome.flags, *found)))
    return outcome.model_copy(update={"flags": flags})
