from __future__ import annotations

import pytest

from evidence.direction import critical_row, excludes_null, favours, wanted
from evidence.findings import Measure
from evidence.question import ClinicalQuestion, Pico
from tests.evidence.findings_factory import effect, row


@pytest.mark.parametrize(
    ("outcome", "measure", "better"),
    [
        ("mortality at 28 days", "RR", "less"),
        ("serious adverse events (SAE)", "RR", "less"),
        ("treatment failure", "RR", "less"),
        ("loss of response", "RR", "less"),
        ("poor adherence", "RR", "less"),
        ("length of stay", "MD", "less"),
        ("depression score", "SMD", "less"),
        ("parasite clearance time", "MD", "less"),
        ("time to recovery", "MD", "less"),
        ("time to recovery", "HR", "more"),
        ("time to death", "MD", "more"),
        ("overall survival", "HR", "less"),
        ("overall survival", "RR", "more"),
        ("relapse-free survival", "HR", "less"),
        ("survival time", "MD", "more"),
        ("cure", "RR", "more"),
        ("adequate clinical and parasitological response", "RR", "more"),
        ("quality of life", "SMD", "more"),
        ("pain relief", "RR", "more"),
        ("freedom from seizures", "RR", "more"),
        ("ACPR (cure)", "RR", "more"),
        ("HbA1c", "MD", None),
        ("blood pressure", "MD", None),
        ("relapse after remission", "RR", None),
        ("reduced pain", "RR", None),
        ("no adverse events", "RR", None),
        ("reduced pain (cure)", "RR", None),
        ("", "RR", None),
    ],
)
def test_which_way_is_better_is_read_from_the_name(
    outcome: str, measure: Measure, better: str | None
) -> None:
    assert wanted(outcome, measure) == better


@pytest.mark.parametrize(
    ("pooled", "side"),
    [
        (effect(0.5, 0.3, 0.9), "intervention"),
        (effect(1.5, 1.1, 2.0), "comparator"),
        (effect(0.5, 0.3, 1.0), None),
        (effect(0.5, 0.3, float("inf")), None),
        (effect(-2.0, -3.0, -1.0, "MD"), "intervention"),
        (effect(0.5, 0.3, 0.9, "MD"), "comparator"),
        (None, None),
    ],
)
def test_whom_an_effect_favours(pooled: object, side: str | None) -> None:
    assert favours(row("pain", pooled)) == side  # type: ignore[arg-type]


def test_an_outcome_of_unknown_worth_favours_nobody() -> None:
    assert favours(row("HbA1c", effect(0.5, 0.3, 0.9))) is None


def test_the_null_on_the_edge_is_included() -> None:
    assert not excludes_null(effect(0.8, 0.6, 1.0))
    assert not excludes_null(effect(1.0, 0.0, 2.0, "MD"))
    assert excludes_null(effect(0.8, 0.6, 0.99))


def test_the_critical_row_is_that_of_the_first_outcome() -> None:
    rows = [row("pain"), row("Relapse  (return)"), row("relapse (return)", row_id="second")]
    question = ClinicalQuestion(text="q", pico=Pico(outcomes=("relapse (return)", "pain")))
    assert critical_row(question, rows) is rows[1]
    assert critical_row(question, rows[:1]) is None
    assert critical_row(ClinicalQuestion(text="q"), rows) is rows[0]
    assert critical_row(ClinicalQuestion(text="q"), []) is None
