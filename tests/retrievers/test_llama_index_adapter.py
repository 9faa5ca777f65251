from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from indexers.record_store import RecordStore
from indexers.records import Record
from retrievers.hybrid import HybridRetriever
from retrievers.lexical import LexicalRetriever
from tests.indexers.fake_encoder import FakeEncoder
from tests.retrievers.conftest import MakeStore

pytest.importorskip("llama_index.core", reason="pip install 'evidence-synthesis[llm]'")

from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode

from retrievers.llama_index_adapter import StoreRetriever

RECORDS = [
    Record(
        record_id="PMC1", source="t", pmid="11", title="Malaria drugs", abstract="Of 40, 3 died."
    ),
    Record(record_id="PMC2", source="t", year=2004, title="Asthma inhalers", abstract="No deaths."),
    Record(record_id="PMC3", source="t", title="Malaria nets", abstract="Fewer malaria cases."),
]


@pytest.fixture(scope="module")
def store(make_store: MakeStore) -> RecordStore:
    return make_store(RECORDS, FakeEncoder())


def test_nodes_are_the_hits(store: RecordStore) -> None:
    retriever = LexicalRetriever(store)
    nodes = StoreRetriever(retriever, store, limit=5).retrieve("malaria")
    hits = retriever.retrieve("malaria", 5)
    assert [(n.node.node_id, n.score) for n in nodes] == [(h.record_id, h.score) for h in hits]
    first = next(n.node for n in nodes if n.node.node_id == "PMC1")
    assert first.get_content() == "Malaria drugs\n\nOf 40, 3 died."
    assert first.metadata["pmid"] == "11"
    assert "year" not in first.metadata
    assert first.get_content(MetadataMode.LLM).startswith("record_id: PMC1\n")
    assert len(StoreRetriever(retriever, store, limit=1).retrieve("malaria")) == 1


def test_a_query_engine_reads_what_was_retrieved(store: RecordStore) -> None:
    hybrid = HybridRetriever([LexicalRetriever(store)])
    engine = RetrieverQueryEngine.from_args(StoreRetriever(hybrid, store, limit=2), llm=MockLLM())
    answer = engine.query("malaria")
    assert sorted(n.node.node_id for n in answer.source_nodes) == ["PMC1", "PMC3"]
    # The mock answers with its prompt: the texts reached the model, other records did not.
    assert "Of 40, 3 died." in str(answer)
    assert "inhalers" not in str(answer)


def test_a_limit_below_one_is_refused(store: RecordStore) -> None:
    with pytest.raises(ValueError, match="limit"):
        StoreRetriever(LexicalRetriever(store), store, limit=0)


def example() -> ModuleType:
    path = Path(__file__).parents[2] / "docs" / "llama_index_query_engine.py"
    spec = importlib.util.spec_from_file_location("llama_index_query_engine", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_answers_and_shows_its_sources(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = example()
    monkeypatch.setattr(module, "hybrid_retriever", LexicalRetriever)
    assert module.main([store.name, "malaria", "--limit", "2"]) == 0
    answer, _, shown = capsys.readouterr().out.partition("Sources:\n")
    assert "Of 40, 3 died." in answer
    assert "inhalers" not in answer
    lines = shown.splitlines()
    assert [line.split()[0] for line in lines] == ["[1]", "[2]"]
    assert {" ".join(line.split()[1:]) for line in lines} == {
        "PMC1 Malaria drugs",
        "PMC3 Malaria nets",
    }


def test_the_example_names_a_missing_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert example().main([str(tmp_path / "none"), "malaria"]) == 2
    error = capsys.readouterr().err
    assert "none" in error
    assert len(error.splitlines()) == 1


def test_the_example_asks_the_server_that_is_named() -> None:
    llm = example().language_model("http://localhost:9/v1", "small")
    assert (llm.api_base, llm.model) == ("http://localhost:9/v1", "small")
