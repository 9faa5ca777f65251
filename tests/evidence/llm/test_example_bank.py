"""The shipped bank is checked against its articles; the choice, on a bank of the test's own."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from evidence.appraisal.rob2_questions import QUESTIONS
from evidence.config import data_folder
from evidence.errors import SettingsError
from evidence.extraction.by_model.answers import NumbersAnswer
from evidence.grounding import numerals
from evidence.llm.example_bank import ExampleBank, WorkedExample
from evidence.llm.prompting import BANK
from evidence.quoting import locate
from evidence.stages.appraise_model import DomainAnswer
from evidence.stages.screen_model import ScreeningAnswer
from indexers.jats import read_jats
from indexers.records import Document, Record, abstract_document

SHIPPED = ExampleBank(data_folder() / BANK)
IDS = [example.example_id for example in SHIPPED.examples]


@lru_cache(maxsize=1)
def records() -> dict[str, Record]:
    with gzip.open(data_folder() / "corpus" / "records.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = (Record.model_validate_json(line) for line in lines)
        return {record.record_id: record for record in found}


def document_of(example: WorkedExample) -> Document:
    if example.kind == "abstract":
        return abstract_document(records()[example.record_id])
    path = data_folder() / "corpus" / "full_text" / f"{example.record_id}.xml.gz"
    return read_jats(path, example.record_id)


def answers_of(value: Any) -> list[dict[str, Any]]:
    """Every part of a reply that has a quote."""
    if isinstance(value, dict):
        own = [value] if "quote" in value else []
        return own + [found for part in value.values() for found in answers_of(part)]
    if isinstance(value, list):
        return [found for part in value for found in answers_of(part)]
    return []


def test_the_bank_is_large_enough_and_names_each_once() -> None:
    tasks = Counter(example.task for example in SHIPPED.examples)
    assert min(tasks[t] for t in ("screening", "extract_numbers", "risk_of_bias")) >= 10
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("example", SHIPPED.examples, ids=IDS)
def test_a_passage_stands_at_its_place(example: WorkedExample) -> None:
    document = document_of(example)
    assert example.document_digest == document.document_digest
    assert document.text[example.start : example.end] == example.passage
    record = records()[example.record_id]
    assert (example.title, example.licence) == (
        record.title,
        {"by": "CC BY", "cc0": "CC0"}[record.licence or ""],
    )


@pytest.mark.parametrize("example", SHIPPED.examples, ids=IDS)
def test_an_answer_fits_its_schema_and_stands_in_its_passage(example: WorkedExample) -> None:
    schema = {
        "screening": ScreeningAnswer,
        "extract_numbers": NumbersAnswer,
        "risk_of_bias": DomainAnswer,
    }[example.task]
    schema.model_validate(example.reply)
    assert example.question in example.asked
    passage = abstract_document(Record(record_id="p", source="test", title=example.passage))
    for answer in answers_of(example.reply):
        if answer["quote"]:
            assert answer["quote"] in example.passage
            assert locate(answer["quote"], passage) is not None
        else:
            assert answer.get("verdict", answer.get("answer")) in ("unclear", "NI")
        if "printed" in answer:
            assert answer["printed"] in answer["quote"]
            printed = [abs(n) for n in numerals(answer["printed"])]
            assert len(printed) == 1
            assert printed[0] in [abs(n) for n in numerals(answer["quote"])]


def test_signalling_answers_are_of_the_form() -> None:
    options = {q.question_id: (q.text, q.options) for q in QUESTIONS}
    for example in SHIPPED.examples:
        for answer in example.reply.get("answers", []):
            text, allowed = options[answer["question_id"]]
            assert example.question == text
            assert answer["answer"] in allowed


def test_no_example_is_of_an_article_that_something_is_measured_by() -> None:
    data = data_folder()
    tests = {p.name.split(".")[0] for p in (data / "result_tables/test/articles").iterdir()}
    tests |= {p.name.split(".")[0] for p in (data / "characteristics_labels/articles").iterdir()}
    with (data / "altered_claims" / "test.jsonl").open(encoding="utf-8") as lines:
        tests |= {quote["pmcid"] for line in lines for quote in json.loads(line)["quotes"]}
    assert tests
    assert not tests & {example.record_id for example in SHIPPED.examples}


ZINC = abstract_document(Record(record_id="zinc", source="test", title="Zinc for colds"))


def bank(folder: Path, *questions: str, **changed: object) -> ExampleBank:
    path = folder / "examples.jsonl"
    examples = [
        WorkedExample(
            example_id=f"e{n}",
            task="screening",
            asked=f"The criterion is: {question}",
            question=question,
            record_id=f"r{n}",
            title=f"Article {n} of the bank",
            licence="CC BY",
            kind="abstract",
            document_digest=f"{n}",
            start=0,
            end=1,
            passage=f"Passage {n} of the bank.",
            reply={},
        )
        for n, question in enumerate(questions)
    ]
    first = examples[0].model_copy(update=changed)
    lines = [example.model_dump_json() for example in (first, *examples[1:])]
    path.write_text("\n".join(lines), encoding="utf-8")
    return ExampleBank(path)


DESIGN, CHILDREN, PLACEBO = "A randomised trial.", "Participants are children.", "Placebo group."


def chosen(found: ExampleBank, *questions: str, k: int = 1, document: Document = ZINC) -> list[str]:
    return [e.question for e in found.nearest("screening", questions, document, k)]


def test_the_nearest_question_comes_first(tmp_path: Path) -> None:
    found = bank(tmp_path, DESIGN, CHILDREN, PLACEBO)
    assert chosen(found, "Participants are infants or children under five.") == [CHILDREN]
    assert chosen(found, "The comparator is placebo.") == [PLACEBO]
    assert chosen(found, "Is it a trial with randomised groups?", "Placebo.", k=2) in (
        [DESIGN, PLACEBO],
        [PLACEBO, DESIGN],
    )
    assert len(chosen(found, DESIGN, k=8)) == 3
    assert found.nearest("risk_of_bias", [DESIGN], ZINC, 3) == ()


def test_equally_near_ones_come_in_the_banks_order(tmp_path: Path) -> None:
    found = bank(tmp_path, DESIGN, CHILDREN, DESIGN)
    near = found.nearest("screening", [DESIGN], ZINC, 2)
    assert [example.example_id for example in near] == ["e0", "e2"]


@pytest.mark.parametrize(
    "same",
    [
        {"record_id": "zinc"},
        {"document_digest": ZINC.document_digest},
        {"title": "ZINC for  colds"},
        {"passage": "Zinc for colds"},
    ],
)
def test_the_document_that_is_judged_is_no_example(tmp_path: Path, same: dict[str, str]) -> None:
    assert chosen(bank(tmp_path, DESIGN, CHILDREN), DESIGN) == [DESIGN]
    assert chosen(bank(tmp_path, DESIGN, CHILDREN, **same), DESIGN) == [CHILDREN]


def test_the_shipped_examples_are_not_shown_for_their_own_articles() -> None:
    for example in SHIPPED.examples[::5]:
        own = document_of(example)
        copy = abstract_document(Record(record_id="other", source="test", title=own.text))
        for document in (own, copy):
            near = SHIPPED.nearest(example.task, [example.question], document, 20)
            assert example.record_id not in {found.record_id for found in near}
            assert near


def test_another_bank_has_another_digest(tmp_path: Path) -> None:
    first = bank(tmp_path, DESIGN).digest
    assert bank(tmp_path, DESIGN).digest == first
    assert bank(tmp_path, CHILDREN).digest != first


def test_a_damaged_or_missing_bank_is_named(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    with pytest.raises(SettingsError, match="expected the bank of worked examples"):
        _ = ExampleBank(path).examples
    path.write_text('{"task": "screening"}\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"examples\.jsonl:1: expected a worked example"):
        _ = ExampleBank(path).examples
