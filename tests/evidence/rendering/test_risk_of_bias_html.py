from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import html as lxml_html

from evidence.appraisal.by_person import judgement_by_person
from evidence.appraisal.rob2_questions import DOMAINS, VERSION
from evidence.rendering.risk_of_bias_html import (
    judged_studies,
    risk_of_bias_section,
    risk_of_bias_svgs,
)
from evidence.rendering.source_texts import Citations, anchor
from evidence.report import Report
from tests.evidence.report_factory import make_report
from tests.evidence.trial_factory import HOSTILE


@pytest.fixture(scope="module")
def report() -> Report:
    """The invented report; in its first study a person answered two domains."""
    made = make_report()
    first = made.included[0]
    record_id = first.record.record_id
    by_person = (
        judgement_by_person(
            record_id,
            "selective_reporting",
            {"5.1": "PY", "5.2": "NI", "5.3": "N"},
            "Ada",
            f"read {HOSTILE}",
        ),
        judgement_by_person(
            record_id, "deviations", {"2.1": "Y", "2.3": "NI", "2.6": "Y"}, "A", "r"
        ),
    )
    answered = {judgement.domain for judgement in by_person}
    kept = [j for j in first.risk_of_bias if j.domain not in answered]
    changed = first.model_copy(update={"risk_of_bias": (*kept, *by_person)})
    return made.model_copy(update={"included": (changed, *made.included[1:])})


def section(report: Report) -> Any:
    return lxml_html.fragment_fromstring(str(risk_of_bias_section(report, Citations())))


def test_the_same_report_gives_the_same_text(report: Report) -> None:
    one, two = (risk_of_bias_section(report, Citations()) for _ in range(2))
    assert one == two
    assert VERSION in one


def test_every_judgement_has_a_sign_and_a_word_beside_its_colour(report: Report) -> None:
    rows = section(report).findall(".//tbody/tr")
    assert len(rows) == len(report.included)
    for study, row in zip(report.included, rows, strict=True):
        levels = {judgement.domain: judgement.judgement for judgement in study.risk_of_bias}
        words = {"low": "+ low", "some_concerns": "! some concerns", "high": "× high"}
        told = [" ".join(cell.text_content().split()) for cell in row.findall("td")]
        expected = [words.get(levels[domain], "? not judged yet") for domain in DOMAINS]
        assert told[:-1] == expected
        assert len(told) == len(DOMAINS) + 1


def test_overall_is_computed_and_several_concerns_are_a_person_s_question(report: Report) -> None:
    first, second, third = (study.overall for study in judged_studies(report.included))
    assert (first, second, third) == ("some_concerns", "unclear", "high")
    questions = section(report).xpath('.//p[@class="question"]')
    assert len(questions) == 1
    assert "intended interventions; bias in selection" in questions[0].text_content()


def test_answers_stand_in_details_with_their_quotes_and_links_resolve(report: Report) -> None:
    citations = Citations()
    made = lxml_html.fragment_fromstring(str(risk_of_bias_section(report, citations)))
    details = made.findall("details")
    assert len(details) == len(report.included)
    text = " ".join(details[0].text_content().split())
    assert "5.2 Is the numerical result likely" in text
    assert "no information (a person)" in text
    quotes = {q for s in report.included for j in s.risk_of_bias for q in j.quotes}
    assert set(citations.quotes) == {anchor(quote) for quote in quotes}
    ids = made.xpath(".//@id")
    assert len(ids) == len(set(ids))
    inside = {href[1:] for href in made.xpath(".//@href") if href.startswith("#bias-")}
    assert inside <= set(ids)


def test_text_from_outside_is_escaped(report: Report) -> None:
    made = str(risk_of_bias_section(report, Citations()))
    assert "<script" not in made
    assert "<img" not in made


def test_a_summary_for_each_pooled_outcome_by_weight_else_one_for_all(report: Report) -> None:
    unpooled = risk_of_bias_svgs(report)  # the invented rows carry no weights
    assert len(unpooled) == 2
    assert "each counts the same" in unpooled[1][1]
    weighed = [row for row in report.rows if row.effect is not None and row.studies]
    shares = tuple(
        study.model_copy(update={"percent": percent})
        for study, percent in zip(weighed[0].studies, (90.0, 10.0, None), strict=False)
    )
    row = weighed[0].model_copy(update={"studies": shares})
    pooled = report.model_copy(update={"rows": (row, *(r for r in report.rows if r is not row))})
    svgs = risk_of_bias_svgs(pooled)
    assert [title for title, _ in svgs[1:]] == [f"Risk of bias: {row.outcome}"]
    assert "weighted by their share" in svgs[1][1]
    first, second = judged_studies(report.included, row)
    assert (first.weight, second.weight) == (90.0, 10.0)
    assert "Overall: some concerns 90.0%, not judged yet 10.0%." in svgs[1][1]
    ids = re.findall(r' id="([\w-]+)"', "".join(svg for _, svg in svgs))
    assert len(ids) == len(set(ids))


def test_nothing_judged_is_no_section(report: Report) -> None:
    bare = tuple(s.model_copy(update={"risk_of_bias": ()}) for s in report.included)
    assert risk_of_bias_section(report.model_copy(update={"included": bare}), Citations()) == ""
