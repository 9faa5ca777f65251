from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexers.errors import SourceError, StoreError
from indexers.exact_vectors import CHUNK
from indexers.jats import read_jats
from indexers.milvus.address import milvus_address
from indexers.milvus.build import build
from indexers.milvus.client import told
from indexers.milvus.manifest import read_manifest, write_manifest
from indexers.milvus.store import MilvusStore
from indexers.milvus.update import delete, update
from indexers.records import Record
from indexers.store import Store
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.milvus.milvus_lite import close_lite, need_milvus
from tests.indexers.store.store_factory import ARTICLE, RECORDS

ROOT = Path(__file__).parents[3]
MANY = [
    Record(record_id=f"m{i:04}", source="t", title=f"Trial {i}", abstract=f"Of drug{i % 7}.")
    for i in range(CHUNK * 2 + 40)
]
HOSTILE = ('a" or id != "', "b\\", "c'd", "e\nf", "gü %41 {x}", "[1]")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    need_milvus()
    yield f"milvus-lite:{tmp_path}/store.db"
    close_lite(tmp_path)


@pytest.fixture
def full_text(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "r3.xml"
    long = " ".join(f"{i * i} of {i}." for i in range(30_000))  # gzipped more than one part
    path.write_text(ARTICLE.format(f"All were cured. {long}"))
    return {"r3": path, "not-in-the-store": path}


class Stopped(Exception):
    """What stops a build or an update in its middle."""


def stopping(records: list[Record], after: int) -> Iterator[Record]:
    yield from records[:after]
    raise Stopped


def test_what_goes_in_comes_out(place: str, full_text: dict[str, Path]) -> None:
    hostile = [Record(record_id=i, source="t", title=f"Title of {i}") for i in HOSTILE]
    build(place, [*RECORDS, *hostile], FakeEncoder(), full_text=full_text)
    store = MilvusStore.open(place)
    assert len(store) == 26
    by_id = {record.record_id: record for record in [*RECORDS, *hostile]}
    assert {record.record_id: record for record in store.records()} == by_id
    assert sorted(store.record_ids()) == sorted(by_id)
    assert store.record("r7") == RECORDS[7]
    assert [store.record(name) for name in HOSTILE] == hostile
    assert store.document("r3") == read_jats(full_text["r3"], "r3")
    assert store.document("r4") is None
    assert store.manifest.n_full_text == 1
    store.verify()
    with pytest.raises(StoreError, match="unknown"):
        store.record("unknown")


def test_it_ranks_as_a_folder_does_score_by_score(place: str, tmp_path: Path) -> None:
    encoder = FakeEncoder()
    # Words that stand there often, and texts of several lengths, to see the constants of BM25.
    uneven = [
        Record(record_id=f"u{i}", source="t", title="Drug", abstract="asthma " * i + "or not " * 3)
        for i in range(1, 6)
    ]
    milvus = build(place, [*RECORDS, *uneven], encoder)
    folder = Store.build(tmp_path / "folder", [*RECORDS, *uneven], encoder)
    for query in (
        "asthma drugs",
        "placebo for asthma",
        "drug3 trials, drug3!",
        "humans with Migraines",
        "...",
    ):
        vector = encoder.encode([query])[0]
        assert milvus.search_vectors(vector, 7) == folder.search_vectors(vector, 7)
        found = dict(milvus.search_text(query, 30))
        assert found == pytest.approx(dict(folder.search_text(query, 30)), abs=2e-5)
    with pytest.raises(StoreError, match=r"vector of 64 numbers, not of shape \(3,\)"):
        milvus.search_vectors(np.zeros(3, dtype=np.float32), 1)
    with pytest.raises(StoreError, match="at most 16,384"):
        milvus.search_text("asthma", 16_385)


def test_the_digest_follows_contents_and_not_the_way_to_them(
    place: str, full_text: dict[str, Path]
) -> None:
    encoder = FakeEncoder()
    before = build(place, RECORDS, encoder, full_text=full_text).index_digest
    assert build(place, RECORDS[::-1], encoder, full_text=full_text).index_digest == before
    assert build(place, RECORDS, encoder).index_digest != before
    assert build(place, RECORDS, encoder, full_text=full_text, kind="hnsw").index_digest != before
    build(place, RECORDS[:-2], encoder)
    changed = RECORDS[2].model_copy(update={"year": 1900})
    encoder.encoded.clear()
    assert update(place, [changed, *RECORDS[3:19]], encoder) == (1, 1, 15)
    assert len(encoder.encoded) == 1, "the text of the replaced record is the same"
    assert MilvusStore.open(place).record("r2").year == 1900
    assert update(place, RECORDS, encoder, full_text=full_text) == (1, 2, 17)
    store = MilvusStore.open(place)
    assert store.index_digest == before
    store.verify()
    manifest = store.manifest
    assert update(place, RECORDS, encoder, full_text=full_text) == (0, 0, 20)
    assert MilvusStore.open(place).manifest == manifest, "nothing changed, nothing was written"


def test_records_go_with_their_full_texts(place: str, full_text: dict[str, Path]) -> None:
    encoder = FakeEncoder()
    without = build(place, RECORDS[:3] + RECORDS[4:], encoder).index_digest
    build(place, RECORDS, encoder, full_text=full_text)
    for wrong, told_of in ((["r1", "unknown"], "unknown"), ([r.record_id for r in RECORDS], "one")):
        with pytest.raises(StoreError, match=told_of):
            delete(place, wrong)
    assert delete(place, []) == 0
    assert delete(place, ["r3", "r3"]) == 1
    store = MilvusStore.open(place)
    assert (len(store), store.document("r3"), store.index_digest) == (19, None, without)
    store.verify()


def test_a_stopped_build_is_named_and_goes_on(place: str) -> None:
    encoder = FakeEncoder()
    with pytest.raises(Stopped):
        build(place, stopping(MANY, CHUNK + 30), encoder)
    assert len(encoder.encoded) == CHUNK
    with pytest.raises(StoreError, match=r"a build of it was stopped.*records_1; start the same"):
        MilvusStore.open(place)
    encoder.encoded.clear()
    store = build(place, MANY, encoder)
    assert len(encoder.encoded) == len(MANY) - CHUNK
    assert store.client.list_collections().count("records_1") == 1
    store.verify()
    fresh = build(place, MANY, encoder)
    assert fresh.index_digest == store.index_digest
    assert sorted(fresh.client.list_collections()) == ["evidence_stores", "records_2"]


def test_a_stopped_rebuild_leaves_the_old_store(place: str) -> None:
    encoder = FakeEncoder()
    before = build(place, RECORDS, encoder)
    with pytest.raises(Stopped):
        build(place, stopping(MANY, CHUNK + 1), encoder)
    with pytest.raises(SourceError):
        build(place, MANY, encoder, full_text={"m0001": Path("none.xml")})
    store = MilvusStore.open(place)
    assert list(store.records()) == sorted(RECORDS, key=lambda record: record.record_id)
    assert store.info()["unfinished_build"] == "records_2"
    store.verify()
    others = [record.model_copy(update={"record_id": f"n{record.record_id}"}) for record in MANY]
    whole = build(place, others, FakeEncoder())
    assert (len(whole), whole.manifest.collection) == (len(MANY), "records_2")
    whole.verify()  # what the stopped build wrote of other records is gone
    assert whole.index_digest != before.index_digest


def test_a_killed_build_goes_on(place: str) -> None:
    program = (
        "import os, sys\n"
        "from indexers.milvus.build import build\n"
        "from tests.indexers.fake_encoder import FakeEncoder\n"
        "from tests.indexers.milvus.test_milvus_store import CHUNK, MANY\n"
        "def records():\n"
        "    yield from MANY[: CHUNK + 9]\n"
        "    os.kill(os.getpid(), 9)\n"
        "build(sys.argv[1], records(), FakeEncoder())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, place], cwd=ROOT, check=False)
    assert ended.returncode == -9
    with pytest.raises(StoreError, match="a build of it was stopped"):
        MilvusStore.open(place)
    encoder = FakeEncoder()
    build(place, MANY, encoder).verify()
    assert len(encoder.encoded) == len(MANY) - CHUNK


def test_a_stopped_update_is_named_and_goes_on(place: str, full_text: dict[str, Path]) -> None:
    encoder = FakeEncoder()
    goal = build(place, [*RECORDS, *MANY], encoder, full_text=full_text).index_digest
    build(place, RECORDS, encoder)
    with pytest.raises(Stopped):
        update(place, stopping(MANY, CHUNK + 3), encoder)
    with pytest.raises(StoreError, match="run the same update again"):
        MilvusStore.open(place)
    added, replaced, unchanged = update(place, [*MANY, RECORDS[3]], encoder, full_text=full_text)
    assert (added, replaced, unchanged) == (len(MANY) - CHUNK, 1, CHUNK)
    store = MilvusStore.open(place)
    assert store.index_digest == goal
    store.verify()


@pytest.mark.parametrize(
    "change",
    [
        {"record": '{"record_id":"r5","source":"t","title":"x"}'},
        {"title_words": "other"},
        {"embedding": [1.0] + [0.0] * 63},
        {"record": "{"},
        {"text": "Other."},
    ],
)
def test_a_changed_row_is_found_by_verify(place: str, change: dict[str, Any]) -> None:
    store = build(place, RECORDS, FakeEncoder())
    (row,) = store.rows(["r5"], ["*"])
    row = {name: value for name, value in row.items() if not name.endswith("_bm25")}
    store.client.upsert(store.manifest.collection, [row | change])
    with pytest.raises(StoreError, match=r"'r5' was (changed|damaged)"):
        MilvusStore.open(place).verify()


def test_a_changed_full_text_is_found(place: str, full_text: dict[str, Path]) -> None:
    store = build(place, RECORDS, FakeEncoder(), full_text=full_text)
    client, made = store.client, store.manifest
    (part,) = client.query(made.texts, filter='id == "r3%part:1"', output_fields=["*"])
    client.upsert(made.texts, [part | {"body": part["body"][:-8]}])
    with pytest.raises(StoreError, match="full text of 'r3' was changed"):
        store.document("r3")
    with pytest.raises(StoreError, match="full text of 'r3' was changed"):
        store.verify()


def test_missing_rows_and_a_changed_manifest_are_found(place: str) -> None:
    store = build(place, RECORDS, FakeEncoder())
    client, made = store.client, store.manifest
    client.delete(made.collection, filter='id == "r5"')
    with pytest.raises(StoreError, match="expected 20 records in records_1, found 19"):
        MilvusStore.open(place)
    other = write_manifest(client, store.address, made.model_copy(update={"n_records": 19}))
    with pytest.raises(StoreError, match="the contents were changed"):
        MilvusStore.open(place).verify()
    row = {"id": "records", "manifest": other.model_dump_json().replace(":19,", ":20,")}
    client.upsert("evidence_stores", [row | {"unused": [0.0, 1.0]}])
    with pytest.raises(StoreError, match="manifest was changed after it was written"):
        MilvusStore.open(place)


def test_two_writers_are_found_out(place: str) -> None:
    store = build(place, RECORDS, FakeEncoder())

    def records() -> Iterator[Record]:
        yield from MANY[:CHUNK]
        now = read_manifest(store.client, store.address)
        assert now is not None
        assert now.state == "changing"
        write_manifest(store.client, store.address, now.model_copy(update={"n_records": 7}))
        yield MANY[-1]

    with pytest.raises(StoreError, match="another writer changed the store"):
        update(place, records(), FakeEncoder())


def test_wrong_input_is_refused(place: str) -> None:
    encoder = FakeEncoder()
    with pytest.raises(StoreError, match="found no such folder; build one with"):
        MilvusStore.open(place)
    with pytest.raises(StoreError, match="at least one record"):
        build(place, [], encoder)
    with pytest.raises(StoreError, match="'r1' stands for two records"):
        build(place, [*RECORDS, RECORDS[1]], encoder)
    with pytest.raises(StoreError, match="no index ivfpq"):
        build(place, RECORDS, encoder, kind="ivfpq")
    long = RECORDS[0].model_copy(update={"abstract": "word " * 20_000})
    with pytest.raises(StoreError, match="'r0': expected a text of at most 65,535 bytes"):
        build(place, [long], encoder)
    build(place, RECORDS, encoder)
    with pytest.raises(StoreError, match="'m0001' stands for two records"):
        update(place, [MANY[1], MANY[1]], encoder)
    with pytest.raises(StoreError, match="rebuild with: evidence index build"):
        update(place, RECORDS, FakeEncoder("another"))
    with pytest.raises(StoreError, match="need a store in a folder"):
        Store.open(Path(place))


def test_a_record_with_thousands_of_authors_is_kept(place: str) -> None:
    crowd = RECORDS[0].model_copy(update={"authors": tuple(f"Author {i}" for i in range(9_000))})
    store = build(place, [crowd, RECORDS[1]], FakeEncoder())
    assert store.record("r0") == crowd
    store.verify()


def test_a_folder_serves_one_process_and_says_so(place: str) -> None:
    build(place, RECORDS, FakeEncoder())
    asked = [sys.executable, "-m", "evidence", "index", "info", place]
    ended = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "another process has it open" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_refusals_are_one_line_without_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    need_milvus()
    from pymilvus.exceptions import MilvusException

    monkeypatch.setenv("MILVUS_TOKEN", "root:secret")
    with pytest.raises(StoreError) as refused, told(milvus_address("milvus://h:1/c")):
        raise MilvusException(message="auth check failure\nfor root:secret")
    assert str(refused.value) == "milvus://h:1/c: Milvus: auth check failure for …"


@pytest.mark.parametrize("package", ["pymilvus", "milvus_lite"])
def test_a_missing_package_is_named_with_the_way_to_get_it(
    place: str, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StoreError, match=r"not installed; run: pip install 'evidence-synthesis\[m"):
        MilvusStore.open(place)
