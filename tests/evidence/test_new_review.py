"""A form becomes a question, settings, a store and a project, or one line says why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.config import Settings
from evidence.demo import demo_question
from evidence.errors import EvidenceError, ProjectError, SettingsError
from evidence.new_review import (
    CriterionRow,
    DroppedFile,
    ExistingStore,
    NewStore,
    QuestionForm,
    create_review,
    form_of,
    proposed,
    question_of,
    read_question,
    screening_settings,
)
from evidence.question import dump_question, load_question
from indexers.store import Store

RIS = (
    b"TY  - JOUR\nTI  - Solvane for gleam fever\nAB  - We randomly assigned adults.\nER  - \n"
    b"TY  - JOUR\nTI  - Glint for gleam fever\nAB  - A cohort of adults.\nER  - \n"
)
QUESTION = question_of(QuestionForm(text="Does solvane help in gleam fever?"))


def test_the_demo_question_goes_through_the_form_unchanged() -> None:
    question = load_question(demo_question())
    assert question_of(form_of(question)) == question


def test_new_criteria_get_ids_of_their_own_and_empty_rows_are_left_out() -> None:
    rows = (
        CriterionRow("inclusion", "Adults", "population"),
        CriterionRow("exclusion", "  "),
        CriterionRow("exclusion", "Case\nreports "),
        CriterionRow("exclusion", "Letters"),
        CriterionRow("inclusion", "In English", "exclusion-3"),
    )
    question = question_of(
        QuestionForm(text=" A\nquestion ", outcomes="a\n\n b \na", criteria=rows)
    )
    assert question.text == "A question"
    assert question.pico.outcomes == ("a", "b")
    assert [c.text for c in question.criteria] == [
        "Adults",
        "Case reports",
        "Letters",
        "In English",
    ]
    ids = [c.criterion_id for c in question.criteria]
    assert (ids[0], ids[3]) == ("population", "exclusion-3")
    assert len(set(ids)) == 4


def test_a_proposal_can_be_edited_written_and_read_again(tmp_path: Path) -> None:
    form, notices = proposed("In adults with asthma, does salbutamol reduce exacerbations?")
    assert form.population == "adults with asthma"
    assert {row.kind for row in form.criteria} == {"inclusion"}
    assert form.strategy is not None
    assert isinstance(notices, tuple)
    question = question_of(form)
    assert read_question(DroppedFile("q.toml", dump_question(question).encode())) == question


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="the question is empty"):
        question_of(QuestionForm(text=text))
    with pytest.raises(SettingsError, match="the question is empty"):
        proposed(text)


def test_a_wrong_question_toml_is_told_by_its_own_name_and_line() -> None:
    with pytest.raises(SettingsError) as caught:
        read_question(DroppedFile("../x/mine.toml", b"text = 'a'\n\nfoo = 3\n"))
    assert str(caught.value).startswith("mine.toml:3: foo:")


@given(st.text(max_size=20), st.binary(max_size=200))
def test_a_hostile_file_gives_a_question_or_one_line(name: str, body: bytes) -> None:
    try:
        read_question(DroppedFile(name, body))
    except SettingsError as error:
        assert "evidence-" not in str(error)


def test_what_one_reviewer_cannot_have_is_left_out() -> None:
    one = screening_settings(
        Settings(), decided_by="people", adjudicators="Ada", calibration_records=5
    ).screening
    assert (one.reviewers, one.adjudicators, one.calibration_records) == (1, (), 0)
    machine = screening_settings(
        Settings(), decided_by="machine", reviewers=2, hide_machine=True
    ).screening
    assert (machine.reviewers, machine.hide_machine) == (1, False)
    two = screening_settings(
        Settings(),
        decided_by="people",
        reviewers=2,
        blind=False,
        hide_machine=True,
        adjudicators="Ada  Okoro, , Bo, Bo",
        calibration_records=10,
    ).screening
    assert (two.reviewers, two.blind, two.hide_machine) == (2, False, True)
    assert two.adjudicators == ("Ada Okoro", "Bo")
    assert two.calibration_records == 10


def test_a_wrong_choice_is_one_line() -> None:
    with pytest.raises(SettingsError, match=r"^screening: "):
        screening_settings(Settings(), decided_by="people", reviewers=2, calibration_records=-1)


def test_files_become_a_store_beside_the_project(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    project = create_review(
        tmp_path / "p",
        QUESTION,
        Settings(),
        NewStore((DroppedFile("mine.ris", RIS),), "static"),
        lambda done, total: seen.append((done, total)),
    )
    assert project.manifest.question == QUESTION
    assert project.manifest.store == tmp_path / "p-store"
    assert len(Store.open(tmp_path / "p-store")) == 2
    assert seen[-1][0] == 2
    again = create_review(tmp_path / "q", QUESTION, Settings(), ExistingStore(tmp_path / "p-store"))
    assert again.manifest.index_digest == project.manifest.index_digest


def test_nothing_that_is_there_is_replaced(tmp_path: Path) -> None:
    store = NewStore((DroppedFile("mine.ris", RIS),), "static")
    (tmp_path / "p-store").mkdir()
    (tmp_path / "p-store" / "mine").write_text("precious")
    with pytest.raises(ProjectError, match="p-store: expected no such folder"):
        create_review(tmp_path / "p", QUESTION, Settings(), store)
    assert (tmp_path / "p-store" / "mine").read_text() == "precious"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("precious")
    with pytest.raises(ProjectError, match="expected a new or empty folder"):
        create_review(tmp_path / "full", QUESTION, Settings(), store)
    assert not (tmp_path / "full-store").exists()


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (NewStore(()), "no files were dropped"),
        (NewStore((DroppedFile("x.ris", b"nothing"),), "static"), "x.ris"),
        (ExistingStore(Path("/nowhere/store")), "/nowhere/store"),
    ],
)
def test_records_that_cannot_be_had_leave_nothing_behind(
    tmp_path: Path, store: NewStore | ExistingStore, told: str
) -> None:
    with pytest.raises(EvidenceError) as caught:
        create_review(tmp_path / "p", QUESTION, Settings(), store)
    assert told in str(caught.value)
    assert "evidence-" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = NewStore((DroppedFile("mine.ris", RIS),), "static")
    with pytest.raises(EvidenceError) as caught:
        create_review(tmp_path / "file" / "p", QUESTION, Settings(), store)
    assert "\n" not in str(caught.value)
