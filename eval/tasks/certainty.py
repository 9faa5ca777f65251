"""`certainty`: do the GRADE rules rate an evidence profile as the guideline panel did?

Each domain is rated in levels taken off (0 to 3), the certainty by its place among high, moderate,
low and very low. Per domain, over the profiles that the panel rated in it:

- `weighted_kappa`: Cohen's kappa with linear weights, because in GRADE levels add up; 0 where one
  of the two gave everything the same level, for then no agreement goes beyond chance;
- `macro_f1`: the mean F1 of the levels that occur in the panel's ratings or the answers;
- `accuracy`, and `accuracy_majority`: that of always giving the panel's most common level.

Three engines: `offline`, the rules as the program uses them; `offline_unjudged_as_low`, the same
but a risk of bias that nobody judged takes nothing off; `majority`. A profile that cannot be read
or rated gets the level farthest from the panel's. Intervals resample whole questions, because the
profiles of one share studies and raters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.agreement import accuracy, macro_f1, weighted_kappa
from eval.cost import taken_by
from eval.results import EngineScores, Metric, Table, TaskResult
from eval.tasks.certainty_data import OutcomeProfile
from eval.tasks.certainty_levels import RATED_DOMAINS
from eval.tasks.certainty_rating import rate_profile
from evidence.errors import EvidenceError
from evidence.judgements import CertaintyRating
from evidence.synthesis.grade import LEVELS

N_LEVELS = 4
FEW_QUESTIONS = 20
_RESAMPLES = 2000
_ENGINES = ("offline", "offline_unjudged_as_low", "majority")


class Answer(NamedTuple):
    """Levels by domain, with the reason of each; `failure` when there is no answer."""

    levels: Mapping[str, int]
    reasons: Mapping[str, str]
    failure: str | None = None


def run_certainty(profiles: Sequence[OutcomeProfile], seed: int) -> TaskResult:
    """Rate every profile and compare with the panel.

    Args:
        profiles: Those of `load_profiles`.
        seed: Of the bootstrap.

    Raises:
        EvidenceError: No profile carries a label.
    """
    gold = _gold(profiles)
    domains = [domain for domain in RATED_DOMAINS if any(domain in levels for levels in gold)]
    if not domains:
        raise EvidenceError("no profile says how the panel rated it; nothing to compare with")
    majority = {
        domain: _most_common([g[domain] for g in gold if domain in g]) for domain in domains
    }
    answers = {engine: _answers(engine, profiles, majority) for engine in _ENGINES}
    units = list(dict.fromkeys(profile.unit for profile in profiles))
    place = [units.index(profile.unit) for profile in profiles]
    scores, items = {}, []
    confusions: dict[str, NDArray[np.int64]] = {}
    for engine, given in answers.items():
        counts = _confusion(gold, given, place, domains, len(units))
        confusions[engine] = counts.sum(axis=0)
        scores[engine] = _scores(counts, units, domains, majority, seed)
        items += [_item(engine, p, g, a) for p, g, a in zip(profiles, gold, given, strict=True)]
    return TaskResult(
        task="certainty",
        scores=scores,
        items=items,
        tables=(
            _domain_table(scores, domains),
            _confusion_table(confusions["offline"], domains),
            _difference_table(profiles, gold, answers["offline"], domains),
        ),
        notes=_notes(profiles, gold, answers["offline"], domains, len(units)),
    )


def _gold(profiles: Sequence[OutcomeProfile]) -> list[dict[str, int]]:
    """The panel's levels; what cannot be read counts as of the most common level, so as to fail."""
    labelled = [profile.levels for profile in profiles if profile.failure is None]
    usual = {
        domain: _most_common(levels)
        for domain in RATED_DOMAINS
        if (levels := [given[domain] for given in labelled if domain in given])
    }
    return [dict(usual) if p.failure is not None else dict(p.levels) for p in profiles]


def _most_common(levels: Sequence[int]) -> int:
    """The level given most often, the lower one of two."""
    counts = Counter(levels)
    return min(counts, key=lambda level: (-counts[level], level))


def _answers(
    engine: str, profiles: Sequence[OutcomeProfile], majority: Mapping[str, int]
) -> list[Answer]:
    with taken_by(engine):
        return [_answer(engine, profile, majority) for profile in profiles]


def _answer(engine: str, profile: OutcomeProfile, majority: Mapping[str, int]) -> Answer:
    if profile.failure is not None:
        return Answer({}, {}, profile.failure)
    if engine == "majority":
        return Answer(majority, {})
    try:
        rating = rate_profile(profile)[1]
    except EvidenceError as error:
        return Answer({}, {}, str(error))
    unjudged = not any(study.risk_of_bias for study in profile.studies)
    return _levels_of(rating, spare_bias=engine != "offline" and unjudged)


def _levels_of(rating: CertaintyRating, *, spare_bias: bool) -> Answer:
    levels: dict[str, int] = {domain.domain: domain.levels_down for domain in rating.domains}
    place = LEVELS.index(rating.certainty)
    if spare_bias:
        down = sum(levels.values()) - levels["risk_of_bias"]
        # Nothing is raised here, so that levels off and place tell the same.
        place = min(LEVELS.index(rating.start) + down, len(LEVELS) - 1)
        levels["risk_of_bias"] = 0
    reasons: dict[str, str] = {domain.domain: domain.reason for domain in rating.domains}
    return Answer({**levels, "certainty": place}, reasons)


def _farthest(level: int) -> int:
    return 0 if level > (N_LEVELS - 1) / 2 else N_LEVELS - 1


def _confusion(
    gold: Sequence[Mapping[str, int]],
    answers: Sequence[Answer],
    place: Sequence[int],
    domains: Sequence[str],
    n_units: int,
) -> NDArray[np.int64]:
    """Counts [unit, domain, panel's level, answer's level]."""
    counts = np.zeros((n_units, len(domains), N_LEVELS, N_LEVELS), dtype=np.int64)
    for levels, answer, unit in zip(gold, answers, place, strict=True):
        for d, domain in enumerate(domains):
            if domain in levels:
                level = levels[domain]
                counts[unit, d, level, answer.levels.get(domain, _farthest(level))] += 1
    return counts


def _figures(
    counts: NDArray[np.int64], domains: Sequence[str], majority: Mapping[str, int]
) -> dict[str, NDArray[np.float64]]:
    """Every figure by name, [...], from counts [..., domain, level, level]."""
    kappa, f1, right = weighted_kappa(counts), macro_f1(counts), accuracy(counts)
    labels = counts.sum(axis=-1)
    n = np.maximum(labels.sum(axis=-1), 1)
    named = {}
    for d, domain in enumerate(domains):
        named[f"weighted_kappa_{domain}"] = kappa[..., d]
        named[f"macro_f1_{domain}"] = f1[..., d]
        named[f"accuracy_{domain}"] = right[..., d]
        named[f"accuracy_majority_{domain}"] = labels[..., d, majority[domain]] / n[..., d]
    return named


def _scores(
    counts: NDArray[np.int64],
    units: Sequence[str],
    domains: Sequence[str],
    majority: Mapping[str, int],
    seed: int,
) -> EngineScores:
    """Figures over all profiles, percentile bootstrap intervals over questions, and by question."""
    n = len(units)
    times = np.random.default_rng(seed).multinomial(n, [1 / n] * n, size=_RESAMPLES)
    resampled = _figures(np.tensordot(times, counts, axes=1), domains, majority)
    metrics = {}
    for name, value in _figures(counts.sum(axis=0), domains, majority).items():
        domain = next(domain for domain in domains if name.endswith(f"_{domain}"))
        low, high = np.quantile(resampled[name], [0.025, 0.975])
        n_rated = int(counts[:, domains.index(domain)].sum())
        metrics[name] = Metric(float(value), n_rated, (float(low), float(high)))
    each = _figures(counts, domains, majority)
    by_unit = {
        unit: {
            f"accuracy_{domain}": float(each[f"accuracy_{domain}"][u])
            for d, domain in enumerate(domains)
            if counts[u, d].sum()
        }
        for u, unit in enumerate(units)
    }
    return EngineScores(metrics, by_unit)


def _item(
    engine: str, profile: OutcomeProfile, gold: Mapping[str, int], answer: Answer
) -> dict[str, Any]:
    given = {d: answer.levels.get(d, _farthest(level)) for d, level in gold.items()}
    return {
        "engine": engine,
        "unit": profile.unit,
        "profile": profile.profile_id,
        "outcome": profile.outcome,
        "start": profile.start,
        "n_studies": profile.n_studies_listed,
        "panel": dict(gold),
        "answer": given,
        "accuracy": sum(given[d] == level for d, level in gold.items()) / max(len(gold), 1),
        "reasons": dict(answer.reasons),
        "failure": answer.failure,
    }


def _domain_table(scores: Mapping[str, EngineScores], domains: Sequence[str]) -> Table:
    rows = []
    for domain in domains:
        for engine, scored in scores.items():
            kappa = scored.metrics[f"weighted_kappa_{domain}"]
            rows.append(
                (
                    domain.replace("_", " "),
                    engine,
                    str(kappa.n),
                    f"{kappa.value:.3f}",
                    f"{kappa.ci95[0]:.3f} to {kappa.ci95[1]:.3f}",
                    f"{scored.metrics[f'macro_f1_{domain}'].value:.3f}",
                    f"{scored.metrics[f'accuracy_{domain}'].value:.3f}",
                )
            )
    columns = ("domain", "engine", "n", "weighted κ", "95 % interval", "macro F1", "accuracy")
    return Table("GRADE domains against the panel", columns, tuple(rows))


def _level_name(domain: str, level: int) -> str:
    return (
        LEVELS[level].replace("_", " ") if domain == "certainty" else f"−{level}" if level else "0"
    )


def _confusion_table(counts: NDArray[np.int64], domains: Sequence[str]) -> Table:
    rows = tuple(
        (
            domain.replace("_", " "),
            _level_name(domain, level),
            *(str(int(count)) for count in counts[d, level]),
        )
        for d, domain in enumerate(domains)
        for level in range(N_LEVELS)
        if counts[d, level].sum()
    )
    columns = ("domain", "panel", "0 / high", "−1 / moderate", "−2 / low", "−3 / very low")
    return Table("Answers of offline by the panel's level", columns, rows)


def _difference_table(
    profiles: Sequence[OutcomeProfile],
    gold: Sequence[Mapping[str, int]],
    answers: Sequence[Answer],
    domains: Sequence[str],
) -> Table:
    rows = tuple(
        (
            f"{profile.outcome} ({profile.profile_id})",
            domain.replace("_", " "),
            _level_name(domain, levels[domain]),
            _level_name(domain, answer.levels.get(domain, _farthest(levels[domain]))),
            answer.failure or answer.reasons.get(domain, ""),
        )
        for profile, levels, answer in zip(profiles, gold, answers, strict=True)
        for domain in domains
        if domain in levels and levels[domain] != answer.levels.get(domain)
    )
    return Table("Where offline differs", ("outcome", "domain", "panel", "answer", "why"), rows)


def _notes(
    profiles: Sequence[OutcomeProfile],
    gold: Sequence[Mapping[str, int]],
    answers: Sequence[Answer],
    domains: Sequence[str],
    n_units: int,
) -> tuple[str, ...]:
    notes = [
        f"{len(profiles)} outcome profiles of {n_units} questions; kappa has linear weights; the "
        "intervals resample questions."
    ]
    if n_units < FEW_QUESTIONS:
        notes.append(
            f"{n_units} questions are few: the intervals are rough, and the majority baseline, "
            "which is taken from the same profiles, is hard to beat."
        )
    for profile, answer in zip(profiles, answers, strict=True):
        if answer.failure is not None:
            notes.append(f"scored as worst: {profile.profile_id}: {answer.failure}")
    if not any(study.risk_of_bias for profile in profiles for study in profile.studies):
        notes.append(
            "The data hold no risk of bias but in the rating itself, which is not read: the rules "
            "then take one level off, because what nobody judged is not taken as low risk; "
            "offline_unjudged_as_low takes nothing off."
        )
    alike = [d for d in domains if len({g[d] for g in gold if d in g}) == 1]
    if alike:
        names = ", ".join(domain.replace("_", " ") for domain in alike)
        notes.append(
            f"The panel gave all profiles one level for {names}: kappa is 0 by definition."
        )
    return tuple(notes)
