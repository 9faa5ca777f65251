"""ROBINS-I in a report: a table and plots of its own beside those of RoB 2."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import html as lxml_html

from evidence.appraisal.by_person import robins_i_judgement
from evidence.appraisal.robins_i import DOMAINS, VERSION
from evidence.rendering.risk_of_bias_html import risk_of_bias_section, risk_of_bias_svgs
from evidence.rendering.robins_i_html import robins_i_part, robins_i_svgs
from evidence.rendering.source_texts import Citations
from evidence.report import Report
from tests.evidence.cohort_factory import judged_in_full
from tests.evidence.report_factory import make_report
from tests.evidence.trial_factory import HOSTILE


@pytest.fixture(scope="module")
def report() -> Report:
    """The invented report; its second study is not randomised and judged in two domains."""
    made = make_report()
    second = made.included[1]
    record_id = second.record.record_id
    judged = (
        robins_i_judgement(record_id, "confounding", "critical", "Ada", f"read {HOSTILE}"),
        robins_i_judgement(record_id, "missing_data", "no_information", "Ada", "nothing said"),
    )
    changed = second.model_copy(update={"tool": "robins-i", "risk_of_bias": (), "robins_i": judged})
    return made.model_copy(update={"included": (made.included[0], changed, *made.included[2:])})


def section(report: Report) -> Any:
    return lxml_html.fragment_fromstring(str(risk_of_bias_section(report, Citations())))


def test_no_study_stands_in_the_table_or_the_plot_of_the_other_tool(report: Report) -> None:
    rob_2, outline = section(report).findall(".//table")
    names = [row.findtext("th/a") for row in rob_2.findall("tbody/tr")]
    second = report.included[1].study
    assert names == [s.study for s in report.included if s.study != second]
    assert [row.findtext("th/a") for row in outline.findall("tbody/tr")] == [second]
    assert len(outline.findall("thead/tr/th")) == len(DOMAINS) + 2
    assert all(second not in svg for _, svg in risk_of_bias_svgs(report))
    lights, summary = robins_i_svgs(report)
    assert f"{second}: D1 critical, D2 not judged yet" in lights[1]
    assert "overall critical" in lights[1]
    assert report.included[0].study not in lights[1]
    assert "each counts the same" in summary[1]


def test_judgements_have_reasons_and_names_and_links_resolve(report: Report) -> None:
    made = section(report)
    text = " ".join(made.text_content().split())
    assert VERSION in text
    assert "Bias due to confounding ×× critical" in text
    assert "Bias due to missing data … no information" in text
    assert "Ada: nothing said" in text
    assert "1 of 1 studies wait for a person" in text
    ids = made.xpath(".//@id")
    assert len(ids) == len(set(ids))
    links = {href[1:] for href in made.xpath(".//@href") if re.match("#(?:bias|robins)-", href)}
    assert links <= set(ids)
    assert made.findall(".//table")[1].find(".//th/a").get("href") == "#study-2"


def test_text_from_outside_is_escaped(report: Report) -> None:
    made = str(risk_of_bias_section(report, Citations()))
    assert "<script" not in made
    assert "<img" not in made


def test_a_summary_for_each_pooled_outcome_by_weight(report: Report) -> None:
    weighed = next(row for row in report.rows if row.effect is not None and row.studies)
    shares = tuple(
        study.model_copy(update={"percent": percent})
        for study, percent in zip(weighed.studies, (60.0, 30.0, 10.0), strict=True)
    )
    row = weighed.model_copy(update={"studies": shares})
    pooled = report.model_copy(update={"rows": (row,)})
    (_, (title, svg)) = robins_i_svgs(pooled)
    assert title == f"Risk of bias by ROBINS-I: {row.outcome}"
    assert "Overall: critical 100.0%." in svg


def test_it_stands_alone_where_no_study_is_randomised(report: Report) -> None:
    outlined = tuple(
        study.model_copy(
            update={
                "tool": "robins-i",
                "risk_of_bias": (),
                "robins_i": tuple(judged_in_full(study.record.record_id)),
            }
        )
        for study in report.included
    )
    alone = report.model_copy(update={"included": outlined})
    made = section(alone)
    assert made.get("id") == "risk-of-bias"
    assert len(made.findall(".//table")) == 1
    assert risk_of_bias_svgs(alone) == []


def test_without_such_a_study_there_is_nothing() -> None:
    assert robins_i_part(make_report()) == ""
    assert robins_i_svgs(make_report()) == []
