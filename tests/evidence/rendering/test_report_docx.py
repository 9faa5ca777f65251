"""The Word document holds every number of the page that is not only in a plot or a source."""

from __future__ import annotations

import io
import time

import docx

from evidence.rendering.report_docx import render_docx
from evidence.rendering.report_html import render_html
from evidence.rendering.risk_of_bias_html import risk_of_bias_svgs
from tests.evidence.rendering.numbers_in import numbers_of_html, numbers_of_text
from tests.evidence.report_factory import make_documents, make_forests, make_report

_TOLD = "//main/header | //main/section[@id!='sources']"


def told_by(body: bytes) -> str:
    """Paragraphs and cells, in the order of the file."""
    document = docx.Document(io.BytesIO(body))
    return "\n".join(text for text in document.element.body.itertext())


def test_it_opens_and_holds_every_number_of_the_page() -> None:
    report = make_report()
    page = render_html(report, make_documents(), make_forests())
    told = numbers_of_text(told_by(render_docx(report)))
    wanted = numbers_of_html(page, _TOLD, without_marks=True)
    assert len(wanted) > 60
    assert wanted - told == set()


def test_the_studies_stand_in_it_with_their_quotes_at_any_time() -> None:
    report = make_report()
    body = render_docx(report)
    told = told_by(body)
    for study in report.included:
        assert study.record.title in told
        assert study.characteristics is not None
        for item in study.characteristics.characteristics:
            assert item.value in told
        for arm in study.characteristics.arms:
            assert f"Arm, {arm.role}: {arm.name}" in told
        for outcome in study.outcomes:
            assert " ".join(outcome.evidence[0].quotes[0].text.split()) in told
    for item in report.excluded:
        assert item.reason in told
    time.sleep(0.01)
    assert render_docx(report) == body


def test_every_plot_of_the_page_is_a_picture_with_words_for_it() -> None:
    report = make_report()
    document = docx.Document(io.BytesIO(render_docx(report)))
    told = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    pooled = [row for row in report.rows if row.effect is not None]
    assert pooled
    plots = [alt for alt in told if alt.startswith("Forest plot of")]
    assert len(plots) == len(pooled)
    lights = next(alt for alt in told if alt.startswith("Risk of bias of each study"))
    assert all(study.study in lights for study in report.included)
    assert len(told) == len(plots) + len(risk_of_bias_svgs(report))
    section = document.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    assert all(shape.width <= room for shape in document.inline_shapes)
