"""Ask a store through llama-index: our retriever in their query engine, with its sources.

    python docs/llama_index_query_engine.py STORE "Does zinc shorten diarrhoea in children?"

Without a server this answers with llama-index's MockLLM, which repeats its prompt: it shows what a
model would read. With `--url`, an OpenAI-compatible server (vLLM, Ollama, llama.cpp, …) answers:

    python docs/llama_index_query_engine.py STORE "…" --url http://localhost:8000/v1 --model NAME

A key, if the server wants one, is read from the variable OPENAI_API_KEY. Build a store first, with
`evidence index build SOURCE --store STORE`, and install `evidence-synthesis[llm]`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import EvidenceError
from indexers.record_store import RecordStore
from indexers.stores import open_store
from retrievers.protocol import Retriever

if TYPE_CHECKING:
    from llama_index.core.base.response.schema import RESPONSE_TYPE


def language_model(url: str | None, model: str) -> Any:
    """llama-index's model at an OpenAI-compatible address, or the mock without one."""
    if url is None:
        from llama_index.core.llms import MockLLM

        return MockLLM()
    from llama_index.llms.openai_like import OpenAILike

    key = os.environ.get("OPENAI_API_KEY", "none")
    return OpenAILike(model=model, api_base=url, api_key=key, is_chat_model=True, temperature=0)


def hybrid_retriever(store: RecordStore) -> Retriever:
    """Words and meaning over one store, fused by reciprocal rank."""
    from indexers.encoder import minilm_encoder
    from retrievers.dense import DenseRetriever
    from retrievers.hybrid import HybridRetriever
    from retrievers.lexical import LexicalRetriever

    return HybridRetriever([LexicalRetriever(store), DenseRetriever(store, minilm_encoder())])


def ask(
    question: str, store: RecordStore, retriever: Retriever, llm: Any, limit: int
) -> RESPONSE_TYPE:
    """The answer of a query engine; its `source_nodes` are the records that the model read."""
    from llama_index.core.query_engine import RetrieverQueryEngine

    from retrievers.llama_index_adapter import StoreRetriever

    engine = RetrieverQueryEngine.from_args(StoreRetriever(retriever, store, limit), llm=llm)
    return engine.query(question)


def sources(response: RESPONSE_TYPE) -> list[str]:
    """A line for each record that was read: rank, id, title."""
    lines = []
    for found in response.source_nodes:
        title = found.node.get_content().split("\n", 1)[0]
        lines.append(f"[{found.node.metadata['rank']}] {found.node.node_id}  {title}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one question and print the sources; 2 when the store cannot be used."""
    parser = argparse.ArgumentParser(description="Ask a store through a llama-index query engine.")
    parser.add_argument("store", type=Path, help="the store's folder")
    parser.add_argument("question")
    parser.add_argument("--url", help="of an OpenAI-compatible server; without it, a mock answers")
    parser.add_argument("--model", default="default", help="the model's name at that server")
    parser.add_argument("--limit", type=int, default=5, help="how many records the model reads")
    chosen = parser.parse_args(arguments)
    if chosen.limit < 1:
        parser.error(f"--limit: expected at least 1, not {chosen.limit}")
    try:
        store = open_store(chosen.store)
        llm = language_model(chosen.url, chosen.model)
        response = ask(chosen.question, store, hybrid_retriever(store), llm, chosen.limit)
    except EvidenceError as error:
        print(error, file=sys.stderr)
        return 2
    print(response)
    print("\nSources:")
    print("\n".join(sources(response)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
