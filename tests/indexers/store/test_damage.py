from __future__ import annotations

import json
from pathlib import Path

import pytest

from indexers.errors import StoreError
from indexers.manifest import write_manifest
from indexers.store import Store
from tests.indexers.fake_encoder import FakeEncoder


@pytest.mark.parametrize(
    "place",
    ["vectors.faiss", "vectors.f32", "catalogue", "lexical", "full_text", "manifest.json"],
)
def test_a_changed_byte_is_found_by_verify(store: Store, place: str) -> None:
    target = store.path / place
    if target.is_dir():
        target = max((p for p in target.iterdir()), key=lambda p: p.stat().st_size)
    raw = bytearray(target.read_bytes())
    raw[len(raw) // 2] ^= 1
    target.write_bytes(raw)
    with pytest.raises(StoreError, match=r"changed|manifest"):
        Store.open(store.path).verify()


def test_a_changed_full_text_is_not_read(store: Store) -> None:
    path = store.path / "full_text" / "r3.xml.gz"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(StoreError, match=r"r3\.xml\.gz"):
        store.document("r3")


def test_an_added_file_is_found_by_verify(store: Store) -> None:
    (store.path / "full_text" / "r4.xml.gz").write_bytes(b"added")
    assert store.document("r4") is None
    with pytest.raises(StoreError, match=r"r4\.xml\.gz"):
        store.verify()


def test_a_missing_or_cut_file_is_found_on_opening(store: Store) -> None:
    path = store.path / "vectors.faiss"
    raw = path.read_bytes()
    path.write_bytes(raw[:-1])
    with pytest.raises(StoreError, match=r"vectors\.faiss has"):
        Store.open(store.path)
    path.unlink()
    with pytest.raises(StoreError, match=r"vectors\.faiss is missing"):
        Store.open(store.path)


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (None, "found no manifest"),
        ("", "JSON"),
        ('{"format_version": 1', "JSON"),
        ("[]", "format version"),
        ('{"format_version": 99}', "found 99"),
        ('{"format_version": 3}', "encoder_name"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_a_damaged_manifest_is_one_line(store: Store, manifest: str | None, expected: str) -> None:
    path = store.path / "manifest.json"
    path.unlink() if manifest is None else path.write_text(manifest)
    with pytest.raises(StoreError) as error:
        Store.open(store.path)
    assert expected in str(error.value)
    assert "build the store again" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_project_is_told_from_a_store(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format_version": 1, "question": {}}')
    with pytest.raises(StoreError, match="found a project") as error:
        Store.open(tmp_path)
    assert "build" not in str(error.value)


def test_an_edited_manifest_is_refused(store: Store) -> None:
    path = store.path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["encoder_digest"] = FakeEncoder("another").digest
    path.write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="was changed after it was written"):
        Store.open(store.path)


@pytest.mark.parametrize("field", ["records_digest", "index_digest"])
def test_verify_computes_the_digests_of_contents_anew(store: Store, field: str) -> None:
    write_manifest(store.path, store.manifest.model_copy(update={field: "0" * 64}))
    with pytest.raises(StoreError, match=field.partition("_")[0]):
        Store.open(store.path).verify()


def test_a_manifest_cannot_point_outside(store: Store) -> None:
    path = store.path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][0]["path"] = "../../secret"
    path.write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="leaves the store"):
        Store.open(store.path)
