from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pytest
from lxml import html as lxml_html
from markupsafe import Markup

from evidence.decision.contexts import DecisionContexts
from evidence.decision.scales import CRITERIA, FRAMEWORK
from evidence.errors import GroundingError
from evidence.findings import (
    CitedValue,
    CriterionJudgement,
    DraftingCounts,
    Recommendation,
    Sentence,
)
from evidence.judgements import MACHINE, Provenance, RecommendationEdit
from evidence.rendering.decision_docx import add_decision
from evidence.rendering.decision_html import linked_values
from evidence.rendering.decision_markdown import decision_markdown
from evidence.rendering.decision_text import NOT_JUDGED, ToldDecision, decision_text
from evidence.rendering.report_html import render_html
from evidence.report import Report
from evidence.stages.recommend import OfflineRecommender
from indexers.records import Document, text_digest
from tests.evidence.commands.test_screening_commands import make_project
from tests.evidence.findings_factory import effect, row
from tests.evidence.report_factory import make_documents, make_forests, make_report
from tests.evidence.trial_factory import HOSTILE, QUESTION

GUIDELINE = (
    f"Solvane costs 12 EUR {HOSTILE} a course. Solvane was acceptable to 9 of 10 adults [*here*]."
)
SOURCE = Document(
    document_digest=text_digest(GUIDELINE), record_id="g", kind="full_text", text=GUIDELINE
)


def draft() -> Recommendation:
    contexts = DecisionContexts(passages=(SOURCE.passage(0, len(GUIDELINE), "Solvane"),))
    rows = (row("Relapse at 28 days", effect(0.63, 0.47, 0.85), "low", row_id="row-relapse"),)
    return OfflineRecommender().recommend(QUESTION, rows, contexts)


def told() -> ToldDecision:
    found = decision_text(draft())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def report() -> Report:
    report = make_report()
    contexts = DecisionContexts(passages=(SOURCE.passage(0, len(GUIDELINE), "Solvane"),))
    found = OfflineRecommender().recommend(QUESTION, report.rows, contexts)
    return report.model_copy(update={"recommendation": found})


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    documents = {**make_documents(), SOURCE.document_digest: SOURCE}
    return render_html(report, documents, make_forests())


@pytest.fixture(scope="module")
def tree(page: str) -> Any:
    return lxml_html.document_fromstring(page)


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_every_criterion_stands_in_the_page_with_its_answer(tree: Any, report: Report) -> None:
    section = tree.get_element_by_id("decision")
    criteria = section.xpath(".//article")
    assert len(criteria) == len(CRITERIA)
    assert report.recommendation is not None
    assert report.recommendation.decision is not None
    for shown, judged in zip(criteria, report.recommendation.decision.criteria, strict=True):
        criterion = FRAMEWORK[judged.criterion]
        assert text_of(shown.find(".//h3")) == criterion.title
        answer = judged.judgement or NOT_JUDGED
        assert text_of(shown.find_class("answer")[0]).startswith(answer)
        marked = [i.get("title") for i in shown.xpath(".//i[@class='here']")]
        assert marked == ([answer] if answer in shown.xpath(".//i/@title") else [])
        assert answer in shown.find_class("track")[0].get("aria-label")


def test_no_sentence_of_the_decision_is_lost_and_each_quote_has_its_source(
    tree: Any, report: Report
) -> None:
    section = tree.get_element_by_id("decision")
    shown = text_of(section)
    assert report.recommendation is not None
    for sentence in report.recommendation.every_sentence:
        assert " ".join(sentence.text.split()) in shown
    ids = [element.get("id") for element in tree.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    assert {a.get("href")[1:] for a in section.xpath(".//a")} <= set(ids)
    assert section.xpath(".//a[@class='value']")


def test_text_of_a_guideline_cannot_act_in_the_page(tree: Any, page: str) -> None:
    assert HOSTILE not in page
    assert tree.xpath("//script | //img") == []
    assert f"Solvane costs 12 EUR {HOSTILE} a course." in text_of(
        tree.get_element_by_id("decision")
    )


def test_a_draft_of_an_earlier_version_has_no_such_section() -> None:
    old = lxml_html.document_fromstring(
        render_html(make_report(), make_documents(), make_forests())
    )
    assert old.xpath("//*[@id='decision'] | //a[@href='#decision']") == []


def test_numbers_are_linked_to_their_row_and_names_are_not() -> None:
    sentence = Sentence(
        text="<b> on day 7: 12 of 120, 12 & 1.",
        computed=(
            CitedValue(text="day 7", row_id="a", field="outcome"),
            CitedValue(text="12 of 120", row_id="a", field="note"),
            CitedValue(text="12", row_id="b", field="k_studies"),
            CitedValue(text="1", row_id="elsewhere", field="k_studies"),
        ),
    )
    assert linked_values(sentence, {"a": 1, "b": 2}) == Markup(
        '&lt;b&gt; on day 7: <a class="value" href="#row-1">12 of 120</a>, '
        '<a class="value" href="#row-2">12</a> &amp; 1.'
    )


def test_a_value_is_not_linked_inside_another_number() -> None:
    sentence = Sentence(
        text="12 studies, 1.2 studies and 2 studies, not 2 studies2.",
        computed=(CitedValue(text="2 studies", row_id="a", field="k_studies"),),
    )
    assert linked_values(sentence, {"a": 1}) == Markup(
        '12 studies, 1.2 studies and <a class="value" href="#row-1">2 studies</a>, not 2 studies2.'
    )


def test_markdown_marks_the_answer_and_keeps_the_quotes() -> None:
    lines = decision_markdown(told())
    assert "### Desirable effects: moderate" in lines
    asked = next(line for line in lines if line.startswith("*How substantial are the desirable"))
    assert asked.endswith("trivial · small · **moderate** · large (by rules)")
    assert "### Values: not judged" in lines
    cost = next(line for line in lines if "costs 12 EUR" in line and line.startswith("- "))
    assert "\\<img" in cost
    number = cost.rpartition("[^")[2].rstrip("]")
    kept = next(line for line in lines if line.startswith(f"[^{number}]:"))
    assert kept.endswith(f"`{SOURCE.document_digest}:0-{GUIDELINE.index(' Solvane was')}`")
    assert any("\\[\\*here\\*\\]" in line for line in lines)


def test_word_has_the_table_the_conclusions_and_the_quotes() -> None:
    document = docx.Document()
    add_decision(document, told())
    stream = io.BytesIO()
    document.save(stream)
    stream.seek(0)
    again = docx.Document(stream)
    (table,) = again.tables
    assert len(table.rows) == 1 + len(CRITERIA)
    cells = [cell.text for cell in table.rows[2].cells]
    assert cells[0].startswith("Desirable effects")
    assert [line for line in cells[1].splitlines() if "●" in line] == ["● moderate"]
    assert "risk ratio 0.63" in cells[2]
    told_after = [paragraph.text for paragraph in again.paragraphs]
    assert "Type of recommendation: conditional recommendation for the intervention" in told_after
    assert any(GUIDELINE[:20] in text and text.startswith("[") for text in told_after)


def test_how_a_language_model_did_is_told() -> None:
    found = draft()
    assert found.decision is not None
    counts = DraftingCounts(
        sentences=9, supported=7, repaired=1, removed=1, citations=12, citations_held=11
    )
    decision = found.decision.model_copy(update={"drafting": counts})
    shown = decision_text(found.model_copy(update={"decision": decision}))
    assert shown is not None
    assert shown.drafting == (
        "Of 9 sentences by the language model 7 were grounded at once, 1 after one repair; 1 were "
        "removed. Of its 12 citations 11 held."
    )
    assert told().drafting == ""


def test_a_decision_with_an_ungrounded_sentence_does_not_enter_the_log(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    found = OfflineRecommender().recommend(project.manifest.question, ())
    assert found.decision is not None
    invented = CriterionJudgement(
        criterion="values", evidence=(Sentence(text="In 9 of 10 surveys people prefer it."),)
    )
    criteria = [invented if c.criterion == "values" else c for c in found.decision.criteria]
    decision = found.decision.model_copy(update={"criteria": tuple(criteria)})
    edit = RecommendationEdit(
        recommendation=found.model_copy(update={"decision": decision}),
        inputs_digest="0",
        provenance=Provenance(actor=MACHINE, engine="test"),
    )
    with pytest.raises(GroundingError, match="no quote and no computed value supports"):
        project.append(edit)
