"""Small articles of a malaria trial, and what the rules extract of them."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from evidence.findings import values
from evidence.grounding import quote_problem, value_problems
from evidence.judgements import ExtractedOutcome
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.extract import OfflineExtractor
from indexers.jats import read_jats
from indexers.records import Document
from tests.evidence.extraction.table_factory import table_row

TITLE = "Dihydroartemisinin-piperaquine versus artemether-lumefantrine: a randomised trial"
ABSTRACT = (
    "We compared dihydroartemisinin-piperaquine (DP) with artemether-lumefantrine (AL) in "
    "children aged 6 months to 12 years in western Kenya."
)
METHODS = (
    "This open-label randomised controlled trial (ISRCTN36463274) followed children up for 28 days."
)
FLOW = "146 patients entered; 73 were randomly allocated to the DP arm and 73 to the AL arm."


def table_wrap(caption: str, head: list[str], body: list[str], note: str = "") -> str:
    foot = f"<table-wrap-foot><p>{escape(note)}</p></table-wrap-foot>" if note else ""
    return (
        f"<table-wrap><label>Table</label><caption><p>{escape(caption)}</p></caption><table>"
        f"<thead>{''.join(table_row(row, 'th') for row in head)}</thead>"
        f"<tbody>{''.join(table_row(row, 'td') for row in body)}</tbody></table>{foot}</table-wrap>"
    )


def article(folder: Path, results: str, abstract: str = ABSTRACT) -> Document:
    path = folder / "article.xml"
    path.write_text(
        "<article><front><article-meta><title-group>"
        f"<article-title>{TITLE}</article-title></title-group>"
        f"<abstract><p>{escape(abstract)}</p></abstract></article-meta></front><body>"
        f"<sec><title>Methods</title><p>{escape(METHODS)}</p></sec>"
        f"<sec><title>Results</title><p>{escape(FLOW)}</p>{results}</sec></body></article>",
        encoding="utf-8",
    )
    return read_jats(path, "r1")


def asked(*outcomes: str, comparator: str = "artemether-lumefantrine (AL)") -> ClinicalQuestion:
    pico = Pico(
        intervention="dihydroartemisinin-piperaquine (DP, DHA-PQP)",
        comparator=comparator,
        outcomes=outcomes,
    )
    return ClinicalQuestion(text="Which treatment?", pico=pico)


def extracted(document: Document, *outcomes: str, **pico: str) -> tuple[ExtractedOutcome, ...]:
    extraction = OfflineExtractor().extract(asked(*outcomes, **pico), document)
    for outcome in extraction.outcomes:
        assert value_problems(outcome) == []
        for evidence in outcome.evidence:
            assert all(quote_problem(q, document) is None for q in evidence.quotes)
    return extraction.outcomes


def numbers_of(outcome: ExtractedOutcome) -> list[float | None]:
    return list(values(outcome.data).values())
