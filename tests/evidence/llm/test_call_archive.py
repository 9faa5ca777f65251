from __future__ import annotations

import gzip
import hashlib
import time
from pathlib import Path

import pytest
from pydantic import BaseModel

from evidence.config import ReplayEngine
from evidence.errors import EngineError, SettingsError, SourceError
from evidence.llm.call_archive import (
    ARCHIVE,
    CHECKSUMS,
    ENGINE_FILE,
    checksum_problems,
    pack_calls,
    write_checksums,
)
from evidence.llm.models import build_models_of_runs, folder_of_run
from evidence.llm.recorded import NotRecorded, RecordingModel, ReplayModel
from evidence.llm.recorded_calls import RecordedCalls
from tests.evidence.llm.scripted import SETTINGS, Scripted


class Word(BaseModel):
    word: str


def recorded(folder: Path) -> Path:
    """Two answered calls and one that failed."""
    answers = ['{"word": "é"}', '{"word": "b"}', EngineError("away", retryable=True)]
    model = RecordingModel(Scripted(*answers), folder)
    for prompt in ("first", "second"):
        model.complete(prompt, Word)
    with pytest.raises(EngineError):
        model.complete("third", Word)
    return folder


def test_packed_calls_are_replayed_as_they_were(tmp_path: Path) -> None:
    assert pack_calls(recorded(tmp_path / "calls"), tmp_path / "kept") == 3
    replay = ReplayModel(tmp_path / "kept", "m")
    assert [replay.complete(p, Word).value.word for p in ("first", "second")] == ["é", "b"]
    with pytest.raises(EngineError, match="away") as failed:
        replay.complete("third", Word)
    assert failed.value.retryable
    with pytest.raises(NotRecorded, match="no recorded call"):
        replay.complete("fourth", Word)


def test_packing_that_is_broken_off_leaves_the_calls_that_were_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = recorded(tmp_path / "calls")
    pack_calls(calls, tmp_path / "kept")
    written = Path.write_bytes

    def half(path: Path, body: bytes) -> int:
        written(path, body[: len(body) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_bytes", half)
        with pytest.raises(SourceError):
            pack_calls(calls, tmp_path / "kept")
    assert ReplayModel(tmp_path / "kept", "m").complete("first", Word).value.word == "é"


def test_the_calls_of_all_runs_are_packed(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    for run, word in enumerate(("a", "b", "c")):
        model = Scripted(f'{{"word": "{word}"}}', settings=SETTINGS.of_run(run))
        RecordingModel(model, folder_of_run(calls, run)).complete("which?", Word)
    assert pack_calls(calls, tmp_path / "kept") == 3
    replay = ReplayEngine(calls=tmp_path / "kept", model="m")
    models = build_models_of_runs(replay, tmp_path / "none", None, 3)
    assert [m.complete("which?", Word).value.word for m in models] == ["a", "b", "c"]
    (tmp_path / "kept" / "run-3" / ENGINE_FILE).write_text("{}")
    with pytest.raises(EngineError, match="does not match its line"):
        build_models_of_runs(replay, tmp_path / "none", None, 3)


def test_the_same_calls_pack_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("a", 1e9), ("b", 2e9)):
        monkeypatch.setattr(time, "time", lambda now=seconds: now)
        pack_calls(recorded(tmp_path / f"calls-{name}"), tmp_path / name)
    assert (tmp_path / "a" / ARCHIVE).read_bytes() == (tmp_path / "b" / ARCHIVE).read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(b"no JSON\n", mtime=0),
        gzip.compress(b"[1]\n", mtime=0),
        gzip.compress(b"x", mtime=0)[:-9],
    ],
)
def test_a_damaged_archive_is_named(tmp_path: Path, content: bytes) -> None:
    pack_calls(recorded(tmp_path / "calls"), tmp_path / "kept")
    (tmp_path / "kept" / ARCHIVE).write_bytes(content)
    with pytest.raises(EngineError, match=ARCHIVE):
        ReplayModel(tmp_path / "kept", "m").complete("first", Word)


def test_a_folder_without_calls_is_not_packed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected recorded calls"):
        pack_calls(tmp_path, tmp_path / "kept")


def test_every_flipped_byte_of_a_shipped_recording_is_found_and_named(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    pack_calls(recorded(tmp_path / "calls"), kept)
    (kept / "run.json").write_text('{"until":"screen"}\n')
    write_checksums(kept)
    assert checksum_problems(kept) == []
    for path in sorted(kept.iterdir()):
        whole = path.read_bytes()
        for at in range(len(whole)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            with pytest.raises(EngineError, match="kept"):
                ReplayModel(kept, "m")
        path.write_bytes(whole)
    ReplayModel(kept, "m")
    assert len(RecordedCalls(kept).digests()) == 3
    (kept / "run.json").unlink()
    with pytest.raises(EngineError, match=r"run\.json: the file is missing"):
        ReplayModel(kept, "m")


def test_checksums_are_those_of_sha256sum_and_do_not_mind_line_ends(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"[engine]\n")
    write_checksums(tmp_path)
    digest = hashlib.sha256(b"[engine]\n").hexdigest()
    assert (tmp_path / CHECKSUMS).read_text() == f"{digest}  settings.toml\n"
    (tmp_path / "settings.toml").write_bytes(b"[engine]\r\n")
    assert checksum_problems(tmp_path) == []


def test_a_changed_call_in_an_archive_is_named_without_checksums_too(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    pack_calls(recorded(tmp_path / "calls"), kept)
    body = gzip.decompress((kept / ARCHIVE).read_bytes())
    (kept / ARCHIVE).write_bytes(gzip.compress(body.replace(b'"b"', b'"c"'), mtime=0))
    replay = ReplayModel(kept, "m")
    assert replay.complete("first", Word).value.word == "é"
    with pytest.raises(EngineError, match=r"calls\.jsonl\.gz: call .* does not match its digest"):
        replay.complete("second", Word)
    assert len(list(RecordedCalls(kept).problems())) == 1
