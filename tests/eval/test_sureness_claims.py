"""How sure the program says it is of each candidate result, against the reader's numbers."""

from __future__ import annotations

import json
import shutil

import pytest

from eval.number_answers import given_by
from eval.numeric_data import NumbersData, load_numbers
from eval.sureness_claims import NotingExtractor, sureness_claims
from eval.tasks.numbers import ask, run_numbers
from evidence.config import data_folder
from evidence.extraction.sureness import candidate_features
from evidence.extraction.sureness_trees import load_model
from evidence.stages.extract import OfflineExtractor

ARTICLE = "PMC5762805"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> NumbersData:
    """Two questions of one article."""
    shipped, folder = data_folder() / "result_tables" / "development", tmp_path_factory.mktemp("d")
    (folder / "articles").mkdir()
    shutil.copy(shipped / "articles" / f"{ARTICLE}.xml.gz", folder / "articles")
    lines = (shipped / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    own = [line for line in lines if json.loads(line)["pmcid"] == ARTICLE]
    (folder / "labels.jsonl").write_text("\n".join(own[:2]), encoding="utf-8")
    return load_numbers(folder)[1]


def test_every_candidate_of_the_kind_asked_for_is_a_claim(data: NumbersData) -> None:
    question, document = data.questions[0], data.documents[ARTICLE]
    extractor = NotingExtractor(read_pico=False)
    given = ask(extractor, question, document)
    assert given == ask(OfflineExtractor(read_pico=False), question, document)
    rows = sureness_claims("offline", question, document, extractor.noted)
    (candidates,) = extractor.noted
    chances = load_model().probabilities(candidate_features(candidates, document))
    kept = [
        (chance, given_by(result))
        for chance, result in zip(chances, candidates.every, strict=True)
        if result.data.kind == question.kind
    ]
    assert [row["claimed"] for row in rows] == [chance for chance, _ in kept]
    assert [row["came_true"] for row in rows] == [
        any(v == question.gold.get(n) for n, v in one.numbers.items())
        and all(v == question.gold[n] or n in one.derived for n, v in one.numbers.items())
        for _, one in kept
    ]
    assert {row["came_true"] for row in rows} == {True, False}
    assert sum(row["chosen_by_rules"] for row in rows) >= 1


def test_the_claims_stand_in_the_items_of_the_run(data: NumbersData) -> None:
    result = run_numbers(data, {"offline": NotingExtractor(read_pico=False)}, 0, lambda *_: None)
    claims = [item for item in result.items if "claimed" in item]
    assert {item["question_id"] for item in claims} == {q.question_id for q in data.questions}
    assert {(item["engine"], item["unit"]) for item in claims} == {("offline", "claim")}
    without = run_numbers(data, {"offline": OfflineExtractor(read_pico=False)}, 0, lambda *_: None)
    assert [item for item in result.items if "claimed" not in item] == without.items
