from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.errors import EvidenceError, SourceError
from evidence.synthesis.outcome_table import read_outcome_table
from evidence.synthesis.outcomes_csv import pooled_json

EVENTS = "study,events_intervention,total_intervention,events_comparator,total_comparator\n"
MEANS = (
    "study,mean_intervention,sd_intervention,n_intervention,mean_comparator,sd_comparator,"
    "n_comparator\n"
)
GENERIC = "study,estimate,ci_low,ci_high\n"
KEYS = ["measure", "model", "estimate", "ci_low", "ci_high", "pi_low", "pi_high"]
KEYS += ["analysis_estimate", "analysis_se", "tau2", "tau2_ci", "i2", "q", "q_p", "k_studies"]
KEYS += ["weights"]


@pytest.fixture
def outcomes(tmp_path: Path):
    path = tmp_path / "OUTCOMES.csv"

    def write(text: str | bytes) -> Path:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_the_contract(outcomes):
    path = outcomes(EVENTS + "A,12,60,20,61\nB,7,45,9,44\n")
    found = pooled_json(read_outcome_table(path, "RR", "reml").pool())
    assert list(found) == KEYS
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["analysis_estimate"] == pytest.approx(math.log(found["estimate"]))
    assert [list(weight) for weight in found["weights"]] == [["study", "percent"]] * 2
    assert len(found["tau2_ci"]) == 2
    single = pooled_json(
        read_outcome_table(outcomes(EVENTS + "A,12,60,20,61\n"), "RR", "reml").pool()
    )
    assert [single[name] for name in ("tau2", "tau2_ci", "i2", "q", "q_p", "pi_low")] == [None] * 6


@pytest.mark.parametrize("dataset", ["bcg", "stay", "survival"])
def test_reference_data_through_a_file(dataset, metafor, outcomes):
    rows = metafor["datasets"][dataset]
    lines = [",".join(rows[0])] + [",".join(str(value) for value in r.values()) for r in rows]
    path = outcomes("\n".join(lines))
    for case in metafor["pooled"]:
        if case["dataset"] == dataset:
            found = pooled_json(
                read_outcome_table(
                    path, case["measure"], case["model"], hartung_knapp=case["hartung_knapp"]
                ).pool()
            )
            for name in ("estimate", "ci_low", "ci_high", "analysis_se", "tau2", "i2"):
                assert found[name] == pytest.approx(case[name], rel=1e-6, abs=1e-6)


def test_natural_and_analysis_scale_agree(outcomes):
    z = 1.959963984540054
    effects = {"A": (-0.3, 0.12), "B": (0.1, 0.2), "C": (-0.6, 0.3)}
    analysis = "study,yi,se\n" + "".join(f"{s},{y},{e}\n" for s, (y, e) in effects.items())
    natural = GENERIC + "".join(
        f"{s},{math.exp(y)!r},{math.exp(y - z * e)!r},{math.exp(y + z * e)!r}\n"
        for s, (y, e) in effects.items()
    )
    for model in ("fixed", "dl", "pm", "reml"):
        first = pooled_json(read_outcome_table(outcomes(analysis), "HR", model).pool())
        second = pooled_json(read_outcome_table(outcomes(natural), "HR", model).pool())
        assert first["estimate"] == pytest.approx(second["estimate"], rel=1e-9)
        assert first["analysis_se"] == pytest.approx(second["analysis_se"], rel=1e-9)


def test_a_byte_order_mark_blank_lines_spaces_and_other_columns_do_no_harm(outcomes):
    plain = pooled_json(
        read_outcome_table(outcomes(EVENTS + "A,12,60,20,61\nB,7,45,9,44\n"), "OR", "mh").pool()
    )
    header = (
        "study, year ,events_intervention,total_intervention,events_comparator,total_comparator"
    )
    messy = "\ufeff" + header + '\r\n"A", 2001,12,60, 20 ,61\r\n\r\n,,,,,\r\nB,2002,7,45,9,44\r\n'
    assert pooled_json(read_outcome_table(outcomes(messy), "OR", "mh").pool()) == plain


@pytest.mark.parametrize(
    ("text", "measure", "line", "words"),
    [
        (b"", "RR", None, "the file is empty"),
        (EVENTS, "RR", 1, "expected at least one study"),
        (b"\xff\xfe\x00", "RR", 1, "expected UTF-8"),
        (
            GENERIC.encode() + b"A,1,0.5,2\nM\xfcller,1,0.5,2\n",
            "HR",
            3,
            "save the table as CSV UTF",
        ),
        ("study,Estimate,ci_low,ci_high\nA,1,0.5,2\n", "HR", 1, "in small letters, estimate"),
        (EVENTS.replace(",", ";") + "A;1;2;3;4\n", "RR", 1, "separated by semicolons"),
        (EVENTS.replace(",", "\t") + "A\t1\n", "RR", 1, "separated by tabs"),
        ("study,study,yi,se\nA,A,1,1\n", "MD", 1, "'study' stands twice"),
        ("study,events_intervention\nA,1\n", "RR", 1, "missing column total_intervention"),
        (EVENTS[6:] + "1,2,3,4\n", "RR", 1, "missing column study"),
        (EVENTS + "A,1,20,3,20\n", "MD", 1, "MD does not fit the columns events_intervention"),
        (MEANS + "A,1,2,3,4,5,6\n", "OR", 1, "OR does not fit the columns mean_intervention"),
        (EVENTS + "A,1,20,3,20\nB,x,20,3,20\n", "RR", 3, "column events_intervention: found 'x'"),
        (EVENTS + "A,,20,3,20\n", "RR", 2, "column events_intervention: found nothing"),
        (EVENTS + "A,21,20,3,20\n", "RR", 2, "found 21, expected at most total_intervention 20"),
        (EVENTS + "A,1.5,20,3,20\n", "RR", 2, "found 1.5, expected a whole number"),
        (EVENTS + "A,-1,20,3,20\n", "RR", 2, "found -1, expected 0 or more"),
        (EVENTS + "A,0,0,3,20\n", "RR", 2, "total_intervention: found 0, expected 1 or more"),
        (EVENTS + "A,nan,20,3,20\n", "RR", 2, "found 'nan'"),
        (EVENTS + "A,1_0,20,3,20\n", "RR", 2, "found '1_0'"),
        (EVENTS + "A,1e999,20,3,20\n", "RR", 2, "out of range"),
        (EVENTS + "A,1,20,3\n", "RR", 2, "4 cells; expected 5"),
        (EVENTS + ",1,20,3,20\n", "RR", 2, "column study is empty"),
        (EVENTS + '"A,1,20,3,20\n', "RR", 2, "expected comma-separated values"),
        (MEANS + "A,1,-2,30,4,5,60\n", "MD", 2, "sd_intervention: found -2, expected 0 or more"),
        (GENERIC + "A,0.5,0.8,0.3\n", "HR", 2, "ci_high: found 0.3, expected more than ci_low"),
        (GENERIC + "A,2,0.3,0.8\n", "HR", 2, "estimate: found 2, expected it between"),
        (GENERIC + "A,-0.5,-0.8,0.3\n", "HR", 2, "expected a ratio above 0"),
        ("study,yi,se\nA,0.1,0\n", "OR", 2, "se: found 0, expected more than 0"),
    ],
)
def test_errors_name_file_line_and_column(outcomes, text, measure, line, words):
    path = outcomes(text)
    with pytest.raises(SourceError) as caught:
        pooled_json(read_outcome_table(path, measure, "fixed").pool())
    assert words in str(caught.value)
    assert caught.value.line == line
    place = f"{path}:{line}: " if line else f"{path}: "
    assert str(caught.value).startswith(place)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_wrong_setting(tmp_path, outcomes):
    with pytest.raises(SourceError, match="expected a readable CSV file"):
        pooled_json(read_outcome_table(tmp_path / "none.csv", "RR", "fixed").pool())
    with pytest.raises(EvidenceError, match="unknown measure 'XY'"):
        pooled_json(read_outcome_table(outcomes(EVENTS), "XY", "fixed").pool())
    with pytest.raises(SourceError, match="needs events and totals"):
        pooled_json(read_outcome_table(outcomes("study,yi,se\nA,0.1,0.2\n"), "OR", "mh").pool())


def test_left_out_studies_are_named_in_the_note(outcomes):
    effect = read_outcome_table(
        outcomes(EVENTS + "A,12,60,20,61\nB,0,45,0,44\n"), "RR", "fixed"
    ).pool()
    assert effect.k_studies == 1
    assert effect.note.startswith("B is left out")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (EVENTS + text).encode()))
def test_hostile_files_end_in_a_result_or_one_line(outcomes, content):
    try:
        found = pooled_json(read_outcome_table(outcomes(content), "RR", "reml").pool())
    except EvidenceError as error:
        assert "\n" not in str(error)
    else:
        json.dumps(found, allow_nan=False)
