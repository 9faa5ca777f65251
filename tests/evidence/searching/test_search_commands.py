from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.errors import SourceError
from evidence.searching.batch import BatchQuery, Source, read_queries, run_batch
from evidence.searching.store import Found, read_known
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.references import read_records, write_records
from indexers.store import Store
from tests.eutils_server import serving

RUN = CliRunner()
TOPICS = ("malaria", "asthma", "malaria and asthma")
RECORDS = [
    Record(
        record_id=f"{n}",
        source="test",
        pmid=f"{n}",
        title=f"Trial {n} of {TOPICS[n % 3]}",
        abstract=f"Children with {TOPICS[n % 3]} got drug {n}.",
        mesh=("Malaria",) if n % 3 != 1 else (),
    )
    for n in range(1, 31)
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stores") / "store"
    Store.build(path, RECORDS, named_encoder("static"))
    return path


def batch(tmp_path: Path, store: Path, rows: str, *more: str) -> tuple[int, str]:
    (tmp_path / "queries.csv").write_text(rows)
    done = RUN.invoke(
        app,
        [
            *("search-batch", f"{tmp_path / 'queries.csv'}", "--store", f"{store}"),
            *("--out", f"{tmp_path / 'out'}", *more),
        ],
    )
    return done.exit_code, done.output


def summary(tmp_path: Path) -> dict[str, dict[str, str]]:
    with (tmp_path / "out" / "summary.csv").open() as file:
        return {row["name"]: row for row in csv.DictReader(file)}


ROWS = (
    "name,query,syntax,limit\n"
    "mal,malaria[tiab] AND children[tiab],,\n"
    '"lines","1 malaria.ti.\n2 asthma.ti.\n3 1 and 2",ovid,\n'
    "near,drugs against malaria,natural,5\n"
    "broken,(malaria[tiab],,\n"
)


def test_a_batch_writes_files_summary_overlaps_and_report(tmp_path: Path, store: Path) -> None:
    code, output = batch(tmp_path, store, ROWS)
    assert code == 1  # one row failed, the others did not
    rows = summary(tmp_path)
    assert {name: int(row["n_records"]) for name, row in rows.items()} == {
        "mal": 20,
        "lines": 10,
        "near": 5,
        "broken": 0,
    }
    assert "bracket" in rows["broken"]["error"]
    assert "3 of 4 searches" in output
    out = tmp_path / "out"
    assert len(read_records(out / "mal.ris")) == 20
    overlaps = (out / "overlaps.csv").read_text()
    assert "mal" in overlaps
    assert (out / "overlaps.svg").read_text().startswith("<svg")
    report = (out / "prisma_s.md").read_text()
    assert "1 malaria.ti.\n2 asthma.ti.\n3 1 and 2" in report
    assert "The search failed" in report
    assert Store.open(store).index_digest in report
    assert (out / "prisma_s.docx").stat().st_size > 1000


def test_a_batch_tells_what_the_store_does_not_keep(tmp_path: Path, store: Path) -> None:
    rows = "name,query\nsb,systematic[sb]\nmarch,2019/03[dp]\nmal,malaria[tiab]\n"
    code, output = batch(tmp_path, store, rows)
    assert code == 0
    found = summary(tmp_path)
    assert "the store keeps no subset" in found["sb"]["notices"]
    assert "the store keeps years only" in found["march"]["notices"]
    assert found["mal"]["notices"] == ""
    assert "keeps no subset" in output and "keeps years only" in output


def test_a_second_run_does_again_only_what_changed(tmp_path: Path, store: Path) -> None:
    batch(tmp_path, store, ROWS)
    files = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out").glob("*.ris")}
    (tmp_path / "out" / "near.ris").write_text("edited")
    code, _ = batch(tmp_path, store, ROWS.replace("(malaria[tiab]", "(malaria[tiab])"))
    assert code == 0
    after = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out").glob("*.ris")}
    assert (after["mal.ris"], after["lines.ris"]) == (files["mal.ris"], files["lines.ris"])
    assert "broken.ris" in after
    assert len(read_records(tmp_path / "out" / "near.ris")) == 5


def test_watching_tells_what_is_new(tmp_path: Path) -> None:
    store, watch = tmp_path / "store", tmp_path / "watch.json"
    rows = "name,query\nmal,malaria[tiab]\nasth,asthma[tiab]\n"
    Store.build(store, RECORDS[:10], named_encoder("static"))
    assert batch(tmp_path, store, rows, "--watch", f"{watch}")[0] == 0
    assert summary(tmp_path)["mal"]["n_new"] == ""
    Store.build(store, RECORDS[:13], named_encoder("static"))
    rows = rows.replace("asthma[tiab]", "(asthma[tiab]")
    assert batch(tmp_path, store, rows, "--watch", f"{watch}")[0] == 1
    assert summary(tmp_path)["mal"]["n_new"] == "2"
    new = read_records(tmp_path / "out" / "mal.new.ris")
    assert {record.title for record in new} == {RECORDS[10].title, RECORDS[11].title}
    assert "2 new records" in (tmp_path / "out" / "prisma_s.md").read_text()
    assert set(json.loads(watch.read_text())["queries"]) == {"mal", "asth"}
    watch.write_text("[]")
    assert batch(tmp_path, store, rows, "--watch", f"{watch}")[0] != 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "columns query"),
        ("a,b\n1,2\n", "columns query"),
        ("query\n", "at least one query"),
        ("query\n\n\n", "at least one query"),
        ("name,query\na,\n", r":2: expected a query"),
        ("name,query,syntax\na,x,embase\n", r":2: expected pubmed"),
        ("name,query,limit\na,x,ten\n", r":2: expected pubmed"),
        ('name,query\na,"x\ny"\nA,z\n', r":4: expected names that differ"),
        ('query\n"open\n', "CSV"),
    ],
)
def test_a_wrong_file_of_queries_is_one_line(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "queries.csv"
    path.write_text(text)
    with pytest.raises(SourceError, match=expected) as error:
        read_queries(path)
    assert "\n" not in str(error.value)


def test_names_become_safe_files(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("id,query\n../../etc/passwd,x\n,y\n")
    assert [row.name for row in read_queries(path)] == ["etc-passwd", "query-02"]


def test_what_a_search_raises_by_mistake_is_not_hidden(tmp_path: Path) -> None:
    def search(query: BatchQuery) -> Found:
        raise ZeroDivisionError

    row = BatchQuery(name="a", query="x", syntax="pubmed", limit=None, line=2)
    with pytest.raises(ZeroDivisionError):
        run_batch(
            *([row], Source("d", search), tmp_path / "o", "ris"),
            *(date(2026, 1, 1), lambda _n, _of: None),
        )


def test_explain_tells_what_is_lost_and_what_would_find_it(tmp_path: Path, store: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text("1  # asthma\n3\n")
    query = "malaria[tiab] AND children[tiab]"
    command = ["search", query, "--store", f"{store}", "--explain", "--known", f"{known}"]
    done = RUN.invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "1" in done.output
    value = json.loads(RUN.invoke(app, [*command, "--json"]).output)
    assert value["hits"] == 20
    assert [lost["record"]["record_id"] for lost in value["lost"]] == ["1"]
    assert {"suggestions", "findings"} < value.keys()


def test_explain_shows_the_lines_as_they_were_typed(tmp_path: Path, store: Path) -> None:
    file = tmp_path / "strategy.txt"
    file.write_text("1. malaria*.tw.  (20)\n2. humans.sh.\n3. 1 or 2\n")
    command = ["search", "--file", f"{file}", "--store", f"{store}", "--explain"]
    value = json.loads(RUN.invoke(app, [*command, "--syntax", "ovid", "--json"]).output)
    lines = [(line["typed"], line["tree"]["text"]) for line in value["lines"]]
    assert lines == [
        ("malaria*.tw.", "malaria$.ti,ab."),
        ("humans.sh.", "humans/"),
        ("1 or 2", "1 or 2"),
    ]
    text = RUN.invoke(app, [*command, "--syntax", "ovid"]).output
    table, _, parts = text.partition("Parts")
    assert "malaria*.tw." in table and "humans.sh." in table
    assert "malaria$.ti,ab." in parts


def test_lint_finds_and_says_so_by_its_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "strategy.txt"
    file.write_text("malaria[tiab] and children[tiab] OR asthma[tiab]")
    done = RUN.invoke(app, ["search", "--lint", f"{file}"])
    assert done.exit_code == 1
    assert "1:" in done.output


def test_a_typed_query_is_parsed_and_looked_over() -> None:
    done = RUN.invoke(app, ["search", "malaria[mh]", "--check", "-"])
    assert done.exit_code == 0
    assert json.loads(done.output)["lines"][0]["query"]["heading"] == "malaria"
    assert RUN.invoke(app, ["search", "(malaria", "--check", "-"]).exit_code != 0
    done = RUN.invoke(app, ["search", "malaria.ti,ab.", "--lint", "-"])
    assert done.exit_code == 1 and "Ovid's syntax" in done.output
    assert RUN.invoke(app, ["search", "--lint", "-"]).exit_code == 2


def test_without_a_file_records_are_counted(store: Path) -> None:
    command = ["search", "malaria[tiab]", "--store", f"{store}"]
    done = RUN.invoke(app, command)
    assert done.exit_code == 0 and "20 records; --out FILE writes them" in done.output
    value = json.loads(RUN.invoke(app, [*command, "--json"]).output)
    assert (value["file"], value["n_records"]) == (None, 20)


def test_no_records_leave_a_file_of_records_as_it_is(tmp_path: Path, store: Path) -> None:
    out = tmp_path / "found.ris"
    command = ["search", "zebras[tiab]", "--store", f"{store}", "--out", f"{out}"]
    done = RUN.invoke(app, command)
    assert done.exit_code == 0 and "natural" not in done.output
    assert RUN.invoke(app, command).exit_code == 0 and out.read_bytes() == b""
    write_records(RECORDS[:2], out)
    done = RUN.invoke(app, command)
    assert done.exit_code == 1 and "was left as it is" in done.output.replace("\n", " ")
    assert len(read_records(out)) == 2
    words = RUN.invoke(app, ["search", "zebras", "--store", f"{store}"])
    assert "--syntax natural" in words.output


def test_a_query_from_a_file(tmp_path: Path, store: Path) -> None:
    file, out = tmp_path / "strategy.txt", tmp_path / "found.ris"
    file.write_text("#1 malaria[tiab]\n#2 asthma[tiab]\n#3 #1 AND #2\n")
    done = RUN.invoke(
        app, ["search", "--file", f"{file}", "--store", f"{store}", "--out", f"{out}", "--json"]
    )
    assert json.loads(done.output)["line_counts"] == [[1, 20], [2, 20], [3, 10]]
    assert len(read_records(out)) == 10


def test_a_live_search_is_downloaded_once_a_day(tmp_path: Path) -> None:
    out = tmp_path / "found.ris"
    with serving(RECORDS) as server:
        command = ["search", "malaria", "--live", "--out", f"{out}", "--json"]
        command += ["--base-url", server.eutils]
        key = "0123456789abcdef0123456789abcdef0123"
        done = RUN.invoke(app, [*command, "--email", "a@b.org"], env={"NCBI_API_KEY": key})
        assert done.exit_code == 0, done.output
        value = json.loads(done.output)
        assert (value["n_records"], value["n_found"]) == (20, 20)
        assert len(read_records(out)) == 20
        n_asked = len(server.requests)
        assert RUN.invoke(app, [*command, "--email", "a@b.org"]).exit_code == 0
        assert len(server.requests) == n_asked
        kept = [p for p in tmp_path.rglob("*") if p.is_file() and key.encode() in p.read_bytes()]
        assert kept == []
        done = RUN.invoke(app, command, env={"NCBI_EMAIL": ""})
        assert done.exit_code != 0


def test_deduplicating_files_tells_every_merge(tmp_path: Path) -> None:
    one, two, out = tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "out.jsonl"
    record = RECORDS[0].model_copy(update={"doi": "10.1000/x", "year": 2001})
    again = record.model_copy(update={"title": record.title.upper(), "pmid": None})
    write_records([record, RECORDS[1]], one)
    write_records([again, RECORDS[2]], two)
    report = tmp_path / "duplicates.csv"
    done = RUN.invoke(
        app, ["deduplicate", f"{one}", f"{two}", "--out", f"{out}", "--report", f"{report}"]
    )
    assert done.exit_code == 0, done.output
    assert len(read_records(out)) == 3
    with report.open() as file:
        merged = [row for row in csv.DictReader(file) if row["decision"] == "merged"]
    assert [(row["file"], row["file_of_other"]) for row in merged] in (
        [("b.jsonl", "a.jsonl")],
        [("a.jsonl", "b.jsonl")],
    )
    assert merged[0]["reason"]


def test_known_records_come_from_ids_or_records(tmp_path: Path) -> None:
    ids, records = tmp_path / "ids.txt", tmp_path / "seed.ris"
    ids.write_text("# seeds\n12\n\n 13 # the first\n")
    assert read_known(ids) == ["12", "13"]
    write_records(RECORDS[:2], records)
    assert read_known(records) == ["1", "2"]
    ids.write_text("# none\n")
    with pytest.raises(SourceError, match="known records"):
        read_known(ids)


STRATEGY = """
text = "Does it help?"

[[strategy.concepts]]
name = "malaria"
terms = [{text = "Malaria", field = "mesh", exploded = true}, {text = "malaria", field = "tiab"}]

[[strategy.concepts]]
name = "children"
terms = [{text = "child*", field = "tiab"}]
"""


def test_a_questions_strategy_is_written_counted_and_runs(tmp_path: Path, store: Path) -> None:
    question, lines = tmp_path / "question.toml", tmp_path / "lines.txt"
    question.write_text(STRATEGY)
    done = RUN.invoke(
        app, ["strategy", f"{question}", "--store", f"{store}", "--out", f"{lines}", "--json"]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["line_counts"] == [[1, 20], [2, 30], [3, 20]]
    found = tmp_path / "found.jsonl"
    command = ["search", "--file", f"{lines}", "--store", f"{store}", "--out", f"{found}"]
    assert RUN.invoke(app, command).exit_code == 0
    assert len(read_records(found)) == 20
    embase = RUN.invoke(app, ["strategy", f"{question}", "--for", "embase"]).output
    assert "child*:ti,ab" in embase
    assert 'not translated: "Malaria"[Mesh] (malaria)' in embase
    question.write_text('text = "Does it help?"\n')
    refused = RUN.invoke(app, ["strategy", f"{question}"])
    assert isinstance(refused.exception, SourceError)
    assert "expected a search strategy" in str(refused.exception)
