from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexers.encoder import Progress
from indexers.errors import SourceError, StoreError
from indexers.store import Store
from indexers.swap import swapped_in
from indexers.vectors import embedded_text
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.store.store_factory import RECORDS

ROOT = Path(__file__).parents[3]


def test_a_failed_build_leaves_the_old_store(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.xml"):
        Store.build(store.path, RECORDS[:5], FakeEncoder(), full_text={"r0": tmp_path / "none.xml"})
    Store.open(store.path).verify()
    assert len(Store.open(store.path)) == 20
    # what was embedded waits for the next build
    assert [path.name for path in tmp_path.glob(".store.*")] == [".store.embedding"]
    Store.build(store.path, RECORDS[:5], FakeEncoder())
    assert not list(tmp_path.glob(".store.*"))


class Dying(FakeEncoder):
    """Encodes some texts and then fails, as a killed build would."""

    def __init__(self, texts: int) -> None:
        super().__init__()
        self.left = texts

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        self.left -= len(texts)
        if self.left < 0:
            raise KeyboardInterrupt
        return super().encode(texts, progress)


@pytest.mark.usefixtures("small_chunks")
def test_a_stopped_build_goes_on_where_its_embedding_ended(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        Store.build(tmp_path / "s", RECORDS, Dying(10))
    encoder = FakeEncoder()
    store = Store.build(tmp_path / "s", RECORDS, encoder)
    assert encoder.encoded == [embedded_text(record) for record in RECORDS[9:]]
    store.verify()
    whole = Store.build(tmp_path / "whole", RECORDS, FakeEncoder())
    assert store.index_digest == whole.index_digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s", "whole"]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("damage", ["edited", "other encoder", "lost rows", "zeroed rows", "junk"])
def test_what_was_embedded_of_other_texts_is_not_used(tmp_path: Path, damage: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        Store.build(tmp_path / "s", RECORDS, Dying(10))
    journal = tmp_path / ".s.embedding"
    rows = (journal / "vectors.f32").read_bytes()
    records, encoder = list(RECORDS), FakeEncoder()
    match damage:
        case "edited":
            records[4] = records[4].model_copy(update={"title": "Another"})
        case "other encoder":
            encoder = FakeEncoder("another")
        case "lost rows":
            (journal / "vectors.f32").write_bytes(rows[: len(rows) // 2 + 1])
        case "zeroed rows":
            (journal / "vectors.f32").write_bytes(rows[: len(rows) // 2] + b"\0" * 5000)
        case "junk":
            (journal / "chunks").write_bytes(b"\xff" * 50)
    store = Store.build(tmp_path / "s", records, encoder)
    store.verify()
    anew = Store.build(tmp_path / "anew", records, type(encoder)(encoder.name))
    assert store.index_digest == anew.index_digest
    assert len(encoder.encoded) == {"edited": 17, "other encoder": 20, "junk": 20}.get(damage, 17)


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from indexers.store import Store
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.store.store_factory import RECORDS
left = [int(sys.argv[2])]
rename = Path.rename
def dying(self, target):
    if left[0] == 0:
        os._exit(9)
    left[0] -= 1
    return rename(self, target)
Path.rename = dying
Store.build(Path(sys.argv[1]), RECORDS[:5], FakeEncoder())
"""


@pytest.mark.parametrize("renames_before_death", [0, 1])
def test_a_build_killed_around_the_swap_leaves_the_old_store(
    store: Store, renames_before_death: int
) -> None:
    digest = store.index_digest
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            KILLED.format(root=str(ROOT)),
            str(store.path),
            str(renames_before_death),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 9, done.stderr
    assert (store.path / "manifest.json").exists() is (renames_before_death == 0)
    survivor = Store.open(store.path)
    survivor.verify()
    assert survivor.index_digest == digest
    assert survivor.record("r19") == RECORDS[19]
    with pytest.raises(SourceError):
        missing = {"r0": store.path.parent / "none.xml"}
        Store.build(store.path, RECORDS[:5], FakeEncoder(), full_text=missing)
    assert Store.open(store.path).index_digest == digest
    rebuilt = Store.build(store.path, RECORDS[:5], FakeEncoder())
    rebuilt.verify()
    assert len(rebuilt) == 5
    assert [p.name for p in store.path.parent.glob(".store.*")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_a_second_writer_stops(store: Store) -> None:
    with swapped_in(store.path, "manifest.json") as folder:
        with pytest.raises(StoreError, match="another build"):
            Store.build(store.path, RECORDS[:5], FakeEncoder())
        assert folder.is_dir()
        shutil.copytree(store.path, folder, dirs_exist_ok=True)
    assert len(Store.open(store.path)) == 20
