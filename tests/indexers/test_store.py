from __future__ import annotations

import json
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
from indexers.jats import read_jats
from indexers.manifest import write_manifest
from indexers.records import Record
from indexers.store import Store
from indexers.swap import swapped_in
from indexers.vectors import embedded_text, load_vectors, save_vectors
from tests.indexers.fake_encoder import FakeEncoder

ROOT = Path(__file__).parents[2]
WORDS = ["malaria", "asthma", "sepsis", "migraine", "anaemia"]
RECORDS = [
    Record(
        record_id=f"r{i}",
        source="test",
        title=f"A trial of drug{i} for {WORDS[i % 5]}",
        abstract=f"Participants with {WORDS[i % 5]} got drug{i} or placebo.",
        mesh=("Humans",),
        year=2000 + i,
    )
    for i in range(20)
]
ARTICLE = "<article><body><sec><title>Results</title><p>{}</p></sec></body></article>"


@pytest.fixture
def full_text(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "r3.xml"
    path.write_text(ARTICLE.format("All were cured."))
    return {"r3": path, "not-in-the-store": path}


@pytest.fixture
def store(tmp_path: Path, full_text: dict[str, Path]) -> Store:
    return Store.build(tmp_path / "store", RECORDS, FakeEncoder(), full_text=full_text)


def test_what_goes_in_comes_out(store: Store, full_text: dict[str, Path]) -> None:
    reopened = Store.open(store.path)
    assert len(reopened) == 20
    assert list(reopened.records()) == RECORDS
    assert reopened.record("r7") == RECORDS[7]
    assert reopened.document("r3") == read_jats(full_text["r3"], "r3")
    assert reopened.document("r4") is None
    assert reopened.manifest.n_full_text == 1
    assert reopened.manifest.kind == "flat"
    reopened.verify()
    with pytest.raises(StoreError, match="unknown"):
        reopened.record("unknown")


def test_vectors_find_the_exact_text_and_ties_stand_by_record_id(tmp_path: Path) -> None:
    twins = [RECORDS[0].model_copy(update={"record_id": name}) for name in ("b", "z", "a")]
    encoder = FakeEncoder()
    store = Store.build(tmp_path / "store", [*twins, *RECORDS[1:]], encoder)
    hits = store.search_vectors(encoder.encode([embedded_text(RECORDS[0])])[0], 4)
    assert [name for name, _ in hits[:3]] == ["a", "b", "z"]
    assert hits[0][1] == pytest.approx(1, abs=1e-5)
    assert len(store.search_vectors(encoder.encode(["x"])[0], 1000)) == 22


@pytest.mark.parametrize("kind", ["flat", "sq8", "ivf", "ivfpq", "hnsw"])
def test_the_same_input_gives_the_same_digest_and_ranking(
    tmp_path: Path, kind: str, full_text: dict[str, Path]
) -> None:
    encoder = FakeEncoder()
    one, two = (
        Store.build(tmp_path / name, RECORDS, encoder, kind=kind, full_text=full_text)  # type: ignore[arg-type]
        for name in ("one", "two")
    )
    assert one.index_digest == two.index_digest
    query = encoder.encode(["placebo for asthma"])[0]
    assert one.search_vectors(query, 20) == two.search_vectors(query, 20)
    assert one.search_vectors(query, 20)[0][0] in {"r1", "r6", "r11", "r16"}


def test_the_digest_follows_records_encoder_and_full_texts(
    tmp_path: Path, full_text: dict[str, Path]
) -> None:
    def digest(records: list[Record], encoder: FakeEncoder, texts: dict[str, Path]) -> str:
        return Store.build(tmp_path / "s", records, encoder, full_text=texts).index_digest

    changed = [RECORDS[0].model_copy(update={"year": 1999}), *RECORDS[1:]]
    before = digest(RECORDS, FakeEncoder(), full_text)
    other = {"r3": tmp_path / "other.xml"}
    other["r3"].write_text(ARTICLE.format("None was cured."))
    digests = {
        before,
        digest(changed, FakeEncoder(), full_text),
        digest(RECORDS, FakeEncoder("another"), full_text),
        digest(RECORDS, FakeEncoder(), {}),
        digest(RECORDS, FakeEncoder(), other),
    }
    assert len(digests) == 5
    assert digest(RECORDS, FakeEncoder(), full_text) == before


def test_given_vectors_are_used_and_checked(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    vectors = encoder.encode([embedded_text(r) for r in RECORDS])
    encoder.encoded.clear()
    Store.build(tmp_path / "s", RECORDS, encoder, vectors=vectors)
    assert encoder.encoded == []
    for wrong in (vectors[:-1], vectors[:, :-1], vectors * 2, np.full_like(vectors, np.nan)):
        with pytest.raises(StoreError, match="expected vectors"):
            Store.build(tmp_path / "s", RECORDS, encoder, vectors=wrong)


def test_shipped_vectors_belong_to_encoder_and_texts(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    vectors = encoder.encode([embedded_text(r) for r in RECORDS])
    path = tmp_path / "vectors.npz"
    save_vectors(path, vectors, RECORDS, encoder)
    first = path.read_bytes()
    save_vectors(path, vectors, RECORDS, encoder)
    assert path.read_bytes() == first
    loaded = load_vectors(path, RECORDS, encoder)
    assert loaded is not None
    np.testing.assert_allclose(loaded, vectors, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(loaded, axis=1), 1, atol=1e-6)
    assert load_vectors(path, RECORDS, FakeEncoder("another")) is None
    assert load_vectors(path, RECORDS[::-1], encoder) is None
    edited = [RECORDS[0].model_copy(update={"abstract": "Other."}), *RECORDS[1:]]
    assert load_vectors(path, edited, encoder) is None
    path.write_bytes(first[:100])
    with pytest.raises(SourceError, match=r"vectors\.npz"):
        load_vectors(path, RECORDS, encoder)


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


def test_hostile_record_ids_stay_inside(tmp_path: Path) -> None:
    source = tmp_path / "a.xml"
    source.write_text(ARTICLE.format("Text."))
    names = ["../../escape", "/etc/passwd", "a\nb", "", "."]
    records = [Record(record_id=n or "x", source="s", title="T") for n in names]
    store = Store.build(
        tmp_path / "deep" / "store",
        records,
        FakeEncoder(),
        full_text={r.record_id: source for r in records},
    )
    assert len(list((store.path / "full_text").iterdir())) == 5
    assert not list(tmp_path.rglob("escape*"))
    document = store.document("../../escape")
    assert document is not None
    assert document.text.endswith("Text.")


def test_what_cannot_be_built(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="at least one record"):
        Store.build(tmp_path / "s", [], FakeEncoder())
    with pytest.raises(StoreError, match="'r0'"):
        Store.build(tmp_path / "s", [RECORDS[0], RECORDS[0]], FakeEncoder())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="evidence index build"):
        Store.open(tmp_path / "s")
    (tmp_path / "s").mkdir()
    with pytest.raises(StoreError, match=r"manifest\.json"):
        Store.open(tmp_path / "s")


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(StoreError, match="other files"):
        Store.build(tmp_path, RECORDS, FakeEncoder())
    assert (tmp_path / "thesis.docx").read_text() == "years of work"
    assert not list(tmp_path.parent.glob(f".{tmp_path.name}.*"))


def test_a_failed_build_leaves_the_old_store(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.xml"):
        Store.build(store.path, RECORDS[:5], FakeEncoder(), full_text={"r0": tmp_path / "none.xml"})
    Store.open(store.path).verify()
    assert len(Store.open(store.path)) == 20
    # what was embedded waits for the next build
    assert [path.name for path in tmp_path.glob(".store.*")] == [".store.embedding"]
    Store.build(store.path, RECORDS[:5], FakeEncoder())
    assert not list(tmp_path.glob(".store.*"))


def test_the_records_are_read_as_a_stream(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    store = Store.build(
        tmp_path / "s",
        (record for record in RECORDS),
        FakeEncoder(),
        progress=lambda done, of: told.append((done, of)),
    )
    assert list(store.records()) == RECORDS
    assert told[-1] == (20, 20)
    assert all(of == 0 for _, of in told[:-1])


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


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexers.store_build.CHUNK", 3)


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
from tests.indexers.test_store import RECORDS
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


def test_a_link_to_a_store_stays_a_link(store: Store, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(store.path)
    Store.build(link, RECORDS[:5], FakeEncoder())
    assert link.is_symlink()
    assert len(Store.open(store.path)) == len(Store.open(link)) == 5
