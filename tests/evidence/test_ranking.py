import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.commands.files import files_app
from evidence.errors import SourceError
from evidence.question import EligibilityCriterion
from evidence.question_toml import written_over
from evidence.ranking import RankedRecord, rank_records, read_labels_included, write_ranking
from evidence.reading.criterion_verdicts import offline_verdicts
from evidence.reading.reader import Reader
from indexers.records import Record, abstract_document
from tests.evidence.screening.test_features import QUESTION, records
from tests.indexers.fake_encoder import FakeEncoder

FIT = Record(
    record_id="z",
    source="s",
    title="Enalapril against placebo in adults with heart failure",
    abstract="We randomly assigned 240 patients with heart failure to enalapril or placebo for "
    "52 weeks. Mortality was lower with enalapril (p < 0.05).",
)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_score_is_the_sum_of_its_parts_and_the_fitting_record_is_first() -> None:
    ranking = rank_records([*records(20), FIT], QUESTION, encoder=FakeEncoder())
    assert (ranking[0].record_id, ranking[0].rank) == ("z", 1)
    assert [ranked.rank for ranked in ranking] == list(range(1, 22))
    assert [ranked.score for ranked in ranking] == sorted((r.score for r in ranking), reverse=True)
    for ranked in ranking:
        assert ranked.score == pytest.approx(sum(ranked.parts.values()), abs=3e-6)
    assert rank_records([], QUESTION, encoder=FakeEncoder()) == []


def test_verdicts_are_the_engines_and_not_whether_they_favour_the_record() -> None:
    reviews = EligibilityCriterion(criterion_id="reviews", kind="exclusion", text="Reviews")
    asked = QUESTION.model_copy(update={"criteria": (QUESTION.criteria[0], reviews)})
    rat = Record(record_id="rat", source="s", title="Enalapril in rats", abstract="Rats were fed.")
    review = Record(
        record_id="review",
        source="s",
        title="A systematic review and meta-analysis of trials",
        abstract="We searched MEDLINE for trials. This is a systematic review.",
        publication_types=("Systematic Review",),
    )
    given = [FIT, rat, review]
    ranking = rank_records(given, asked, encoder=FakeEncoder())
    by_id = {ranked.record_id: ranked.verdicts for ranked in ranking}
    for record in given:
        found = offline_verdicts(asked, Reader(abstract_document(record), "title_abstract"))
        assert by_id[record.record_id] == {v.criterion_id: v.verdict for v in found}
    assert by_id["z"] == {"population": "met", "reviews": "not_met"}
    assert by_id["review"]["reviews"] == "met"


def test_equal_records_are_ranked_by_their_ids() -> None:
    twins = [FIT.model_copy(update={"record_id": i}) for i in ("c", "a", "b")]
    ranking = rank_records(twins, QUESTION, encoder=FakeEncoder())
    assert [ranked.record_id for ranked in ranking] == ["a", "b", "c"]


def test_labels_teach_and_only_the_others_are_ranked() -> None:
    given = records(40)
    labels = {"r0": True, "r1": False, "r2": False, "r3": False}
    ranking = rank_records(given, QUESTION, encoder=FakeEncoder(), labels=labels)
    assert len(ranking) == 36
    assert not labels.keys() & {ranked.record_id for ranked in ranking}
    without = rank_records(given, QUESTION, encoder=FakeEncoder())
    order = [ranked.record_id for ranked in ranking]
    assert order != [r.record_id for r in without if r.record_id not in labels]
    none_included = rank_records(given, QUESTION, encoder=FakeEncoder(), labels={"r0": False})
    assert [r.record_id for r in none_included] == [
        r.record_id for r in without if r.record_id != "r0"
    ]


def test_the_command_writes_the_old_columns_first(tmp_path: Path) -> None:
    (tmp_path / "records.csv").write_text(
        "record_id,title,abstract\n"
        + "".join(f'{r.record_id},"{r.title}","{r.abstract}"\n' for r in [*records(9), FIT]),
        encoding="utf-8",
    )
    (tmp_path / "question.toml").write_text(
        written_over(QUESTION.model_dump(mode="json", exclude_none=True)), encoding="utf-8"
    )
    (tmp_path / "labels.csv").write_text("record_id,label_included\nz,1\nr1,0\nr2,\n")
    out = tmp_path / "out" / "ranking.csv"
    words = [tmp_path / "records.csv", "--question", tmp_path / "question.toml", "--out", out]
    words = ["rank", *words, "--encoder", "static", "--json"]
    result = CliRunner().invoke(files_app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert (summary["n_records"], summary["first"][0]) == (10, "z")
    columns = "rank record_id score title meaning report criteria verdict_population verdict_design"
    assert list(read(out)[0]) == columns.split()
    first = out.read_bytes()
    CliRunner().invoke(files_app, [str(word) for word in words])
    assert out.read_bytes() == first
    words += ["--labels", tmp_path / "labels.csv"]
    result = CliRunner().invoke(files_app, [str(word) for word in words])
    summary = json.loads(result.stdout)
    assert [summary[name] for name in ("n_records", "n_included", "n_excluded")] == [8, 1, 1]


def test_a_ranking_of_nothing_still_has_columns(tmp_path: Path) -> None:
    write_ranking([], tmp_path / "ranking.csv")
    written = (tmp_path / "ranking.csv").read_text()
    assert written == "rank,record_id,score,title,meaning,report,criteria\n"
    with pytest.raises(SourceError, match="expected a file that can be written"):
        write_ranking([], tmp_path)
    unread = RankedRecord(
        rank=1, record_id="a", score=1, title="=a, b", parts={"meaning": 1}, verdicts={"x": ""}
    )
    write_ranking([unread], tmp_path / "ranking.csv")
    assert read(tmp_path / "ranking.csv")[0]["verdict_x"] == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("record_id,label\nr0,1\n", "1: expected the columns record_id, label_included"),
        ("", "1: expected the columns"),
        ("record_id,label_included\nr0,1\nr9,1\n", "3: record 'r9': expected one of the records"),
        ("record_id,label_included\nr0,yes\n", "2: label_included 'yes': expected 1, 0 or nothing"),
        ("record_id,label_included\nr0,1\nr0,0\n", "3: record 'r0': expected one label"),
        ("record_id,label_included\nr0\n", None),
        ('record_id,label_included\n"r0,1\n', "expected comma-separated values"),
    ],
)
def test_a_wrong_file_of_labels_is_refused_by_line(
    tmp_path: Path, text: str, told: str | None
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text)
    if told is None:
        assert read_labels_included(path, records(2)) == {}
        return
    with pytest.raises(SourceError, match=told):
        read_labels_included(path, records(2))


def test_labels_with_decimals_are_read(tmp_path: Path) -> None:
    """As programs write a column of numbers that has gaps."""
    path = tmp_path / "labels.csv"
    path.write_text("record_id,label_included\nr0,1.0\nr1,0.0\nr2,\n")
    assert read_labels_included(path, records(3)) == {"r0": True, "r1": False}


def test_a_ranking_with_labels_beside_it_is_read_again(tmp_path: Path) -> None:
    record = records(1)[0].model_copy(update={"record_id": "@smith-2020"})
    ranked = RankedRecord(
        rank=1, record_id=record.record_id, score=1, title="T", parts={}, verdicts={}
    )
    write_ranking([ranked], tmp_path / "ranking.csv")
    head, line = (tmp_path / "ranking.csv").read_text().splitlines()
    path = tmp_path / "labels.csv"
    path.write_text(f"{head},label_included\n{line},1\n")
    assert read_labels_included(path, [record]) == {"@smith-2020": True}


def test_labels_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a CSV file in UTF-8"):
        read_labels_included(tmp_path / "none.csv", [])
