from __future__ import annotations

import math

import pytest

from evidence.errors import GroundingError
from evidence.findings_text import finding_line, printable_fields, printed, short_name
from tests.evidence.findings_factory import ABSOLUTE, effect, row

ROW = row("relapse on day 28 (recurrence)", effect(0.8, 0.7, 0.914), "very_low", **ABSOLUTE)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("outcome", "relapse on day 28"),
        ("k_studies", "2 studies"),
        ("n_participants", "1,234 participants"),
        ("effect", "risk ratio 0.80, 95 % confidence interval 0.70 to 0.91"),
        ("effect.estimate", "0.80"),
        ("effect.ci_high", "0.91"),
        ("effect.i2", "12 %"),
        ("effect.pi_low", "not available"),
        ("effect.measure", "RR"),
        ("comparator_risk_per_1000", "500 per 1000"),
        ("intervention_risk_per_1000", "400 per 1000"),
        ("difference_per_1000", "100 fewer per 1000"),
        ("difference_low_per_1000", "150 fewer"),
        ("difference_high_per_1000", "4.2 fewer"),
        ("certainty", "very low"),
        ("domains.0.domain", "risk of bias"),
        ("domains.0.reason", "Studies at high risk of bias carry 40 % of the weight."),
        ("domains.0.levels_down", "1"),
        ("studies.0.data.events_comparator", "30"),
        ("studies.0.percent", "100 %"),
    ],
)
def test_prints_a_field(field: str, text: str) -> None:
    assert printed(ROW, field) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (0.004, "0.0040"),
        (0.05, "0.050"),
        (-0.5, "−0.50"),
        (12.345, "12.35"),
        (1234.5, "1,234"),
        (1e-30, "1.0e−30"),
        (math.inf, "not available"),
        (math.nan, "not available"),
    ],
)
def test_prints_numbers_with_the_digits_that_matter(value: float, text: str) -> None:
    given = row("pain", effect(value, value, value, "MD"))
    assert printed(given, "effect.estimate") == text


def test_one_is_singular_and_more_is_not_fewer() -> None:
    given = row(k_studies=1, n_participants=1, difference_per_1000=0.26)
    assert printed(given, "k_studies") == "1 study"
    assert printed(given, "n_participants") == "1 participant"
    assert printed(given, "difference_per_1000") == "0.3 more per 1000"


@pytest.mark.parametrize("field", ["effect", "effect.estimate", "certainty", "difference_per_1000"])
def test_what_is_absent_is_said_so(field: str) -> None:
    assert printed(row(certainty=None), field) == "not available"


@pytest.mark.parametrize(
    "field",
    [
        *("", "effect.", "estimate", "__class__", "effect.__dict__", "domains", "studies.0"),
        *("domains.9.reason", "domains.-1.reason", "domains.x.reason", "outcome.upper"),
        "k_studies.real",
    ],
)
def test_a_path_that_names_no_value_is_an_error(field: str) -> None:
    with pytest.raises(GroundingError, match="row-relapse"):
        printed(ROW, field)


def test_every_printable_field_prints() -> None:
    assert [f for f in printable_fields(ROW) if printed(ROW, f) == "not available"] == []
    assert "domains.0.reason" in printable_fields(ROW)
    assert "domains.1.reason" not in printable_fields(ROW)
    assert printable_fields(row(certainty=None)) == (
        *("outcome", "k_studies", "n_participants", "domains.0.reason"),
    )


@pytest.mark.parametrize(
    ("text", "short"),
    [("weakness (asthenia)", "weakness"), ("A (x) or B (y, z)", "A or B"), ("(all)", "(all)")],
)
def test_a_short_name_is_without_its_synonyms(text: str, short: str) -> None:
    assert short_name(text) == short


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("No study gives complete numbers.", "not pooled: no study gives complete numbers"),
        ("Units differ. Not pooled: the OR has no variance.", "not pooled: the OR has no variance"),
    ],
)
def test_a_line_says_why_nothing_is_pooled(note: str, told: str) -> None:
    unpooled = ROW.model_copy(update={"effect": None, "certainty": None, "note": note})
    assert finding_line(unpooled) == told
    silent = unpooled.model_copy(update={"studies": ()})
    assert finding_line(silent) == "not pooled: no study reports it"
    assert finding_line(silent, "no study is included") == "not pooled: no study is included"
    assert finding_line(ROW).endswith("(2 studies, very low certainty)")
