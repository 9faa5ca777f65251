"""The plots of one outcome: what a reader sees, and what too few studies do not allow."""

import json
from typing import Any

import pytest

from evidence.config import SynthesisSettings
from evidence.errors import EvidenceError
from evidence.findings import ContinuousData, DichotomousData, StudyResult, SummaryOfFindingsRow
from evidence.synthesis.forest import forest_svg
from evidence.synthesis.outcome_plots import forest_figure, funnel_plot, outcome_funnel
from evidence.synthesis.plotly_figures import DARK, LIGHT
from evidence.synthesis.summary_of_findings import summarise_outcome

HOSTILE = "<b onclick=x>&"


def counts(place: int) -> StudyResult:
    """The smaller the study, the stronger its effect, so that the funnel has a gap."""
    total = 40 + 60 * place
    return StudyResult(
        record_id=f"r{place}",
        study=f"Study {place}" if place else f"Study {HOSTILE}",
        data=DichotomousData(
            events_intervention=round(total // 3 * (0.9 - 0.7 / (1 + place))),
            total_intervention=total,
            events_comparator=total // 3,
            total_comparator=total,
        ),
        comparator="placebo",
        time_point=f"day {HOSTILE}" if not place else None,
    )


def row_of(k: int) -> SummaryOfFindingsRow:
    settings = SynthesisSettings(dichotomous_measure="RR", model="reml", hartung_knapp=False)
    return summarise_outcome("relapse", [counts(place) for place in range(k)], settings)


def plain(figure: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(figure.to_json())
    return told


def texts(figure: dict[str, Any]) -> list[str]:
    return [trace["text"][0] for trace in figure["data"] if "text" in trace]


def test_pointing_at_a_study_tells_effect_weight_and_numbers() -> None:
    row = row_of(3)
    assert row.effect is not None
    wide = row.effect.model_copy(update={"pi_low": 0.21, "pi_high": 1.9})
    two = row.model_copy(update={"effect": wide.model_copy(update={"k_studies": 2})})
    assert "Prediction interval" not in forest_svg(two)
    assert "Prediction interval" not in plain(forest_figure(two))["layout"]["yaxis"]["ticktext"]
    assert "Prediction interval" in forest_svg(row.model_copy(update={"effect": wide}))
    row = row.model_copy(update={"effect": wide})
    figure = plain(forest_figure(row))
    study = row.studies[1]
    assert study.percent is not None
    told = next(text for text in texts(figure) if text.startswith("Study 1<br>"))
    assert "RR 0.55 [0.33, 0.90]" in told
    assert f"weight {study.percent:.1f} %" in told
    assert "intervention 18/100<br>comparator 33/100" in told
    names = figure["layout"]["yaxis"]["ticktext"]
    assert names[1:] == ["Study 1", "Study 2", "<b>Total</b>", "Prediction interval"]
    bar = next(t for t in figure["data"] if t["name"] == "dot")
    assert (bar["x"][0], bar["x"][-1]) == (0.21, 1.9)
    diamond = next(t for t in figure["data"] if t["name"] == "diamond")
    assert diamond["x"][:3] == [wide.ci_low, wide.estimate, wide.ci_high]
    beside = [note["text"] for note in figure["layout"]["annotations"]]
    assert any(text.endswith(f"· {study.percent:.1f} %<br>18/100 v 33/100") for text in beside)
    assert "Less with<br>← intervention" in beside


def test_names_of_studies_are_words() -> None:
    for figure in (forest_figure(row_of(3)), _funnel(row_of(3))):
        told = figure.to_json()
        assert "<b onclick" not in told
        assert "\\u003cb onclick" not in told
        assert json.loads(told)["data"]


def _funnel(row: SummaryOfFindingsRow) -> Any:
    assert row.effect is not None
    return funnel_plot(outcome_funnel(row), row.effect)


def test_what_was_not_pooled_has_its_line_without_a_mark() -> None:
    means = StudyResult(
        record_id="m", study="Means", data=ContinuousData(mean_intervention=1), comparator="x"
    )
    results = [counts(place) for place in range(2)]
    row = summarise_outcome("relapse", [*results, means], SynthesisSettings())
    figure = plain(forest_figure(row))
    assert figure["layout"]["yaxis"]["ticktext"][2] == "Means"
    assert not any("Means" in text for text in texts(figure))
    assert "not pooled" in [note["text"] for note in figure["layout"]["annotations"]]


@pytest.mark.parametrize(
    ("k", "points", "filled", "told"),
    [
        (2, False, False, "needs 3 pooled studies or more; this outcome has 2."),
        (9, True, False, "with 9 studies, fewer than 10, a gap in the funnel cannot be told"),
        (
            10,
            True,
            True,
            "Trim and fill adds 3 studies on the right; with them RR 0.80 [0.74, 0.86].",
        ),
    ],
)
def test_how_many_studies_allow_what(k: int, points: bool, filled: bool, told: str) -> None:
    shown = outcome_funnel(row_of(k))
    assert (shown.points is not None, shown.filled is not None) == (points, filled)
    assert told in " ".join(shown.notes)
    assert any(note.startswith("Egger's test: p ") for note in shown.notes) == filled
    assert any(note.startswith("Peters' test: p ") for note in shown.notes) == filled


def test_filled_studies_are_open_points_and_the_axis_has_ratios() -> None:
    row = row_of(10)
    assert row.effect is not None
    shown = outcome_funnel(row)
    assert shown.filled is not None and shown.points is not None
    figure = plain(funnel_plot(shown, row.effect))
    added = next(t for t in figure["data"] if t["name"] == "filled by trim and fill")
    assert len(added["x"]) == shown.filled.k0 == 3
    assert added["marker"]["color"] == LIGHT.paper
    studies = next(t for t in figure["data"] if t["name"] == "studies")
    assert len(studies["x"]) == 10 and "comparator 33/100" in studies["text"][1]
    assert "0.5" in figure["layout"]["xaxis"]["ticktext"]
    assert figure["layout"]["xaxis"]["title"]["text"] == "RR"


def test_dark_pages_get_light_ink_and_the_same_figure_twice_is_the_same() -> None:
    row = row_of(4)
    assert DARK.ink in forest_figure(row, dark=True).to_json()
    assert LIGHT.ink not in forest_figure(row, dark=True).to_json()
    assert forest_figure(row).to_json() == forest_figure(row).to_json()


def test_without_a_pooled_effect_there_is_no_figure() -> None:
    row = summarise_outcome("relapse", [], SynthesisSettings())
    with pytest.raises(EvidenceError, match="nothing was pooled"):
        forest_figure(row)
    assert outcome_funnel(row).notes[0].endswith("has 0.")


def test_trim_and_fill_pools_as_the_outcome_was_pooled() -> None:
    results = [counts(place) for place in range(12)]
    by_t = SynthesisSettings(dichotomous_measure="RR", model="reml", hartung_knapp=True)
    filled = outcome_funnel(summarise_outcome("relapse", results, by_t)).filled
    assert filled is not None and filled.effect.hartung_knapp
    common = by_t.model_copy(update={"model": "mh"})  # which has no such interval
    shown = outcome_funnel(summarise_outcome("relapse", results, common))
    assert shown.filled is not None and not shown.filled.effect.hartung_knapp
