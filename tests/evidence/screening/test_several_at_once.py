from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.errors import EngineError, SettingsError
from evidence.judgements import MACHINE, Phase, Provenance, ScreeningDecision
from evidence.llm.protocol import Reply, Value
from evidence.llm.recorded import RecordingModel
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.screening.several_at_once import screen_all
from evidence.stages.screen_model import ModelScreener
from indexers.records import Document, Record, abstract_document
from tests.evidence.llm.scripted import Scripted

QUESTION = ClinicalQuestion(
    text="q",
    criteria=(EligibilityCriterion(criterion_id="c", kind="inclusion", text="Adults."),),
)
WAIT_SECONDS = 60.0


def documents(n: int) -> list[Document]:
    return [
        abstract_document(Record(record_id=f"r{i}", source="test", title=f"Title {i}"))
        for i in range(n)
    ]


class Slow:
    """Answers the second document only when the fourth has been answered."""

    def __init__(self) -> None:
        self.fourth = threading.Event()
        self.lock = threading.Lock()
        self.at_work = self.most_at_work = 0
        self.seen: list[str] = []

    def screen(
        self, question: ClinicalQuestion, document: Document, phase: Phase
    ) -> ScreeningDecision:
        with self.lock:
            self.seen.append(document.record_id)
            self.at_work += 1
            self.most_at_work = max(self.most_at_work, self.at_work)
        if document.record_id == "r1":
            assert self.fourth.wait(WAIT_SECONDS)
        if document.record_id == "r3":
            self.fourth.set()
        with self.lock:
            self.at_work -= 1
        return ScreeningDecision(
            record_id=document.record_id,
            phase=phase,
            verdict="unclear",
            provenance=Provenance(actor=MACHINE, engine="test"),
        )


def test_decisions_come_in_the_order_of_the_documents() -> None:
    screener = Slow()
    decisions = list(screen_all(screener, QUESTION, documents(12), "title_abstract", 3))
    assert [d.record_id for d in decisions] == [f"r{i}" for i in range(12)]
    assert 2 <= screener.most_at_work <= 3


def test_one_at_a_time_reads_a_document_when_its_turn_comes() -> None:
    read: list[str] = []

    def lazily() -> Iterator[Document]:
        for document in documents(3):
            read.append(document.record_id)
            yield document

    decisions = screen_all(Slow(), QUESTION, lazily(), "title_abstract", 1)
    next(decisions)
    assert read == ["r0"]


def test_who_stops_early_makes_few_more_calls() -> None:
    screener = Slow()
    decisions = screen_all(screener, QUESTION, documents(1000), "title_abstract", 4)
    for _ in range(5):
        next(decisions)
    decisions.close()
    assert len(screener.seen) <= 5 + 2 * 4 + 4
    assert screener.at_work == 0


def test_an_error_comes_at_the_place_of_its_document() -> None:
    class Failing(Slow):
        def screen(
            self, question: ClinicalQuestion, document: Document, phase: Phase
        ) -> ScreeningDecision:
            if document.record_id == "r5":
                raise EngineError("the folder of calls is damaged")
            return super().screen(question, document, phase)

    decisions = screen_all(Failing(), QUESTION, documents(9), "title_abstract", 3)
    assert [next(decisions).record_id for _ in range(5)] == [f"r{i}" for i in range(5)]
    with pytest.raises(EngineError, match="damaged"):
        next(decisions)


ANSWER = '{"criteria": [{"criterion_id": "c", "quote": "", "verdict": "unclear"}]}'


def test_a_failed_call_is_unclear_and_stops_nothing(tmp_path: Path) -> None:
    model = Scripted(ANSWER, EngineError("down"), *[ANSWER] * 6)
    asked = documents(8)
    screener = ModelScreener(RecordingModel(model, tmp_path))
    decisions = list(screen_all(screener, QUESTION, asked, "title_abstract", 4))
    assert [d.record_id for d in decisions] == [d.record_id for d in asked]
    assert {d.verdict for d in decisions} == {"unclear"}
    assert sum("down" in d.provenance.reason for d in decisions) == 1
    assert len(list(tmp_path.glob("*.json"))) == len(asked) + 1
    assert not list(tmp_path.glob(".*part"))


def test_a_text_that_is_being_asked_about_is_not_asked_about_again(tmp_path: Path) -> None:
    class Late(Scripted):
        def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
            time.sleep(0.05)
            return super().complete(prompt, schema)

    model = Late(*[ANSWER] * 12)
    first, second = documents(2)
    copies = [second.model_copy(update={"record_id": f"copy{i}"}) for i in range(5)]
    screener = ModelScreener(RecordingModel(model, tmp_path))
    decisions = screen_all(screener, QUESTION, [first, second, *copies], "title_abstract", 4)
    assert len(list(decisions)) == 7
    assert len(model.prompts) == 2


@pytest.mark.parametrize("n_at_once", [0, -1, 65])
def test_a_number_out_of_range_is_refused_before_anything_is_asked(n_at_once: int) -> None:
    with pytest.raises(SettingsError, match="n_at_once"):
        screen_all(Slow(), QUESTION, documents(1), "title_abstract", n_at_once)
