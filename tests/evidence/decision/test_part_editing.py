"""One part of the decision document, reworded by a person: grounded again, the rest as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.decision.decision_parts import (
    ConclusionSentences,
    CriterionPart,
    changed_parts,
    part_sentences,
    parts_of,
    with_part,
)
from evidence.decision.editing import EditError, Writing
from evidence.decision.part_editing import edited_by_person, edited_part, with_values_of_now
from evidence.decision.quotable import quotable, quotable_sources
from evidence.decision.versions import decision_changes, other_changes
from evidence.decision.worksheet import Worksheet
from evidence.findings import CitedValue, Sentence
from evidence.findings_text import printed
from evidence.judgements import RecommendationEdit
from evidence.project import Project
from evidence.state import read_state
from evidence.summary import summary_rows
from tests.evidence.decision.recommendation_factory import make_drafted_project

VALUES = CriterionPart("values", "considerations")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_drafted_project(tmp_path / "p")


def last(project: Project) -> RecommendationEdit:
    found = read_state(project).recommendation
    assert found is not None and found.recommendation.decision is not None
    return found


def edit(project: Project, part: object, *sentences: Sentence) -> RecommendationEdit:
    return edited_part(
        last(project),
        part,  # type: ignore[arg-type]
        sentences,
        Writing(summary_rows(project), "now", project.document, "Ada", "the panel met"),
    )


def quoted(project: Project, text: str) -> Sentence:
    sources = quotable_sources(project, read_state(project))
    (found,) = quotable("60 of 1000 died with zinc", sources)
    return Sentence(text=text, quotes=(found.quote,))


def test_every_part_of_the_document_can_be_replaced_alone(project: Project) -> None:
    decision = last(project).recommendation.decision
    assert decision is not None
    parts = parts_of(decision)
    assert VALUES in parts and ConclusionSentences("research") in parts
    own = Sentence(text="Nothing else.")
    for part in parts:
        changed = with_part(decision, part, [own])
        assert part_sentences(changed, part) == (own,)
        assert changed_parts(decision, changed) == [part]
        assert Worksheet.of(last(project), part).sentences == part_sentences(decision, part)


def test_a_grounded_sentence_enters_its_part_and_nothing_else_moves(project: Project) -> None:
    before = last(project).recommendation
    entry = edit(project, VALUES, quoted(project, "Survivors value that 60 of 1000 died."))
    after = entry.recommendation
    assert after.decision is not None
    assert [s.text for s in after.decision.judged("values").considerations] == [
        "Survivors value that 60 of 1000 died."
    ]
    assert after.decision.judged("values").note == ""  # it told that there was nothing
    assert (after.sentences, after.direction) == (before.sentences, before.direction)
    assert changed_parts(before.decision, after.decision) == [VALUES]
    ((title, (change,)),) = decision_changes(before, after)
    assert (title, change.kind) == (VALUES.title, "added")
    assert other_changes(before, after) == []
    project.append(entry)
    assert edited_by_person(read_state(project))


@pytest.mark.parametrize(
    ("text", "told"),
    [("Some 61 of 1000 died.", "61"), ("", "it is empty")],
)
def test_a_number_without_support_is_refused(project: Project, text: str, told: str) -> None:
    with pytest.raises(EditError, match=told) as caught:
        edit(project, ConclusionSentences("monitoring"), quoted(project, text))
    assert caught.value.problems[0].startswith("sentence 1: ")


def test_a_sentence_that_rests_on_nothing_is_refused(project: Project) -> None:
    with pytest.raises(EditError):
        edit(project, VALUES, Sentence(text="People surely like it."))


def test_a_part_as_it_was_is_no_version(project: Project) -> None:
    decision = last(project).recommendation.decision
    assert decision is not None
    with pytest.raises(EditError, match="nothing was changed"):
        edit(project, VALUES, *part_sentences(decision, VALUES))


def test_an_engines_document_is_not_a_persons(project: Project) -> None:
    assert not edited_by_person(read_state(project))


def test_a_persons_words_stay_when_their_values_move(project: Project) -> None:
    rows = summary_rows(project)
    row = next(row for row in rows if row.effect is not None)
    assert row.effect is not None
    value = CitedValue(text=printed(row, "effect"), row_id=row.row_id, field="effect")
    sentence = Sentence(text=f"We read {value.text}.", computed=(value,))
    entry = edit(project, VALUES, sentence)
    moved = row.model_copy(
        update={"effect": row.effect.model_copy(update={"estimate": row.effect.estimate * 1.5})}
    )
    assert entry.recommendation.decision is not None
    fresh = with_values_of_now(entry.recommendation.decision, [moved])
    (told,) = part_sentences(fresh, VALUES)
    assert told.text == f"We read {printed(moved, 'effect')}."
    assert told.text != sentence.text
