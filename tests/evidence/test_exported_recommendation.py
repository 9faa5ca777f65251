"""No export holds a sentence of a recommendation without a verified quote or computed value.

Drafts are mutated and put into the log past its gate, as a damaged or lying engine would; what is
exported all the same is judged here by a reading of its own.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import evidence.project
from evidence.decision.decision_parts import ConclusionSentences, part_sentences, with_part
from evidence.decision.editing import EditError, Writing, edited, signed_off
from evidence.errors import GroundingError, SettingsError
from evidence.export import exported
from evidence.findings import CitedValue, Recommendation, Sentence, SummaryOfFindingsRow
from evidence.findings_text import printable_fields, printed
from evidence.grounding import numerals_in_digits, quotes_in
from evidence.judgements import Provenance, RecommendationEdit
from evidence.project import Project
from evidence.report import Report
from evidence.state import read_state
from evidence.summary import summary_rows
from tests.evidence.decision.recommendation_factory import make_drafted_project

ADA = Provenance(actor="Ada", engine="offline")
Change = Callable[[Sentence, st.DataObject], Sentence]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_drafted_project(tmp_path_factory.mktemp("drafted") / "p")


def changed_number(sentence: Sentence, data: st.DataObject) -> Sentence:
    digits = [at for at, letter in enumerate(sentence.text) if letter.isdigit()]
    if not digits:
        return sentence
    at, digit = data.draw(st.sampled_from(digits)), data.draw(st.integers(0, 9))
    return sentence.model_copy(
        update={"text": f"{sentence.text[:at]}{digit}{sentence.text[at + 1 :]}"}
    )


def changed_value(sentence: Sentence, data: st.DataObject) -> Sentence:
    """The number is another one in the text and in what it cites: only the rows tell."""
    numbers = [v for v in sentence.computed if any(c.isdigit() for c in v.text)]
    if not numbers:
        return sentence
    value, digit = data.draw(st.sampled_from(numbers)), str(data.draw(st.integers(0, 9)))
    old = next(c for c in value.text if c.isdigit())
    other = value.model_copy(update={"text": value.text.replace(old, digit)})
    computed = tuple(other if v == value else v for v in sentence.computed)
    text = sentence.text.replace(value.text, other.text)
    return sentence.model_copy(update={"text": text, "computed": computed})


def shifted_quote(sentence: Sentence, data: st.DataObject) -> Sentence:
    if not sentence.quotes:
        return sentence
    by = data.draw(st.integers(-3, 3))
    first, *others = sentence.quotes
    moved = first.model_copy(update={"start": max(0, first.start + by)})
    return sentence.model_copy(update={"quotes": (moved, *others)})


def without_values(sentence: Sentence, data: st.DataObject) -> Sentence:
    kept = data.draw(st.integers(0, len(sentence.computed)))
    return sentence.model_copy(update={"computed": sentence.computed[:kept]})


def without_quotes(sentence: Sentence, data: st.DataObject) -> Sentence:
    return sentence.model_copy(update={"quotes": ()})


def of_another_row(sentence: Sentence, data: st.DataObject) -> Sentence:
    row_id = data.draw(st.sampled_from(["mortality", "pain", ""]))
    computed = tuple(v.model_copy(update={"row_id": row_id}) for v in sentence.computed)
    return sentence.model_copy(update={"computed": computed})


CHANGES = (
    *(changed_number, changed_value, shifted_quote, without_values, without_quotes),
    of_another_row,
)
ADDED = (
    Sentence(text="Zinc is safe."),
    Sentence(text="Zinc saved 7 of 10."),
    Sentence(text="Mortality fell.", computed=(CitedValue(text="fell", row_id="x", field="y"),)),
    Sentence(text="On mortality there is more.", computed=(
        CitedValue(text="mortality", row_id="mortality", field="outcome"),)),
)  # fmt: skip


Part = Literal["recommendation", "evidence_summary", "plain_language"]
How = tuple[Part, list[Change], list[Sentence], bool]


@st.composite
def mutations(draw: Any) -> How:
    part = draw(st.sampled_from(get_args(Part)))
    changes = draw(st.lists(st.sampled_from(CHANGES), max_size=2))
    added = draw(st.lists(st.sampled_from(ADDED), max_size=1))
    return part, changes, added, draw(st.booleans())


def sentences_of(draft: Recommendation, part: Part) -> tuple[Sentence, ...]:
    if part == "recommendation":
        return draft.sentences
    assert draft.decision is not None
    return part_sentences(draft.decision, ConclusionSentences(part))


def with_sentences(
    draft: Recommendation, part: Part, sentences: tuple[Sentence, ...]
) -> Recommendation:
    if part == "recommendation":
        return draft.model_copy(update={"sentences": sentences})
    assert draft.decision is not None
    decision = with_part(draft.decision, ConclusionSentences(part), sentences)
    return draft.model_copy(update={"decision": decision})


def mutated(draft: Recommendation, how: How, data: st.DataObject) -> Recommendation:
    part, changes, added, abstained = how
    sentences = [*sentences_of(draft, part)]
    for change in changes:
        place = data.draw(st.integers(0, len(sentences) - 1))
        sentences[place] = change(sentences[place], data)
    changed = with_sentences(draft, part, (*sentences, *added))
    if not abstained:
        return changed
    return changed.model_copy(update={"abstained": True, "direction": "none", "strength": "none"})


def unsupported(
    draft: Recommendation, project: Project, rows: list[SummaryOfFindingsRow]
) -> list[str]:
    """The sentences that lack support, told without the code that is under test."""
    found = []
    for sentence in draft.every_sentence:
        quotes = [
            q
            for q in sentence.quotes
            if (d := project.document(q.document_digest)) is not None
            and d.text[q.start : q.end] == q.text
        ]
        values = [
            v
            for v in sentence.computed
            for row in rows
            if row.row_id == v.row_id
            and v.field in printable_fields(row)
            and printed(row, v.field) == v.text
        ]
        support = " ; ".join([q.text for q in quotes] + [v.text for v in values])
        numbers = set(map(abs, numerals_in_digits(support)))
        if not support or not set(map(abs, numerals_in_digits(sentence.text))) <= numbers:
            found.append(sentence.text)
    return found


def with_line(project: Project, folder: Path, draft: Recommendation) -> Project:
    """A copy of the project whose log ends with a draft that nobody checked."""
    shutil.copytree(project.path, folder)
    copy = Project.open(folder)
    edit = RecommendationEdit(recommendation=draft, inputs_digest="0", provenance=ADA)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(evidence.project, "entry_problems", lambda *_: [])
        copy.append(edit)
    return copy


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(how=mutations(), data=st.data())
def test_no_exported_sentence_lacks_a_verified_quote_or_computed_value(
    project: Project, how: How, data: st.DataObject
) -> None:
    before = read_state(project).recommendation
    assert before is not None
    draft = mutated(before.recommendation, how, data)
    rows = summary_rows(project)
    lacking = unsupported(draft, project, rows)
    with TemporaryDirectory() as folder:
        copy = with_line(project, Path(folder) / "p", draft)
        try:
            body = exported(copy, "json")
        except GroundingError:
            body = b""
        copy.close()
    if body:
        report = Report.model_validate_json(body)
        assert report.recommendation == draft
        assert not lacking
    try:
        written = edited(
            before,
            draft.sentences,
            draft.direction,
            draft.strength,
            Writing(rows, "0", project.document, "Ada", "x", draft.decision),
        )
    except EditError:
        return
    assert not unsupported(written.recommendation, project, rows)


@pytest.mark.parametrize("added", ADDED)
@pytest.mark.parametrize(
    ("part", "abstained"),
    [("recommendation", False), ("recommendation", True), ("plain_language", False)],
)
def test_an_added_sentence_stops_every_export_unless_it_is_grounded(
    project: Project, tmp_path: Path, added: Sentence, part: Part, abstained: bool
) -> None:
    before = read_state(project).recommendation
    assert before is not None
    told = (*sentences_of(before.recommendation, part), added)
    draft = with_sentences(before.recommendation, part, told)
    draft = draft.model_copy(update={"abstained": abstained})
    copy = with_line(project, tmp_path / "p", draft)
    if added is ADDED[-1]:
        assert b"On mortality there is more." in exported(copy, "md")
        return
    for export_format in ("docx", "html", "pdf", "md", "csv", "ris", "json"):
        with pytest.raises(GroundingError, match="not exported"):
            exported(copy, export_format)


def test_both_summaries_stand_in_every_document(project: Project) -> None:
    markdown = exported(project, "md").decode().replace("\\", "")
    word = docx.Document(io.BytesIO(exported(project, "docx")))
    paragraphs = "\n".join(paragraph.text for paragraph in word.paragraphs)
    page = exported(project, "html").decode()
    for told in (markdown, paragraphs, page):
        assert "Evidence summary" in told
        assert "Plain-language summary" in told
        for words in ("What was asked: ", "What was found: ", "What it means: "):
            assert words in told


def test_quotes_survive_their_export(project: Project) -> None:
    report = Report.model_validate_json(exported(project, "json"))
    quotes = quotes_in(report)
    assert len(quotes) > 10
    for quote in quotes:
        document = project.document(quote.document_digest)
        assert document is not None
        assert document.text[quote.start : quote.end] == quote.text
    assert (report.model_dump_json(indent=1) + "\n").encode() == exported(project, "json")


def test_every_document_says_who_wrote_and_who_signed(project: Project, tmp_path: Path) -> None:
    shutil.copytree(project.path, tmp_path / "p")
    copy = Project.open(tmp_path / "p")
    assert all("draft, unsigned" in told for told in told_by_exports(copy))
    state = read_state(copy)
    assert state.recommendation is not None
    digest = state.recommendation.content_digest
    copy.append(signed_off(state, summary_rows(copy), copy.document, digest, "Ada Okoro"))
    for told in told_by_exports(copy):
        assert "signed by Ada Okoro" in told
        assert "draft, unsigned" not in told
        assert "Draft recommendation" not in told
    assert Report.model_validate_json(exported(copy, "json")).signed_off_by == ("Ada Okoro",)
    copy.append(state.recommendation.model_copy(update={"inputs_digest": "1", "provenance": ADA}))
    for told in told_by_exports(copy):
        assert "draft, unsigned" in told
        assert "by offline engine (signed by Ada Okoro)" in told


def told_by_exports(project: Project) -> list[str]:
    word = docx.Document(io.BytesIO(exported(project, "docx")))
    paragraphs = "\n".join(paragraph.text for paragraph in word.paragraphs)
    markdown = exported(project, "md").decode().replace("\\", "")
    return [paragraphs, markdown, exported(project, "html").decode()]


def test_exports_hold_no_clock(project: Project, tmp_path: Path) -> None:
    """The same judgements at another time give the same files."""
    from datetime import UTC, datetime

    other = Project.create(
        tmp_path / "p", project.manifest, clock=lambda: datetime(2001, 1, 1, tzinfo=UTC)
    )
    entries = [line.entry for line in project.lines()]
    documents = [
        document
        for digest in dict.fromkeys(q.document_digest for e in entries for q in quotes_in(e))
        if (document := project.document(digest)) is not None
    ]
    other.append(*entries, documents=documents)
    for export_format in ("json", "html", "md", "docx"):
        assert exported(other, export_format) == exported(project, export_format)


def test_an_unknown_format_is_named(project: Project) -> None:
    with pytest.raises(SettingsError, match="expected one of docx, html, pdf"):
        exported(project, "odt")
