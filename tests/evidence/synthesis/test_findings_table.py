"""Baseline risks, statements, the summary-of-findings table and how it is printed."""

from __future__ import annotations

import pytest

from evidence.errors import SettingsError
from evidence.findings import DichotomousData
from evidence.rendering.summary_of_findings_text import summary_of_findings_markdown
from evidence.synthesis.baseline_risks import BaselineRisk, absolute_effect_at, baseline_risks
from evidence.synthesis.findings_table import COLUMNS, ROUNDING, findings_table
from evidence.synthesis.statements import plain_statement
from evidence.synthesis.thresholds import Thresholds
from tests.evidence.findings_factory import effect, row, study


def trial(events, total):
    data = DichotomousData(
        events_intervention=1, total_intervention=total, events_comparator=events,
        total_comparator=total,
    )  # fmt: skip
    return study(data=data)


def test_baseline_risks():
    assert baseline_risks([trial(20, 100)])[0][:2] == ("study", 0.2)
    alike = [trial(n, 100) for n in (20, 22, 24, 26)]
    assert [risk[:2] for risk in baseline_risks(alike)] == [("median", 0.23)]
    differ = [trial(n, 100) for n in (5, 10, 20, 40, 50)]
    assert [risk[:2] for risk in baseline_risks(differ)] == [
        ("low", 0.1),
        ("medium", 0.2),
        ("high", 0.4),
    ]
    assert [r[:2] for r in baseline_risks(differ, [0.3, 0.1])] == [("low", 0.1), ("high", 0.3)]
    assert baseline_risks([]) == ()
    with pytest.raises(SettingsError, match="expected a share from 0 to 1"):
        baseline_risks([], [30])


@pytest.mark.parametrize(
    ("pooled", "expected"),
    [
        (effect(0.5, 0.25, 1.0), (200, 100, -100, -150, 0)),
        (effect(0.5, 0.25, 1.0, "OR"), (200, 111.111, -88.889, -141.176, 0)),
        # 1 - 0.8^0.5 = 0.10557; 1 - 0.8^0.25 = 0.05426
        (effect(0.5, 0.25, 1.0, "HR"), (200, 105.573, -94.427, -145.742, 0)),
        (effect(-0.05, -0.1, 0.02, "RD"), (200, 150, -50, -100, 20)),
    ],
)
def test_absolute_effects_per_1000(pooled, expected):
    found = absolute_effect_at(pooled, BaselineRisk("given", 0.2, "registry"))
    assert found[1:] == pytest.approx(expected, abs=1e-3)


def test_no_absolute_effect_without_a_risk():
    nobody = BaselineRisk("given", 0.0, "registry")
    assert absolute_effect_at(effect(0.5, 0.2, 1), nobody) is None
    assert absolute_effect_at(effect(1, 0, 2, "MD"), nobody) is None


@pytest.mark.parametrize(
    ("ratio", "certainty", "expected"),
    [
        (0.4, "high", "Zinc results in a large reduction in relapse."),
        (0.4, "moderate", "Zinc probably results in a large reduction in relapse."),
        (0.4, "low", "Zinc may result in a large reduction in relapse."),
        (0.7, "high", "Zinc reduces relapse."),
        (1.4, "moderate", "Zinc probably increases relapse."),
        (0.7, "low", "Zinc may reduce relapse."),
        (0.85, "high", "Zinc reduces relapse slightly."),
        (0.85, "moderate", "Zinc probably reduces relapse slightly."),
        (1.2, "low", "Zinc may increase relapse slightly."),
        (1.0, "high", "Zinc results in little to no difference in relapse."),
        (0.98, "moderate", "Zinc probably results in little to no difference in relapse."),
        (0.98, "low", "Zinc may result in little to no difference in relapse."),
        (0.4, "very_low", "The evidence is very uncertain about the effect of zinc on relapse."),
    ],
)
def test_statements_go_by_certainty_and_size(ratio, certainty, expected):
    pooled = row("Relapse (any)", effect(ratio, 0.1, 9), certainty)
    assert plain_statement(pooled, "Zinc (oral)") == expected


def test_statements_without_size_or_effect():
    change = row("HbA1c", effect(-0.4, -0.6, -0.2, "MD"), "high")
    assert plain_statement(change, "DPP-4 inhibitors") == "DPP-4 inhibitors reduces HbA1c."
    told = plain_statement(change, "DPP-4 inhibitors", Thresholds(0.5))
    assert told == "DPP-4 inhibitors results in little to no difference in HbA1c."
    assert "could not be combined" in plain_statement(row("{x}", None, None), "zinc")
    assert plain_statement(row(studies=(), pooled=None), "") == (
        "No study tells how the intervention affects relapse."
    )


def rows():
    first = row("relapse", effect(0.5, 0.25, 1.0), studies=(trial(20, 100),))
    evil = row("pain <script>|", effect(-0.4, -0.6, -0.2, "SMD"), "very_low")
    return [first, evil, row("sleep", None, None, domains=())]


def test_the_table_in_the_order_of_gradepro():
    table = findings_table(rows(), "zinc")
    assert table.lines[0].cells == (
        "relapse",
        "RR 0.50 (0.25 to 1.00)",
        "200 per 1000 b",
        "100 per 1000",
        "100 fewer per 1000 (150 fewer to 0 more)",
        "1,234 (2)",
        "⊕⊕⊕◯ Moderate a",
        "Zinc probably results in a large reduction in relapse.",
    )
    assert len(table.lines[0].cells) == len(COLUMNS)
    assert table.lines[1].difference == "SMD −0.40 (−0.60 to −0.20)"
    assert table.lines[1].certainty == "⊕◯◯◯ Very low a"  # the same reason has the same letter
    assert table.lines[2].cells[1:7] == ("not pooled", "–", "–", "–", "1,234 (2)", "not rated")
    assert table.footnotes == (
        ("a", "Risk of bias, serious: Studies at high risk of bias carry 40 % of the weight."),
        ("b", "Comparator risk: comparator group of the study."),
    )


def test_a_line_for_each_baseline_risk():
    table = findings_table(rows()[:1], "zinc", given_risks={"row-relapse": [0.4, 0.1]})
    assert [line.outcome for line in table.lines] == ["relapse (low risk)", "relapse (high risk)"]
    assert [line.intervention for line in table.lines] == ["50 per 1000", "200 per 1000"]
    assert ("c", "Comparator risk, high: given by the user.") in table.footnotes


def test_letters_go_on_after_z():
    many = [
        row(f"o{n}", effect(0.5, 0.2, 1), studies=(study(data=trial(n, 1000).data),))
        for n in range(1, 30)
    ]
    changed = [
        r.model_copy(update={"domains": (r.domains[0].model_copy(update={"reason": r.outcome}),)})
        for r in many
    ]
    marks = [mark for mark, _ in findings_table(changed, "zinc").footnotes]
    assert marks[:3] == ["a", "b", "c"] and marks[25:28] == ["z", "aa", "ab"]
    assert len(set(marks)) == len(marks)


def test_printing_escapes_what_documents_say():
    table = findings_table(rows(), "zinc")
    text = summary_of_findings_markdown(table)
    lines = text.splitlines()
    assert all(line.replace("\\|", "").count("|") == len(COLUMNS) + 1 for line in lines[:5])
    assert "pain \\<script\\>\\|" in text and lines[6] == ROUNDING
    assert lines[8].startswith("a. Risk of bias")
    assert text == summary_of_findings_markdown(findings_table(rows(), "zinc"))
