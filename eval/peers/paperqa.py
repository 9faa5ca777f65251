"""PaperQA's retrieval over the same records and questions, without a key and a network.

PaperQA (Skarlinski et al. 2024, arXiv 2409.13740) runs in a virtual environment of its own:

    python -m eval.peers.paperqa install VENV

makes VENV and installs the pinned version, for which it needs the network; the search does not.
Only what stands before its language model is compared: `Docs.retrieve_texts` with the settings as
they come, of titles and abstracts as one text each. Its dense embeddings are an outside service's,
so that two of its settings are left:

- `paperqa_sparse`: its keyword embedding, counts of tokens folded into 256 places;
- `paperqa_hybrid`: its hybrid of that and dense vectors, which are those of `offline:dense` here.

Its choice and summing up of contexts by a language model, which is what it is known for, is not
part of this.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.cost import taken_by
from eval.datasets import Benchmark
from eval.encoding import KeepingEncoder
from eval.peers.environments import answered, install_command, python_of
from evidence.errors import EngineError
from indexers.vectors import embedded_text

PACKAGE, VERSION = "paper-qa", "2026.8.12"
ENGINES = ("paperqa_sparse", "paperqa_hybrid")
DEFAULT_VENV = Path(".venv-paperqa")

# Its tokens come with one of its packages; without these it would look for newer prices of models.
_OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PQA_HOME": "."}
_PROGRAM = """
import asyncio, json, sys
import litellm
from lmi.embeddings import EmbeddingModel, HybridEmbeddingModel, SparseEmbeddingModel
from paperqa import Docs
from paperqa.types import Doc, Text
given = json.load(open(sys.argv[1]))
vectors = dict(zip(given["texts"] + given["questions"], given["vectors"]))
class Given(EmbeddingModel):
    name: str = "given"
    ndim: int = given["dimension"]
    async def embed_documents(self, texts):
        return [vectors[text] for text in texts]
async def order():
    model = SparseEmbeddingModel()
    if vectors:
        model = HybridEmbeddingModel(models=[Given(), model])
    doc = Doc(docname="records", dockey="records", citation="records")
    made = await model.embed_documents(given["texts"])
    texts = [Text(text=t, name=str(n), doc=doc, embedding=v)
             for n, (t, v) in enumerate(zip(given["texts"], made))]
    docs, found = Docs(), []
    await docs.aadd_texts(texts, doc)
    for question in given["questions"]:
        texts = await docs.retrieve_texts(question, given["limit"], embedding_model=model)
        found.append([int(text.name) for text in texts])
    return found
json.dump(asyncio.run(order()), open(sys.argv[2], "w"))
"""


class PaperQa:
    """PaperQA in a virtual environment.

    Args:
        venv: The environment that `install` made.

    Raises:
        SettingsError: The environment is not there or holds another version.
    """

    def __init__(self, venv: Path) -> None:
        again = f"run `python -m eval.peers.paperqa install {venv}`, or use --no-peers"
        self._python = python_of(venv, PACKAGE, VERSION, again)

    def orders(
        self, benchmark: Benchmark, encoder: KeepingEncoder, limit: int
    ) -> dict[str, list[list[str]]]:
        """The record ids of each question, best first, at most `limit`, by system.

        Raises:
            EngineError: It failed.
        """
        records = [*benchmark.gold, *benchmark.distractors]
        texts = [embedded_text(record) for record in records]
        questions = [question.text for question in benchmark.questions]
        given: dict[str, Any] = {"texts": texts, "questions": questions, "limit": limit}
        given |= {"vectors": [], "dimension": encoder.dimension}
        found: dict[str, list[list[str]]] = {}
        for engine in ENGINES:
            with taken_by(engine):
                if engine == "paperqa_hybrid":
                    given["vectors"] = encoder.encode([*texts, *questions]).tolist()
                try:
                    places = answered(self._python, _PROGRAM, given, _OFFLINE)
                except EngineError as error:
                    raise EngineError(f"PaperQA: {error}; or use --no-peers") from error
            found[engine] = [[records[place].record_id for place in row] for row in places]
        return found


def paperqa_peer(venv: Path | None, *, required: bool) -> PaperQa | None:
    """PaperQA in `venv`, or where `install` puts it unless told otherwise.

    Returns:
        None when no environment was named, none is in the usual place, and none is required.

    Raises:
        SettingsError: It was named or is required, and is not there or of another version.
    """
    if venv is None and not required and not DEFAULT_VENV.exists():
        return None
    return PaperQa(venv or DEFAULT_VENV)


def main(arguments: Sequence[str] | None = None) -> int:
    """`install VENV`; returns the exit code."""
    return install_command(arguments, "eval.peers.paperqa", PACKAGE, VERSION, DEFAULT_VENV)


if __name__ == "__main__":
    sys.exit(main())
