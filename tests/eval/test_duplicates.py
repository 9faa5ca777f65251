"""Task `duplicates`: pairs by hand, the data's forms, what is broken, and the peer."""

from __future__ import annotations

import gzip
import json
import os
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support
from sklearn.metrics.cluster import pair_confusion_matrix

from eval.baselines.same_citation import connected, same_title_or_doi
from eval.formats.duplicate_records import LabelledDuplicates, LabelledRecord, load_duplicates
from eval.peers.bib_dedupe import PACKAGE, VERSION, BibDedupe, bibtex_fields
from eval.results import TaskResult
from eval.tasks.duplicates import Merge, compared, run_duplicates
from eval.trialreview import main
from evidence.config import data_folder
from evidence.errors import EngineError, SettingsError, SourceError
from indexers.records import Record


def labelled(record_id: str, report: str, **fields: str) -> LabelledRecord:
    record = Record(record_id=record_id, source="t", **{"title": f"Trial {report}", **fields})
    return LabelledRecord(record, report, {})


FIVE = LabelledDuplicates(
    tuple(labelled(f"{report}{n}", report) for report, n in ("a1", "a2", "a3", "b1", "c1")), {}
)


def run(data: LabelledDuplicates, **systems: Merge) -> TaskResult:
    return run_duplicates(data, systems, 0, lambda *_: None)


def test_figures_by_hand() -> None:
    result = run(FIVE, x=lambda _: [["a1", "a2", "b1"]])
    metrics = {name: (m.value, m.n) for name, m in result.scores["x"].metrics.items()}
    assert metrics == {
        "pair_precision": (pytest.approx(1 / 3), 3),
        "pair_recall": (pytest.approx(1 / 3), 3),
        "pair_f1": (pytest.approx(1 / 3), 6),
        "wrongly_merged_rate": (pytest.approx(3 / 5), 5),
    }
    rows = {item["unit"]: item for item in result.items}
    assert rows["a"]["missed"] == [["a1", "a3"], ["a2", "a3"]]
    assert rows["a"]["wrong"] == rows["b"]["wrong"] == [["a1", "b1"], ["a2", "b1"]]
    assert not rows["c"]["wrong"] and not rows["c"]["missed"]


def test_a_system_that_merges_nothing_has_no_precision() -> None:
    metrics = run(FIVE, x=lambda _: []).scores["x"].metrics
    assert "pair_precision" not in metrics
    assert (metrics["pair_recall"].value, metrics["wrongly_merged_rate"].value) == (0.0, 0.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=25))
def test_pairs_agree_with_scikit_learn(rows: list[tuple[int, int]]) -> None:
    data = LabelledDuplicates(tuple(labelled(f"r{n}", f"{t}") for n, (t, _) in enumerate(rows)), {})
    groups = [[f"r{n}" for n, (_, own) in enumerate(rows) if own == g] for g in range(5)]
    found = compared(data, groups)
    (_, wrong), (missed, right) = pair_confusion_matrix(*np.array(rows).T) // 2
    assert (len(found.right), len(found.wrong), len(found.missed)) == (right, wrong, missed)
    pairs = list(combinations(rows, 2))
    truth, told = ([one[side] == two[side] for one, two in pairs] for side in (0, 1))
    theirs = precision_recall_fscore_support(truth, told, average="binary", zero_division=np.nan)
    metrics = run(data, x=lambda _: groups).scores["x"].metrics
    names = ("pair_precision", "pair_recall", "pair_f1")
    for name, value in zip(names, theirs, strict=False):
        assert (
            name not in metrics if np.isnan(value) else metrics[name].value == pytest.approx(value)
        )


def test_the_same_doi_or_title_but_not_with_another_doi() -> None:
    records = [
        labelled("1", "a", title="Zinc for  colds.", doi="10.1/A"),
        labelled("2", "a", title="ZINC FOR COLDS"),
        labelled("3", "a", title="Zinc in the common cold", doi="10.1/a "),
        labelled("4", "b", title="A reply", doi="10.1/x"),
        labelled("5", "c", title="A reply", doi="10.1/y"),
    ]
    assert [sorted(group) for group in same_title_or_doi(records)] == [["1", "2", "3"]]
    assert connected([("a", "b"), ("c", "d"), ("b", "c"), ("x", "y")]) == [
        ["a", "b", "c", "d"],
        ["x", "y"],
    ]


AUTHORS = ["Smith J", "Li W"]
ROW = {"record_id": "1", "report": "a", "title": "Zinc", "authors": AUTHORS, "year": 2001}
CSV = "record_id,report,title,authors,year,pages\n1,a,Zinc,Smith J; Li W,2001,1-9\n"


def test_json_lines_and_csv_give_the_same_records(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({**ROW, "pages": "1-9"}))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    found = [load_duplicates(tmp_path / name)[1].records for name in ("a.jsonl", "a.csv.gz")]
    assert [r.record.model_copy(update={"source": "t"}) for own in found for r in own] == [
        Record(record_id="1", source="t", title="Zinc", authors=("Smith J", "Li W"), year=2001)
    ] * 2
    assert found[0][0].place == found[1][0].place == {"pages": "1-9"}


@pytest.mark.parametrize(
    "broken",
    [
        '{"record_id": "3", "title": "Zinc"}',
        '{"record_id": "3", "report": "b", "title": "Zinc", "year": "last"}',
        '{"record_id": "3", "report": "b", "title": "Zinc", "authors": "Smith"}',
        '{"record_id": "1", "report": "b", "title": "Zinc"}',
        '{"record_id": "3", "repo',
    ],
)
def test_a_broken_record_is_a_missed_pair_of_every_system(
    broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.dumps({**ROW, "record_id": str(n), "doi": "10.1000/zinc"}) for n in (1, 2)]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, broken]))
    asked = ["duplicates", "--data", str(tmp_path), "--no-peers", "--out", str(tmp_path / "out")]
    assert main(asked) == 1
    assert f"error: {tmp_path / 'a.jsonl'}:3" in capsys.readouterr().err
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    for engine in ("offline", "baseline:same_title_or_doi"):
        recall = scores[engine]["duplicates"]["metrics"]["pair_recall"]
        assert (recall["value"], recall["n"]) == (0.5, 2)


@given(st.binary(max_size=80))
def test_no_bytes_end_in_a_crash(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    for name in ("a.csv", "a.jsonl"):
        path = tmp_path_factory.mktemp("broken") / name
        path.write_bytes(CSV.encode() + content)
        try:
            _, found = load_duplicates(path)
        except SourceError:
            continue
        assert found.records


def venv(folder: Path, answer: str, *, version: str = VERSION) -> Path:
    """An environment whose interpreter answers with what is given."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\n"
        f"if sys.argv[-1] == {PACKAGE!r}:\n    print({version!r})\nelse:\n"
        f"    {answer}\n"
    )
    python.chmod(0o755)
    return folder


def test_the_peers_pairs_are_groups(tmp_path: Path) -> None:
    told = 'pathlib.Path(sys.argv[-1]).write_text(\'[["a1", "a2"], ["a2", "b1"]]\')'
    assert BibDedupe(venv(tmp_path / "v", told))(FIVE.records) == [["a1", "a2", "b1"]]


def test_a_peer_that_fails_has_merged_nothing_and_is_a_finding(tmp_path: Path) -> None:
    peer = BibDedupe(venv(tmp_path / "v", "sys.exit('a word\\nKeyError: title')"))
    with pytest.raises(EngineError, match="bib-dedupe: KeyError: title; or use --no-peers"):
        peer(FIVE.records)
    result = run(FIVE, bib_dedupe=peer)
    assert result.finding is not None and "KeyError: title" in result.finding
    assert result.scores["bib_dedupe"].metrics["pair_recall"].value == 0.0


def test_another_version_or_none_is_not_compared(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"expected bib-dedupe 0\.11\.0, found '0\.1'"):
        BibDedupe(venv(tmp_path / "v", "pass", version="0.1"))
    with pytest.raises(SettingsError, match=r"python -m eval\.peers\.bib_dedupe install"):
        BibDedupe(tmp_path / "none")


def test_the_peer_reads_authors_as_bibtex_has_them() -> None:
    record = Record(
        record_id="1", source="t", title="Z", authors=("Smith JA", "Li, W", "WHO group")
    )
    fields = bibtex_fields(LabelledRecord(record, "a", {"issue": "2", "pages": "1-9"}))
    assert fields["author"] == "Smith, JA and Li, W and WHO group"
    assert (fields["number"], fields["pages"], fields["volume"]) == ("2", "1-9", "")


@pytest.mark.parametrize("named", [["--peer", "bib-dedupe"], ["--bib-dedupe", "v"]])
def test_peers_cannot_be_asked_for_and_left_out(
    named: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["duplicates", "--no-peers", *named, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(
        f"error: --no-peers: leave it out, or leave out {named[0]}"
    )


@pytest.mark.skipif(
    "BIB_DEDUPE_VENV" not in os.environ, reason="BIB_DEDUPE_VENV names no environment"
)
def test_the_real_peer_finds_copies() -> None:
    _, data = load_duplicates(data_folder() / "benchmark" / "duplicates")
    found = compared(data, BibDedupe(Path(os.environ["BIB_DEDUPE_VENV"]))(data.records))
    assert len(found.right) > 300 and len(found.wrong) < 100
