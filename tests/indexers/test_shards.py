"""Shards are whole or not read, and give records and vectors in the order of the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexers import shards
from indexers.encoders import named_encoder
from indexers.errors import StoreError
from indexers.pubmed import PubmedTally, read_pubmed
from indexers.ray_shards import WHOLE, Told
from indexers.sharded_records import ShardedRecords
from indexers.shards import ShardFolder, embed_part, made_by, parts_of
from indexers.vectors import embedded_text
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.pubmed_files import article, write_pubmed


@pytest.mark.parametrize("name", ["00001.records", "00001.vectors", "whole"])
@pytest.mark.parametrize("harm", ["cut", "flip", "gone"])
def test_a_damaged_shard_is_never_read(tmp_path: Path, name: str, harm: str) -> None:
    path = write_pubmed(tmp_path / "1.xml", *map(article, range(1100)))
    folder = ShardFolder(tmp_path, "digest")
    encoder = named_encoder("static")
    make_all(path, folder, encoder)
    shard = tmp_path / "digest" / name
    raw = bytearray(shard.read_bytes())
    raw[len(raw) // 3] ^= 4
    shard.unlink() if harm == "gone" else shard.write_bytes(raw if harm == "flip" else raw[:-9])
    if name.endswith("records"):
        with pytest.raises(StoreError, match=r"00001\.records: expected a whole shard; start"):
            list(parts_of(path, "pubmed", folder))
    make_all(path, folder, encoder)
    assert [len(folder.records(n)) for n in range(2)] == [1024, 76]
    texts = [embedded_text(record) for record in folder.records(1)]
    assert np.array_equal(folder.vectors(1, 76), encoder.encode(texts))
    whole = folder.whole()
    assert whole is not None
    assert whole.n_parts == 2


def make_all(path: Path, folder: ShardFolder, encoder: Any) -> None:
    for part in parts_of(path, "pubmed", folder):
        if part.texts is not None:
            folder.write_vectors(part.number, embed_part(encoder, part.texts))


def test_what_is_embedded_is_not_embedded_again(tmp_path: Path) -> None:
    path = write_pubmed(tmp_path / "1.xml", *map(article, range(1100)))
    folder = ShardFolder(tmp_path, "digest")
    first, second = parts_of(path, "pubmed", folder)
    assert first.texts is not None
    folder.write_vectors(0, embed_part(named_encoder("static"), first.texts))
    assert second.texts is not None
    before = (tmp_path / "digest" / "00000.vectors").stat().st_mtime_ns
    assert [part.texts is None for part in parts_of(path, "pubmed", folder)] == [True, False]
    assert (tmp_path / "digest" / "00000.vectors").stat().st_mtime_ns == before
    tally = PubmedTally()
    assert len(list(read_pubmed(path, tally))) == 1100


def test_records_come_in_the_order_of_files_whatever_is_told_first(tmp_path: Path) -> None:
    paths = [
        write_pubmed(tmp_path / f"{n}.xml", *map(article, range(n * 2000, n * 2000 + 1100)))
        for n in range(2)
    ]
    encoder = FakeEncoder()
    told = []
    for path in reversed(paths):
        make_all(path, ShardFolder(tmp_path, path.stem), encoder)
        told += [Told(str(path), path.stem, *line) for line in ((1, 76), (WHOLE, 2), (0, 1024))]
    encoder.encoded.clear()
    progress: list[int] = []
    sharded = ShardedRecords(
        iter(told[:-1]),
        lambda digest: ShardFolder(tmp_path, digest),
        encoder,
        lambda n, _: progress.append(n),
    )
    with pytest.raises(StoreError, match=r"0\.xml: the workers ended"):
        list(sharded.read(paths[0], PubmedTally()))
    sharded = ShardedRecords(
        iter(told),
        lambda digest: ShardFolder(tmp_path, digest),
        encoder,
        lambda n, _: progress.append(n),
    )
    tally = PubmedTally()
    records = [record for path in paths for record in sharded.read(path, tally)]
    assert records == [record for path in paths for record in read_pubmed(path)]
    assert tally.n_records == 2200
    assert progress[-1] == 2200
    assert list(sharded.read(paths[0], None)) == records[:1100]  # a source that is named twice
    texts = [embedded_text(record) for record in records]
    vectors = sharded.encode([*texts, "Another text"])
    assert encoder.encoded == ["Another text"]
    assert np.array_equal(vectors, encoder.encode([*texts, "Another text"]))


def test_other_encoders_and_versions_have_shards_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = {made_by(named_encoder("static")), made_by(named_encoder("minilm"))}
    monkeypatch.setattr(shards, "version", lambda _name: "9.9.9")
    assert len(names | {made_by(named_encoder("static"))}) == 3
