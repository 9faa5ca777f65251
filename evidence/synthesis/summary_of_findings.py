"""One row of the summary of findings: pooled effect, absolute risks, studies and certainty."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from math import sqrt
from typing import NamedTuple

from evidence.config import SynthesisSettings
from evidence.errors import EvidenceError, SettingsError
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    PooledEffect,
    PoolingModel,
    StudyResult,
    SummaryOfFindingsRow,
    is_complete,
    values,
)
from evidence.judgements import RiskOfBiasJudgement
from evidence.synthesis.absolute_effects import (
    RISK_NOTE,
    absolute_effect,
    has_risks,
    rounded,
)
from evidence.synthesis.effect_sizes import NORMAL_975
from evidence.synthesis.grade import rate_certainty
from evidence.synthesis.non_randomised import ALL_RANDOMISED, NonRandomised, certainty_start
from evidence.synthesis.pooling import RANDOM_MODELS, check_settings, natural_scale, pool
from evidence.synthesis.study_effects import (
    CONTINUOUS_MEASURES,
    DICHOTOMOUS_MEASURES,
    study_effects,
    why_not_estimable,
)

_KINDS = ("dichotomous", "continuous", "generic")  # in this order when two have as many studies


class Plan(NamedTuple):
    """What is pooled and how; `places` are the pooled results' places among all results."""

    places: tuple[int, ...]
    measure: Measure
    model: PoolingModel
    hartung_knapp: bool
    notes: tuple[str, ...]


def summarise_outcome(
    outcome: str,
    results: Sequence[StudyResult],
    settings: SynthesisSettings,
    risk_of_bias: Sequence[RiskOfBiasJudgement] = (),
    *,
    non_randomised: NonRandomised = ALL_RANDOMISED,
    indirectness: Sequence[str] = (),
    minimal_important_difference: float | None = None,
) -> SummaryOfFindingsRow:
    """Pool what can be pooled, keep the rest with a note, and rate the certainty.

    A result is left out of the pool, with the reason in its note, when it came with a note, its
    numbers are incomplete, it is of another kind than most, its study has another result before it,
    or no effect can be estimated from it.

    Args:
        outcome: The outcome as the question words it.
        results: One result a study, in the order to show them.
        settings: Measures and model. A model that does not go with the kind of data (Peto or
            Mantel-Haenszel with means) gives way to inverse variance, and the note says so.
        risk_of_bias: Judgements on the studies.
        non_randomised: The studies that are not randomised, with their judgements by ROBINS-I.
        indirectness: Concerns as whole sentences, see `indirectness_concerns`.
        minimal_important_difference: For MD, SMD and RD.

    Raises:
        SettingsError: A measure of the settings does not fit its kind of data.
        EvidenceError: The settings' model does not go with their dichotomous measure.
    """
    reasons = [_why_left_out(result) for result in results]
    plan = _plan(results, reasons, settings)
    studies = list(results)
    for index, reason in enumerate(reasons):
        studies[index] = _cleared(results[index], reason)
    effect: PooledEffect | None = None
    notes: tuple[str, ...] = ("No study gives complete numbers.",)
    if plan is not None:
        effect, studies, problem = _pooled_studies(studies, plan)
        notes = (*plan.notes, *([f"Not pooled: {problem}."] if problem else []))
        if effect is not None and effect.note:
            notes = (*notes, f"{effect.note[:1].upper()}{effect.note[1:]}.")
            effect = effect.model_copy(update={"note": ""})
    pooled = [study for study in studies if study.percent is not None]
    derived = [study.study for study in pooled if study.derived]
    if derived:
        notes = (*notes, f"Numbers were derived from reported ones for {', '.join(derived)}.")
    row = SummaryOfFindingsRow(
        row_id=row_id(outcome),
        outcome=outcome,
        k_studies=len(pooled),
        n_participants=sum(_participants(study.data) for study in pooled),
        effect=effect,
        studies=tuple(studies),
        **absolute_effect(effect, pooled),
        note=" ".join(
            (*notes, RISK_NOTE) if len(pooled) > 1 and has_risks(effect, pooled) else notes
        ),
    )
    if effect is None:
        return row
    rating = rate_certainty(
        row,
        risk_of_bias,
        start=certainty_start(pooled, non_randomised),
        non_randomised=non_randomised,
        indirectness=indirectness,
        minimal_important_difference=minimal_important_difference,
    )
    rated = {"certainty": rating.certainty, "certainty_start": rating.start}
    return row.model_copy(update={**rated, "domains": rating.domains})


def indirectness_concerns(results: Sequence[StudyResult]) -> tuple[str, ...]:
    """What the results themselves tell of indirectness, as whole sentences.

    Comparators that differ between complete results, case and spaces aside. Numbers that were
    derived from reported ones are no indirectness; the row's note names them.
    """
    complete = [r for r in results if not r.note and is_complete(r.data)]
    names = {" ".join(r.comparator.casefold().split()): r.comparator for r in reversed(complete)}
    if len(names) < 2:
        return ()
    listed = "; ".join(names[key] for key in sorted(names))
    return (f"The studies used {len(names)} different comparators ({listed}).",)


def row_id(outcome: str) -> str:
    """A stable, readable name of an outcome's row: `day-28-cure-rate`.

    Where letters outside ASCII would be lost, a digest keeps different outcomes apart.
    """
    letters = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", outcome.casefold())
        if not unicodedata.combining(letter)
    )
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    lost = any(letter.isalnum() and not letter.isascii() for letter in letters)
    parts = [slug, sha256(outcome.encode()).hexdigest()[:8] if lost or not slug else ""]
    return "-".join(part for part in parts if part)


def _why_left_out(result: StudyResult) -> str:
    if result.note:
        return result.note
    missing = [name for name, value in values(result.data).items() if value is None]
    return f"not pooled: {', '.join(missing).replace('_', ' ')} not reported" if missing else ""


def _plan(
    results: Sequence[StudyResult], reasons: list[str], settings: SynthesisSettings
) -> Plan | None:
    """Choose what is pooled; `reasons` gains those of the results that now drop out."""
    seen: set[str] = set()
    for index, result in enumerate(results):
        if not reasons[index] and result.record_id in seen:
            reasons[index] = "not pooled: another result of the same study is pooled"
        elif not reasons[index]:
            seen.add(result.record_id)
    kinds = Counter(_kind(r) for r, reason in zip(results, reasons, strict=True) if not reason)
    if not kinds:
        return None
    order = sorted(kinds, key=lambda kind: (-kinds[kind], _KINDS.index(kind[0]), kind[1]))
    chosen = order[0]
    for index, result in enumerate(results):
        if not reasons[index] and _kind(result) != chosen:
            found = " ".join(_kind(result)).strip()
            reasons[index] = f"not pooled: {found} data, the other studies give {chosen[0]} data"
    places = tuple(index for index, reason in enumerate(reasons) if not reason)
    measure, notes = _measure(chosen, [results[index] for index in places], settings)
    model = settings.model
    if model in ("mh", "peto") and chosen[0] != "dichotomous":
        model = "fixed"
        notes = (*notes, f"Inverse variance is used, because {settings.model} needs events.")
    check_settings(measure, model, hartung_knapp=False)
    hartung_knapp = settings.hartung_knapp and model in RANDOM_MODELS
    return Plan(places, measure, model, hartung_knapp, notes)


def _kind(result: StudyResult) -> tuple[str, str]:
    """Kind of data; generic effects of different measures are of different kinds."""
    data = result.data
    return (data.kind, data.measure if isinstance(data, GenericData) else "")


def _measure(
    kind: tuple[str, str], results: Sequence[StudyResult], settings: SynthesisSettings
) -> tuple[Measure, tuple[str, ...]]:
    if kind[0] == "generic":
        measures = [r.data.measure for r in results if isinstance(r.data, GenericData)]
        return measures[0], ()
    if kind[0] == "dichotomous":
        if settings.dichotomous_measure not in DICHOTOMOUS_MEASURES:
            raise SettingsError(
                f"dichotomous_measure is {settings.dichotomous_measure}; expected OR, RR or RD"
            )
        return settings.dichotomous_measure, ()
    if settings.continuous_measure not in CONTINUOUS_MEASURES:
        raise SettingsError(
            f"continuous_measure is {settings.continuous_measure}; expected MD, SMD"
        )
    units = {r.data.unit.strip().casefold() for r in results if isinstance(r.data, ContinuousData)}
    units.discard("")
    if settings.continuous_measure == "MD" and len(units) > 1:
        note = f"Standardised, because the units differ ({', '.join(sorted(units))})."
        return "SMD", (note,)
    return settings.continuous_measure, ()


def _cleared(result: StudyResult, note: str) -> StudyResult:
    """The result without effect and weight, which only this module gives."""
    nothing = {"estimate": None, "ci_low": None, "ci_high": None, "percent": None}
    return result.model_copy(update={**nothing, "note": note})


def _pooled_studies(
    studies: list[StudyResult], plan: Plan
) -> tuple[PooledEffect | None, list[StudyResult], str]:
    """The pooled effect, all studies with own effects and weights, and why nothing was pooled."""
    chosen = [studies[place] for place in plan.places]
    data = [study.data for study in chosen]
    labels = [str(place) for place in plan.places]  # places, because two studies may share a name
    effects = study_effects(labels, data, plan.measure, plan.model)
    reasons = why_not_estimable(effects, data, plan.measure)
    estimable = [place for place, reason in enumerate(reasons) if reason is None]
    effect, problem = None, "" if estimable else "no study allows an effect to be estimated"
    try:
        if estimable:
            effect = pool(
                [labels[place] for place in estimable], [data[place] for place in estimable],
                plan.measure, plan.model, hartung_knapp=plan.hartung_knapp,
            )  # fmt: skip
    except EvidenceError as error:
        problem = str(error)
    percent = {w.study: w.percent for w in effect.weights} if effect else {}
    filled = list(studies)
    for label, study, yi, vi, reason in zip(
        labels, chosen, effects.yi, effects.vi, reasons, strict=True
    ):
        if reason is not None:
            update: dict[str, object] = {"note": f"without weight: {reason}"}
        else:
            update = {**_own_effect(plan.measure, float(yi), float(vi)), "note": problem}
            if label in percent:
                update["percent"] = rounded(percent[label])
        filled[int(label)] = study.model_copy(update=update)
    if effect is None:
        return None, filled, problem
    names = [filled[int(weight.study)].study for weight in effect.weights]
    weights = tuple(
        weight.model_copy(update={"study": name, "percent": rounded(weight.percent)})
        for weight, name in zip(effect.weights, names, strict=True)
    )
    return effect.model_copy(update={"weights": weights}), filled, ""


def _own_effect(measure: Measure, yi: float, vi: float) -> dict[str, object]:
    half = NORMAL_975 * sqrt(vi)
    return {
        "estimate": rounded(natural_scale(measure, yi)),
        "ci_low": rounded(natural_scale(measure, yi - half)),
        "ci_high": rounded(natural_scale(measure, yi + half)),
    }


def _participants(data: DichotomousData | ContinuousData | GenericData) -> int:
    """Both arms together; 0 where a report gives only an effect."""
    match data:
        case DichotomousData():
            return (data.total_intervention or 0) + (data.total_comparator or 0)
        case ContinuousData():
            return (data.n_intervention or 0) + (data.n_comparator or 0)
        case _:
            return 0
