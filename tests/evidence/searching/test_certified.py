"""`evidence calibrate`, and searches that give as many records as its certificate says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.errors import EvidenceError, SettingsError, SourceError
from indexers.encoders import named_encoder
from indexers.references import read_records
from indexers.store import Store
from indexers.store_update import delete
from retrievers.certificate import CertificateError, read_certificate
from tests.faults.synthetic import library

RUN = CliRunner()
LIBRARY = library(200)
ASKED = [{"question_id": r.record_id, "text": r.title, "gold": [r.record_id]} for r in LIBRARY]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stores") / "store"
    Store.build(path, LIBRARY, named_encoder("static"))
    return path


def write_lines(path: Path, items: Iterable[object]) -> Path:
    path.write_text("".join(f"{json.dumps(item)}\n" for item in items), encoding="utf-8")
    return path


def calibrated(tmp_path: Path, store: Path, items: Iterable[object], *more: str) -> tuple[int, str]:
    asked = write_lines(tmp_path / "asked.jsonl", items)
    out = tmp_path / "contexts.json"
    command = ["calibrate", f"{asked}", "--store", f"{store}", "--out", f"{out}", *more]
    done = RUN.invoke(app, command, catch_exceptions=False)
    return done.exit_code, done.stdout


def searched(tmp_path: Path, store: Path, *more: str) -> tuple[int, str]:
    command = ["search", LIBRARY[3].title, "--syntax", "natural", "--store", f"{store}"]
    command += ["--certificate", f"{tmp_path / 'contexts.json'}", *more]
    done = RUN.invoke(app, command, catch_exceptions=False)
    return done.exit_code, done.stdout


def test_a_certificate_says_how_many_records_a_search_gives(tmp_path: Path, store: Path) -> None:
    code, told = calibrated(tmp_path, store, ASKED[:60])
    assert code == 0
    assert "at most 0.2 of the gold is missed on average, with confidence 0.9" in told
    k = read_certificate(tmp_path / "contexts.json").k
    assert k is not None and told.startswith(f"k = {k} certified")
    out = tmp_path / "found.jsonl"
    code, told = searched(tmp_path, store, "--out", f"{out}")
    assert code == 0
    assert "at most 0.2 of the gold is missed on average, with confidence 0.9" in told
    assert "for questions like the 60 it was calibrated on" in told
    written = list(read_records(out))
    assert len(written) == k and written[0].record_id == LIBRARY[3].record_id
    value = json.loads(searched(tmp_path, store, "--json")[1])
    assert value["n_records"] == value["certificate"]["k"] == k
    assert (value["certificate"]["alpha"], value["certificate"]["delta"]) == (0.2, 0.1)


def test_too_few_questions_abstain_and_say_how_many_it_takes(tmp_path: Path, store: Path) -> None:
    code, told = calibrated(tmp_path, store, ASKED[:10])
    assert code == 1
    assert "alpha 0.2 and delta 0.1: 10 questions, at least 11 are needed" in told
    assert calibrated(tmp_path, store, ASKED[:11])[0] == 0


def test_a_loss_above_the_target_abstains_and_is_told(tmp_path: Path, store: Path) -> None:
    lost = [{**item, "text": f"zebra{n}"} for n, item in enumerate(ASKED[:30])]
    code, told = calibrated(tmp_path, store, lost, "--alpha", "0.05", "--delta", "0.5")
    assert code == 1 and "of the gold was missed on average (n = 30, p = " in told
    value = json.loads(calibrated(tmp_path, store, lost, "--alpha", "0.05", "--json")[1])
    assert value["k"] is None and value["file"].endswith("contexts.json")


def test_a_certificate_that_abstains_ends_a_search_with_1(tmp_path: Path, store: Path) -> None:
    calibrated(tmp_path, store, ASKED[:10])
    out = tmp_path / "found.ris"
    code, told = searched(tmp_path, store, "--out", f"{out}")
    assert code == 1 and told.count("\n") == 1
    assert "no number of contexts can be certified" in told and not out.exists()
    code, told = searched(tmp_path, store, "--json")
    assert code == 1 and json.loads(told)["certificate"]["k"] is None


def test_a_changed_store_voids_the_certificate(tmp_path: Path, store: Path) -> None:
    calibrated(tmp_path, store, ASKED[:60])
    changed = tmp_path / "changed"
    shutil.copytree(store, changed)
    delete(changed, [LIBRARY[70].record_id])
    with pytest.raises(CertificateError, match=r"void; calibrate again"):
        searched(tmp_path, changed)
    (tmp_path / "contexts.json").write_text("{}")
    with pytest.raises(SourceError, match="expected a certificate"):
        searched(tmp_path, store)


def test_questions_in_the_same_words_count_once(tmp_path: Path, store: Path) -> None:
    again = [
        {**item, "question_id": f"{item['question_id']}-b", "text": f" {item['text']}".upper()}
        for item in ASKED[:10]
    ]
    code, told = calibrated(tmp_path, store, [*ASKED[:10], *again])
    assert code == 1 and "10 questions, at least 11 are needed" in told
    assert "asked before in the same words: 10" in told


def test_questions_that_the_store_cannot_answer_are_left_out(tmp_path: Path, store: Path) -> None:
    others = [
        {"question_id": "x", "text": "Where is it?", "gold": ["nowhere"]},
        {"question_id": "y", "text": "And what is that?", "gold": []},
    ]
    code, told = calibrated(tmp_path, store, [*ASKED[:30], *others], "--json")
    value = json.loads(told)
    assert (code, value["n_calibration"], value["n_left_out"]) == (0, 30, 2)
    told = calibrated(tmp_path, store, [*ASKED[:30], *others])[1]
    assert "left out, for they name no record or one that the store lacks: 2" in told
    with pytest.raises(SourceError, match=r"asked\.jsonl: .*none of 2 questions"):
        calibrated(tmp_path, store, others)


@pytest.mark.parametrize("level", ["0", "1", "nan", "-0.1", "20"])
@pytest.mark.parametrize("name", ["alpha", "delta"])
def test_levels_are_checked_before_anything_is_read(tmp_path: Path, name: str, level: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} .*: expected a number between 0 and 1"):
        calibrated(tmp_path, tmp_path / "no_store", ASKED, f"--{name}", level)


def test_the_questions_are_never_written_over(tmp_path: Path, store: Path) -> None:
    asked = write_lines(tmp_path / "asked.jsonl", ASKED[:30])
    before = asked.read_bytes()
    link = tmp_path / "link.jsonl"
    link.symlink_to(asked)
    for out in (asked, link):
        command = ["calibrate", f"{asked}", "--store", f"{store}", "--out", f"{out}"]
        done = RUN.invoke(app, command)
        assert isinstance(done.exception, EvidenceError)
        assert "another file" in str(done.exception)
    assert asked.read_bytes() == before
