"""GRADE: the certainty of the evidence for one outcome, domain by domain, by rules with numbers.

Randomised trials start at high certainty. Each domain takes off up to 2 levels (imprecision up to 3
where thresholds of large effects are set) and says why in whole sentences; a person can overrule
any of it. What starts low can be raised, see `upgrades`. The rules make the judgements of the GRADE
guidelines computable (J Clin Epidemiol 2011;64: 4 risk of bias 407-415, 5 publication bias
1277-1282, 6 imprecision 1283-1293, 7 inconsistency 1294-1302, 8 indirectness 1303-1310); the
thresholds are constants below. Studies that are not randomised: see `non_randomised`. What nobody
judged counts as `unclear`, not as low risk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from evidence.appraisal.overall import overall_of
from evidence.errors import EvidenceError
from evidence.findings import (
    Certainty,
    DichotomousData,
    DomainRating,
    PooledEffect,
    StudyResult,
    SummaryOfFindingsRow,
)
from evidence.judgements import MACHINE, CertaintyRating, Provenance, RiskOfBiasJudgement
from evidence.synthesis.imprecision import imprecision
from evidence.synthesis.non_randomised import (
    ALL_RANDOMISED,
    NonRandomised,
    doubtful_share,
    high_share,
    levels_by_robins_i,
    overall_risk,
    start_reason,
)
from evidence.synthesis.prediction import prediction_interval
from evidence.synthesis.printed import number_text, p_text
from evidence.synthesis.small_study import MIN_STUDIES, AsymmetryTest, egger, peters
from evidence.synthesis.study_effects import RATIO_MEASURES, study_effects, tables_of
from evidence.synthesis.thresholds import Thresholds
from evidence.synthesis.upgrades import Upgrade, upgrades

LEVELS: tuple[Certainty, ...] = get_args(Certainty)  # from high to very low
HIGH_RISK_SERIOUS = 25.0  # percent of the weight in studies at high risk of bias
HIGH_RISK_VERY_SERIOUS = 75.0
DOUBTFUL_SERIOUS = 50.0  # percent of the weight in studies that are not at low risk
I2_SUBSTANTIAL = 50.0  # Cochrane Handbook 10.10.2
I2_CONSIDERABLE = 75.0
P_HETEROGENEITY = 0.10  # Q has little power with few studies
P_ASYMMETRY = 0.10  # and so have the tests of asymmetry

_TOLD_RISKS = {
    "high": "from studies at high risk of bias",
    "critical": "from studies at critical risk by ROBINS-I",
    "serious": "from studies at serious risk by ROBINS-I",
    "no_information": "from studies that ROBINS-I finds no information on",
    "some_concerns": "from studies with some concerns",
    "moderate": "from studies at moderate risk by ROBINS-I",
    "unclear": "from studies whose risk is not yet clear",
    "low": "from studies at low risk",
}


def rate_certainty(
    row: SummaryOfFindingsRow,
    risk_of_bias: Sequence[RiskOfBiasJudgement],
    *,
    indirectness: Sequence[str] = (),
    start: Certainty = "high",
    non_randomised: NonRandomised = ALL_RANDOMISED,
    minimal_important_difference: float | None = None,
    thresholds: Thresholds | None = None,
    dose_response: str = "",
    opposing_confounding: str = "",
) -> CertaintyRating:
    """Rate a pooled outcome.

    The rating's provenance tells what raised the certainty.

    Args:
        row: The row with its effect, its studies (weights, own effects) and comparator risk.
        risk_of_bias: Judgements on its studies; others are passed over.
        indirectness: Concerns as whole sentences; any takes one level off, and several no more than
            one, because how grave they are is for a person to say.
        start: `high` for randomised trials, `low` for observational studies; `high` for these too
            where risk of bias was judged with ROBINS-I (`certainty_start`).
        non_randomised: The studies that are not randomised, with what ROBINS-I says of them. Where
            it says anything of a study that carries weight, nothing is raised: confounding belongs
            to risk of bias then.
        minimal_important_difference: For MD, SMD and RD on their own scale; ratios use 0.75 and
            1.25.
        thresholds: Absolute thresholds of small, moderate and large effects, see `imprecision`.
        dose_response: A sentence on a dose-response gradient, which raises what starts low.
        opposing_confounding: A sentence on confounding that works against the effect.

    Raises:
        EvidenceError: The row has no pooled effect.
    """
    if row.effect is None:
        raise EvidenceError(f"{row.outcome}: nothing was pooled, so there is nothing to rate")
    weighted = [study for study in row.studies if study.percent is not None]
    domains = (
        rate_risk_of_bias(weighted, risk_of_bias, start=start, non_randomised=non_randomised),
        rate_inconsistency(row.effect, weighted),
        rate_indirectness(indirectness),
        imprecision(row, minimal_important_difference, thresholds),
        rate_publication_bias(row.effect, weighted),
    )
    raised: tuple[Upgrade, ...] = ()
    if not any(non_randomised.get(study.record_id) for study in weighted):
        raised = upgrades(
            row,
            domains,
            start,
            dose_response=dose_response,
            opposing_confounding=opposing_confounding,
        )
    down = sum(domain.levels_down for domain in domains) - sum(up.levels_up for up in raised)
    reached = min(max(LEVELS.index(start) + down, 0), len(LEVELS) - 1)
    reasons = ("GRADE rules on the numbers", *(f"Raised: {up.reason}" for up in raised))
    return CertaintyRating(
        outcome=row.outcome,
        start=start,
        domains=domains,
        certainty=LEVELS[reached],
        provenance=Provenance(actor=MACHINE, engine="rules", reason=". ".join(reasons)),
    )


def rate_risk_of_bias(
    studies: Sequence[StudyResult],
    judgements: Sequence[RiskOfBiasJudgement],
    *,
    whole: str = "the weight",
    start: Certainty = "high",
    non_randomised: NonRandomised = ALL_RANDOMISED,
) -> DomainRating:
    """By the share of weight in studies whose worst domain is high, some concerns or unclear.

    A study's overall risk is that of its worst domain (RoB 2), and `unclear` while a domain is not
    judged and none is at high risk; the last judgement on a domain counts. For studies that are not
    randomised see `non_randomised`: a low start has taken off what ROBINS-I finds, up to serious.
    """
    shares = dict.fromkeys(_TOLD_RISKS, 0.0)
    for study in studies:
        own = [j for j in judgements if j.record_id == study.record_id]
        outline = non_randomised.get(study.record_id)
        risk = overall_of(own).level if outline is None else overall_risk(outline)
        shares[risk] += study.percent or 0.0
    high, doubtful = shares["high"], 100.0 - shares["low"]
    if start == "high":
        high += high_share(shares)
    else:
        doubtful -= doubtful_share(shares)
    if high >= HIGH_RISK_VERY_SERIOUS:
        levels = 2
    else:
        levels = int(high >= HIGH_RISK_SERIOUS or doubtful >= DOUBTFUL_SERIOUS)
    levels = max(levels, levels_by_robins_i(shares, start))
    reason = f"Of {whole}, {_told_shares(shares)}."
    if levels and shares["unclear"] >= DOUBTFUL_SERIOUS:
        reason += (
            " What nobody judged waits for a person's judgement and is not low risk till then."
        )
    reason = " ".join(filter(None, (reason, start_reason(studies, non_randomised))))
    return DomainRating(domain="risk_of_bias", levels_down=levels, reason=reason)


def _told_shares(shares: Mapping[str, float]) -> str:
    """The shares above 0, worst first."""
    told = [
        f"{shares[risk]:.0f} % {name}" for risk, name in _TOLD_RISKS.items() if shares[risk] > 0
    ]
    return ", ".join(told).replace(" % from", " % is from", 1)


def rate_inconsistency(effect: PooledEffect, studies: Sequence[StudyResult]) -> DomainRating:
    """By I², the test of heterogeneity, overlap of confidence intervals and prediction interval."""
    if effect.k_studies == 1 or effect.i2 is None:
        reason = "Inconsistency is not rated, because only one study carries weight."
        return DomainRating(domain="inconsistency", levels_down=0, reason=reason)
    apart = _intervals_apart(studies)
    wider = _prediction_turns(effect)
    heterogeneous = effect.q_p is not None and effect.q_p < P_HETEROGENEITY
    levels = int(effect.i2 >= I2_SUBSTANTIAL and (heterogeneous or apart > 0 or wider))
    if levels and effect.i2 >= I2_CONSIDERABLE and _opposed(effect, studies):
        levels = 2
    q_p = f", {p_text(effect.q_p)} for heterogeneity" if effect.q_p is not None else ""
    overlap = (
        "all confidence intervals of the studies overlap"
        if apart == 0
        else f"the intervals of {apart} of {_pairs(len(studies))} pairs of studies do not overlap"
    )
    reason = f"I² is {effect.i2:.0f} %{q_p}, and {overlap}."
    predicted = prediction_interval(effect)
    if predicted is not None:
        where = "includes no effect, which the confidence interval does not" if wider else (
            "leads to no other conclusion than the confidence interval"
        )  # fmt: skip
        low, high = map(number_text, predicted)
        reason += f" The prediction interval, {low} to {high}, {where}."
    return DomainRating(domain="inconsistency", levels_down=levels, reason=reason)


def rate_indirectness(concerns: Sequence[str]) -> DomainRating:
    """One level for any concern that was handed in."""
    if concerns:
        return DomainRating(domain="indirectness", levels_down=1, reason=" ".join(concerns))
    reason = "Nothing in the extracted comparators and outcomes points to indirect evidence."
    return DomainRating(domain="indirectness", levels_down=0, reason=reason)


def rate_publication_bias(effect: PooledEffect, studies: Sequence[StudyResult]) -> DomainRating:
    """By a test of funnel-plot asymmetry from ten studies on; below, it is called undetected."""
    if effect.k_studies < MIN_STUDIES:
        count = f"{effect.k_studies} {'study' if effect.k_studies == 1 else 'studies'}"
        reason = (
            f"Publication bias is undetected: {count} {'is' if effect.k_studies == 1 else 'are'} "
            f"too few to test for it ({MIN_STUDIES} are needed)."
        )
        return DomainRating(domain="publication_bias", levels_down=0, reason=reason)
    name, test = _asymmetry(effect, studies)
    if test is None:
        reason = (
            "Publication bias is undetected: the studies are equally precise, so no test works."
        )
        return DomainRating(domain="publication_bias", levels_down=0, reason=reason)
    suspected = test.p < P_ASYMMETRY
    found = "is asymmetrical" if suspected else "shows no clear asymmetry"
    reason = (
        f"The funnel plot of {effect.k_studies} studies {found} ({name} test, {p_text(test.p)})."
    )
    return DomainRating(domain="publication_bias", levels_down=int(suspected), reason=reason)


def _intervals_apart(studies: Sequence[StudyResult]) -> int:
    """Pairs of studies whose confidence intervals do not overlap."""
    intervals = [
        (study.ci_low, study.ci_high)
        for study in studies
        if study.ci_low is not None and study.ci_high is not None
    ]
    return sum(
        low > other_high or other_low > high
        for index, (low, high) in enumerate(intervals)
        for other_low, other_high in intervals[:index]
    )


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def _null(effect: PooledEffect) -> float:
    return 1.0 if effect.measure in RATIO_MEASURES else 0.0


def _prediction_turns(effect: PooledEffect) -> bool:
    """Whether the prediction interval includes no effect and the confidence interval does not."""
    predicted = prediction_interval(effect)
    if predicted is None:
        return False
    null = _null(effect)
    decided = not effect.ci_low <= null <= effect.ci_high
    return decided and predicted[0] <= null <= predicted[1]


def _opposed(effect: PooledEffect, studies: Sequence[StudyResult]) -> bool:
    """Whether one study's interval lies wholly below no effect and another's wholly above."""
    null = _null(effect)
    below = any(study.ci_high is not None and study.ci_high < null for study in studies)
    above = any(study.ci_low is not None and study.ci_low > null for study in studies)
    return below and above


def _asymmetry(
    effect: PooledEffect, studies: Sequence[StudyResult]
) -> tuple[str, AsymmetryTest | None]:
    """Peters' test for ratios from tables, Egger's for everything else."""
    data = [study.data for study in studies]
    effects = study_effects([study.study for study in studies], data, effect.measure)
    from_tables = effect.measure in RATIO_MEASURES and isinstance(data[0], DichotomousData)
    try:
        if from_tables:
            return "Peters'", peters(effects, tables_of(data))
        return "Egger's", egger(effects)
    except EvidenceError:
        return "Peters'" if from_tables else "Egger's", None
