"""Risk of bias as a section of the report: table, plots, and every answer with its quotes.

Judgements have a sign and a word beside their colour. The overall judgement is computed here and
stored nowhere. Studies that are not randomised stand apart, by ROBINS-I: see `robins_i_html`.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evidence.appraisal.answers import ANSWER_WORDS, SignallingAnswer
from evidence.appraisal.overall import OverallRisk, overall_of
from evidence.appraisal.rob2_questions import DOMAIN_TITLES, DOMAINS, VERSION, Domain, questions_of
from evidence.findings import SummaryOfFindingsRow
from evidence.findings_text import short_name
from evidence.judgements import RiskOfBiasJudgement
from evidence.rendering.risk_of_bias_parts import (
    figures,
    light,
    numbered_studies,
    table,
    weights,
)
from evidence.rendering.rob_summary_svg import rob_summary_svg
from evidence.rendering.robins_i_html import robins_i_part
from evidence.rendering.source_texts import Citations, anchor, shortened
from evidence.rendering.traffic_light_svg import LEVEL_WORDS, JudgedStudy, traffic_light_svg
from evidence.report import Report, ReportedStudy
from indexers.records import Quote


def risk_of_bias_section(report: Report, citations: Citations) -> Markup:
    """The section, empty when nothing is judged; the same report gives the same text.

    Args:
        report: Its included studies and its pooled rows.
        citations: Those of the page; quotes are numbered and marked in the source texts by it.
    """
    parts = _rob_2_part(report, citations) + robins_i_part(report)
    if not parts:
        return Markup("")
    return Markup(
        '<section id="risk-of-bias"><h2>Risk of bias <small>{n}</small></h2>{parts}</section>'
    ).format(n=len(report.included), parts=parts)


def _rob_2_part(report: Report, citations: Citations) -> Markup:
    studies = numbered_studies(report, "rob-2")
    if not any(study.risk_of_bias for _, study in studies):
        return Markup("")
    waiting = sum(_overall(study).waits_for_a_person for _, study in studies)
    return Markup(
        '<p class="by">{version}. The overall judgement is that of the worst domain. {waiting} of '
        "{n} studies wait for a person.</p>{table}{plots}{details}"
    ).format(
        n=len(studies),
        version=VERSION,
        waiting=waiting,
        table=_table(studies),
        plots=figures(risk_of_bias_svgs(report)),
        details=Markup("").join(
            _study_details(number, study, citations) for number, study in studies
        ),
    )


def judged_studies(
    studies: Sequence[ReportedStudy], row: SummaryOfFindingsRow | None = None
) -> list[JudgedStudy]:
    """The rows of the plots.

    Args:
        studies: Included studies that RoB 2 is for; a domain that nobody judged is `unclear`.
        row: An outcome; with it only the studies that carry weight in it, with their weights.
    """
    shares = weights(row) if row is not None else None
    return [
        JudgedStudy(
            study=study.study,
            judgements=tuple(_level(_by_domain(study).get(domain)) for domain in DOMAINS),
            overall=_overall(study).level,
            weight=None if shares is None else shares[study.record.record_id],
        )
        for study in studies
        if shares is None or study.record.record_id in shares
    ]


def risk_of_bias_svgs(report: Report) -> list[tuple[str, str]]:
    """What each plot shows, and the plot: all studies as traffic lights, then the summaries.

    There is a summary for each pooled outcome, weighted by the studies' share of the effect; where
    nothing was pooled, one in which each study counts the same.
    """
    studies = [study for _, study in numbered_studies(report, "rob-2")]
    everyone = judged_studies(studies)
    if not everyone:
        return []
    plots = [("Risk of bias of each study", traffic_light_svg(everyone, name="rob-studies"))]
    for number, row in enumerate(report.rows, 1):
        weighted = judged_studies(studies, row)
        if weighted:
            title = f"Risk of bias: {short_name(row.outcome)}"
            name = f"rob-row-{number}"
            svg = rob_summary_svg(weighted, weighted=True, title=title, name=name)
            plots.append((title, svg))
    if len(plots) == 1:
        plots.append(("Risk of bias across studies", rob_summary_svg(everyone, name="rob-all")))
    return plots


def _table(studies: Sequence[tuple[int, ReportedStudy]]) -> Markup:
    rows = Markup("").join(_row(number, study) for number, study in studies)
    return table("Risk of bias", [*(DOMAIN_TITLES[domain] for domain in DOMAINS), "Overall"], rows)


def _row(number: int, study: ReportedStudy) -> Markup:
    judged = _by_domain(study)
    cells = Markup("").join(
        Markup('<td><a href="#{}">{}</a></td>').format(
            _place(domain, number), light(_level(judged.get(domain)))
        )
        for domain in DOMAINS
    )
    return Markup('<tr><th scope="row"><a href="#study-{}">{}</a></th>{}<td>{}</td></tr>').format(
        number, study.study, cells, light(_overall(study).level)
    )


def _study_details(number: int, study: ReportedStudy, citations: Citations) -> Markup:
    overall = _overall(study)
    judged = _by_domain(study)
    question = Markup("")
    if overall.may_be_high:
        concerns = "; ".join(DOMAIN_TITLES[domain].lower() for domain in overall.may_be_high)
        question = Markup(
            '<p class="question">For a person: do the concerns together ({}) lower the confidence '
            "in the result so much that it is at a high risk of bias?</p>"
        ).format(concerns)
    return Markup("<details><summary>{}: overall {}</summary>{}{}</details>").format(
        study.study,
        LEVEL_WORDS[overall.level].lower(),
        question,
        Markup("").join(
            _domain_details(_place(domain, number), domain, judged.get(domain), citations)
            for domain in DOMAINS
        ),
    )


def _domain_details(
    place: str, domain: Domain, judged: RiskOfBiasJudgement | None, citations: Citations
) -> Markup:
    title = DOMAIN_TITLES[domain]
    if judged is None:
        return Markup('<h4 id="{}">{}: not judged</h4>').format(place, title)
    answers = {answer.question_id: answer for answer in judged.answers}
    lines = [
        _answer(f"{question.question_id} {question.text}", answers[question.question_id], citations)
        for question in questions_of(domain)
        if question.question_id in answers
    ]
    if not lines:  # a line of an earlier version, or of a call that failed, has quotes at most
        lines = [Markup("<li>{}</li>").format(_quotes(judged.quotes, citations))]
    return Markup(
        '<h4 id="{}">{} {}</h4><p class="by">{}: {}</p><ul class="judgements">{}</ul>'
    ).format(
        place,
        title,
        light(judged.judgement),
        judged.provenance.actor,
        judged.provenance.reason,
        Markup("").join(lines),
    )


def _answer(asked: str, answer: SignallingAnswer, citations: Citations) -> Markup:
    by = " (a person)" if answer.by_person else ""
    return Markup("<li>{} <b>{}</b>{}. {} {}</li>").format(
        asked, ANSWER_WORDS[answer.answer], by, answer.reason, _quotes(answer.quotes, citations)
    )


def _quotes(quotes: Sequence[Quote], citations: Citations) -> Markup:
    return Markup(" ").join(
        Markup(
            '<a class="quote" id="{}" href="#{}"><q>{}</q> <span class="num">{}</span></a>'
        ).format(
            citations.cite(quote), anchor(quote), shortened(quote.text), citations.number(quote)
        )
        for quote in quotes
    )


def _place(domain: Domain, number: int) -> str:
    return f"bias-{DOMAINS.index(domain) + 1}-{number}"


def _by_domain(study: ReportedStudy) -> dict[Domain, RiskOfBiasJudgement]:
    return {judgement.domain: judgement for judgement in study.risk_of_bias}


def _level(judged: RiskOfBiasJudgement | None) -> str:
    return judged.judgement if judged is not None else "unclear"


def _overall(study: ReportedStudy) -> OverallRisk:
    return overall_of(study.risk_of_bias)
