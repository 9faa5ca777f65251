import gc
import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from evidence.collector import collector_paused
from evidence.config import Settings
from evidence.databases import postgres, sqlite
from evidence.databases.address import address_of
from evidence.errors import GroundingError, ProjectError
from evidence.events import StageCompleted
from evidence.judgements import MACHINE, CriterionVerdict, Provenance, ScreeningDecision
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion
from indexers.records import Document, Record, abstract_document
from tests.evidence.conftest import NewPlace
from tests.evidence.databases.server import force

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MACHINE_MADE = Provenance(actor=MACHINE, engine="offline")
COMPLETED = StageCompleted(stage="search", inputs_digest="x", provenance=MACHINE_MADE)
DOCUMENT = abstract_document(
    Record(record_id="r1", source="test", title="A trial of drug A", abstract="A beat B.")
)


def make_project(path: Path) -> Project:
    manifest = Manifest(
        program_version="test",
        question=ClinicalQuestion(text="Is A better than B?"),
        settings=Settings(),
        store=Path("store"),
        index_digest="0",
        encoder="none",
    )
    return Project.create(path, manifest, clock=lambda: NOON)


def decision(record_id: str, document: Document = DOCUMENT, end: int = 7) -> ScreeningDecision:
    return ScreeningDecision(
        record_id=record_id,
        phase="title_abstract",
        verdict="include",
        criteria=(
            CriterionVerdict(criterion_id="c", verdict="met", quotes=(document.quote(0, end),)),
        ),
        provenance=MACHINE_MADE,
    )


def filled(path: Path) -> Project:
    project = make_project(path)
    project.append(decision("r1"), documents=[DOCUMENT])
    for number in range(2, 6):
        project.append(decision(f"r{number}"))
    return project


@pytest.fixture
def project(new_place: NewPlace) -> Iterator[Project]:
    """In one database, then in the other."""
    project = filled(new_place())
    yield project
    project.close()


@pytest.fixture
def in_folder(tmp_path: Path) -> Project:
    return filled(tmp_path / "p")


def tamper(project: Project, *statements: str) -> None:
    project.close()
    address = address_of(project.path)
    if address is not None:
        force(address, *statements)
        return
    with sqlite3.connect(project.path / "review.db") as connection:
        for table in ("log", "documents"):
            for verb in ("update", "delete", "replace"):
                connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_entries_come_back_as_written_and_stamped(project: Project) -> None:
    found = project.entries(ScreeningDecision)
    assert [d.record_id for d in found] == ["r1", "r2", "r3", "r4", "r5"]
    assert found[0].provenance.at == NOON
    assert found[0].criteria[0].quotes[0].text == "A trial"
    assert project.chain_problems() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET body = '{}'",
        "DELETE FROM log",
        "DELETE FROM documents",
        "UPDATE documents SET body = ''",
        "INSERT OR REPLACE INTO log SELECT 1, kind, body, previous_hash, 'x' FROM log LIMIT 1",
        "INSERT OR REPLACE INTO documents SELECT document_digest, 'r', 'x' FROM documents",
    ],
)
def test_rows_cannot_be_changed_or_deleted(in_folder: Project, statement: str) -> None:
    in_folder.close()
    with (
        sqlite3.connect(in_folder.path / "review.db") as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["UPDATE log SET body = replace(body, 'include', 'exclude') WHERE seq = 3"], "changed"),
        (["DELETE FROM log WHERE seq = 2"], "dropped"),
        (["DELETE FROM log WHERE seq = 5"], "5 lines were written, 4 are there"),
        (
            [
                "UPDATE log SET seq = 100 WHERE seq = 2",
                "UPDATE log SET seq = 2 WHERE seq = 3",
                "UPDATE log SET seq = 3 WHERE seq = 100",
            ],
            "does not follow",
        ),
    ],
)
def test_tampering_is_found(project: Project, statements: list[str], expected: str) -> None:
    tamper(project, *statements)
    assert any(expected in problem for problem in Project.open(project.path).chain_problems())


def test_a_line_that_is_no_entry_any_more_is_named(project: Project) -> None:
    tamper(project, "UPDATE log SET body = replace(body, 'include', 'perhaps') WHERE seq = 3")
    opened = Project.open(project.path)
    with pytest.raises(ProjectError, match=r"log line 3 is damaged \(.*verdict") as caught:
        list(opened.lines())
    assert "\n" not in str(caught.value)
    assert opened.chain_problems() == ["log line 3: its content was changed"]


def test_many_entries_are_one_chain_and_come_back_in_order(
    project: Project, new_place: NewPlace
) -> None:
    person = Provenance(actor="Ada", engine="person")
    many = [
        ScreeningDecision(
            record_id=f"n{i}", phase="title_abstract", verdict="exclude", provenance=person
        )
        for i in range(4_500)
    ]
    project.append(*many[:1], COMPLETED, *many[1:])
    assert project.chain_problems() == []
    assert project.head()[0] == 5 + 4_501
    assert [line.seq for line in project.lines()] == list(range(1, 4_507))
    assert [d.record_id for d in project.entries(ScreeningDecision)[5:]] == [
        d.record_id for d in many
    ]
    assert [line.seq for line in project.lines(StageCompleted)] == [7]
    one_by_one = make_project(new_place())
    one_by_one.append(decision("r1"), documents=[DOCUMENT])
    for number in range(2, 6):
        one_by_one.append(decision(f"r{number}"))
    one_by_one.append(many[0])
    one_by_one.append(COMPLETED)
    for entry in many[1:20]:
        one_by_one.append(entry)
    assert [line.hash for line in one_by_one.lines()] == [
        line.hash for line in project.lines() if line.seq <= 26
    ]
    one_by_one.close()


def test_what_is_appended_while_lines_are_read_is_not_among_them(project: Project) -> None:
    read = []
    for line in project.lines():
        project.append(decision(f"late{line.seq}"))
        read.append(line.seq)
    assert read == [1, 2, 3, 4, 5]
    assert project.head()[0] == 10


def test_the_collector_is_at_work_again_after_blocks_that_overlap() -> None:
    assert gc.isenabled()
    outer, inner = collector_paused(), collector_paused()
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert not gc.isenabled()
    inner.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_quote_that_is_not_in_its_document_is_refused(project: Project) -> None:
    wrong = DOCUMENT.quote(0, 7).model_copy(update={"text": "A cohort"})
    verdict = CriterionVerdict(criterion_id="c", verdict="met", quotes=(wrong,))
    with pytest.raises(GroundingError, match="A cohort"):
        project.append(decision("r9").model_copy(update={"criteria": (verdict,)}))
    assert len(project.entries(ScreeningDecision)) == 5


def test_a_machine_verdict_without_a_quote_is_refused(project: Project) -> None:
    verdict = CriterionVerdict(criterion_id="c", verdict="not_met")
    with pytest.raises(GroundingError, match="without a quote"):
        project.append(decision("r9").model_copy(update={"criteria": (verdict,)}))


def test_a_batch_is_written_whole_or_not_at_all(project: Project) -> None:
    unknown = abstract_document(Record(record_id="x", source="test", title="Somewhere else"))
    with pytest.raises(GroundingError, match="not in the project"):
        project.append(decision("r6"), decision("r7", unknown))
    assert project.head()[0] == 5


def test_what_holds_for_one_end_of_the_log_is_not_written_after_another(project: Project) -> None:
    head = project.head()
    project.append(COMPLETED, after=head)
    with pytest.raises(ProjectError, match="somebody wrote to the log meanwhile"):
        project.append(COMPLETED, after=head)
    assert project.head()[0] == head[0] + 1
    assert project.chain_problems() == []


def test_a_half_built_project_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_args: object, **_kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="disk full"):
        make_project(tmp_path / "p")
    assert list(tmp_path.iterdir()) == []


def test_bad_folders_give_one_clear_line(tmp_path: Path, in_folder: Project) -> None:
    with pytest.raises(ProjectError, match="expected a project folder"):
        Project.open(tmp_path / "nowhere")
    with pytest.raises(ProjectError, match="new or empty folder"):
        make_project(in_folder.path)
    (in_folder.path / "manifest.json").write_text('{"format_version": 7}')
    with pytest.raises(ProjectError, match="format_version") as caught:
        Project.open(in_folder.path)
    assert "\n" not in str(caught.value)


def test_a_damaged_database_gives_one_clear_line(in_folder: Project) -> None:
    in_folder.close()
    (in_folder.path / "review.db").write_bytes(b"not a database" * 100)
    with pytest.raises(ProjectError, match=r"review\.db"):
        Project.open(in_folder.path)


def test_one_run_at_a_time(project: Project) -> None:
    other = Project.open(project.path)
    with (
        project.running(),
        pytest.raises(ProjectError, match="another run"),
        other.running(),
    ):
        pass
    with other.running():
        pass


def test_who_only_looks_whether_a_run_is_at_work_stops_none(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sqlite, postgres):
        monkeypatch.setattr(module, "A_MOMENT_SECONDS", 60.0)
    other = Project.open(project.path)
    with ThreadPoolExecutor(1) as looks:
        with other.alone("run"):
            begun = Event()
            run = looks.submit(_runs, project, begun)
            assert begun.wait(60)
            time.sleep(0.05)  # it asks meanwhile
        run.result(60)


def _runs(project: Project, begun: Event) -> None:
    begun.set()
    with project.running():
        pass


def _append_forever(path: Path) -> None:
    project = Project.open(path)
    while True:
        project.append(
            StageCompleted(stage="search", inputs_digest="x", provenance=MACHINE_MADE),
            StageCompleted(stage="deduplicate", inputs_digest="x", provenance=MACHINE_MADE),
        )


def test_killed_while_writing_the_chain_holds_and_batches_stay_whole(project: Project) -> None:
    context = multiprocessing.get_context("spawn")
    for _ in range(2):
        writer = context.Process(target=_append_forever, args=(project.path,))
        before = project.head()[0]
        writer.start()
        deadline = time.monotonic() + 120
        while project.head()[0] < before + 6 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        assert project.head()[0] >= before + 6
        assert project.chain_problems() == []
        stages = [entry.stage for entry in project.entries(StageCompleted)]
        assert stages == ["search", "deduplicate"] * (len(stages) // 2)
