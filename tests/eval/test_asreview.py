from __future__ import annotations

import json
import os
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest

from eval.datasets import LabelledReview
from eval.peers.asreview import (
    DEFAULT_VENV,
    VERSION,
    Asreview,
    asreview_peer,
    main,
    read_order,
    review_csv,
)
from evidence.errors import EngineError, SettingsError, SourceError
from indexers.records import Record
from tests.reference.asreview_simulation import PROJECT, labelled_records


def review() -> LabelledReview:
    records, included = [], []
    for number, (title, abstract, label) in enumerate(labelled_records()):
        records.append(Record(record_id=f"r{number}", source="t", title=title, abstract=abstract))
        included.append(label)
    return LabelledReview("bladder", None, tuple(records), tuple(included))


def fake_venv(folder: Path, *, version: str = VERSION, fails: bool = False) -> Path:
    """An environment whose `asreview` hands out the project that the real one made."""
    commands = folder / "bin"
    commands.mkdir(parents=True)
    python, asreview = commands / "python", commands / "asreview"
    python.write_text(f"#!/bin/sh\necho {version}\n")
    asreview.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, shutil, sys\n"
        f"with pathlib.Path({str(folder / 'ran')!r}).open('a') as ran:\n"
        "    print(pathlib.Path.cwd(), *sys.argv[1:], file=ran)\n"
        + ("sys.exit('a word\\nValueError: too few')\n" if fails else "")
        + "pathlib.Path('synergy_cache.sqlite').touch()\n"
        f"shutil.copy({str(PROJECT)!r}, sys.argv[sys.argv.index('-o') + 1])\n"
    )
    for path in (python, asreview):
        path.chmod(0o755)
    return folder


def test_the_order_of_a_real_project() -> None:
    found = read_order(PROJECT)
    labels = [included for _, _, included in labelled_records()]
    assert found.n_priors == 2
    assert found.labels[:2] == (True, False)
    assert found.labels[-1]  # ASReview stops at the last included
    assert list(found.labels) == [labels[row] for row in found.rows]
    assert len(set(found.rows)) == len(found.rows) < len(labels)
    assert sum(found.labels) == sum(labels)
    assert 0 < found.seconds < 60


def test_rows_are_those_of_the_data_file_and_in_the_order_of_the_labels(tmp_path: Path) -> None:
    """ASReview numbers records on its own; `dataset_row` is the row of the file."""
    database = tmp_path / "results.db"
    with sqlite3.connect(database) as made:
        made.execute("CREATE TABLE record (record_id INTEGER, dataset_row INTEGER)")
        made.execute(
            "CREATE TABLE results (record_id INTEGER, label INTEGER, training_set INTEGER, time)"
        )
        made.executemany("INSERT INTO record VALUES (?, ?)", [(7, 0), (8, 1), (9, 2)])
        given = [(9, 1, None, 5.0), (7, 0, None, 5.5), (8, 1, 2, 9.0)]
        made.executemany("INSERT INTO results VALUES (?, ?, ?, ?)", given)
    made.close()
    project = tmp_path / "a.asreview"
    with zipfile.ZipFile(project, "w") as target:
        target.write(database, "results.db")
    assert read_order(project) == ((2, 0, 1), (True, False, True), 2, 4.0)


@pytest.mark.parametrize("kind", ["missing", "no zip", "no database", "no table", "no labels"])
def test_a_damaged_project_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.asreview"
    if kind == "no zip":
        path.write_bytes(b"PK nothing")
    elif kind != "missing":
        database = tmp_path / "made.db"
        with sqlite3.connect(database) as made:
            if kind == "no labels":
                made.execute("CREATE TABLE record (record_id INTEGER, dataset_row INTEGER)")
                made.execute("CREATE TABLE results (record_id, label, training_set, time)")
        made.close()
        with zipfile.ZipFile(path, "w") as target:
            target.write(database, "other" if kind == "no database" else "results.db")
    with pytest.raises(SourceError, match=r"a\.asreview: expected a project file of ASReview"):
        read_order(path)


def test_the_review_as_it_is_given_away() -> None:
    lines = review_csv(review()).splitlines()
    assert lines[0] == "title,abstract,label_included"
    assert lines[1] == "Trial 0 of oxybutynin in the bladder,,1"
    assert len(lines) == 41


def test_the_command_and_what_is_read_of_it(tmp_path: Path) -> None:
    venv = fake_venv(tmp_path / "venv")
    run = Asreview(venv).simulate(review(), 4)
    assert run.order == read_order(PROJECT).rows
    assert run.n_priors == 2
    assert not run.kept
    folder, *words = (venv / "ran").read_text().split()
    assert words == [
        *("simulate", "review.csv", "--ai", "elas_u4", "--n-prior-included", "1"),
        *("--n-prior-excluded", "1", "--prior-seed", "4", "--seed", "4"),
        *("-o", "simulation.asreview"),
    ]
    assert not Path(folder).exists()
    assert Path(folder) != Path.cwd()


def test_a_kept_simulation_is_not_made_again(tmp_path: Path) -> None:
    venv, cache = fake_venv(tmp_path / "venv"), tmp_path / "kept"
    first = Asreview(venv, cache).simulate(review(), 4)
    again = Asreview(venv, cache).simulate(review(), 4)
    assert again == first._replace(kept=True)
    assert len((venv / "ran").read_text().splitlines()) == 1
    Asreview(venv, cache).simulate(review(), 5)
    renamed = review()._replace(records=(review().records[1], *review().records[1:]))
    Asreview(venv, cache).simulate(renamed, 4)
    assert len((venv / "ran").read_text().splitlines()) == 3
    for path in cache.iterdir():
        path.write_text(json.dumps({"order": [1]}))
    with pytest.raises(SourceError, match="delete the file"):
        Asreview(venv, cache).simulate(review(), 4)


def test_labels_that_are_not_those_of_the_file_are_refused(tmp_path: Path) -> None:
    turned = review()._replace(included=tuple(not label for label in review().included))
    with pytest.raises(EngineError, match="bladder: its labels are not those"):
        Asreview(fake_venv(tmp_path / "venv")).simulate(turned, 4)


def test_a_failure_is_one_line_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        Asreview(fake_venv(tmp_path / "venv", fails=True)).simulate(review(), 4)
    assert str(caught.value) == "ASReview on bladder: ValueError: too few; or use --no-peers"


@pytest.mark.parametrize("version", ["3.0.7", ""])
def test_a_missing_environment_says_how_to_make_it(tmp_path: Path, version: str) -> None:
    venv = tmp_path / "venv"
    with pytest.raises(SettingsError) as caught:
        Asreview(fake_venv(venv, version=version) if version else venv)
    text = str(caught.value)
    assert "\n" not in text
    assert f"python -m eval.peers.asreview install {venv}" in text
    assert "--no-peers" in text
    assert (version or "expected an environment") in text


def test_a_peer_that_nobody_asked_for_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert asreview_peer(None, None, required=False) is None
    with pytest.raises(SettingsError, match=str(DEFAULT_VENV)):
        asreview_peer(None, None, required=True)
    with pytest.raises(SettingsError, match="elsewhere"):
        asreview_peer(Path("elsewhere"), None, required=False)
    fake_venv(tmp_path / DEFAULT_VENV)
    assert asreview_peer(None, None, required=False) is not None


def test_an_install_that_fails_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["install", str(tmp_path / "file")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1


@pytest.mark.skipif("ASREVIEW_VENV" not in os.environ, reason="ASREVIEW_VENV names no environment")
def test_asreview_still_screens_in_the_pinned_order() -> None:
    run = Asreview(Path(os.environ["ASREVIEW_VENV"])).simulate(review(), 4)
    assert run.order == read_order(PROJECT).rows
