from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.agreement import accuracy, macro_f1, weighted_kappa
from eval.results import TaskResult
from eval.tasks.certainty import N_LEVELS, run_certainty
from eval.tasks.certainty_data import load_profiles
from eval.tasks.certainty_levels import certainty_place, levels_down
from eval.tasks.certainty_rating import rate_profile, study_results
from eval.tasks.certainty_texts import (
    first_count,
    measure_named,
    printed_counts,
    printed_effects,
    printed_risk,
)
from evidence.errors import EvidenceError, SourceError

RATIONALE = "SERIOUS because the panel says so"


def outcome(uid, question, risks, effects, levels, certainty, **fields):
    """An entry as the release has it; `risks` are comparator and intervention by paper."""
    names = ("Risk of bias", "Inconsistency", "Indirectness", "Imprecision", "Publication bias")
    grade = {n: {"result": r, "rationales": RATIONALE} for n, r in zip(names, levels, strict=True)}
    grade["Study design"] = "Randomized Controlled Trial"
    grade["Certainty"] = certainty
    grade["Risk"] = {
        "Placebo (comparator) n/N": {p: pair[0] for p, pair in risks.items()},
        "Drug (intervention) n/N": {p: pair[1] for p, pair in risks.items()},
    }
    grade["Effect"] = {"Mean difference OR Relative risk (95 % CI)": effects}
    return {
        "outcome_uid": uid,
        "clinical_question": question,
        "outcome": f"outcome {uid}",
        "related_paper_list": list(risks) or list(effects),
        "assessment_results": {"GRADE": {**grade, **fields}},
    }


NONE = ["NOT_SERIOUS", "NOT_APPLICABLE", "NOT_SERIOUS", "NOT_SERIOUS", "NOT_SERIOUS"]
ENTRIES = {
    "outcomeinfo_PICO1.json": [
        outcome("a", "Q1", {"p": ("300/1000 ", "150/999")}, {"p": "RR 0.50"}, NONE, "HIGH"),
        outcome("b", "Q1", {"p": ("300/1001", "150/1002")}, {}, NONE, "LOW"),
        outcome(
            "c",
            "Q1",
            {},
            {"p": "-1.5 (95% CI -2.5 to -0.5)", "q": "2.0 (1 to 3)"},
            ["SERIOUS", "SERIOUS", "NOT_SERIOUS", "VERY_SERIOUS", "NOT_SERIOUS"],
            "VERY LOW",
        ),
    ],
    "outcomeinfo_PICO2.json": [
        outcome(
            "d",
            "Q2",
            {"r": ("66/1000", "76/1000")},
            {"r": "1.07 (0.82 - 1.39) (Hazard ratio (95 % confidence interval))"},
            ["NONE", "NOT_APPLICABLE", "NOT_SERIOUS", "SERIOUS", "NOT_SERIOUS"],
            "VERY LOW",
            **{"Study design": "Observational Study"},
        )
    ],
}
PAPERS = [
    {"paper_uid": "p", "characteristics": {"Number of patients randomized": "2,000 (all)"}},
    {"paper_uid": "r", "characteristics": {"Total study population": "3724"}},
    {"paper_uid": "q", "characteristics": {"Number of patients randomized": "100"}},
]


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "2020_G" / "Evidence_Profiles"
    (folder / "outcomeinfo").mkdir(parents=True)
    (folder / "paperinfo").mkdir()
    for name, entries in ENTRIES.items():
        (folder / "outcomeinfo" / name).write_text(json.dumps(entries), encoding="utf-8")
    merged = "\n".join(json.dumps(entry) for entries in ENTRIES.values() for entry in entries)
    (folder / "outcomeinfo" / "merged_outcomeinfo.jsonl").write_text(merged, encoding="utf-8")
    (folder / "paperinfo" / "paperinfo_PICO1.json").write_text(json.dumps(PAPERS), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RR 2.08 (95% CI: 0.61 - 7.16)", [(2.08, 0.61, 7.16)]),
        ("1.07 (0.82 - 1.39) (Hazard ratio (95 % confidence interval))", [(1.07, 0.82, 1.39)]),
        ("\u221215.4 (\u221227.0 to \u22123.8)", [(-15.4, -27.0, -3.8)]),
        ("Intervention 1: 0.6 (95% CI -0.21 to 1.41); Intervention 2: - 0.1 (95% CI -0.38 to 0.18)",
         [(0.6, -0.21, 1.41), (-0.1, -0.38, 0.18)]),
        ("Intervention 1: 0 (95% CI: -0.25 to 0.25); Intervention 2 (95% CI 0.46 to 0.94)",
         [(0.0, -0.25, 0.25)]),
        ("0.28 fewer (MD) (CI 95% 1 fewer - 0.45 more)", [(-0.28, -1.0, 0.45)]),
        ("2 fewer per 1,000 (from 5 fewer to 3 more)", [(-0.002, -0.005, 0.003)]),
        ("-1.5 (95% CI -6.34 to -3.34)", []),  # the interval does not hold its estimate
        ("1.94; (1.09 to -3.45)", []),  # it runs downwards
        ("-4.4 (SD not reported)", [(-4.4, None, None)]),
        ("NA (no events in one or both arms)", []),
        ("", []),
    ],
)  # fmt: skip
def test_printed_effects(text, expected):
    assert [tuple(effect) for effect in printed_effects(text)] == expected


def test_printed_counts_risks_and_measures():
    assert printed_counts("21/220 (9.5%)") == (21, 220)
    assert printed_counts("arm 1: 3/20; arm 2: 4/30") == (7, 50)
    assert printed_counts("66/1000") == (66, 1000) and printed_risk("66/1000") == 0.066
    assert printed_counts("30/20") is None and printed_risk("3.3% (placebo)") == 0.033
    assert printed_risk("5.1% (low dose), 7.3% (high dose)") is None
    assert measure_named("HR 0.5") == "HR" and measure_named("OR: 0.5") == "OR"
    assert measure_named("mean change OR n/N") is None
    assert measure_named("Mean difference OR Relative risk") is None
    assert first_count("40 (AD patients: 8)") == 40 and first_count("2,181 in all") == 2181
    assert first_count("not reported") is None


@given(st.text(max_size=60))
def test_any_text_is_read_or_left(text):
    for effect in printed_effects(text):
        if effect.ci_low is not None and effect.ci_high is not None:
            assert effect.ci_low <= effect.estimate <= effect.ci_high
    counts = printed_counts(text)
    assert counts is None or 0 <= counts[0] <= counts[1]
    risk = printed_risk(text)
    assert risk is None or 0 <= risk <= 1


def test_labels():
    told = {"NONE": 0, "NOT_SERIOUS": 0, "not applicable": 0, "Serious": 1, "VERY SERIOUS": 2}
    told |= {"extremely serious": 3, "publication bias strongly suspected": 1, "": None, "?": None}
    assert {name: levels_down(name) for name in told} == told
    assert levels_down(None) is None
    named = {"HIGH": 0, "⊕⊕⊕◯ Moderate": 1, "LOW": 2, "VERY LOW": 3, "Very_low": 3, "n/a": None}
    assert {name: certainty_place(name) for name in named} == named


def test_loading_takes_each_profile_once(release):
    files, profiles = load_profiles(release)
    assert [p.profile_id for p in profiles] == ["a", "b", "c", "d"]
    assert [p.unit for p in profiles] == ["2020_G: Q1"] * 3 + ["2020_G: Q2"]
    assert len(files) == 3
    assert [p.start for p in profiles] == ["high"] * 3 + ["low"]
    assert profiles[0].levels["certainty"] == 0 and profiles[2].levels["imprecision"] == 2
    assert profiles[0].studies[0].counts == (150, 999, 300, 1000)
    assert profiles[3].studies[0][1:3] == ("HR", None)
    assert profiles[3].studies[0].n_participants == 3724
    one = release / "2020_G" / "Evidence_Profiles" / "outcomeinfo" / "outcomeinfo_PICO2.json"
    assert [p.profile_id for p in load_profiles(one)[1]] == ["d"]
    assert len(load_profiles(one.parent / "merged_outcomeinfo.jsonl")[1]) == 4
    with pytest.raises(SourceError, match="no outcomeinfo"):
        load_profiles(release / "2020_G" / "Evidence_Profiles" / "paperinfo")


def test_the_panel_s_ratings_are_no_input(release):
    for profile in load_profiles(release)[1]:
        assert RATIONALE not in repr(profile)
    _, before = load_profiles(release)
    path = release / "2020_G" / "Evidence_Profiles" / "outcomeinfo" / "outcomeinfo_PICO1.json"
    path.write_text(path.read_text().replace("NOT_SERIOUS", "VERY_SERIOUS"), encoding="utf-8")
    _, after = load_profiles(release)
    assert before[0].levels != after[0].levels
    assert [rate_profile(p) for p in before] == [rate_profile(p) for p in after]


def test_rating_goes_by_the_numbers(release):
    _, profiles = load_profiles(release)
    rows, ratings = zip(*(rate_profile(p) for p in profiles), strict=True)
    assert [row.effect.measure if row else None for row in rows] == ["RR", "RR", None, "HR"]
    levels = [{d.domain: d.levels_down for d in r.domains} for r in ratings]
    assert [r["imprecision"] for r in levels] == [0, 0, 0, 1]
    assert levels[2]["inconsistency"] == 1  # the intervals lie on both sides of no effect
    assert "risk of 66 per 1000" in ratings[3].domains[3].reason
    assert ratings[3].start == "low"


def test_arms_against_one_comparator_are_averaged(release):
    profile = load_profiles(release)[1][2]
    several = profile.studies[0]._replace(effects=printed_effects("1 (0 to 2); 3 (1 to 5)"))
    data = study_results([several])[0].data
    assert (data.estimate, data.ci_low, data.ci_high) == (2, 0.5, 3.5)


def test_scores(release):
    _, profiles = load_profiles(release)
    result: TaskResult = run_certainty(profiles, seed=1)
    assert set(result.scores) == {"offline", "offline_unjudged_as_low", "majority"}
    metrics = result.scores["offline"].metrics
    assert metrics["accuracy_imprecision"].value == 0.75
    assert metrics["accuracy_majority_imprecision"].value == 0.5
    assert metrics["accuracy_risk_of_bias"].value == 0.25
    spared = result.scores["offline_unjudged_as_low"].metrics
    assert spared["accuracy_risk_of_bias"].value == 0.75
    assert result.scores["majority"].metrics["weighted_kappa_certainty"].value == 0
    assert all(metric.n == 4 for metric in metrics.values())
    assert all(m.ci95[0] <= m.ci95[1] for m in metrics.values())
    assert list(result.scores["offline"].by_unit) == ["2020_G: Q1", "2020_G: Q2"]
    assert len(result.items) == 12
    assert any("linear weights" in note for note in result.notes)
    assert result.scores_json() == run_certainty(profiles, seed=1).scores_json()
    json.dumps(result.items, allow_nan=False)


@pytest.mark.parametrize("content", ["{broken", "[" * 100_000, "\x00", '[3, {"outcome": "x"}]'])
def test_a_corrupt_file_is_scored_as_worst(release, content):
    path = release / "2020_G" / "Evidence_Profiles" / "outcomeinfo" / "outcomeinfo_PICO3.json"
    path.write_text(content, encoding="utf-8")
    _, profiles = load_profiles(release)
    failed = [profile for profile in profiles if profile.failure]
    assert failed and all("outcomeinfo_PICO3.json" in profile.failure for profile in failed)
    result = run_certainty(profiles, seed=1)
    told = [note for note in result.notes if note.startswith("scored as worst")]
    assert len(told) == len(failed) and all("\n" not in note for note in told)
    items = [item for item in result.items if item["failure"] and item["engine"] == "offline"]
    assert [item["accuracy"] for item in items] == [0] * len(failed)
    sound = run_certainty([p for p in profiles if not p.failure], seed=1).scores["offline"]
    worse = result.scores["offline"].metrics
    assert worse["accuracy_imprecision"].value < sound.metrics["accuracy_imprecision"].value
    assert abs(items[0]["answer"]["certainty"] - items[0]["panel"]["certainty"]) >= 2


def test_missing_fields_are_no_crash(tmp_path):
    bare = {"outcome": "x", "assessment_results": {"GRADE": {"Certainty": "LOW"}}}
    pooled = {
        "outcome": "y",
        "related_paper_list": ["1", "2"],
        "assessment_results": {
            "GRADE": {
                "Imprecision": "SERIOUS",
                "Certainty": "MODERATE",
                "Risk": {"Placebo": "20/100", "Drug": "10/100"},
                "Effect": {"Relative (95% CI)": "RR 0.50 (0.25 to 1.01)"},
            }
        },
    }
    path = tmp_path / "outcomeinfo_x.json"
    path.write_text(json.dumps([bare, pooled]), encoding="utf-8")
    _, profiles = load_profiles(path)
    assert [dict(p.levels) for p in profiles] == [
        {"certainty": 2},
        {"imprecision": 1, "certainty": 1},
    ]
    assert rate_profile(profiles[1])[0].effect.ci_high == pytest.approx(1.01, abs=0.01)
    result = run_certainty(profiles, seed=0)
    assert result.scores["offline"].metrics["accuracy_imprecision"].n == 1
    assert "accuracy_inconsistency" not in result.scores["offline"].metrics
    with pytest.raises(EvidenceError, match="nothing to compare"):
        run_certainty([profiles[0]._replace(levels={})], seed=0)


def test_metrics_agree_with_scikit_learn():
    from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

    random = np.random.default_rng(3)
    for n in (5, 17, 200):
        gold, given_ = random.integers(0, N_LEVELS, n), random.integers(0, N_LEVELS, n)
        given_[: n // 2] = gold[: n // 2]
        counts = np.zeros((N_LEVELS, N_LEVELS), dtype=np.int64)
        np.add.at(counts, (gold, given_), 1)
        expected = cohen_kappa_score(gold, given_, weights="linear", labels=range(N_LEVELS))
        assert weighted_kappa(counts) == pytest.approx(expected)
        assert macro_f1(counts) == pytest.approx(f1_score(gold, given_, average="macro"))
        assert accuracy(counts) == pytest.approx(accuracy_score(gold, given_))
    constant = np.zeros((N_LEVELS, N_LEVELS), dtype=np.int64)
    constant[0, 0] = 9
    assert weighted_kappa(constant) == 0 and macro_f1(constant) == 1
