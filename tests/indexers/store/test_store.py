from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexers.errors import SourceError, StoreError
from indexers.jats import read_jats
from indexers.records import Record
from indexers.store import Store
from indexers.vectors import embedded_text, load_vectors, save_vectors
from tests.indexers.fake_encoder import FakeEncoder
from tests.indexers.store.store_factory import ARTICLE, RECORDS


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


def test_a_link_to_a_store_stays_a_link(store: Store, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(store.path)
    Store.build(link, RECORDS[:5], FakeEncoder())
    assert link.is_symlink()
    assert len(Store.open(store.path)) == len(Store.open(link)) == 5
