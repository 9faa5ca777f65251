import json
from pathlib import Path

import pytest

from eval.number_answers import Given, score
from eval.numeric_data import NumbersData, NumbersQuestion, load_numbers
from eval.tasks.numbers import run_numbers
from eval.trialreview import main
from evidence.errors import EngineError, SourceError
from evidence.findings import DichotomousData
from evidence.judgements import (
    MACHINE,
    ExtractedOutcome,
    Provenance,
    StudyCharacteristics,
    ValueEvidence,
)
from evidence.question import ClinicalQuestion
from evidence.stages.extract import Extraction
from indexers.records import Document, text_digest

TEXT = "Cured: 8 of 20 with zinc and 13 of 44 with placebo; mean 5.2 (SD 1.1) and 4.9 (SD 1.3)."
GOLD = {
    "events_intervention": 8.0,
    "total_intervention": 20.0,
    "events_comparator": 13.0,
    "total_comparator": 44.0,
}
ROW = {
    "id": 120,
    "pmcid": 7,
    "outcome": "cure",
    "intervention": "zinc",
    "comparator": "placebo",
    "outcome_type": "binary",
    "intervention_events": 8,
    "intervention_group_size": "20",
    "comparator_events": 13,
    "comparator_group_size": "",
}
LABEL = {
    "label_id": "PMC7-T2-01",
    "pmcid": "PMC7",
    "intervention": "zinc",
    "comparator": "placebo",
    "outcome": "score",
    "kind": "continuous",
    "values": {
        **{"mean_intervention": 5.2, "sd_intervention": None, "n_intervention": 20},
        **{"mean_comparator": 4.9, "sd_comparator": 1.3, "n_comparator": 44},
    },
}


def document(text: str = TEXT) -> Document:
    return Document(
        document_digest=text_digest(text), record_id="PMC7", kind="full_text", text=text
    )


def question(article_id: str = "PMC7", **gold: float | None) -> NumbersQuestion:
    return NumbersQuestion(
        "q", article_id, "zinc", "placebo", "cure", "dichotomous", {**GOLD, **gold}
    )


class Extractor:
    """Gives the numbers that it is told to, each quoted; fails on other articles."""

    def __init__(self, **numbers: int) -> None:
        self.numbers = numbers

    def extract(self, asked: ClinicalQuestion, read: Document) -> Extraction:
        if read.record_id != "PMC7":
            raise EngineError("no answer")
        by = Provenance(actor=MACHINE, engine="test")
        outcome = ExtractedOutcome(
            record_id="PMC7",
            outcome=asked.pico.outcomes[0],
            reported_as="cured",
            intervention="zinc",
            comparator="placebo",
            data=DichotomousData(**self.numbers),
            evidence=(ValueEvidence(field="events_intervention", quotes=(read.quote(0, 40),)),),
            provenance=by,
        )
        return Extraction(
            characteristics=StudyCharacteristics(record_id="PMC7", provenance=by),
            outcomes=(outcome,),
        )


def silent(step: str, done: int, total: int) -> None:
    pass


def test_numbers_are_right_wrong_or_missing() -> None:
    scored = score(
        question(total_comparator=None),
        Given({"events_intervention": 8, "total_intervention": 21, "total_comparator": 44}),
        document(),
    )
    assert (scored.right, scored.wrong, scored.missing) == (1, 2, 1)
    assert scored.hallucinated == 1, "21 stands nowhere in the text"
    assert not scored.exact


def test_exact_match_asks_for_the_missing_ones_too() -> None:
    gold = {name: None for name in GOLD}
    assert score(question(**gold), Given(), document()).exact
    assert not score(question(**gold), Given({"events_intervention": 8}), document()).exact
    assert score(question(), Given(GOLD), document()).exact


def test_a_derived_number_is_right_within_a_hundredth_and_unscored_where_none_is_printed() -> None:
    derived = frozenset({"events_intervention"})
    assert score(question(), Given({"events_intervention": 8.05}, derived), document()).right == 1
    assert score(question(), Given({"events_intervention": 8.2}, derived), document()).wrong == 1
    assert score(question(), Given({"events_intervention": 8.05}), document()).wrong == 1
    unscored = score(
        question(events_intervention=None), Given({"events_intervention": 8.0}, derived), document()
    )
    assert (unscored.unscored, unscored.wrong) == (1, 0)


def test_the_error_of_the_log_odds_ratio() -> None:
    exact = score(question(), Given(GOLD), document())
    off = score(question(), Given({**GOLD, "events_intervention": 10}), document())
    assert exact.effect_error == pytest.approx(0.0)
    # log(10/10 : 13/31) - log(8/12 : 13/31)
    assert off.effect_error == pytest.approx(0.405465, abs=1e-6)
    assert score(question(), Given({"events_intervention": 8}), document()).effect_error is None


def test_a_failure_scores_as_if_nothing_were_found() -> None:
    data = NumbersData(
        questions=(question(), question("PMC8"), question("PMC9")),
        documents={"PMC7": document(), "PMC8": document().model_copy(update={"record_id": "PMC8"})},
        problems={"PMC9": "articles/PMC9.xml: expected well-formed XML"},
    )
    found = run_numbers(data, {"offline": Extractor(events_intervention=8)}, 0, silent)
    metrics = found.scores["offline"].metrics
    assert metrics["recall"].value == pytest.approx(1 / 12)
    assert metrics["precision"].value == 1.0
    assert metrics["exact_match"].value == 0.0
    assert found.finding is None
    ours = [item for item in found.items if item["engine"] == "offline"]
    assert [item["failure"] for item in ours] == [None, "no answer", data.problems["PMC9"]]
    first_row = [item for item in found.items if item["engine"] == "baseline:first_row"]
    assert [item["missing"] for item in first_row] == [4, 4, 4]  # these articles have no tables


def test_a_failure_is_no_exact_match_where_the_report_prints_no_number() -> None:
    unknown = dict.fromkeys(GOLD)
    data = NumbersData(
        questions=(question(**unknown), question("PMC8", **unknown), question("PMC9", **unknown)),
        documents={"PMC7": document(), "PMC8": document().model_copy(update={"record_id": "PMC8"})},
        problems={"PMC9": "articles/PMC9.xml: expected well-formed XML"},
    )
    found = run_numbers(data, {"offline": Extractor(events_intervention=8)}, 0, silent)
    exact: dict[str, list[bool]] = {}
    for item in found.items:
        exact.setdefault(item["engine"], []).append(item["exact"])
    assert exact["offline"] == [False, False, False]
    assert exact["baseline:first_row"] == [True, True, False]
    assert exact["nothing"] == [True, True, True], "it reads no article"


class Unanswered(Extractor):
    """A call on the outcome failed, which only the provenance tells."""

    def extract(self, asked: ClinicalQuestion, read: Document) -> Extraction:
        found = super().extract(asked, read)
        study = found.characteristics
        told = study.provenance.model_copy(
            update={"reason": "the call failed", "unanswered": asked.pico.outcomes}
        )
        kept = found.outcomes if self.numbers else ()
        study = study.model_copy(update={"provenance": told})
        return found.model_copy(update={"characteristics": study, "outcomes": kept})


def test_a_call_that_fails_is_named_and_no_exact_match() -> None:
    unknown = question(**dict.fromkeys(GOLD))
    data = NumbersData(questions=(unknown, question()), documents={"PMC7": document()})
    extractors = {"llm": Unanswered(), "llm_beside_offline": Unanswered(**GOLD)}
    found = run_numbers(data, extractors, 0, silent)
    rows = {(i["engine"], i["exact"]): i for i in found.items if i["engine"] in extractors}
    assert rows.keys() == {
        ("llm", False),
        ("llm_beside_offline", False),
        ("llm_beside_offline", True),
    }
    assert {row["failure"] for row in rows.values()} == {"the call failed"}
    assert "llm could answer no question (the call failed)" in (found.finding or "")
    assert "llm_beside_offline could" not in (found.finding or "")


def test_an_extractor_that_fails_on_all_is_a_finding() -> None:
    """Or a broken extractor would look like a bad one."""
    other = document().model_copy(update={"record_id": "PMC8"})
    data = NumbersData(questions=(question("PMC8"),), documents={"PMC8": other}, problems={})
    found = run_numbers(data, {"offline": Extractor(events_intervention=8)}, 0, silent)
    assert "offline could answer no question (no answer)" in (found.finding or "")


def test_the_release_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "annotated_rct_dataset.json").write_text(json.dumps([ROW]))
    folder = tmp_path / "no_attributes_xml_files"
    folder.mkdir()
    (folder / "PMC7.xml").write_text("<abstract><p>Zinc.</p></abstract><sec><p>Cured.</p></sec>")
    files, data = load_numbers(tmp_path)
    assert data.questions[0].gold == {**GOLD, "total_comparator": None}
    assert data.documents["PMC7"].text == "Zinc.\n\nCured."
    assert len(files) == 2


def test_an_article_is_read_as_markdown_where_there_is_no_xml(tmp_path: Path) -> None:
    (tmp_path / "annotated_rct_dataset.json").write_text(json.dumps([ROW, {**ROW, "pmcid": 8}]))
    for name, text in (
        ("no_attributes_markdown_files/PMC7.md", "# Abstract Zinc **cured** 8.\n"),
        ("no_attributes_markdown_files/PMC8.md", "Not this one."),
        ("no_attributes_xml_files/PMC8.xml", "<sec><p>This one.</p></sec>"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    _, data = load_numbers(tmp_path)
    assert {name: document.text for name, document in data.documents.items()} == {
        "PMC7": "Abstract Zinc cured 8.",
        "PMC8": "This one.",
    }


def test_labels_of_result_tables_are_read(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text(json.dumps(LABEL) + "\n")
    _, data = load_numbers(tmp_path)
    assert data.questions[0].gold["sd_intervention"] is None
    assert data.questions[0].gold["n_comparator"] == 44
    assert "expected PMC7.xml" in data.problems["PMC7"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({**ROW, "outcome_type": "ordinal"}, "entry 1: expected a result (outcome_type 'ordinal'"),
        ({k: v for k, v in ROW.items() if k != "pmcid"}, "entry 1: expected the field pmcid"),
        ({**ROW, "intervention_events": "eight"}, "entry 1: expected a result"),
        ({**ROW, "intervention_events": "1e400"}, "entry 1: expected a result"),
        ({**ROW, "intervention_events": float("-inf")}, "entry 1: expected a result"),
        ([], "entry 1: expected an object"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, row: object, told: str) -> None:
    file = tmp_path / "annotated_rct_dataset.json"
    file.write_text(json.dumps([row]))
    with pytest.raises(SourceError, match="annotated_rct_dataset") as error:
        load_numbers(file)
    assert told in str(error.value)


def test_the_command_writes_its_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "annotated_rct_dataset.json").write_text(json.dumps([ROW]))
    (tmp_path / "PMC7.xml").write_text(f"<abstract><p>{TEXT}</p></abstract>")
    out = tmp_path / "out"
    assert main(["extraction", "--data", str(tmp_path), "--out", str(out)]) == 0
    scores = json.loads((out / "scores.json").read_text())
    assert scores["offline"]["extraction"]["metrics"]["exact_match"]["n"] == 1
    assert "Numbers by kind" in capsys.readouterr().out
