from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError, StoreError
from indexers.jats import read_jats
from indexers.records import Record
from indexers.store import Store
from indexers.store_update import UpdateOutcome, delete, update
from indexers.vectors import embedded_text
from tests.indexers.fake_encoder import FakeEncoder

ROOT = Path(__file__).parents[2]
WORDS = ["malaria", "asthma", "sepsis", "migraine", "anaemia"]
ARTICLE = "<article><body><sec><title>Results</title><p>{}</p></sec></body></article>"
Kind = Literal["flat", "sq8", "hnsw"]


def make_record(number: int, version: int = 0) -> Record:
    return Record(
        record_id=f"r{number}",
        source="test",
        title=f"A trial of drug{number} for {WORDS[(number + version) % 5]}",
        abstract=f"Participants with {WORDS[number % 5]} got drug{version} or placebo.",
        year=2000 + version,
    )


RECORDS = [make_record(n) for n in range(12)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    article = tmp_path / "r3.xml"
    article.write_text(ARTICLE.format("All were cured."))
    return Store.build(tmp_path / "store", RECORDS, FakeEncoder(), full_text={"r3": article})


def numbers(store: Store) -> dict[str, int]:
    catalogue = store.catalogue
    return dict(zip(catalogue.all_ids(), catalogue.numbers.tolist(), strict=True))


def assert_like_a_rebuild(path: Path, expected: list[Record], kind: Kind) -> None:
    updated = Store.open(path)
    updated.verify()
    assert list(updated.records()) == expected
    encoder = FakeEncoder()
    with tempfile.TemporaryDirectory() as folder:
        rebuilt = Store.build(Path(folder) / "store", expected, encoder, kind=kind)
        if kind == "flat":
            assert updated.index_digest == rebuilt.index_digest
        for query in ("placebo for asthma", "drug1 malaria", "trial sepsis drug0"):
            vector = encoder.encode([query])[0]
            assert updated.search_vectors(vector, 5) == rebuilt.search_vectors(vector, 5)
            assert updated.search_text(query, 5) == rebuilt.search_text(query, 5)


STEP = st.one_of(
    st.tuples(st.just("update"), st.dictionaries(st.integers(0, 8), st.integers(0, 2), max_size=4)),
    st.tuples(st.just("delete"), st.sets(st.integers(0, 8), max_size=3)),
)


# What ivf and ivfpq find depends on how they were trained; see test_vector_index.py.
@pytest.mark.parametrize("kind", ["flat", "sq8", "hnsw"])
@settings(max_examples=8, deadline=None)
@given(steps=st.lists(STEP, min_size=1, max_size=4))
def test_any_updates_and_deletes_equal_a_rebuild(
    kind: Kind, steps: list[tuple[str, object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        encoder = FakeEncoder()
        Store.build(path, RECORDS[:5], encoder, kind=kind)
        model = {record.record_id: record for record in RECORDS[:5]}
        ids = {name: n for n, name in enumerate(model)}
        next_number = 5
        for name, values in steps:
            if name == "update":
                assert isinstance(values, dict)
                revised = [make_record(n, version) for n, version in values.items()]
                new = [r for r in revised if r.record_id not in model]
                other = [r for r in revised if r.record_id in model and r != model[r.record_id]]
                unchanged = len(revised) - len(new) - len(other)
                encoder.encoded.clear()
                outcome = update(path, revised, encoder)
                assert outcome == UpdateOutcome(len(new), len(other), unchanged)
                assert sorted(encoder.encoded) == sorted(embedded_text(r) for r in new + other)
                for record in new:
                    ids[record.record_id] = next_number
                    next_number += 1
                model |= {record.record_id: record for record in revised}
            else:
                assert isinstance(values, set)
                chosen = [f"r{n}" for n in sorted(values) if f"r{n}" in model]
                if len(chosen) == len(model):
                    continue
                assert delete(path, chosen) == len(chosen)
                for record_id in chosen:
                    del model[record_id], ids[record_id]
            assert numbers(Store.open(path)) == ids
        assert_like_a_rebuild(path, list(model.values()), kind)


def test_a_deleted_last_number_is_not_used_again(store: Store) -> None:
    assert delete(store.path, ["r11", "r11", "r0"]) == 2
    update(store.path, [make_record(11), make_record(30)], FakeEncoder())
    found = numbers(Store.open(store.path))
    assert (found["r11"], found["r30"], found["r1"]) == (12, 13, 1)
    assert "r0" not in found


def test_vectors_are_copied_and_unread_fields_are_not_embedded(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    path = tmp_path / "store"
    given_vectors = encoder.encode([embedded_text(r) for r in RECORDS[::-1]])
    Store.build(path, RECORDS, encoder, vectors=given_vectors)  # not what the encoder would make
    encoder.encoded.clear()
    dated = RECORDS[2].model_copy(update={"year": 1990})
    assert update(path, [dated, make_record(5, 1), RECORDS[6]], encoder) == (0, 2, 1)
    assert encoder.encoded == [embedded_text(make_record(5, 1))]
    after = Store.open(path)
    assert after.record("r2") == dated
    same = (after.vectors == given_vectors).all(axis=1).tolist()
    assert same == [place != 5 for place in range(12)]


def test_nothing_changed_writes_nothing(store: Store) -> None:
    before = (store.path / "manifest.json").stat()
    encoder = FakeEncoder()
    assert update(store.path, RECORDS[:3], encoder) == (0, 0, 3)
    assert update(store.path, [], encoder) == (0, 0, 0)
    assert delete(store.path, []) == 0
    after = (store.path / "manifest.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert encoder.encoded == []


def test_full_texts_are_kept_replaced_added_and_deleted(store: Store, tmp_path: Path) -> None:
    encoder = FakeEncoder()
    old = store.document("r3")
    update(store.path, [make_record(3, 1), make_record(20)], encoder)
    assert Store.open(store.path).document("r3") == old
    other = tmp_path / "other.xml"
    other.write_text(ARTICLE.format("None was cured."))
    texts = {"r3": other, "r4": other, "r20": other, "unknown": other}
    encoder.encoded.clear()
    assert update(store.path, [RECORDS[4], RECORDS[5]], encoder, full_text=texts) == (0, 3, 1)
    assert update(store.path, [RECORDS[4]], encoder, full_text=texts) == (0, 0, 1)
    assert encoder.encoded == []
    after = Store.open(store.path)
    assert after.document("r3") == read_jats(other, "r3")
    assert sorted(after.manifest.full_text) == ["r20", "r3", "r4"]
    delete(store.path, ["r3"])
    after = Store.open(store.path)
    after.verify()
    assert sorted(after.manifest.full_text) == ["r20", "r4"]
    assert not (store.path / "full_text" / "r3.xml.gz").exists()


def test_what_is_refused_changes_nothing(store: Store, tmp_path: Path) -> None:
    before = (store.path / "manifest.json").read_bytes()
    new = [make_record(40)]
    with pytest.raises(StoreError, match=r"built with fake \(.*not another \(.*rebuild"):
        update(store.path, new, FakeEncoder("another"))
    with pytest.raises(StoreError, match="'r40' stands for two records"):
        update(store.path, new * 2, FakeEncoder())
    with pytest.raises(SourceError, match=r"none\.xml"):
        update(store.path, new, FakeEncoder(), full_text={"r40": tmp_path / "none.xml"})
    with pytest.raises(StoreError, match="'r99'"):
        delete(store.path, ["r1", "r99"])
    with pytest.raises(StoreError, match="at least one record"):
        delete(store.path, [record.record_id for record in RECORDS])
    with pytest.raises(StoreError, match="evidence index build"):
        update(tmp_path / "nowhere", new, FakeEncoder())
    assert (store.path / "manifest.json").read_bytes() == before
    assert not list(tmp_path.glob(".store.*"))


@pytest.mark.parametrize("place", ["vectors.faiss", "vectors.f32", "full_text/r3.xml.gz"])
def test_damage_is_not_copied_into_a_new_store(store: Store, place: str) -> None:
    raw = bytearray((store.path / place).read_bytes())
    raw[len(raw) // 2] ^= 1
    (store.path / place).write_bytes(raw)
    with pytest.raises(StoreError, match="changed"):
        delete(store.path, ["r1"])


def test_words_of_superseded_records_are_counted_in_large_stores_and_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexers.store_update.SMALL", 0)
    monkeypatch.setattr("indexers.store_update.MOST_SUPERSEDED", 0.3)
    kept = {p.name for p in (store.path / "lexical").iterdir()}
    update(store.path, [make_record(50), make_record(51)], FakeEncoder())
    after = Store.open(store.path)
    assert after.manifest.n_superseded == 0
    assert sum(p.name in kept for p in (after.path / "lexical").iterdir()) >= len(kept) - 2
    update(store.path, [make_record(1, 1)], FakeEncoder())
    delete(store.path, ["r2", "r3"])
    after = Store.open(store.path)
    after.verify()
    assert after.manifest.n_superseded == 3
    expected = [r for r in RECORDS if r.record_id not in ("r2", "r3")]
    expected[1] = make_record(1, 1)
    expected += [make_record(50), make_record(51)]
    assert list(after.records()) == expected
    assert {name for name, _ in after.search_text("drug2 drug1", 20)} >= {"r1"}
    assert "r2" not in dict(after.search_text("drug2", 20))
    delete(store.path, ["r4"])  # one more than is left standing
    after = Store.open(store.path)
    after.verify()
    assert after.manifest.n_superseded == 0
    assert_like_a_rebuild(store.path, [r for r in expected if r.record_id != "r4"], "flat")


def test_a_store_of_the_older_format_is_named(store: Store) -> None:
    path = store.path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format_version": 1}))
    with pytest.raises(StoreError, match="found 1; build the store again"):
        update(store.path, RECORDS, FakeEncoder())


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from indexers.store_update import delete, update
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.test_store_update import make_record
left = [int(sys.argv[2])]
rename = Path.rename
def dying(self, target):
    if left[0] == 0:
        os._exit(9)
    left[0] -= 1
    return rename(self, target)
Path.rename = dying
update(Path(sys.argv[1]), [make_record(1, 2), make_record(50)], FakeEncoder())
"""


@pytest.mark.parametrize("renames_before_death", [0, 1])
def test_an_update_killed_around_the_swap_leaves_the_old_store(
    store: Store, renames_before_death: int
) -> None:
    script = KILLED.format(root=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-c", script, str(store.path), str(renames_before_death)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 9, done.stderr
    assert store.path.exists() is (renames_before_death == 0)
    survivor = Store.open(store.path)
    survivor.verify()
    assert survivor.index_digest == store.index_digest
    again = update(store.path, [make_record(1, 2), make_record(50)], FakeEncoder())
    assert again == UpdateOutcome(added=1, replaced=1, unchanged=0)
    after = Store.open(store.path)
    after.verify()
    assert after.document("r3") is not None
    assert [p.name for p in store.path.parent.glob(".store.*")] == []
