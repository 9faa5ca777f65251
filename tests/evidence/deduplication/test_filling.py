"""What the record that stays takes over from the merged ones, and what an undo takes back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from typer.testing import CliRunner

from evidence.cli import app
from evidence.deduplication.clustering import find_duplicates
from evidence.deduplication.files import deduplicate_files
from evidence.deduplication.filling import filled
from evidence.duplicates.filled import filled_records, with_filled_records
from evidence.events import DuplicateMarked, RecordIdentified
from evidence.project import Project
from evidence.report import build_report
from evidence.reports.requests import request_list
from evidence.state import fold, read_state
from evidence.verification import verify_log
from indexers.records import Record, abstract_document
from indexers.references import read_records, write_records
from tests.evidence.screening_project_factory import make_screening_project
from tests.evidence.trial_factory import OFFLINE

TEXT = "Relapse occurred in 25 of 206 adults given solvane and in 41 of 206 given placebo." * 2
STAYS = Record(
    record_id="embase",
    source="Embase",
    title="Solvane for gleam fever: a randomised trial",
    abstract=TEXT,
    authors=("Okoro, Ada",),
    year=2019,
)
PUBMED = STAYS.model_copy(
    update={
        "record_id": "pubmed",
        "abstract": "",
        "doi": "10.5555/1",
        "pmid": "101",
        "journal": "J Things",
        "mesh": ("Fever",),
        "mesh_headings": ("*Fever/drug therapy",),
        "publication_types": ("Randomized Controlled Trial",),
        "retracted": True,
        "retraction_pmids": ("102",),
    }
)
SCOPUS = STAYS.model_copy(
    update={"record_id": "scopus", "abstract": "", "doi": "10.5555/other", "pages": "1-9"}
)


def test_only_what_is_empty_is_filled_and_each_field_names_who_gave_it() -> None:
    found = filled(STAYS, [SCOPUS, PUBMED])
    assert found.given == {
        **dict.fromkeys(("doi", "pmid", "journal", "retracted", "retraction_pmids"), "pubmed"),
        "pages": "scopus",
    }
    record = found.record
    assert (record.doi, record.pages, record.retracted) == ("10.5555/1", "1-9", True)
    assert abstract_document(record) == abstract_document(STAYS)
    assert (record.mesh, record.publication_types) == ((), ())
    assert filled(record, [SCOPUS, PUBMED]).given == {}


def test_content_is_filled_where_no_quote_refers_to_it() -> None:
    found = filled(PUBMED, [STAYS, SCOPUS], content=True)
    assert (found.record.abstract, found.given["abstract"]) == (TEXT, "embase")
    other = filled(STAYS, [PUBMED], content=True).record
    assert (other.mesh, other.mesh_headings) == (PUBMED.mesh, PUBMED.mesh_headings)


def test_the_record_with_the_text_stays_whatever_fields_another_has() -> None:
    (cluster,) = find_duplicates([PUBMED, STAYS]).clusters
    assert cluster.representative == "embase"


def test_files_are_written_filled_and_the_table_tells_by_whom(tmp_path: Path) -> None:
    write_records([STAYS], tmp_path / "a.jsonl")
    write_records([PUBMED], tmp_path / "b.jsonl")
    out, report = tmp_path / "out.jsonl", tmp_path / "report.csv"
    told = deduplicate_files([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], out, report)
    (record,) = read_records(out)
    assert (record.record_id, record.doi, record.mesh) == ("embase", "10.5555/1", ("Fever",))
    assert told["n_filled"] == 1
    rows = list(csv.DictReader(report.open(encoding="utf-8")))
    assert [row["decision"] for row in rows] == ["merged", "filled"]
    assert (rows[1]["record_id"], rows[1]["duplicate_of"]) == ("embase", "pubmed")
    assert rows[1]["reason"].startswith("doi, pmid, journal, retracted")
    assert rows[1]["file_of_other"] == "b.jsonl"


def project_with_merge(path: Path) -> Project:
    project = make_screening_project(path, n_records=2)
    for record in (STAYS, PUBMED):
        project.append(
            RecordIdentified(record=record, score=0.1, ranks={"lexical": 9}, provenance=OFFLINE),
            documents=[abstract_document(record)],
        )
    mark = DuplicateMarked(record_id="pubmed", duplicate_of="embase", provenance=OFFLINE)
    project.append(mark)
    return project


def test_a_review_fills_from_its_log_and_an_undo_takes_it_back(tmp_path: Path) -> None:
    project = project_with_merge(tmp_path / "p")
    state = read_state(project)
    shown = with_filled_records(state).records["embase"].record
    assert (shown.doi, shown.pmid, shown.retracted) == ("10.5555/1", "101", True)
    assert state.records["embase"].record == STAYS  # as it was found
    assert list(verify_log(project)) == []
    command = ["duplicates", str(project.path)]
    listed = CliRunner().invoke(app, command)
    assert "tells what the other lacks: doi, pmid, journal, retracted" in listed.output
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert told["merged"][0]["gives"][:2] == ["doi", "pmid"]
    undo = ["--refute", "pubmed", "--because", "Another trial.", "--by", "Ada"]
    done = CliRunner().invoke(app, [*command, *undo])
    assert done.exit_code == 0, done.output
    assert filled_records(read_state(Project.open(project.path))) == {}


def test_a_merged_into_record_that_is_unknown_is_no_error() -> None:
    found = RecordIdentified(record=PUBMED, score=0, ranks={}, provenance=OFFLINE)
    mark = DuplicateMarked(record_id="pubmed", duplicate_of="gone", provenance=OFFLINE)
    assert filled_records(fold([found, mark])) == {}


def test_report_and_requests_use_the_identifiers_of_merged_records(tmp_path: Path) -> None:
    project = project_with_merge(tmp_path / "p")
    state = read_state(project)
    assert state.fate("embase") == "to_screen"
    done = CliRunner().invoke(
        app, ["screening", "decide", str(project.path), "embase", "include", "--by", "Ada"]
    )
    assert done.exit_code == 0, done.output
    project = Project.open(project.path)
    requests = {r.record.record_id: r for r in request_list(project).requests}
    assert requests["embase"].record.doi == "10.5555/1"
    waiting = {s.record.record_id: s.record for s in build_report(project).awaiting}
    assert waiting["embase"].pmid == "101"
