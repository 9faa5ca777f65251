"""The studies that are not randomised in a report: ROBINS-I, in tables and plots of its own."""

from __future__ import annotations

from markupsafe import Markup

from evidence.appraisal.robins_i import (
    DOMAIN,
    DOMAINS,
    VERSION,
    Domain,
    StatedLevel,
    overall_so_far,
)
from evidence.findings import SummaryOfFindingsRow
from evidence.findings_text import short_name
from evidence.judgements import RobinsIJudgement
from evidence.rendering.risk_of_bias_parts import (
    figures,
    light,
    numbered_studies,
    table,
    weights,
)
from evidence.rendering.rob_summary_svg import rob_summary_svg
from evidence.rendering.traffic_light_svg import (
    LEVEL_WORDS,
    ROBINS_I_DOMAINS,
    ROBINS_I_LEVELS,
    JudgedStudy,
    traffic_light_svg,
)
from evidence.report import Report, ReportedStudy

LED_BY = (
    "Studies that are not randomised, judged by people; no engine proposes a level. A critical or "
    "serious domain decides the overall judgement."
)


def robins_i_part(report: Report) -> Markup:
    """Table, plots and reasons; empty where all included studies are judged with RoB 2."""
    studies = numbered_studies(report, "robins-i")
    if not studies:
        return Markup("")
    waiting = sum(len(_by_domain(study)) < len(DOMAINS) for _, study in studies)
    rows = Markup("").join(_row(number, study) for number, study in studies)
    return Markup(
        '<h3 id="robins-i">ROBINS-I <small>{n}</small></h3><p class="by">{version}. {led_by} '
        "{waiting} of {n} studies wait for a person.</p>{table}{plots}{details}"
    ).format(
        n=len(studies),
        version=VERSION,
        led_by=LED_BY,
        waiting=waiting,
        table=table("ROBINS-I", [*(each.title for each in DOMAINS), "Overall"], rows),
        plots=figures(robins_i_svgs(report)),
        details=Markup("").join(_study_details(number, study) for number, study in studies),
    )


def outlined_studies(report: Report, row: SummaryOfFindingsRow | None = None) -> list[JudgedStudy]:
    """The rows of the plots, with an outcome only those that carry weight in it."""
    shares = weights(row) if row is not None else None
    return [
        JudgedStudy(
            study=study.study,
            judgements=tuple(_level(study, domain) for domain in DOMAIN),
            overall=overall_of_study(study),
            weight=None if shares is None else shares[study.record.record_id],
        )
        for _, study in numbered_studies(report, "robins-i")
        if shares is None or study.record.record_id in shares
    ]


def robins_i_svgs(report: Report) -> list[tuple[str, str]]:
    """What each plot shows, and the plot: traffic lights, then a summary for each pooled outcome.

    Nothing where all included studies are judged with RoB 2.
    """
    everyone = outlined_studies(report)
    if not everyone:
        return []
    title = "Risk of bias by ROBINS-I"
    lights = traffic_light_svg(
        everyone, ROBINS_I_DOMAINS, ROBINS_I_LEVELS, title=title, name="robins-studies"
    )
    plots = [(f"{title}, each study", lights)]
    for number, row in enumerate(report.rows, 1):
        weighted = outlined_studies(report, row)
        if weighted:
            about = f"{title}: {short_name(row.outcome)}"
            plots.append((about, _summary(weighted, about, f"robins-row-{number}", weighted=True)))
    if len(plots) == 1:
        about = f"{title}, across studies"
        plots.append((about, _summary(everyone, about, "robins-all", weighted=False)))
    return plots


def overall_of_study(study: ReportedStudy) -> StatedLevel:
    """The overall judgement by ROBINS-I; `unclear` while a domain that may decide is open."""
    return overall_so_far({judged.domain: judged.judgement for judged in study.robins_i})


def _summary(studies: list[JudgedStudy], title: str, name: str, *, weighted: bool) -> str:
    return rob_summary_svg(
        studies, ROBINS_I_DOMAINS, ROBINS_I_LEVELS, weighted=weighted, title=title, name=name
    )


def _row(number: int, study: ReportedStudy) -> Markup:
    cells = Markup("").join(
        Markup('<td><a href="#{}">{}</a></td>').format(
            _place(domain, number), light(_level(study, domain))
        )
        for domain in DOMAIN
    )
    return Markup('<tr><th scope="row"><a href="#study-{}">{}</a></th>{}<td>{}</td></tr>').format(
        number, study.study, cells, light(overall_of_study(study))
    )


def _study_details(number: int, study: ReportedStudy) -> Markup:
    judged = _by_domain(study)
    return Markup("<details><summary>{}: overall {}</summary>{}</details>").format(
        study.study,
        LEVEL_WORDS[overall_of_study(study)].lower(),
        Markup("").join(
            _domain_details(_place(domain, number), domain, judged.get(domain)) for domain in DOMAIN
        ),
    )


def _domain_details(place: str, domain: Domain, judged: RobinsIJudgement | None) -> Markup:
    title = DOMAIN[domain].title
    if judged is None:
        return Markup('<h4 id="{}">{}: not judged</h4>').format(place, title)
    return Markup('<h4 id="{}">{} {}</h4><p class="by">{}: {}</p>').format(
        place, title, light(judged.judgement), judged.provenance.actor, judged.provenance.reason
    )


def _by_domain(study: ReportedStudy) -> dict[Domain, RobinsIJudgement]:
    return {judged.domain: judged for judged in study.robins_i}


def _level(study: ReportedStudy, domain: Domain) -> StatedLevel:
    judged = _by_domain(study).get(domain)
    return judged.judgement if judged is not None else "unclear"


def _place(domain: Domain, number: int) -> str:
    return f"robins-{list(DOMAIN).index(domain) + 1}-{number}"
