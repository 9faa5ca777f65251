import csv
import gzip
import json
from pathlib import Path

import pytest

from eval.evidence_inference import article_document, load_directions
from eval.tasks.direction import bm25_rule, by_class, macro_f1, run_direction
from evidence.errors import SourceError

GOLD = "Pain was significantly lower with oxaprin than with placebo (p < 0.001)."
TEXT = f"TITLE: \nA trial\n\nABSTRACT.RESULTS:\n{GOLD}\n\nBODY.METHODS.DESIGN:\nSleep was noted.\n"
COLUMNS = ["PromptID", "PMCID", "Valid Label", "Label", "Evidence Start", "Evidence End"]


def release(folder: Path, label: str = "significantly decreased") -> Path:
    start = TEXT.index(GOLD)
    rows: dict[str, tuple[list[str], list[list[object]]]] = {
        "prompts_merged.csv": (
            ["PromptID", "PMCID", "Outcome", "Intervention", "Comparator"],
            [
                ["1", "11", "pain", "oxaprin", "placebo"],
                ["2", "11", "sleep", "oxaprin", "placebo"],
                ["3", "99", "pain", "oxaprin", "placebo"],
            ],
        ),
        "v2_annotations.csv": (
            COLUMNS,
            [
                ["1", "11", "True", label, start, start + len(GOLD)],
                ["1", "11", "False", "significantly increased", 0, 5],
                ["3", "99", "True", label, 0, 5],
            ],
        ),
    }
    for name, (header, lines) in rows.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *lines])
    with gzip.open(folder / "txt_files.jsonl.gz", "wt", encoding="utf-8") as file:
        for article in ("PMC11", "PMC99"):
            file.write(json.dumps({"pmcid": article, "text": TEXT}) + "\n")
    (folder / "ev2_validation_article_ids.txt").write_text("11\n12\n", encoding="utf-8")
    return folder


def test_a_split_holds_its_own_judged_prompts_only(tmp_path: Path) -> None:
    data = load_directions(release(tmp_path), "validation")
    assert [(p.prompt_id, p.label) for p in data.prompts] == [("1", "decreased")]
    assert [TEXT[a:b] for a, b in data.prompts[0].evidence] == [GOLD]
    assert (data.n_prompts, data.n_articles, list(data.documents)) == (2, 2, ["11"])


def test_headings_become_sections() -> None:
    document = article_document("11", TEXT)
    assert [s.path for s in document.sections] == [
        ("Title",),
        ("Abstract", "Results"),
        ("Methods", "Design"),
    ]
    assert document.section_at(TEXT.index("Sleep")) == ("Methods", "Design")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (release(tmp_path) / "v2_annotations.csv").unlink()
    with pytest.raises(SourceError, match=r"v2_annotations\.csv"):
        load_directions(tmp_path, "validation")


def test_the_task_scores_every_engine_and_keeps_every_prompt(tmp_path: Path) -> None:
    result = run_direction(load_directions(release(tmp_path), "validation"), 0, lambda *_: None)
    assert set(result.scores) == {"offline", "offline:gold_sentence", "bm25_rule", "majority"}
    assert result.scores["offline"].metrics["direction_macro_f1"].value == 1
    assert result.scores["offline"].metrics["evidence_recall_at_1"].value == 1
    assert len(result.items) == 4


def test_a_wrong_label_lowers_the_score(tmp_path: Path) -> None:
    folder = release(tmp_path, "significantly increase")
    result = run_direction(load_directions(folder, "validation"), 0, lambda *_: None)
    assert result.scores["offline"].metrics["direction_accuracy"].value == 0
    assert result.scores["majority"].metrics["direction_accuracy"].value == 1


def test_macro_f1_counts_an_abstention_as_wrong() -> None:
    labels = ["increased", "increased", "decreased", "no_difference"]
    given = ["increased", "unclear", "decreased", "decreased"]
    assert by_class(labels, given)["increased"] == pytest.approx((1.0, 0.5, 2 / 3))
    assert macro_f1(labels, given) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_the_rule_reads_the_sentence_that_bm25_finds() -> None:
    found = bm25_rule(article_document("11", TEXT), "oxaprin", "placebo", "pain")
    assert found.direction == "decreased"
    assert found.quotes[0].text == GOLD
