"""The report as one HTML file: no script, no external request, every claim linked to its quote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import etree
from markupsafe import Markup

from evidence.decision.versions import sides
from evidence.errors import EvidenceError, GroundingError
from evidence.factuality.examination_text import examination_lines
from evidence.factuality.sentences import flag_text
from evidence.findings import OutcomeDirection, PooledEffect, SummaryOfFindingsRow, values
from evidence.findings_text import ABSENT, printed, short_name, telling_domains
from evidence.grounding import quote_problem, quotes_in
from evidence.judgements import ExtractedOutcome, StatedDirection, ValueEvidence
from evidence.prisma import deduplication_text
from evidence.rendering.ai_use_text import HEADS, TITLE, ai_use_text
from evidence.rendering.decision_html import decision_context, is_quotation
from evidence.rendering.doi_link import doi_url
from evidence.rendering.prisma_svg import prisma_svg
from evidence.rendering.risk_of_bias_html import risk_of_bias_section
from evidence.rendering.screening_text import screening_text
from evidence.rendering.signatures import history_lines, standing_lines
from evidence.rendering.source_texts import Citations, anchor, shortened, source_text
from evidence.report import Report, ReportedStudy, ScreenedRecord
from evidence.state import study_label
from evidence.synthesis.findings_table import ROUNDING, SYMBOLS
from evidence.synthesis.statements import plain_statement
from indexers.records import Document, Record

_TEMPLATES = Path(__file__).parent / "templates"
_ABSOLUTE = ("RD", "MD", "SMD")
DIRECTION_SIGNS: Mapping[OutcomeDirection, str] = {
    "increased": "▲", "decreased": "▼", "no_difference": "◄►", "unclear": "?",
}  # fmt: skip
DIRECTION_WORDS: Mapping[OutcomeDirection, str] = {
    "increased": "significantly more with the intervention",
    "decreased": "significantly less with the intervention",
    "no_difference": "no significant difference",
    "unclear": "not clear",
}
LICENCES: Mapping[str, str] = {"by": "CC BY", "cc0": "CC0"}
_SVG = "{http://www.w3.org/2000/svg}"
_UNSAFE_TAGS = ("script", "foreignObject", "a", "image", "iframe", "animate", "set")


def render_html(
    report: Report,
    documents: Mapping[str, Document],
    forest_svgs: Mapping[str, str],
    *,
    for_paper: bool = False,
) -> str:
    """The report as a self-contained page; the same report gives the same text.

    Args:
        report: What to print.
        documents: The quoted documents by digest.
        forest_svgs: A forest plot as SVG by `row_id`; rows without one print none.
        for_paper: Give excluded records a line each, without criteria and quotes: on a screen
            these are folded, on paper they would be most of the pages.

    Raises:
        GroundingError: A quote of the report is not in its document.
        EvidenceError: A forest plot is not SVG.
    """
    quotes = quotes_in(report)
    problems = [quote_problem(q, documents.get(q.document_digest)) for q in quotes]
    found = list(dict.fromkeys(problem for problem in problems if problem is not None))
    if found:
        raise GroundingError(f"the report is not written: {'; '.join(found)}")
    citations = Citations()
    environment = _environment()
    row_numbers = {row.row_id: number for number, row in enumerate(report.rows, 1)}
    context = {
        "report": report,
        "for_paper": for_paper,
        "records": _records(report),
        "citations": citations,
        "css": Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - ours
        "prisma": Markup(prisma_svg(report.prisma)),  # noqa: S704 - escaped where it is drawn
        "forests": {
            row.row_id: inline_svg(forest_svgs[row.row_id], f"forest-{number}-")
            for number, row in enumerate(report.rows, 1)
            if row.row_id in forest_svgs
        },
        "criterion_by_id": {c.criterion_id: c for c in report.question.criteria},
        "deduplication": deduplication_text(report.prisma),
        "screening": screening_text(report.screening),
        "automation": ai_use_text(report.ai_use, report.program_version, report.encoder),
        "automation_title": TITLE,
        "automation_heads": HEADS,
        "methods": pooling_methods(report),
        "standing": standing_lines(report),
        "history": history_lines(report),
        "rounding": ROUNDING,
        "risk_of_bias": lambda: risk_of_bias_section(report, citations),
        "sides": sides(report.question),
        "telling_domains": telling_domains,
        "flag_text": flag_text,
        "examination_lines": examination_lines,
        "stated_directions": lambda row: stated_directions(report, row),
        "direction_signs": DIRECTION_SIGNS,
        "direction_words": DIRECTION_WORDS,
        "row_numbers": row_numbers,
        **decision_context(report, row_numbers),
    }
    body = environment.get_template("report.html.jinja").render(context)
    # The texts come last: by then it is known where each quote is used.
    texts = [
        source_text(documents[digest], citations)
        for digest in dict.fromkeys(q.document_digest for q in citations.quotes.values())
    ]
    sources = environment.get_template("sources.html.jinja").render(context, texts=texts)
    return body.replace("<!-- sources -->", sources, 1)


def inline_svg(svg: str, prefix: str) -> Markup:
    """A plot for the page: ids made unique by the prefix, nothing in it that acts or loads.

    Raises:
        EvidenceError: The text is not an SVG document.
    """
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True
    )
    try:
        root = etree.fromstring(svg.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise EvidenceError(f"a forest plot: expected SVG ({error.msg})") from error
    if root.tag != f"{_SVG}svg":
        raise EvidenceError(f"a forest plot: expected an <svg> element, found {root.tag}")
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or etree.QName(element).localname in _UNSAFE_TAGS:
            _drop(element)
            continue
        for name, value in element.attrib.items():
            plain = etree.QName(name).localname
            if plain.startswith("on") or (plain == "href" and not value.startswith("#")):
                del element.attrib[name]
            elif plain == "id":
                element.set(name, prefix + value)
            elif plain == "href":
                element.set(name, f"#{prefix}{value[1:]}")
            elif plain in ("aria-labelledby", "aria-describedby"):
                element.set(name, " ".join(prefix + part for part in value.split()))
            else:
                element.set(name, re.sub(r"url\(#", f"url(#{prefix}", value))
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704 - cleaned above


def stated_directions(
    report: Report, row: SummaryOfFindingsRow
) -> list[tuple[str, StatedDirection]]:
    """The included studies whose reports tell which way the outcome of a row went."""
    return [
        (study.study, stated)
        for study in report.included
        for stated in study.directions
        if stated.outcome == row.outcome and stated.direction != "unclear"
    ]


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def plain_number(value: float) -> str:
    """An extracted number as the report gave it: no rounding, no trailing zeros."""
    return f"{value:.12g}".replace("-", "−")


def effect_text(row: SummaryOfFindingsRow) -> str:
    """`RR 0.63 (0.47 to 0.85)`; empty when nothing was pooled."""
    if row.effect is None:
        return ""
    estimate, low, high = (printed(row, f"effect.{n}") for n in ("estimate", "ci_low", "ci_high"))
    return f"{row.effect.measure} {estimate} ({low} to {high})"


def pooling_text(effect: PooledEffect) -> str:
    """`RR, model dl, Hartung-Knapp, 3 studies; I² = 12.5 %; τ² = 0.02`."""
    told = f"{effect.measure}, model {_model(effect)}, {effect.k_studies} "
    told += "study" if effect.k_studies == 1 else "studies"
    if effect.i2 is not None:
        told += f"; I² = {round(effect.i2, 1)} %"
    if effect.tau2 is not None:
        told += f"; τ² = {effect.tau2:.3g}"
    return f"{told}. {effect.note}" if effect.note else told


def per_1000(row: SummaryOfFindingsRow, field: str) -> str:
    """A risk or difference for a column that is headed `per 1000`; empty when there is none."""
    text = printed(row, field)
    return "" if text == ABSENT else text.removesuffix(" per 1000")


def difference_text(row: SummaryOfFindingsRow) -> str:
    """`69 fewer (100 fewer to 27 fewer)`; empty when the row has no absolute effect."""
    text, low, high = (per_1000(row, f"difference{end}_per_1000") for end in ("", "_low", "_high"))
    return f"{text} ({low} to {high})" if text and low and high else text


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        anchor=anchor,
        shortened=shortened,
        study_label=study_label,
        doi_url=doi_url,
        licences=LICENCES,
        plain_number=plain_number,
        effect_text=effect_text,
        pooling_text=pooling_text,
        difference_text=difference_text,
        per_1000=per_1000,
        is_absolute=lambda row: row.effect is not None and row.effect.measure in _ABSOLUTE,
        data_values=lambda outcome: values(outcome.data),
        evidence_of=_evidence_of,
        certainty_signs=SYMBOLS,
        plain_statement=plain_statement,
    )
    environment.tests["quotation"] = is_quotation
    environment.filters["short"] = short_name
    environment.filters["words"] = lambda name: name.replace("_", " ")
    return environment


def pooling_methods(report: Report) -> list[str]:
    """The measures and models of pooling that were used, in the order of the outcomes."""
    used = [row.effect for row in report.rows if row.effect is not None]
    return list(dict.fromkeys(f"{effect.measure}, {_model(effect)}" for effect in used))


def _model(effect: PooledEffect) -> str:
    return effect.model + (", Hartung-Knapp" if effect.hartung_knapp else "")


def _records(report: Report) -> dict[str, Record]:
    reported: list[ReportedStudy | ScreenedRecord] = list(report.included)
    reported += [*report.awaiting, *report.excluded]
    return {item.record.record_id: item.record for item in reported}


def _evidence_of(outcome: ExtractedOutcome) -> dict[str, ValueEvidence]:
    return {item.field: item for item in outcome.evidence}
