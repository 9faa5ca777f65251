"""Small articles with one table, and what the extractor reads in it."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.outcomes import outcome_concept
from evidence.extraction.ranked_results import ranked_findings
from evidence.extraction.results import Finding
from evidence.extraction.table_results import table_findings
from evidence.extraction.wording import Span
from indexers.jats import read_jats
from indexers.records import Document

ARMS = (
    TrialArm("intervention", "acupuncture", ("acupuncture",), Span(0, 1)),
    TrialArm("comparator", "sham", ("sham",), Span(0, 1)),
)


def table_row(line: str, tag: str) -> str:
    """A row of cells with | between them; `{c2}` behind a text is a colspan, `{r2}` a rowspan."""
    cells = []
    for cell in line.split("|"):
        text, _, span = cell.strip().partition("{")
        wide = {"c": "colspan", "r": "rowspan"}.get(span[:1])
        attribute = f' {wide}="{span[1:-1]}"' if wide else ""
        cells.append(f"<{tag}{attribute}>{escape(text)}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def document(
    folder: Path, head: list[str], body: list[str], *, caption: str = "Outcomes", note: str = ""
) -> Document:
    path = folder / "article.xml"
    foot = f"<table-wrap-foot><p>{escape(note)}</p></table-wrap-foot>" if note else ""
    path.write_text(
        "<article><front><article-meta><title-group><article-title>A randomised trial"
        "</article-title></title-group></article-meta></front><body><sec><title>Results</title>"
        f"<table-wrap><label>Table 1</label><caption><p>{escape(caption)}</p></caption><table>"
        f"<thead>{''.join(table_row(r, 'th') for r in head)}</thead>"
        f"<tbody>{''.join(table_row(r, 'td') for r in body)}</tbody></table>{foot}</table-wrap>"
        "</sec></body></article>",
        encoding="utf-8",
    )
    return read_jats(path, "r1")


def strict(
    made: Document, outcome: str, arms: tuple[TrialArm, ...] = ARMS, spread: str | None = None
) -> list[Finding]:
    concept = outcome_concept(outcome, abbreviations(made))
    return table_findings(made.tables[0], (concept,), arms, 2, spread)


def ranked(made: Document, outcome: str, arms: tuple[TrialArm, ...] = ARMS) -> list[Finding]:
    definitions = abbreviations(made)
    concept = outcome_concept(outcome, definitions)
    return ranked_findings(made.tables, concept, arms, 2, None, definitions)


def numbers(finding: Finding) -> dict[str, float]:
    return {name: value.number for name, value in finding.values.items()}
