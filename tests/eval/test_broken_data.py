"""A broken or cut-off part of the data: one line names it, it scores the worst, the run goes on."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval import datasets, rankings
from eval.datasets import load_reviews
from eval.strategy_pools import is_strategy_data
from eval.tasks.screening import WORST
from eval.trialreview import main
from evidence.config import data_folder
from evidence.errors import SourceError
from evidence.reading.span_heads import Span
from indexers.records import Record
from tests.eval.labelled_texts import BENCH, labelled, own_lines, pubmedqa
from tests.eval.test_certainty import ENTRIES
from tests.eval.test_direction import release
from tests.eval.test_synthesis import ABSTRACT, workbook
from tests.indexers.fake_encoder import FakeEncoder

Scores = dict[str, dict[str, dict[str, Any]]]
Find = tuple[str, Scores, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def few_trials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trials = [Record(record_id="PMC1", source="t", title="Trial of gout")]
    for module in (datasets, rankings):
        monkeypatch.setattr(module, "shipped_trials", lambda: (tmp_path / "records.gz", trials))


@pytest.fixture
def found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Find]:
    """Runs a task on data with one broken part; what is told on errors, the scores, the items."""

    def run(task: str, data: Path, *more: str) -> Find:
        out = tmp_path / "out"
        assert main([task, "--data", str(data), "--out", str(out), *more], FakeEncoder()) == 1
        told = capsys.readouterr().err.splitlines()
        errors = [line for line in told if line.startswith("error: ")]
        assert len(errors) == 1, told
        assert any("1 of the data could not be read and have the worst" in line for line in told)
        scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
        lines = (out / "items.jsonl").read_text(encoding="utf-8").splitlines()
        items = [json.loads(line) for line in lines]
        assert any(item.get("failure") == errors[0].removeprefix("error: ") for item in items)
        return errors[0], scores, items

    return run


@pytest.mark.parametrize("task", ["search", "contexts"])
@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("qa.json", pubmedqa()[:-40], 32),
        ("own.jsonl", own_lines()[:-30], 6),
        ("own.jsonl", own_lines().replace('"q2", "text"', '"q2", "txt"'), 3),
        ("bioasq.json", json.dumps({"questions": [
            {"id": str(i), "body": "drug?", "snippets": [{"document": f"d/{i}", "text": "drug",
             "beginSection": "title", "offsetInBeginSection": 0}]} for i in range(4)]})[:-50], 1),
    ],
)  # fmt: skip
def test_a_broken_question_finds_nothing(
    tmp_path: Path, found: Callable[..., Find], task: str, name: str, text: str, line: int
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    more = ("--resplits", "5") if task == "contexts" else ()
    error, scores, _ = found(task, path, *more)
    assert f"{name}:{line}: " in error
    by_unit = scores["offline"][task]["by_unit"]
    (broken,) = (unit for unit in by_unit if unit.startswith(name))
    worst = 1.0 if task == "contexts" else 0.0
    assert set(by_unit[broken].values()) <= {worst, 0.0}
    if task == "search":
        value = scores["offline"]["search"]["metrics"]["recall_at_100"]
        assert value["n"] == len(by_unit)
        assert value["value"] == pytest.approx(1 - 1 / len(by_unit))


def test_a_gzipped_file_that_is_cut_off_gives_what_stands_before_the_cut(
    tmp_path: Path, found: Callable[..., Find]
) -> None:
    lines = "".join(own_lines(400).splitlines(keepends=True))
    packed = gzip.compress(lines.encode())
    (tmp_path / "own.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    _, scores, _ = found("search", tmp_path / "own.jsonl.gz")
    assert 20 < len(scores["offline"]["search"]["by_unit"]) < 400


def test_a_cut_off_review_scores_the_worst_by_every_engine(
    tmp_path: Path, found: Callable[..., Find]
) -> None:
    folder = tmp_path / "reviews"
    folder.mkdir()
    (folder / "whole.csv").write_text(labelled(), encoding="utf-8")
    (folder / "cut.csv").write_text(labelled()[:-5], encoding="utf-8")
    (folder / "questions.json").write_text('{"whole": "malaria", "cut": "malaria"}')
    error, scores, items = found("screening", folder, "--no-peers")
    assert "cut.csv:41: " in error
    for engine in ("offline", "baseline:zero_shot", "baseline:bm25", "baseline:random"):
        cut = scores[engine]["screening"]["by_unit"]["cut"]
        assert cut["wss_100"] == cut["recall_at_20"] == 0.0, engine
    assert scores["offline"]["screening"]["by_unit"]["whole"]["recall_at_20"] > 0.5
    assert not [i for i in items if i["unit"] == "stopping" and i.get("review") == "cut"]


def test_a_single_cut_off_review_is_scored_too(tmp_path: Path, found: Callable[..., Find]) -> None:
    (tmp_path / "cut.csv").write_text(labelled()[:-5], encoding="utf-8")
    _, scores, _ = found("screening", tmp_path / "cut.csv", "--no-peers")
    assert scores["offline"]["screening"]["metrics"]["wss_100"]["value"] == 0.0


def test_a_gzipped_review_is_read_as_the_file_in_it(tmp_path: Path) -> None:
    text = labelled().encode()
    folder = tmp_path / "packed"
    folder.mkdir()
    (folder / "malaria.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + text))
    (tmp_path / "malaria.csv").write_bytes(text)
    for path in (folder, tmp_path):
        (path / "questions.json").write_text('{"malaria": "malaria"}', encoding="utf-8")
    packed, plain = (load_reviews(path)[1] for path in (folder, tmp_path))
    assert packed == plain
    assert is_strategy_data(folder)
    (folder / "malaria.csv").write_bytes(text)
    with pytest.raises(SourceError, match="review 'malaria' is in two files"):
        load_reviews(folder)


def test_a_gzipped_review_that_is_cut_off_is_a_failure(
    tmp_path: Path, found: Callable[..., Find]
) -> None:
    packed = gzip.compress(labelled(400).encode())
    (tmp_path / "cut.csv.gz").write_bytes(packed[: len(packed) // 2])
    _, scores, _ = found("screening", tmp_path / "cut.csv.gz", "--no-peers")
    assert scores["offline"]["screening"]["by_unit"]["cut"].items() >= WORST.items()


@pytest.mark.parametrize(
    "broken", ["record_id,title\n1,a\n", labelled().splitlines()[0] + "\n1,a,b,1\n2,a,b,?\n"]
)
def test_a_review_of_which_little_is_read_has_the_worst_of_each_measure(
    tmp_path: Path, found: Callable[..., Find], broken: str
) -> None:
    (tmp_path / "whole.csv").write_text(labelled(), encoding="utf-8")
    (tmp_path / "broken.csv").write_text(broken, encoding="utf-8")
    _, scores, items = found("screening", tmp_path, "--no-peers")
    for engine in ("offline", "baseline:zero_shot", "baseline:bm25", "baseline:random"):
        unit = scores[engine]["screening"]["by_unit"]["broken"]
        assert unit.items() >= WORST.items(), engine
    rows = [i for i in items if i["unit"] == "review" and i["review"] == "broken"]
    assert all(row["average_precision"] == 0.0 for row in rows)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cut.csv", labelled()[:-5]),
        ("cut.json", BENCH[:-9]),
    ],
)
def test_a_strategy_for_a_broken_review_finds_nothing(
    tmp_path: Path, found: Callable[..., Find], name: str, text: str
) -> None:
    whole = labelled() if name.endswith("csv") else BENCH
    folder = tmp_path / "pool"
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    (folder / f"whole{Path(name).suffix}").write_text(whole, encoding="utf-8")
    if name.endswith("csv"):
        (folder / "questions.json").write_text('{"whole": "malaria", "cut": "malaria"}')
    error, scores, _ = found("search", folder)
    assert f"{name}:" in error
    cut = scores["offline"]["search"]["by_unit"]["cut"]
    assert cut["recall_boolean"] == cut["recall_at_2000"] == 0.0
    assert cut["share_retrieved"] == 1.0


class Reader:
    """Finds every span, so that only a broken abstract is missed."""

    def read(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        return [
            (Span("intervention", start := text.index("Zinc"), start + 4, 0.9),) for text in texts
        ]

    def learnt_from(self, text: str) -> bool:
        return False


@pytest.mark.parametrize(
    ("broken", "line"),
    [("-DOCSTART- (3)\n\nZinc I-INT\nchil", 12), ("-DOCSTART- (3)\n\nchil", 11)],
)
def test_a_broken_abstract_has_no_span(
    tmp_path: Path,
    found: Callable[..., Find],
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
    line: int,
) -> None:
    monkeypatch.setattr("evidence.reading.span_heads.shipped_reader", Reader)
    one = "-DOCSTART- ({})\n\nZinc I-INT\nhelps O\n"
    path = tmp_path / "labels.conll"
    path.write_text(one.format(1) + one.format(2) + broken, encoding="utf-8")
    error, scores, items = found("pico", path)
    assert f"labels.conll:{line}: expected a token and its label" in error
    found_scores = scores["offline"]["pico"]
    assert [row["token_f1_intervention"] for row in found_scores["by_unit"].values()] == [1, 1, 0]
    assert found_scores["metrics"]["token_recall_intervention"]["value"] == pytest.approx(2 / 3)
    assert items[2]["failure"]


def test_a_broken_result_is_missed_whole(tmp_path: Path, found: Callable[..., Find]) -> None:
    shipped = data_folder() / "result_tables" / "development"
    lines = (shipped / "labels.jsonl").read_text(encoding="utf-8").splitlines()[:2]
    (tmp_path / "articles").mkdir()
    for line in lines:
        name = f"{json.loads(line)['pmcid']}.xml.gz"
        shutil.copy(shipped / "articles" / name, tmp_path / "articles")
    (tmp_path / "labels.jsonl").write_text("\n".join([*lines, lines[0][:60]]), encoding="utf-8")
    error, scores, _ = found("extraction", tmp_path)
    assert "labels.jsonl:3: " in error
    nothing = scores["nothing"]["extraction"]["by_unit"]["labels.jsonl:3:3"]
    assert (nothing["exact_match"], nothing["missing"]) == (0.0, 4.0)


def test_an_article_that_is_cut_off_gives_nothing(
    tmp_path: Path, found: Callable[..., Find]
) -> None:
    row = {
        "id": 1, "pmcid": 7, "outcome": "cure", "intervention": "zinc", "comparator": "placebo",
        "outcome_type": "binary", "intervention_events": 8, "intervention_group_size": 20,
        "comparator_events": 3, "comparator_group_size": 20,
    }  # fmt: skip
    text = json.dumps([row, row | {"id": 2}, row | {"id": 3}])
    (tmp_path / "annotated_rct_dataset.json").write_text(text[:-20], encoding="utf-8")
    folder = tmp_path / "no_attributes_xml_files"
    folder.mkdir()
    (folder / "PMC7.xml").write_text("<sec><p>8 of 20 and 3 of 20 were cured.</p></sec>")
    error, scores, _ = found("extraction", tmp_path)
    assert "annotated_rct_dataset.json:1: entry 3: " in error
    assert scores["nothing"]["extraction"]["metrics"]["recall"]["n"] == 12


@pytest.mark.parametrize("task", ["extraction", "contexts"])
@pytest.mark.parametrize(
    ("name", "line"),
    [("prompts_merged.csv", 4), ("v2_annotations.csv", 4), ("txt_files.jsonl.gz", 2)],
)
def test_a_broken_row_of_evidence_inference_is_answered_wrongly(
    tmp_path: Path, found: Callable[..., Find], task: str, name: str, line: int
) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    path = release(folder) / name
    raw = path.read_bytes()
    if name.endswith("gz"):
        raw = gzip.compress(gzip.decompress(raw)[:-30])
        path.write_bytes(raw)
    else:
        path.write_bytes(raw.rstrip()[: -len("pebo,pebo")].rpartition(b",")[0])
    more = ("--resplits", "5") if task == "contexts" else ()
    error, scores, _ = found(task, folder, *more)
    assert f"{name}:{line}: " in error
    unit = scores["offline"][task]["by_unit"][f"{name}:{line}"]
    assert set(unit.values()) == {1.0 if task == "contexts" else 0.0}


def test_a_broken_line_of_characteristics_is_missed(
    tmp_path: Path, found: Callable[..., Find]
) -> None:
    shipped = data_folder() / "characteristics_labels"
    lines = (shipped / "labels.jsonl").read_text(encoding="utf-8").splitlines()[:2]
    shutil.copytree(shipped / "articles", tmp_path / "articles")
    (tmp_path / "labels.jsonl").write_text("\n".join([lines[0][:50], lines[1]]), encoding="utf-8")
    error, scores, _ = found("extraction", tmp_path)
    assert "labels.jsonl:1: expected pmcid" in error
    metrics = scores["offline"]["extraction"]["metrics"]
    assert metrics["characteristic_recall_registration"]["value"] <= 0.5


def test_a_broken_workbook_is_the_worst_error(tmp_path: Path, found: Callable[..., Find]) -> None:
    for folder in ("study_results", "search_screen"):
        (tmp_path / folder).mkdir()
    for name in ("1", "2"):
        rows = [["study", "HR", "sample"], ["a", 0.5, 100], ["b", 0.9, 300]]
        workbook(tmp_path / "study_results" / f"{name}.xlsx", {"overall_survival": rows})
        review = {"text": {"results": ABSTRACT}}
        (tmp_path / "search_screen" / f"{name}.json").write_text(json.dumps(review))
    broken = tmp_path / "study_results" / "2.xlsx"
    broken.write_bytes(broken.read_bytes()[:-300])
    error, scores, _ = found("synthesis", tmp_path)
    assert "2.xlsx: expected an .xlsx workbook" in error
    metrics = scores["offline"]["synthesis"]["metrics"]
    assert metrics["max_abs_log_error"]["value"] > 4
    assert metrics["share_pooled"]["value"] == 0.5


def test_a_cut_off_profile_is_rated_the_farthest(
    tmp_path: Path, found: Callable[..., Find]
) -> None:
    text = json.dumps(ENTRIES["outcomeinfo_PICO1.json"])
    path = tmp_path / "outcomeinfo_PICO1.json"
    path.write_text(text[:-10], encoding="utf-8")
    error, scores, _ = found("certainty", path)
    assert "outcomeinfo_PICO1.json:1: entry 3: " in error
    metrics = scores["majority"]["certainty"]["metrics"]
    assert metrics["accuracy_imprecision"]["value"] == pytest.approx(2 / 3)  # alike but the broken


def test_a_broken_claim_is_an_error_of_the_run(tmp_path: Path, found: Callable[..., Find]) -> None:
    claims = data_folder() / "altered_claims" / "development.jsonl"
    lines = claims.read_text(encoding="utf-8").splitlines()[:4]
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join([*lines, lines[0][:80]]), encoding="utf-8")
    error, _, _ = found("grounding", path)
    assert "claims.jsonl:5" in error
