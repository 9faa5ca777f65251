"""How a computed value is printed: the one place, so that anybody can print it again and compare.

A field is named by its dotted path in `SummaryOfFindingsRow` (`effect.estimate`, `certainty`,
`domains.0.reason`); `effect` is the whole of it, and `information_size` is computed from the row.
What is printed names what it counts (`3 studies`, `25 fewer per 1000`), so that two values of a
sentence are not mistaken for one another.
"""

from __future__ import annotations

import math
import re

from evidence.errors import GroundingError
from evidence.findings import DomainRating, SummaryOfFindingsRow
from evidence.synthesis.printed import number_text

ABSENT = "not available"
MEASURE_NAMES = {
    "OR": "odds ratio",
    "RR": "risk ratio",
    "RD": "risk difference",
    "MD": "mean difference",
    "SMD": "standardised mean difference",
    "HR": "hazard ratio",
}
_WORDS = {"certainty", "domain"}
_BRACKETS = re.compile(r"\s*\([^()]*\)")


def printed(row: SummaryOfFindingsRow, field: str) -> str:
    """The value of a field as sentences and tables print it; `not available` where it is None.

    Raises:
        GroundingError: A row has no such field, or its value is a list.
    """
    value: object = row.model_dump(mode="python")
    if field == "effect":
        return _effect(row)
    if field == "information_size":
        return _information_size(row)
    for name in field.split("."):
        if value is None:
            return ABSENT
        value = _step(row, field, value, name)
    return _text(row, field, value)


def printable_fields(row: SummaryOfFindingsRow) -> tuple[str, ...]:
    """The fields of a row that a sentence may cite, in a fixed order; none that is absent."""
    fields = ["outcome", "k_studies", "n_participants"]
    if row.effect is not None:
        fields += [f"effect{part}" for part in ("", ".estimate", ".ci_low", ".ci_high", ".i2")]
    fields += ["comparator_risk_per_1000", "intervention_risk_per_1000", "difference_per_1000"]
    fields += ["difference_low_per_1000", "difference_high_per_1000", "certainty"]
    fields += [f"domains.{index}.reason" for index, _ in telling_domains(row)]
    fields += ["note"] if row.note else []
    return tuple(field for field in fields if printed(row, field) != ABSENT)


def telling_domains(row: SummaryOfFindingsRow) -> list[tuple[int, DomainRating]]:
    """The domains that tell why the certainty is what it is, with their places.

    Those that lower it, and risk of bias where it says why the certainty starts low.
    """
    starts_low = row.certainty_start != "high"
    return [
        (index, domain)
        for index, domain in enumerate(row.domains)
        if domain.levels_down or (starts_low and domain.domain == "risk_of_bias")
    ]


def finding_line(row: SummaryOfFindingsRow, no_study: str = "") -> str:
    """Effect, studies and certainty of an outcome, or why nothing is pooled.

    Args:
        row: The outcome.
        no_study: Why the review holds no study at all; empty where it holds one.
    """
    if row.effect is None:
        return f"not pooled: {no_study or _why_not_pooled(row)}"
    certainty = f", {printed(row, 'certainty')} certainty" if row.certainty else ""
    return f"{printed(row, 'effect')} ({printed(row, 'k_studies')}{certainty})"


def _why_not_pooled(row: SummaryOfFindingsRow) -> str:
    """The reason in the row's note, as the end of a line."""
    if not row.studies:
        return "no study reports it"
    _, _, problem = row.note.partition("Not pooled: ")
    why = problem or row.note
    return why[:1].lower() + why[1:].removesuffix(".")


def short_name(text: str) -> str:
    """A term without the synonyms that stand in brackets behind it."""
    return " ".join(_BRACKETS.sub("", text).split()) or " ".join(text.split())


def _step(row: SummaryOfFindingsRow, field: str, value: object, name: str) -> object:
    if isinstance(value, dict) and name in value:
        return value[name]
    if isinstance(value, list | tuple) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    raise GroundingError(
        f"row {row.row_id}: there is no field {field!r}; expected a path like effect.estimate"
    )


def _text(row: SummaryOfFindingsRow, field: str, value: object) -> str:
    name = field.rpartition(".")[2]
    if value is None:
        return ABSENT
    if isinstance(value, str):
        words = value.replace("_", " ") if name in _WORDS else value
        return short_name(words) if field == "outcome" else " ".join(words.split())
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GroundingError(f"row {row.row_id}: {field!r} is no single number or text to print")
    if isinstance(value, float) and not math.isfinite(value):
        return ABSENT
    match name:
        case "k_studies":
            return f"{value:,} {'study' if value == 1 else 'studies'}"
        case "n_participants":
            return f"{value:,} {'participant' if value == 1 else 'participants'}"
        case "comparator_risk_per_1000" | "intervention_risk_per_1000":
            return f"{_count(value)} per 1000"
        case "difference_per_1000":
            return f"{_difference(value)} per 1000"
        case "difference_low_per_1000" | "difference_high_per_1000":
            return _difference(value)
        case "i2" | "percent":
            return f"{value:.0f} %"
        case _:
            return f"{value:,}" if isinstance(value, int) else number_text(value)


def _effect(row: SummaryOfFindingsRow) -> str:
    effect = row.effect
    ends = () if effect is None else (effect.estimate, effect.ci_low, effect.ci_high)
    if effect is None or not all(map(math.isfinite, ends)):
        return ABSENT
    low, high = (printed(row, f"effect.{end}") for end in ("ci_low", "ci_high"))
    name = MEASURE_NAMES[effect.measure]
    return f"{name} {number_text(effect.estimate)}, 95 % confidence interval {low} to {high}"


def _information_size(row: SummaryOfFindingsRow) -> str:
    """What one adequately powered trial needs, without a minimal important difference."""
    from evidence.synthesis.information_size import information_size

    size = information_size(row, None)
    return ABSENT if size is None else f"{size.needed:,} {size.unit}"


def _difference(value: float) -> str:
    return f"{_count(abs(value))} {'fewer' if value < 0 else 'more'}"


def _count(value: float) -> str:
    """Per 1000: whole numbers, one decimal below ten."""
    text = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"
    return text.removesuffix(".0")
