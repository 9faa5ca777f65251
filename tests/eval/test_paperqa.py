"""PaperQA as a peer of `search`: what it is given, what is made of its answer, and its failure."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from eval.datasets import Benchmark
from eval.encoding import KeepingEncoder
from eval.peers.paperqa import ENGINES, PACKAGE, VERSION, PaperQa
from eval.tasks.search import run_search
from indexers.records import Record
from indexers.vectors import embedded_text
from retrievers.questions import GoldQuestion
from tests.indexers.fake_encoder import FakeEncoder

TITLES = ("Zinc for the common cold", "Statins after a stroke", "Nurses on Mars")
RECORDS = tuple(Record(record_id=f"r{n}", source="t", title=t) for n, t in enumerate(TITLES))
QUESTIONS = (GoldQuestion(question_id="q", text="Does zinc help a cold?", gold_ids=("r0",)),)
BENCHMARK = Benchmark(QUESTIONS, (), RECORDS, (), 0)
BACKWARDS = (
    "given = json.load(open(sys.argv[-2])); "
    "(len(given['vectors']) in (0, len(given['texts'] + given['questions']))) or sys.exit(3); "
    "row = list(range(len(given['texts'])))[::-1 if given['vectors'] else 1][:given['limit']]; "
    "json.dump([row for _ in given['questions']], open(sys.argv[-1], 'w'))"
)


def venv(folder: Path, answer: str) -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"if sys.argv[-1] == {PACKAGE!r}:\n    print({VERSION!r})\nelse:\n    {answer}\n"
    )
    python.chmod(0o755)
    return folder


def test_its_places_are_records_of_the_benchmark(tmp_path: Path) -> None:
    """Here the keyword setting gives the order of the records, the hybrid the reverse."""
    peer = PaperQa(venv(tmp_path / "v", BACKWARDS))
    orders = peer.orders(BENCHMARK, KeepingEncoder(FakeEncoder()), 2)
    assert orders == {"paperqa_sparse": [["r0", "r1"]], "paperqa_hybrid": [["r2", "r1"]]}
    result = run_search(BENCHMARK, KeepingEncoder(FakeEncoder()), 0, lambda *_: None, peer)
    ranks = {engine: result.scores[engine].metrics["mrr"].value for engine in ENGINES}
    assert ranks == {"paperqa_sparse": 1.0, "paperqa_hybrid": pytest.approx(1 / 3)}
    assert result.finding is None


def test_a_failure_finds_nothing_and_is_a_finding(tmp_path: Path) -> None:
    peer = PaperQa(venv(tmp_path / "v", "sys.exit('a word\\nOSError: no tokens')"))
    result = run_search(BENCHMARK, KeepingEncoder(FakeEncoder()), 0, lambda *_: None, peer)
    assert result.finding == "PaperQA: OSError: no tokens; or use --no-peers"
    assert all(result.scores[engine].metrics["recall_at_500"].value == 0.0 for engine in ENGINES)


@pytest.mark.skipif("PAPERQA_VENV" not in os.environ, reason="PAPERQA_VENV names no environment")
def test_the_real_one_puts_the_same_words_first() -> None:
    question = QUESTIONS[0].model_copy(update={"text": embedded_text(RECORDS[0])})
    same = BENCHMARK._replace(questions=(question,))
    peer = PaperQa(Path(os.environ["PAPERQA_VENV"]))
    for (order,) in peer.orders(same, KeepingEncoder(FakeEncoder()), 3).values():
        assert order[0] == "r0" and sorted(order) == ["r0", "r1", "r2"]
