"""Kept orders: what the next server may take from the project's folder, and what it may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.config import ScreeningSettings
from evidence.events import DuplicateSuspected, RecordIdentified
from evidence.followed import Standing
from evidence.project import Project
from evidence.screening.kept_orders import FOLDER, KeptOrders, KnownOrder
from evidence.screening.reading_order import known_labels
from evidence.state import read_state
from indexers.records import Record
from tests.evidence.trial_factory import OFFLINE
from tests.evidence.ui.people_factory import PEOPLE, make_project, says

ADA = "ada okoro"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "p", PEOPLE, 5)
    made.append(says("Ada Okoro", "include", "r1"), says("Ada Okoro", "exclude", "r3"))
    return made


def standing(project: Project) -> Standing:
    return Standing(project.head(), read_state(project))


def kept(project: Project) -> KnownOrder:
    """An order that was learned from all that the log says, and kept."""
    now = standing(project)
    order = KnownOrder(("r4", "r1", "r0", "r3", "r2"), known_labels(now.state, ADA))
    KeptOrders(project).keep(ADA, now, order)
    return order


def loaded(project: Project) -> KnownOrder | None:
    return KeptOrders(project).load(ADA, standing(project))


def the_file(project: Project) -> Path:
    (path,) = (project.path / "derived" / FOLDER).iterdir()
    return path


def test_the_next_server_finds_what_was_kept(project: Project) -> None:
    order = kept(project)
    assert loaded(project) == order
    assert order.labels == {"r1": 1, "r3": 0}
    assert KeptOrders(project).load("ben quist", standing(project)) is None


def test_newer_verdicts_void_nothing_but_are_told_apart(project: Project) -> None:
    order = kept(project)
    project.append(says("Ada Okoro", "include", "r2"), says("Ada Okoro", "include", "r3"))
    found = loaded(project)
    assert found == order
    now = known_labels(read_state(project), ADA)
    assert {record_id for record_id, _ in found.labels.items() ^ now.items()} == {"r2", "r3"}


def test_another_record_or_a_word_on_duplicates_voids_it(project: Project) -> None:
    kept(project)
    new = Record(record_id="r9", source="s", title="Title 9")
    project.append(RecordIdentified(record=new, score=1, ranks={}, provenance=OFFLINE))
    assert loaded(project) is None
    kept_again = KnownOrder(("r9", "r4", "r1", "r0", "r3", "r2"), {})
    KeptOrders(project).keep(ADA, standing(project), kept_again)
    assert loaded(project) == kept_again
    project.append(DuplicateSuspected(record_id="r4", duplicate_of="r1", provenance=OFFLINE))
    assert loaded(project) is None


def test_another_log_of_the_same_length_voids_it(project: Project, tmp_path: Path) -> None:
    kept(project)
    other = make_project(tmp_path / "other", PEOPLE, 5)
    other.append(says("Ada Okoro", "include", "r1"), says("Ada Okoro", "exclude", "r2"))
    assert other.head()[0] == project.head()[0]
    folder = other.path / "derived" / FOLDER
    folder.mkdir(parents=True)
    (folder / the_file(project).name).write_bytes(the_file(project).read_bytes())
    assert loaded(other) is None


def test_another_manifest_or_program_voids_it(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(project)
    settings = ScreeningSettings(decided_by="people", confidence=0.9)
    manifest = project.manifest.settings.model_copy(update={"screening": settings})
    other = Project.open(project.path)
    other.manifest = project.manifest.model_copy(update={"settings": manifest})
    assert loaded(other) is None
    assert loaded(project) is not None
    monkeypatch.setattr("evidence.screening.kept_orders.version", lambda _: "another")
    assert loaded(project) is None


@pytest.mark.parametrize(
    "damage",
    [
        {"rows": [4, 1, 0, 3]},
        {"rows": [4, 1, 0, 3, 3]},
        {"rows": [4, 1, 0, 3, 7]},
        {"included": [77]},
        {"excluded": []},
        {"format_version": 2},
        {"head": [3, "x"]},
    ],
)
def test_damage_is_noticed(project: Project, damage: dict[str, object]) -> None:
    kept(project)
    path = the_file(project)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | damage))
    assert loaded(project) is None


def test_an_order_that_lacks_a_record_is_refused_even_if_its_digest_fits(project: Project) -> None:
    now = standing(project)
    for record_ids in (("r4", "r1"), ("r4", "r1", "r0", "r3", "r3")):
        KeptOrders(project).keep(ADA, now, KnownOrder(record_ids, {}))
        assert loaded(project) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_file_of_something_else_is_as_good_as_missing(project: Project, body: bytes) -> None:
    kept(project)
    the_file(project).write_bytes(body)
    assert loaded(project) is None


def test_where_nothing_can_be_written_nothing_is_kept(project: Project) -> None:
    folder = project.path / "derived" / FOLDER
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    kept(project)
    assert loaded(project) is None


def test_a_name_reaches_no_other_folder(project: Project) -> None:
    now = standing(project)
    KeptOrders(project).keep("../../x/\u202e", now, KnownOrder(tuple(now.state.records), {}))
    assert the_file(project).suffix == ".json"
    assert [path.name for path in the_file(project).parent.iterdir()] == [the_file(project).name]
