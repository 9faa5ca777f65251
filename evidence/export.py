"""Exports of a review; each refuses what is not grounded.

Every format is made from the one report, after the whole project was verified and each sentence of
the recommendation was looked at again: one without a quote or a computed value stops them all.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal, get_args

from evidence.errors import GroundingError, SettingsError
from evidence.findings import Sentence, values
from evidence.grounding import quotes_in, sentence_problems
from evidence.prisma import deduplication_text
from evidence.project import Project
from evidence.rendering.ai_use_text import TITLE, AiUseText, ai_use_markdown, ai_use_text
from evidence.rendering.decision_markdown import decision_markdown
from evidence.rendering.decision_text import ToldDecision, decision_text
from evidence.rendering.markdown_text import markdown_literal
from evidence.rendering.report_docx import render_docx
from evidence.rendering.screening_text import screening_text
from evidence.rendering.signatures import history_lines, recommendation_title, standing_lines
from evidence.rendering.summary_of_findings_text import summary_of_findings_markdown
from evidence.report import Report, ReportedStudy, ScreenedRecord, build_report
from evidence.synthesis.findings_table import FindingsTable, findings_table
from evidence.verification import verify_log
from evidence.writing import write_whole
from indexers.records import Document
from indexers.spreadsheet_cells import inert_cell

ExportFormat = Literal["docx", "html", "pdf", "md", "csv", "ris", "json"]


def export(project: Project, export_format: str, path: Path) -> Path:
    """Write one export and return its path; raises what `exported` raises.

    Raises:
        SourceError: The file cannot be written there.
    """
    write_whole(path, exported(project, export_format))
    return path


def exported(project: Project, export_format: str) -> bytes:
    """One export as the bytes of a file.

    Raises:
        GroundingError: The project does not verify: a quote, a value or the chain is at fault.
        SettingsError: The format is unknown.
        PrintingError: No browser is installed that prints a PDF, or it failed.
    """
    if export_format not in get_args(ExportFormat):
        formats = ", ".join(get_args(ExportFormat))
        raise SettingsError(f"format {export_format!r}: expected one of {formats}")
    report = build_report(project)
    problems = [*verify_log(project), *_unsupported(report)]
    if problems:
        raise GroundingError(
            f"{project.path}: not exported, {len(problems)} problems; the first: {problems[0]}"
        )
    match export_format:
        case "docx":
            return render_docx(report)
        case "html":
            return report_html(project, report).encode()
        case "pdf":
            from evidence.rendering.report_pdf import render_pdf

            return render_pdf(report_html(project, report, for_paper=True))
        case "md":
            return _markdown(report).encode()
        case "csv":
            return _csv(report).encode()
        case "ris":
            from indexers.tagged import ris_lines

            lines = (line for study in report.included for line in ris_lines(study.record))
            return "".join(f"{line}\n" for line in lines).encode()
        case _:
            return (report.model_dump_json(indent=1) + "\n").encode()


def _unsupported(report: Report) -> list[str]:
    """The log takes an abstention in plain words; an export takes no sentence without support."""
    if report.recommendation is None:
        return []
    return [
        f"recommendation: {problem}"
        for sentence in report.recommendation.every_sentence
        for problem in sentence_problems(sentence)
    ]


def write_report(project: Project, folder: Path) -> Path:
    """Write report.json and report.html into a folder; the same log gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    export(project, "json", folder / "report.json")
    return export(project, "html", folder / "report.html")


def report_html(project: Project, report: Report, *, for_paper: bool = False) -> str:
    """The report as one HTML file, with its plots and the texts that it quotes.

    Args:
        project: Holds the texts.
        report: What to print.
        for_paper: Excluded records have a line each, their criteria and quotes are left out.
    """
    from evidence.rendering.report_html import render_html
    from evidence.synthesis.forest import forest_svg

    forests = {row.row_id: forest_svg(row) for row in report.rows if row.effect is not None}
    texts = _quoted_texts(project, report)
    return render_html(report, texts, forests, for_paper=for_paper)


def _quoted_texts(project: Project, report: Report) -> dict[str, Document]:
    """The texts that the report quotes; one that several records share goes by the one reported."""
    texts: dict[str, Document] = {}
    reported: list[ReportedStudy | ScreenedRecord] = [*report.included]
    for item in (*reported, *report.awaiting, *report.excluded):
        own = {"record_id": item.record.record_id}
        for digest in {quote.document_digest: None for quote in quotes_in(item)}:
            document = project.document(digest)
            if document is not None:
                texts.setdefault(digest, document.model_copy(update=own))
    for quote in quotes_in(report):
        document = project.document(quote.document_digest)
        if document is not None:
            texts.setdefault(quote.document_digest, document)
    return texts


def _markdown(report: Report) -> str:
    title = recommendation_title(report)
    lines = [f"# {markdown_literal(report.question.text)}", "", f"## {title}", ""]
    lines += [markdown_literal(sentence.text) for sentence in _sentences(report)]
    lines += [line for told in standing_lines(report) for line in ("", markdown_literal(told))]
    lines += ["", "Decision support only: a person decides.", "", "## Summary of findings", ""]
    lines += summary_of_findings_markdown(_findings(report)).splitlines()
    told = _decision(report)
    lines += decision_markdown(told) if told is not None else []
    lines += ["", "## Duplicates", "", deduplication_text(report.prisma)]
    lines += _screening_markdown(report)
    history = history_lines(report)
    if history:
        lines += ["", "## Versions of the recommendation", ""]
    lines += [f"{number}. {markdown_literal(told)}" for number, told in enumerate(history, 1)]
    lines += ["", f"## {TITLE}", "", ai_use_markdown(_automation(report))]
    lines += ["## Included studies", ""]
    for study in report.included:
        doi = f" doi:{study.record.doi}" if study.record.doi else ""
        lines.append(f"- {markdown_literal(f'{study.study}: {study.record.title}.{doi}')}")
    return "\n".join(lines) + "\n"


def _screening_markdown(report: Report) -> list[str]:
    told = screening_text(report.screening)
    lines = ["", "## Screening"]
    lines += [line for paragraph in told.paragraphs for line in ("", markdown_literal(paragraph))]
    if told.agreement:
        lines += ["", "### Agreement of the reviewers", ""]
        lines += [f"- {markdown_literal(line)}" for line in told.agreement]
    if told.certificate:
        lines += ["", "### Stopping certificate", ""]
        lines += [f"- {markdown_literal(f'{name}: {text}')}" for name, text in told.certificate]
    return lines


def _automation(report: Report) -> AiUseText:
    return ai_use_text(report.ai_use, report.program_version, report.encoder)


def _findings(report: Report) -> FindingsTable:
    return findings_table(report.rows, report.question.pico.intervention)


def _sentences(report: Report) -> tuple[Sentence, ...]:
    return report.recommendation.sentences if report.recommendation else ()


def _decision(report: Report) -> ToldDecision | None:
    return decision_text(report.recommendation) if report.recommendation else None


def _csv(report: Report) -> str:
    """One line an extracted number, with where it stands."""
    table = io.StringIO()
    lines = [line for study in report.included for line in _number_lines(study)]
    names = list(lines[0]) if lines else ["record_id"]
    writer = csv.DictWriter(table, names, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        cells = {k: inert_cell(v) if isinstance(v, str) else v for k, v in line.items()}
        writer.writerow(cells)
    return table.getvalue()


def _number_lines(study: ReportedStudy) -> list[dict[str, object]]:
    return [
        {
            "record_id": outcome.record_id,
            "study": study.study,
            "outcome": outcome.outcome,
            "reported_as": outcome.reported_as,
            "time_point": outcome.time_point or "",
            "intervention": outcome.intervention,
            "comparator": outcome.comparator,
            "field": item.field,
            "value": values(outcome.data)[item.field],
            "derivation": item.derivation or "",
            "quote": item.quotes[0].text,
            "document_digest": item.quotes[0].document_digest,
            "start": item.quotes[0].start,
            "end": item.quotes[0].end,
            "flags": "; ".join(outcome.flags),
        }
        for outcome in study.outcomes
        for item in outcome.evidence
    ]
