"""What stands behind the findings, as parts of a Word document: every number of the HTML report.

Each plot is a picture with words for it; each quote stands beside what it supports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import unescape
from typing import TYPE_CHECKING

from evidence.appraisal import robins_i
from evidence.appraisal.answers import ANSWER_WORDS
from evidence.appraisal.overall import overall_of
from evidence.appraisal.rob2_questions import DOMAIN_TITLES, VERSION, questions_of
from evidence.findings import SummaryOfFindingsRow, values
from evidence.findings_text import short_name
from evidence.judgements import (
    CriterionVerdict,
    ExtractedOutcome,
    RiskOfBiasJudgement,
    RobinsIJudgement,
)
from evidence.rendering.docx_file import add_plot, docx_text
from evidence.rendering.flat_svg import flat_svg
from evidence.rendering.prisma_svg import flow_lines
from evidence.rendering.report_html import (
    DIRECTION_WORDS,
    LICENCES,
    difference_text,
    per_1000,
    plain_number,
    pooling_methods,
    pooling_text,
    stated_directions,
)
from evidence.rendering.risk_of_bias_html import risk_of_bias_svgs
from evidence.rendering.robins_i_html import LED_BY, overall_of_study, robins_i_svgs
from evidence.rendering.traffic_light_svg import LEVEL_WORDS
from evidence.report import Report, ReportedStudy, ScreenedRecord
from evidence.synthesis.forest import forest_svg
from evidence.synthesis.forest_table import study_table
from evidence.synthesis.statements import plain_statement
from indexers.records import Quote, Record

if TYPE_CHECKING:
    from docx.document import Document

_STYLE = "Light Grid Accent 1"


def add_outcomes(document: Document, report: Report) -> None:
    """Each outcome: the sentence on it, its studies with their effects, why it is rated so."""
    document.add_heading("Outcome by outcome", level=1)
    for row in report.rows:
        document.add_heading(docx_text(short_name(row.outcome)), level=2)
        _line(document, plain_statement(row, report.question.pico.intervention))
        for text in filter(None, (_absolute_effect(row), row.note)):
            _line(document, text)
        _add_forest(document, row)
        for study in row.studies:
            told = [study.study, study.time_point or "", study.note, *study.notes]
            _bullet(document, ", ".join(filter(None, told)), study.quotes)
        for name, stated in stated_directions(report, row):
            score = "" if stated.score is None else f" (score {stated.score:.2f})"
            told_direction = f"{name}, in words: {DIRECTION_WORDS[stated.direction]}{score}"
            _bullet(document, told_direction, stated.quotes)
        for domain in row.domains:
            down = f"−{domain.levels_down}" if domain.levels_down else "not lowered"
            name = domain.domain.replace("_", " ").capitalize()
            _bullet(document, f"{name}: {down}; {domain.reason}")


def add_risk_of_bias(document: Document, report: Report) -> None:
    """The traffic lights of all studies, and the summary of each outcome, for each tool."""
    judged = any(study.risk_of_bias for study in report.included)
    by_rob_2, by_robins_i = risk_of_bias_svgs(report) if judged else [], robins_i_svgs(report)
    if by_rob_2 or by_robins_i:
        document.add_heading("Risk of bias", level=1)
    if by_rob_2:
        _line(document, f"{VERSION}. The overall judgement is that of the worst domain.")
        _add_plots(document, by_rob_2)
    if by_robins_i:
        _line(document, f"{robins_i.VERSION}. {LED_BY}")
        _add_plots(document, by_robins_i)


def _add_plots(document: Document, plots: Iterable[tuple[str, str]]) -> None:
    for title, svg in plots:
        _line(document, title, bold=True)
        add_plot(document, flat_svg(svg), f"{title}. {_described(svg)}")


def _described(svg: str) -> str:
    """The words of a plot for those who do not see it."""
    found = re.search("<desc[^>]*>(.*?)</desc>", svg, re.DOTALL)
    return unescape(found[1]) if found else ""


def add_flow(document: Document, report: Report) -> None:
    """The boxes of the PRISMA flow, line by line."""
    document.add_heading("Flow of records", level=1)
    for told in flow_lines(report.prisma):
        _bullet(document, told)
    listed = (*report.duplicates, *report.suspected_duplicates)
    for item in listed:
        why = f"{item.reason or 'no reason given'} ({item.decided_by})"
        names = f"{item.title} {item.record_id} / {item.title_of_kept} {item.kept}"
        _bullet(document, f"{names}: {why}")


def add_studies(document: Document, report: Report) -> None:
    """The included studies with their numbers, their risk of bias and their eligibility."""
    document.add_heading("Included studies", level=1)
    _line(document, f"{len(report.included)} included")
    for study in report.included:
        document.add_heading(docx_text(f"{study.study}: {study.record.title}"), level=2)
        _line(document, _source_line(study.record))
        _add_characteristics(document, study)
        for outcome in study.outcomes:
            _add_outcome(document, outcome)
        if study.risk_of_bias:
            overall = LEVEL_WORDS[overall_of(study.risk_of_bias).level].lower()
            _line(document, f"Risk of bias, overall: {overall} ({VERSION})")
        for judged in study.risk_of_bias:
            _add_risk_of_bias(document, judged)
        if study.tool == "robins-i":
            overall = LEVEL_WORDS[overall_of_study(study)].lower()
            _line(document, f"Risk of bias, overall: {overall} ({robins_i.VERSION})")
        for outlined in study.robins_i:
            _add_robins_i(document, outlined)
        _add_criteria(document, study.criteria)


def add_others(document: Document, report: Report) -> None:
    """Records that are not included, the search and the methods."""
    for title, records in (
        ("Awaiting a person", report.awaiting),
        ("Excluded records", report.excluded),
    ):
        document.add_heading(title, level=1)
        _line(document, f"{len(records)} records")
        for item in records:
            _add_screened(document, item)
    document.add_heading("Search and methods", level=1)
    for run in report.searches:
        _line(document, f"{run.source} · {run.n_records} records · {', '.join(run.retrievers)}")
        _line(document, run.query)
    _line(document, f"evidence-synthesis {report.program_version}; engine {report.engine}")
    _line(document, f"Encoder {report.encoder}; index digest {report.index_digest}")
    for told in (*pooling_methods(report), *report.notes):
        _bullet(document, told)
    for criterion in report.question.criteria:
        _bullet(document, f"{criterion.kind}: {criterion.text}")


def _add_forest(document: Document, row: SummaryOfFindingsRow) -> None:
    if row.effect is None:
        return
    alt = f"Forest plot of {short_name(row.outcome)}; its numbers are in the table below."
    add_plot(document, forest_svg(row), alt)
    _line(document, pooling_text(row.effect))
    told = study_table(row, row.effect)
    _table(document, [column.heading for column in told.columns], [*told.studies, told.total])


def _absolute_effect(row: SummaryOfFindingsRow) -> str:
    """The risks as the HTML report's table prints them; empty where there are none."""
    with_comparator = per_1000(row, "comparator_risk_per_1000")
    with_intervention = per_1000(row, "intervention_risk_per_1000")
    if not with_comparator or not with_intervention:
        return ""
    risks = f"{with_comparator} per 1000 with the comparator, {with_intervention} with the"
    return f"{risks} intervention: {difference_text(row)} per 1000"


def _add_characteristics(document: Document, study: ReportedStudy) -> None:
    if study.characteristics is None:
        return
    for item in study.characteristics.characteristics:
        _bullet(document, f"{item.field.replace('_', ' ')}: {item.value}", item.quotes)
    for arm in study.characteristics.arms:
        size = "" if arm.size is None else f", n = {arm.size}"
        brief = f" ({', '.join(arm.abbreviations)})" if arm.abbreviations else ""
        _bullet(document, f"Arm, {arm.role}: {arm.name}{brief}{size}", arm.quotes)


def _add_outcome(document: Document, outcome: ExtractedOutcome) -> None:
    told = [short_name(outcome.outcome), outcome.time_point, outcome.analysis_population]
    against = f"{outcome.intervention} against {outcome.comparator}"
    _line(document, "; ".join(filter(None, [*told, outcome.reported_as, against])))
    rows = []
    evidence = {item.field: item for item in outcome.evidence}
    for name, number in values(outcome.data).items():
        item = evidence.get(name)
        quotes = " … ".join(_quoted(q) for q in item.quotes) if item else "no quote"
        derived = f"{item.derivation}: " if item and item.derivation else ""
        shown = "not found" if number is None else plain_number(number)
        rows.append((name.replace("_", " "), shown, derived + quotes))
    _table(document, ["Value", "Number", "In the report"], rows)
    for told_flag in (*outcome.flags, *outcome.notes):
        _bullet(document, told_flag)


def _add_risk_of_bias(document: Document, judged: RiskOfBiasJudgement) -> None:
    level = judged.judgement.replace("_", " ")
    title = f"{DOMAIN_TITLES[judged.domain]}: {level} ({judged.provenance.actor})"
    _line(document, f"{title}. {judged.provenance.reason}")
    asked = {question.question_id: question.text for question in questions_of(judged.domain)}
    for answer in judged.answers:
        text = f"{answer.question_id} {asked.get(answer.question_id, '')}"
        told = f"{text} {ANSWER_WORDS[answer.answer]}. {answer.reason}"
        _bullet(document, told, answer.quotes)
    if not judged.answers and judged.quotes:
        _bullet(document, "Quoted", judged.quotes)


def _add_robins_i(document: Document, judged: RobinsIJudgement) -> None:
    level = LEVEL_WORDS[judged.judgement].lower()
    title = f"{robins_i.DOMAIN[judged.domain].title}: {level} ({judged.provenance.actor})"
    _line(document, f"{title}. {judged.provenance.reason}")


def _add_screened(document: Document, item: ScreenedRecord) -> None:
    phase = "title and abstract" if item.phase == "title_abstract" else "full text"
    _line(document, item.record.title, bold=True)
    _line(document, _source_line(item.record))
    _line(document, f"{item.verdict}: {item.reason} ({phase}, {item.decided_by})")
    _add_criteria(document, item.criteria)


def _add_criteria(document: Document, criteria: Iterable[CriterionVerdict]) -> None:
    for judged in criteria:
        why = f" ({judged.reason})" if judged.reason else ""
        told = f"{judged.criterion_id}: {judged.verdict.replace('_', ' ')}{why}"
        _bullet(document, told, judged.quotes)


def _source_line(record: Record) -> str:
    authors = ", ".join(record.authors[:6]) + (" et al" if len(record.authors) > 6 else "")
    parts = [authors, record.journal, str(record.year or ""), record.doi and f"doi:{record.doi}"]
    parts += [record.pmid and f"PMID {record.pmid}", "Retracted" if record.retracted else ""]
    if record.licence:
        parts.append(f"Licence: {LICENCES.get(record.licence, record.licence)}")
    return ". ".join(part for part in parts if part)


def _table(document: Document, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = document.add_table(rows=1, cols=len(heads), style=_STYLE)
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.text = docx_text(text)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = docx_text(text)


def _line(document: Document, text: str, *, bold: bool = False) -> None:
    document.add_paragraph().add_run(docx_text(text)).bold = bold or None


def _bullet(document: Document, text: str, quotes: Iterable[Quote] = ()) -> None:
    told = " ".join([text, *map(_quoted, quotes)])
    document.add_paragraph(docx_text(told), style="List Bullet")


def _quoted(quote: Quote) -> str:
    return f"“{' '.join(quote.text.split())}”"
