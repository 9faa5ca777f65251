from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from evidence.config import Settings
from evidence.entries import Entry
from evidence.events import RecordIdentified
from evidence.judgements import Provenance
from evidence.project import Manifest, Project
from evidence.screening import kept_features
from evidence.screening.features import ScreeningFeatures
from evidence.screening.kept_features import (
    FILE,
    features_digest,
    keep_features,
    load_features,
    project_features,
)
from evidence.state import read_state
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.store import Store
from indexers.vectors import embedded_text
from tests.evidence.screening.test_features import QUESTION, records, same
from tests.indexers.fake_encoder import FakeEncoder

ENGINE = Provenance(actor="machine", engine="offline")


def identified(given: list[Record]) -> list[Entry]:
    return [RecordIdentified(record=r, score=1, ranks={}, provenance=ENGINE) for r in given]


def make_project(path: Path, given: list[Record], store: Path | None = None) -> Project:
    manifest = Manifest(
        program_version="test",
        question=QUESTION,
        settings=Settings(),
        store=store or path / "none",
        index_digest="0",
        encoder="static-minilm-256",
    )
    project = Project.create(path, manifest)
    project.append(*identified(given))
    return project


def features_of(project: Project) -> ScreeningFeatures:
    return project_features(project, read_state(project))


@pytest.fixture
def n_readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each reading of features was of."""
    seen: list[int] = []
    read = kept_features.read_features

    def counted(given: list[Record], *others: object) -> ScreeningFeatures:
        seen.append(len(given))
        return read(given, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_features, "read_features", counted)
    return seen


def test_features_are_read_once_and_again_when_records_are_added(
    tmp_path: Path, n_readings: list[int]
) -> None:
    given = records(60)
    project = make_project(tmp_path / "p", given[:50])
    first = features_of(project)
    assert same(first, features_of(project))
    assert first.record_ids == tuple(record.record_id for record in given[:50])
    written = (project.path / "derived" / FILE).read_bytes()
    project.append(*identified(given[50:]))
    assert len(features_of(project).record_ids) == 60
    assert n_readings == [50, 60]
    again = make_project(tmp_path / "again", given[:50])
    features_of(again)
    assert (again.path / "derived" / FILE).read_bytes() == written
    names = sorted(path.name for path in (project.path / "derived").iterdir())
    assert names == [".screening_features.lock", FILE]


@pytest.mark.parametrize("place", [0.0, 0.05, 0.3, 0.6, 0.9])
def test_a_damaged_file_is_made_again(tmp_path: Path, n_readings: list[int], place: float) -> None:
    project = make_project(tmp_path / "p", records(60))
    whole = features_of(project)
    path = project.path / "derived" / FILE
    good = path.read_bytes()
    at = int(place * len(good))
    for damaged in (
        good[:at],
        good[:at] + bytes(b ^ 255 for b in good[at : at + 9]) + good[at + 9 :],
    ):
        path.write_bytes(damaged)
        assert same(features_of(project), whole)
        assert path.read_bytes() == good
    assert len(n_readings) == 3


def test_what_was_kept_for_other_records_or_does_not_fit_is_not_taken(tmp_path: Path) -> None:
    given = records(60)
    project = make_project(tmp_path / "p", given)
    features, path = features_of(project), tmp_path / "kept.npz"
    assert load_features(path, given, "a") is None
    keep_features(path, features, "a")
    kept = load_features(path, given, "a")
    assert kept is not None
    assert same(kept, features)
    assert load_features(path, given, "b") is None
    assert load_features(path, given[1:], "a") is None
    features.words.indices[-1] = features.words.shape[1]  # a column that is not there
    keep_features(path, features, "a")
    assert load_features(path, given, "a") is None


def test_the_digest_is_of_records_question_and_encoder() -> None:
    given, encoder = records(3), FakeEncoder()
    one = features_digest(given, QUESTION, encoder)
    assert one == features_digest(records(3), QUESTION, FakeEncoder())
    other_words = given[0].model_copy(update={"mesh": ("Humans",)})
    others = {
        features_digest(given[::-1], QUESTION, encoder),
        features_digest([other_words, *given[1:]], QUESTION, encoder),
        features_digest(given, QUESTION.model_copy(update={"text": "Else?"}), encoder),
        features_digest(given, QUESTION, FakeEncoder("another")),
    }
    assert len(others | {one}) == 5


def test_vectors_are_the_stores_and_the_encoder_makes_what_it_lacks(tmp_path: Path) -> None:
    given, encoder = records(12), named_encoder("static")
    vectors = encoder.encode([embedded_text(record) for record in given])
    turned = np.roll(vectors, 1, axis=1)  # told apart from what the encoder makes
    Store.build(tmp_path / "store", given[:9], encoder, vectors=turned[:9])
    changed = given[3].model_copy(update={"title": "Another title"})
    project = make_project(tmp_path / "p", [given[11], changed, *given[4:9]], tmp_path / "store")
    store = kept_features._encoder_and_store(project)[1]
    assert store is not None
    asked = [given[11], changed, *given[4:9]]
    found = kept_features._vectors(asked, encoder, store, None)
    assert found[2:].tolist() == turned[4:9].tolist()
    made = encoder.encode([embedded_text(record) for record in asked[:2]])
    assert found[:2] == pytest.approx(made, abs=1e-6)
    assert features_of(project).vectors[:, : encoder.dimension] == pytest.approx(
        found * np.float32(3.16), abs=1e-5
    )


def test_a_folder_that_cannot_be_written_costs_time_and_no_more(
    tmp_path: Path, n_readings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", records(5))
    (project.path / "derived").rmdir()
    (project.path / "derived").write_text("a file where a folder is expected")
    assert same(features_of(project), features_of(project))
    assert n_readings == [5, 5]

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    (project.path / "derived").unlink()
    monkeypatch.setattr(kept_features.np, "savez", full)
    assert len(features_of(project).record_ids) == 5
    assert [p.name for p in (project.path / "derived").iterdir()] == [".screening_features.lock"]


def test_two_at_once_read_the_records_once(tmp_path: Path, n_readings: list[int]) -> None:
    path = make_project(tmp_path / "p", records(60)).path
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: features_of(Project.open(path)), range(2))
    assert same(first, second)
    assert n_readings == [60]
