"""From files to a project, on a store in Milvus Lite."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.config import Settings
from evidence.engines import build_engines
from evidence.errors import EvidenceError, StoreError
from evidence.project import Project
from evidence.question import ClinicalQuestion
from evidence.review import new_project, run
from evidence.searching.certified import calibrate_store
from evidence.searching.store import StoreSearcher
from evidence.state import read_state
from evidence.stores import (
    build_store,
    delete_from_store,
    store_info,
    store_retriever,
    update_store,
)
from evidence.strategy.types import Concept, Strategy, StrategyTerm
from indexers.records import Record
from indexers.references import read_records, write_records
from indexers.stores import open_store
from retrievers.certificate import CertificateError
from retrievers.contexts import CertifiedRetriever
from tests.indexers.milvus.milvus_lite import close_lite, need_milvus

CORPUS = Path(__file__).parents[2] / "data" / "corpus" / "records.jsonl.gz"
QUESTION = ClinicalQuestion(text="Does a bed net prevent malaria in children?")


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return list(read_records(CORPUS))[:60]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> Iterator[Path]:
    need_milvus()
    folder = tmp_path_factory.mktemp("milvus")
    write_records(records, folder / "records.jsonl")
    made = Path(f"milvus-lite:{folder}/store.db")
    built = build_store(
        [folder / "records.jsonl"],
        made,
        kind="auto",
        encoder="static",
        device="cpu",
        progress=lambda *_: None,
    )
    assert (built["store"], built["n_records"], built["kind"]) == (str(made), 60, "flat")
    yield made
    close_lite(folder)


def test_plain_words_search_it_and_boolean_queries_are_refused(place: Path) -> None:
    searcher = StoreSearcher(place)
    found = searcher.search("malaria in children", "natural", 7)
    assert found.n_found == len(found.records) == 7
    assert "malaria" in found.records[0].title.lower()
    for syntax in ("pubmed", "ovid"):
        with pytest.raises(StoreError, match=r"Boolean queries.*store in a folder.*natural"):
            searcher.search("malaria AND children", syntax, None)  # type: ignore[arg-type]


def test_a_project_is_made_and_run_on_it(place: Path, tmp_path: Path) -> None:
    settings = Settings()
    nets = Concept(name="nets", terms=(StrategyTerm(text="bed net"),))
    asked = QUESTION.model_copy(update={"strategy": Strategy(concepts=(nets,))})
    with pytest.raises(StoreError, match="search strategies"):
        new_project(tmp_path / "p", asked, settings, place)
    made = new_project(tmp_path / "p", QUESTION, settings, place)
    project = Project.open(made.path)
    assert project.manifest.store == place
    assert project.manifest.index_digest == open_store(place).index_digest
    run(project, build_engines(settings.engine, project.path / "calls"), until="search")
    state = read_state(project)
    assert len(state.records) == 60
    first = next(iter(state.records.values())).record
    assert first == open_store(place).record(first.record_id)


def test_a_certificate_names_the_store_and_a_change_voids_it(
    place: Path, tmp_path: Path, records: list[Record]
) -> None:
    asked = tmp_path / "questions.jsonl"
    lines = [{"question_id": r.record_id, "text": r.title, "gold": [r.record_id]} for r in records]
    asked.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = calibrate_store(asked, place, 0.2, 0.1, tmp_path / "c.json", lambda *_: None)
    certificate = done.certificate
    assert (done.n_left_out, certificate.n_calibration, certificate.abstains) == (0, 60, False)
    assert certificate.store == str(place)
    store = open_store(place)
    CertifiedRetriever(store_retriever(store), certificate, store)
    info = store_info(place)
    assert delete_from_store(place, [records[0].record_id]) == 1
    changed = open_store(place)
    with pytest.raises(CertificateError, match=r"void; calibrate again"):
        CertifiedRetriever(store_retriever(changed), certificate, changed)
    write_records(records[:2], tmp_path / "again.jsonl")
    outcome = update_store(
        [tmp_path / "again.jsonl"], place, device="cpu", progress=lambda *_: None
    )
    assert (outcome["added"], outcome["unchanged"]) == (1, 1)
    assert store_info(place) == info
    again = open_store(place)
    CertifiedRetriever(store_retriever(again), certificate, again)


def test_a_wrong_address_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"expected milvus://HOST:PORT/COLLECTION"):
        new_project(tmp_path / "p", QUESTION, Settings(), Path("milvus://nowhere/trials"))
    assert not (tmp_path / "p").exists()
