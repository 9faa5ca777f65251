"""The whole way from the question to the recommendation, as a person walks it."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence.events import RecordIdentified
from evidence.findings import DichotomousData
from evidence.judgements import ExtractedOutcome, Provenance, ScreeningDecision
from evidence.project import Project
from evidence.report import Report
from evidence.state import read_state

ELIGIBLE = {"PMC1876597", "PMC2600646", "PMC3424202"}  # as a person reads the 44 malaria trials


def evidence(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evidence", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    ran = evidence("demo", "--out", folder)
    assert ran.returncode == 0, ran.stderr
    assert str(folder / "report.html") in ran.stdout
    return folder


@pytest.fixture(scope="module")
def report(finished: Path) -> Report:
    return Report.model_validate_json((finished / "report.json").read_bytes())


def test_the_eligible_trials_are_included_and_the_near_misses_are_not(report: Report) -> None:
    assert {study.record.record_id for study in report.included} == ELIGIBLE
    assert report.prisma.identified == report.prisma.screened + report.prisma.duplicates
    reasons = {r.record.record_id: r.reason for r in (*report.excluded, *report.awaiting)}
    for near_miss in ("PMC2864284", "PMC5462369", "PMC4249579", "PMC1261533"):
        assert reasons[near_miss]


def test_the_numbers_are_those_of_the_articles(finished: Path) -> None:
    """Read by a person: Kamya 2007 (results), Mens 2008 (table 2), Gargano 2012 (table 6)."""
    project = Project.open(finished / "project")
    found = {
        (o.record_id, o.outcome.split(" (")[0], o.data)
        for o in project.entries(ExtractedOutcome)
        if isinstance(o.data, DichotomousData)
    }

    def counts(*numbers: int) -> DichotomousData:
        return DichotomousData(
            events_intervention=numbers[0],
            total_intervention=numbers[1],
            events_comparator=numbers[2],
            total_comparator=numbers[3],
        )

    assert ("PMC1876597", "recurrent malaria", counts(52, 211, 81, 210)) in found
    assert ("PMC2600646", "weakness", counts(19, 73, 30, 73)) in found
    assert ("PMC3424202", "weakness", counts(10, 101, 9, 49)) in found
    assert ("PMC2600646", "fever on day 2", counts(4, 73, 12, 73)) in found
    assert ("PMC3424202", "fever on day 2", counts(30, 100, 14, 49)) in found


def test_every_number_of_the_recommendation_is_quoted_or_computed(report: Report) -> None:
    assert report.recommendation is not None
    for sentence in report.recommendation.sentences:
        rest = sentence.text
        for value in sorted(sentence.computed, key=lambda v: -len(v.text)):
            rest = rest.replace(value.text, "")
        quoted = " ".join(quote.text for quote in sentence.quotes)
        for number in re.findall(r"\d+(?:\.\d+)?", rest):
            assert number in quoted, sentence.text


def test_every_quote_of_the_report_leads_to_its_highlighted_place(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    targets = set(re.findall(r'id="([^"]+)"', page))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert len(links) > 50
    assert links <= targets
    assert not re.search(r'(?:src|href)="https?://(?!doi\.org/)', page)


def test_a_second_run_repeats_nothing(finished: Path) -> None:
    project = Project.open(finished / "project")
    before = project.head()
    again = evidence("demo", "--out", finished, "--json")
    assert again.returncode == 0, again.stderr
    assert project.head() == before
    assert [stage["judged"] for stage in json.loads(again.stdout)["stages"]] == [0] * 7


def test_verify_passes_and_finds_a_changed_quote(finished: Path, tmp_path: Path) -> None:
    passed = evidence("verify", finished / "project")
    assert (passed.returncode, passed.stderr) == (0, "")
    copied = tmp_path / "project"
    copied.mkdir()
    (copied / "manifest.json").write_bytes((finished / "project/manifest.json").read_bytes())
    with (
        sqlite3.connect(finished / "project" / "review.db") as source,
        sqlite3.connect(copied / "review.db") as target,
    ):
        source.backup(target)
        target.execute("DROP TRIGGER documents_no_update")
        target.execute("UPDATE documents SET body = replace(body, '81 (39%)', '18 (39%)')")
    found = evidence("verify", copied)
    assert found.returncode == 1
    assert "not in the project" in found.stdout
    refused = evidence("export", copied, "--format", "html")
    assert refused.returncode == 2
    assert "not exported" in refused.stderr


def test_a_person_overrules_and_what_depends_on_it_is_done_again(
    finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished / "project", tmp_path / "project")
    project = Project.open(tmp_path / "project")
    critical = "PMC1876597"  # the one trial with the critical outcome
    assert read_state(project).fate(critical) == "included"
    project.append(
        ScreeningDecision(
            record_id=critical,
            phase="full_text",
            verdict="exclude",
            exclusion_reason="a person's reason",
            provenance=Provenance(actor="Ada Okoro", engine="person"),
        )
    )
    stale = evidence("verify", project.path)
    assert stale.returncode == 1
    assert "draft it again" in stale.stdout
    again = evidence("run", project.path, "--json")
    assert again.returncode == 0, again.stderr
    judged = {s["stage"]: s["judged"] for s in json.loads(again.stdout)["stages"]}
    assert judged["recommend"] == 1
    assert judged["screen"] == judged["extract"] == 0
    edit = read_state(project).recommendation
    assert edit is not None
    assert edit.recommendation.abstained
    assert evidence("verify", project.path).returncode == 0


@pytest.mark.parametrize("export_format", ["docx", "html", "md", "csv", "ris", "json"])
def test_every_export_is_written(finished: Path, tmp_path: Path, export_format: str) -> None:
    target = tmp_path / f"out.{export_format}"
    done = evidence("export", finished / "project", "--format", export_format, "--out", target)
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 200


@pytest.mark.slow
def test_killed_again_and_again_it_completes_to_the_same_bytes(
    finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "evidence", "demo", "--out", str(folder)]
    kills = 0
    for seconds in (0.4, 1.5, 3.0, 5.0, 6.0, 7.0, 8.0):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        time.sleep(seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.communicate()  # until all of its processes have ended, and let go of the project
    assert kills >= 2
    last = evidence("demo", "--out", folder)
    assert last.returncode == 0, last.stderr
    assert evidence("verify", folder / "project").returncode == 0
    assert (folder / "report.json").read_bytes() == (finished / "report.json").read_bytes()
    project = Project.open(folder / "project")
    judged = [(d.record_id, d.phase) for d in project.entries(ScreeningDecision)]
    assert len(judged) == len(set(judged))
    assert len(project.entries(RecordIdentified)) == len(read_state(project).records)
    assert {p.name for p in folder.iterdir()} == {p.name for p in finished.iterdir()}
