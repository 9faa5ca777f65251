"""Task `screening` on labelled reviews: entries, rows, plots, and what a learner may see."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.datasets import load_reviews
from eval.encoding import KeepingEncoder
from eval.screening_engines import COUNTED, REMOVED
from eval.tasks.screening import MEASURES, SimulationSettings, run_screening
from evidence.screening import prioritise
from evidence.screening.features import ScreeningFeatures
from tests.eval.screening_factory import PEER, QUESTION, FakePeer, review, run
from tests.indexers.fake_encoder import FakeEncoder
from tests.reference.asreview_simulation import labelled_records


def test_every_engine_has_its_entry_and_its_rows() -> None:
    peer = FakePeer()
    result = run([review(), review("again")], peer, seed=1, n_seeds=2)
    assert list(result.scores) == [
        *("offline", PEER, COUNTED, "baseline:zero_shot", "baseline:bm25", "baseline:random"),
    ]
    for scores in result.scores.values():
        assert list(scores.metrics) == list(MEASURES)
        assert all(metric.n == 2 for metric in scores.metrics.values())
        row = scores.by_unit["again"]
        assert list(row) == [*MEASURES, "ceiling_recall_at_20", "ceiling_recall_at_50"]
    assert peer.seeds == [1, 2, 1, 2]
    random = result.scores["baseline:random"].by_unit["bladder"]
    assert random["average_time_to_discovery"] == pytest.approx(0.51, abs=0.03)
    assert random["wss_95"] == pytest.approx(-0.05 + 0.14, abs=0.06)  # few are included
    ours = result.scores["offline"].by_unit["bladder"]
    assert ours["average_time_to_discovery"] < 0.35
    json.dumps([result.items, result.measured], allow_nan=False)
    records = [item for item in result.items if item["unit"] == "record"]
    assert len(records) == 2 * 40 * (1 + 2 + 1 + 1)
    mine = [i for i in records if i["engine"] == "offline" and i["review"] == "bladder"]
    assert sorted(item["place"] for item in mine) == list(range(1, 41))
    theirs = [i for i in records if (i["engine"], i["seed"], i["review"]) == (PEER, 2, "again")]
    assert sum(item["place"] is None for item in theirs) == 40 - 1 - sum(review().included)
    told = [item for item in result.items if item["unit"] == "review"]
    assert len(told) == 2 * (1 + 2 + 2 + 1 + 1 + 1)
    assert result.measured["peer"]["kept_since"] == dict.fromkeys(
        ("bladder, seed 1", "again, seed 1"), "2026-01-01T00:00:00+00:00"
    )
    assert result.measured["seconds"][PEER]["bladder"] == {"command": 3.0, "learn": 2.0}


def test_progress_runs_over_all_reviews() -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    nothing = review("nothing")._replace(included=(False,) * 40)
    run_screening(
        [review(), nothing, review("again")],
        KeepingEncoder(FakeEncoder()),
        SimulationSettings(n_seeds=2),
        lambda step, done, total: told.setdefault(step, []).append((done, total)),
        FakePeer(),
    )
    assert told["ASReview"] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert told["screen"][-1] == (14, 14)
    assert told["encode"][-1][1] == 80
    assert all(steps == sorted(steps) for steps in told.values())


def test_differences_are_ours_less_theirs() -> None:
    result = run([review()], FakePeer(late=True), n_seeds=1)
    found = result.measured["paired_differences"][f"offline less {PEER}"]
    ours, theirs = (result.scores[name].by_unit["bladder"] for name in ("offline", PEER))
    for name in MEASURES:
        assert found[name]["value"] == pytest.approx(ours[name] - theirs[name])
    assert found["wss_95"]["value"] > 0 > found["average_time_to_discovery"]["value"]
    table = next(t for t in result.tables if t.title.startswith("Paired differences"))
    assert table.rows[0][:2] == (PEER, "wss_95")
    assert table.rows[0][2].startswith("+0.")


def test_the_peer_stands_with_the_reading_that_is_kinder_to_it() -> None:
    """All included at once: 32 of 38 records are left unread, or of 40 with the priors."""
    result = run([review()], FakePeer(), n_seeds=1)
    rows = {name: s.by_unit["bladder"] for name, s in result.scores.items()}
    assert rows[PEER]["wss_100"] == pytest.approx(32 / 38)
    assert rows[COUNTED]["wss_100"] == pytest.approx(32 / 40)
    assert REMOVED not in rows
    assert rows[PEER]["average_precision"] == 1.0 > rows[COUNTED]["average_precision"]
    late = run([review()], FakePeer(late=True), n_seeds=1).scores
    assert COUNTED not in late  # the same in wss_95: the prior that is counted helps elsewhere
    rows = {name: s.by_unit["bladder"] for name, s in late.items()}
    assert rows[PEER]["recall_at_20"] == pytest.approx(1 / 7)
    assert rows[REMOVED]["recall_at_20"] == 0


def test_the_learner_never_sees_a_label_before_its_record_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labelled = review()
    truth = {r.record_id: int(i) for r, i in zip(labelled.records, labelled.included, strict=True)}
    read: list[str] = []
    real = prioritise.screening_order

    def spied(features: ScreeningFeatures, labels: NDArray[np.int8]) -> list[int]:
        revealed = {
            record_id: int(label)
            for record_id, label in zip(features.record_ids, labels, strict=True)
            if label != -1
        }
        assert revealed == {record_id: truth[record_id] for record_id in read}
        order = real(features, labels)
        if order:
            read.append(features.record_ids[order[0]])
        return order

    monkeypatch.setattr(prioritise, "screening_order", spied)
    run([labelled])
    assert set(read) >= {record_id for record_id, label in truth.items() if label}


def test_labels_that_are_not_read_yet_do_not_change_the_order() -> None:
    """Turning the label of the record that comes last leaves all places before it."""
    labelled = review()
    before = [i for i in run([labelled]).items if i["unit"] == "record"][:40]
    last = max((i for i in before if i["label"]), key=lambda i: i["place"])
    turned = tuple(
        included and record.record_id != last["record_id"]
        for record, included in zip(labelled.records, labelled.included, strict=True)
    )
    after = [i for i in run([labelled._replace(included=turned)]).items if i["unit"] == "record"]
    reached = max(i["place"] for i in after[:40] if i["label"])
    assert [i["record_id"] for i in sorted(before, key=lambda i: i["place"])][:reached] == [
        i["record_id"] for i in sorted(after[:40], key=lambda i: i["place"])
    ][:reached]


def test_without_a_question_the_learner_starts_from_any_record() -> None:
    result = run([review(question=None)], seed=0, n_seeds=2)
    ours = [i for i in result.items if i["unit"] == "review" and i["engine"] == "offline"]
    assert [item["seed"] for item in ours] == [0, 1]
    assert all(item["failure"] is None for item in ours)
    firsts = [
        i["record_id"] for i in result.items if i.get("place") == 1 and i["engine"] == "offline"
    ]
    assert len(set(firsts)) == 2
    mean = sum(item["wss_95"] for item in ours) / 2
    assert result.scores["offline"].by_unit["bladder"]["wss_95"] == pytest.approx(mean)
    for engine in ("baseline:zero_shot", "baseline:bm25"):
        assert result.scores[engine].by_unit["bladder"]["wss_100"] == 0.0
        failed = [i for i in result.items if i["engine"] == engine and i["unit"] == "review"]
        assert "questions.json" in failed[0]["failure"]
    assert "1 reviews have no question (bladder)" in result.notes[-1]


def test_reviews_that_cannot_be_measured_are_listed() -> None:
    nothing = review("nothing")._replace(included=(False,) * 40)
    result = run([nothing])
    assert result.scores == {}
    assert result.items == [
        {
            "unit": "review",
            "review": "nothing",
            "n_records": 40,
            "n_included": 0,
            "failure": "no record is included",
        }
    ]
    one = review("one")._replace(included=(True,) + (False,) * 39)
    found = run([review(), one], FakePeer(), n_seeds=1).scores
    assert found[PEER].metrics["wss_95"].n == 2
    assert found[REMOVED].metrics["wss_95"].n == 1  # its one included record is a prior


def test_a_folder_of_files_is_read_and_the_same_run_gives_the_same_scores(tmp_path: Path) -> None:
    with (tmp_path / "bladder.csv").open("w", newline="", encoding="utf-8") as target:
        rows = csv.writer(target)
        rows.writerow(("record_id", "title", "abstract", "label_included"))
        for number, (title, abstract, label) in enumerate(labelled_records()):
            rows.writerow((number, title, abstract, int(label)))
    (tmp_path / "questions.json").write_text(json.dumps({"bladder": QUESTION}))
    _, reviews = load_reviews(tmp_path)
    first, again = run(reviews), run(reviews)
    assert first.scores == again.scores
    records = [[i for i in r.items if i["unit"] == "record"] for r in (first, again)]
    assert records[0] == records[1]


def test_the_report_has_curves_bars_and_a_forest() -> None:
    result = run([review("a<b"), review()], FakePeer(), n_seeds=1)
    titles = [plot.title for plot in result.plots]
    assert titles == [
        "wss_95",
        f"wss_95: offline less {PEER}",
        f"average_time_to_discovery: offline less {PEER} (lower is better)",
        "Recall: a<b",
        "Recall: bladder",
    ]
    for plot in result.plots:
        assert plot.svg.startswith("<svg") and plot.svg.endswith("</svg>")
        assert "nan" not in plot.svg
        assert "a<b" not in plot.svg
    assert result.plots[3].svg.count("<polyline") == 5
    assert result.plots[0].svg.count("<rect") == 5 + 2 * 5
    seconds = next(t for t in result.tables if t.title.startswith("Seconds"))
    assert seconds.rows[-1][0] == "all"
    assert seconds.rows[-1][-2:] == ("6.0", "4.0")
    assert len(seconds.columns) == len(seconds.rows[0]) == len(seconds.rows[-1])
    without = run([review()])
    assert "not run" in without.notes[1]
    assert [plot.title for plot in without.plots] == ["wss_95", "Recall: bladder"]


def test_a_review_without_an_excluded_record_is_a_failure_of_the_peer() -> None:
    everything = review()._replace(included=(True,) * 40)
    result = run([everything], FakePeer(), n_seeds=1)
    told = [i for i in result.items if i["unit"] == "review" and i["engine"].startswith(PEER)]
    assert {i["failure"] for i in told} == {"no record is excluded"}
    assert result.scores["offline"].by_unit["bladder"]["average_precision"] == 1.0
