from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest
from pydantic import BaseModel

from evidence.errors import EngineError, SettingsError
from evidence.llm.call_archive import ARCHIVE, pack_calls
from evidence.llm.recorded import NotRecorded, RecordingModel, ReplayModel
from tests.evidence.llm.scripted import Scripted


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
        gzip.compress(b"no JSON\n"),
        gzip.compress(b"[1]\n"),
        gzip.compress(b"x")[:-9],
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
