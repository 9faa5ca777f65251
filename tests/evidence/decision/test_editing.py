"""A person's version: what is refused and with which words, what is kept, restored and signed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evidence.decision.editing import (
    DECIDED_BY_A_PERSON,
    TO_WRITE_ANEW,
    EditError,
    Writing,
    edited,
    moved_values,
    restored,
    signature_withdrawn,
    signed_off,
    tidied,
    with_new_values,
)
from evidence.decision.inputs import decision_inputs
from evidence.decision.quotable import quotable, quotable_sources
from evidence.decision.versions import headline, sentence_changes, standing_text, versions
from evidence.decision.worksheet import Worksheet, citable
from evidence.errors import ProjectError
from evidence.findings import CitedValue, Recommendation, Sentence
from evidence.findings_text import printed
from evidence.judgements import ExtractedOutcome, RecommendationEdit
from evidence.project import Project
from evidence.recommend_run import run_recommend
from evidence.stages.recommend import OfflineRecommender
from evidence.state import fold, read_state
from evidence.summary import summary_rows
from indexers.records import Document, text_digest
from tests.evidence.decision.recommendation_factory import OFFLINE, make_drafted_project


@dataclass
class Made:
    project: Project
    before: RecommendationEdit
    rows: list[Any] = field(default_factory=list)

    def edit(self, *sentences: Sentence, **changes: Any) -> RecommendationEdit:
        draft = self.before.recommendation
        direction = changes.pop("direction", draft.direction)
        strength = changes.pop("strength", draft.strength)
        now = Writing(self.rows, "now", self.project.document, "Ada")
        told = sentences or draft.sentences
        return edited(self.before, told, direction, strength, replace(now, **changes))


@pytest.fixture
def made(tmp_path: Path) -> Made:
    project = make_drafted_project(tmp_path / "p")
    before = read_state(project).recommendation
    assert before is not None
    return Made(project, before, summary_rows(project))


def quoted(made: Made, text: str, words: str = "60 of 1000 died with zinc") -> Sentence:
    (found,) = quotable(words, quotable_sources(made.project, read_state(made.project)))
    return Sentence(text=text, quotes=(found.quote,))


def test_a_grounded_sentence_becomes_the_next_version(made: Made) -> None:
    first, _ = made.before.recommendation.sentences
    edit = made.edit(first, quoted(made, "In one trial 60 of  1000 died."), reason="clearer")
    made.project.append(edit)
    last = read_state(made.project).recommendation
    assert last is not None
    assert last.recommendation.sentences[1].text == "In one trial 60 of 1000 died."
    assert (last.provenance.actor, last.provenance.reason) == ("Ada", "clearer")
    assert last.recommendation.decision == made.before.recommendation.decision


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("In one trial 61 of 1000 died.", "sentence 1: 61 is neither quoted nor computed"),
        ("  ", "sentence 1: it is empty"),
    ],
)
def test_what_lacks_support_is_named(made: Made, text: str, told: str) -> None:
    with pytest.raises(EditError, match=told):
        made.edit(quoted(made, text))


def test_a_sentence_without_any_support_is_refused_in_an_abstention_too(made: Made) -> None:
    bare = Sentence(text="We do not know.")
    for direction, strength in (("for", "conditional"), ("none", "none")):
        with pytest.raises(EditError, match="no quote and no computed value supports"):
            made.edit(bare, direction=direction, strength=strength, reason="x")


def test_a_quote_that_was_shifted_is_refused(made: Made) -> None:
    sentence = quoted(made, "In one trial 60 of 1000 died.")
    shifted = sentence.quotes[0].model_copy(update={"start": 1})
    with pytest.raises(EditError, match="is not at 1-"):
        made.edit(sentence.model_copy(update={"quotes": (shifted,)}))


def test_a_computed_value_has_to_be_what_the_summary_says(made: Made) -> None:
    (row,) = made.rows
    right = CitedValue(text=printed(row, "k_studies"), row_id=row.row_id, field="k_studies")
    made.edit(Sentence(text=f"There were {right.text}.", computed=(right,)))
    wrong = right.model_copy(update={"text": "3 studies"})
    with pytest.raises(
        EditError, match=r"sentence 1: “3 studies” is out of date: .* has “2 studies”"
    ):
        made.edit(Sentence(text="There were 3 studies.", computed=(wrong,)))
    unknown = right.model_copy(update={"row_id": "pain"})
    with pytest.raises(EditError, match="no such value for pain"):
        made.edit(Sentence(text="There were 2 studies.", computed=(unknown,)))


def test_a_value_that_the_text_does_not_hold_any_more_is_let_go(made: Made) -> None:
    first, _ = made.before.recommendation.sentences
    edit = made.edit(first.model_copy(update={"text": "Zinc lowers mortality."}))
    (sentence,) = edit.recommendation.sentences
    assert [value.text for value in sentence.computed] == ["mortality"]


def test_another_verdict_needs_a_reason_and_loses_its_old_justification(made: Made) -> None:
    with pytest.raises(EditError, match="write why"):
        made.edit(strength="strong")
    edit = made.edit(strength="strong", reason="2 panels agreed")
    assert headline(edit.recommendation) == "Strong recommendation for the intervention"
    decision = edit.recommendation.decision
    assert decision is not None
    (why,) = [c for c in decision.conclusions if c.part == "justification"]
    assert (why.note, why.sentences) == (DECIDED_BY_A_PERSON, ())
    (plain,) = [c for c in decision.conclusions if c.part == "plain_language"]
    assert (plain.note, plain.sentences) == (TO_WRITE_ANEW, ())
    assert [c.part for c in decision.conclusions][-2:] == ["evidence_summary", "plain_language"]
    none = made.edit(direction="none", strength="none", reason="x").recommendation
    assert none.abstained
    with pytest.raises(EditError, match="a direction needs a strength"):
        made.edit(direction="none", reason="x")


def test_nothing_changed_and_nobody_named_is_no_version(made: Made) -> None:
    with pytest.raises(EditError, match="nothing was changed"):
        made.edit(reason="a reason alone")
    with pytest.raises(ProjectError, match="expected a person's name"):
        made.edit(person="machine", strength="strong", reason="x")


def test_values_that_moved_are_found_and_can_be_brought_up_to_date(made: Made) -> None:
    first, second = made.before.recommendation.sentences
    reject_one_study(made.project)
    rows = summary_rows(made.project)
    with pytest.raises(EditError, match="is out of date"):
        made.edit(second, rows=rows)  # the decision document has old numbers too
    fresh = with_new_values(first, rows)
    assert printed(rows[0], "effect") in fresh.text
    assert "0.74" not in fresh.text
    assert [v.field for v in fresh.computed] == [v.field for v in first.computed]
    inputs = decision_inputs(read_state(made.project), made.project.manifest, rows)
    now = OfflineRecommender().recommend(made.project.manifest.question, rows, inputs.contexts)
    made.project.append(made.edit(fresh, second, rows=rows, decision=now.decision))
    gone = [rows[0].model_copy(update={"effect": None})]
    assert with_new_values(first, gone).text == first.text
    assert "“moderate”" not in str(moved_values([first], gone))
    assert [m.now_in_words for m in moved_values([first], gone)] == ["no such value"]


def test_a_value_that_moved_is_not_looked_for_inside_other_numbers(made: Made) -> None:
    value = CitedValue(text="9 studies", row_id=made.rows[0].row_id, field="k_studies")
    sentence = Sentence(text="Of 19 studies 9 studies tell.", computed=(value,))
    fresh = with_new_values(sentence, made.rows)
    assert fresh.text == f"Of 19 studies {printed(made.rows[0], 'k_studies')} tell."
    inside = sentence.model_copy(update={"text": "Of 19 studies none tells."})
    assert tidied(inside).computed == ()


def reject_one_study(project: Project) -> None:
    from evidence.extraction.by_person import rejected

    result = next(r for r in project.entries(ExtractedOutcome) if r.record_id == "r1")
    project.append(rejected(result, "Ada", "another population"))


def test_the_digest_of_the_inputs_is_the_one_that_a_run_notes(made: Made) -> None:
    reject_one_study(made.project)
    engines: Any = SimpleNamespace(recommender=OfflineRecommender(), recommender_provenance=OFFLINE)
    run_recommend(made.project, engines, lambda *_: None)
    drafted = read_state(made.project).recommendations
    assert len(drafted) == 2
    rows = summary_rows(made.project)
    inputs = decision_inputs(read_state(made.project), made.project.manifest, rows)
    assert inputs.digest == drafted[-1].inputs_digest != made.before.inputs_digest


def test_an_earlier_version_comes_back_as_the_newest(made: Made) -> None:
    made.project.append(made.edit(strength="strong", reason="x"))
    last = read_state(made.project).recommendation
    assert last is not None
    given: Any = {"rows": made.rows, "document_of": made.project.document, "person": "Bo"}
    with pytest.raises(EditError, match="says what the last version says"):
        restored(last, last, 2, **given)
    made.project.append(restored(made.before, last, 1, **given))
    history = versions(read_state(made.project))
    assert [v.by for v in history] == ["offline engine", "Ada", "Bo"]
    assert history[2].edit.recommendation == made.before.recommendation
    assert history[2].edit.provenance.reason == "restored version 1"
    reject_one_study(made.project)
    with pytest.raises(EditError, match="is out of date"):
        restored(
            history[1].edit, history[2].edit, 2, **given | {"rows": summary_rows(made.project)}
        )


def test_without_an_included_study_nothing_is_signed(made: Made) -> None:
    state = fold([made.before])
    with pytest.raises(EditError, match="no study is included"):
        signed_off(state, [], made.project.document, made.before.content_digest, "Ada")


def test_a_signature_is_under_the_version_that_was_read(made: Made) -> None:
    digest = made.before.content_digest

    def sign(person: str, read: str = digest) -> None:
        state, rows = read_state(made.project), summary_rows(made.project)
        made.project.append(signed_off(state, rows, made.project.document, read, person))

    sign("Ada")
    with pytest.raises(EditError, match="has signed this version"):
        sign("ada")
    sign("Bo")
    (version,) = versions(read_state(made.project))
    assert [s.name for s in version.signatures] == ["Ada", "Bo"]
    assert standing_text(read_state(made.project).signed_off_by) == "signed by Ada, Bo"
    with pytest.raises(EditError, match="Cy has not signed"):
        signature_withdrawn(read_state(made.project), digest, "Cy", "x")
    with pytest.raises(EditError, match="say why"):
        signature_withdrawn(read_state(made.project), digest, "bo", " ")
    made.project.append(signature_withdrawn(read_state(made.project), digest, "bo", "too early"))
    assert standing_text(read_state(made.project).signed_off_by) == "signed by Ada"
    sign("Bo")
    assert standing_text(read_state(made.project).signed_off_by) == "signed by Ada, Bo"
    made.project.append(made.edit(strength="strong", reason="x"))
    assert standing_text(read_state(made.project).signed_off_by) == "draft, unsigned"
    with pytest.raises(EditError, match="another version meanwhile"):
        sign("Cy")
    last = read_state(made.project).recommendation
    assert last is not None
    reject_one_study(made.project)
    with pytest.raises(EditError, match="is out of date"):
        sign("Cy", last.content_digest)


def test_a_worksheet_keeps_what_was_typed_and_cites_values(made: Made) -> None:
    sheet = Worksheet.of(made.before)
    item = sheet.add()
    item.text = "Trials: "
    (row,) = made.rows
    sheet.cite(item, row, "k_studies")
    assert sheet.sentences[-1].text == "Trials: 2 studies"
    assert ("mortality", "k_studies", "mortality · studies: 2 studies") in citable(made.rows)
    sheet.remove(0)
    assert [i.key for i in sheet.items] == [1, 2]
    assert sheet.add().key == 3
    assert sheet.item(0) is None
    assert sheet.take_new_values(made.rows) == 0


def test_words_are_found_whatever_their_case_and_quoted_as_a_sentence() -> None:
    from evidence.decision.quotable import Source

    text = "Methods\nWe randomised  160\nchildren. Of 60, Five died. Zinc helped.\n" + "died " * 300
    document = Document(
        document_digest=text_digest(text), record_id="r", kind="full_text", text=text
    )
    sources = [Source("A", document), Source("B", document)]
    found = quotable("five  DIED", sources)
    assert [(f.source, f.quote.text) for f in found] == [
        ("A", "Of 60, Five died."),
        ("B", "Of 60, Five died."),
    ]
    assert quotable("  ", sources) == []
    assert quotable("six died", sources) == []
    assert quotable("160 children", sources)[0].quote.text == "We randomised  160\nchildren."
    long = quotable("died died", sources[:1])
    assert [f.quote.text for f in long][:1] == ["died died"]


def test_changes_pair_the_sentences_between_the_same_neighbours() -> None:
    def draft(*texts: str) -> Recommendation:
        sentences = tuple(Sentence(text=text) for text in texts)
        return Recommendation(direction="none", strength="none", sentences=sentences, cited_rows=())

    found = sentence_changes(draft("a", "b", "c"), draft("a", "B", "c", "d"))
    assert [change.kind for change in found] == ["same", "reworded", "same", "added"]
    assert sentence_changes(draft("a"), draft())[0].kind == "removed"
