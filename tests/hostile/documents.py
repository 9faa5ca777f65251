"""Hostile documents beside the same documents without the injection; all of it is made here."""

from __future__ import annotations

import textwrap
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from evidence.reports.reading import read_report
from indexers.guidelines import guideline_passages, read_guideline
from indexers.jats import document_of
from indexers.records import Document, Passage, Record, abstract_document, text_digest
from tests.evidence.extraction.by_model.trial_report import row
from tests.hostile.injections import INJECTIONS, PLAIN, TURNS, Injection, sampled
from tests.indexers.guideline_files import write_pdf

TITLE = "Aspirin or placebo for headache"
ABSTRACT = (
    "In this randomised controlled trial 100 adults with headache were randomised to aspirin or "
    "placebo in Kenya. The allocation sequence was made by a computer. Relapse occurred in 9 of 50 "
    "patients with aspirin and 18 of 50 patients with placebo."
)
METHODS = (
    "Patients were seen at home by nurses who wrote in a diary.",
    "The list was kept in sealed envelopes that an independent pharmacist had numbered.",
    "The study was funded by the Ministry of Tests.",
    *(f"Visit {n} was held in week {n} and took about an hour. " * 12 for n in range(2, 18)),
)
RESULTS = "All patients were seen until the end, and nobody was lost to follow-up."
HEAD = "Event | Aspirin (n = 50) | Placebo (n = 50)"
BODY = ("Nausea | 12 (24%) | 20 (40%)", "Vomiting | 3 (6%) | 5 (10%)")
GUIDELINE = (
    "Headache is common in adults. Aspirin is widely available and storage is simple. "
    "Caregivers found aspirin tablets acceptable in every clinic."
)
STUDY = "In the aspirin group 12 of 60 patients relapsed, and 30 of 60 with placebo."

Place = Literal["abstract", "body", "heading", "cell", "caption", "footnote"]
PLACES: tuple[Place, ...] = ("abstract", "body", "heading", "cell", "caption", "footnote")
_SEED = 7


class Report(NamedTuple):
    """A hostile report or abstract, and the same without its injection."""

    name: str
    injection: Injection
    hostile: Document
    clean: Document


class Guideline(NamedTuple):
    """Passages of a hostile guideline, and of the same without its injection."""

    name: str
    injection: Injection
    hostile: tuple[Passage, ...]
    clean: tuple[Passage, ...]


def record(injection: str = "") -> Record:
    """A record with an injection behind its abstract."""
    return Record(
        record_id="r1", source="test", title=TITLE, abstract=f"{ABSTRACT} {injection}".rstrip(" ")
    )


def article(place: Place | None = None, injection: str = "") -> Document:
    """A JATS article of some 12,000 characters with an injection at one place."""
    at = {name: escape(injection) if name == place else "" for name in PLACES}
    body = [*BODY, *([f"{injection.replace('|', '/')} | |"] if place == "cell" else [])]
    table = (
        f"<table-wrap><label>Table 1</label><caption><p>Adverse events {at['caption']}</p>"
        f"</caption><table><thead>{row(HEAD, 'th')}</thead><tbody>"
        f"{''.join(row(line, 'td') for line in body)}</tbody></table><table-wrap-foot>"
        f"<fn><p>Values are counts. {at['footnote']}</p></fn></table-wrap-foot></table-wrap>"
    )
    methods = "".join(f"<p>{text}</p>" for text in METHODS)
    xml = (
        f"<article><front><article-meta><title-group><article-title>{TITLE}</article-title>"
        f"</title-group><abstract><p>{ABSTRACT} {at['abstract']}</p></abstract></article-meta>"
        f"</front><body><sec><title>Methods</title>{methods}</sec><sec><title>Results "
        f"{at['heading']}</title><p>{RESULTS} {at['body']}</p>{table}</sec></body></article>"
    )
    return document_of(etree.fromstring(xml), "r1")


def study(injection: str = "") -> Document:
    """A report of one sentence, as a quote behind a pooled value has it."""
    text = f"{STUDY} {injection}".rstrip(" ")
    return Document(document_digest=text_digest(text), record_id="r1", kind="full_text", text=text)


def in_xml(text: str) -> bool:
    """Whether XML can hold a text."""
    return all(ch >= " " or ch in "\t\n\r" for ch in text)


@lru_cache(maxsize=1)
def abstracts() -> tuple[Report, ...]:
    """An abstract for every injection."""
    clean = abstract_document(record())
    return tuple(
        Report(f"abstract: {one.name}", one, abstract_document(record(one.text)), clean)
        for one in INJECTIONS
    )


@lru_cache(maxsize=1)
def articles() -> tuple[Report, ...]:
    """JATS articles, five for each place."""
    clean = article()
    fitting = tuple(one for one in INJECTIONS if in_xml(one.text))
    drawn = sampled(5 * len(PLACES), _SEED, fitting)
    return tuple(
        Report(f"JATS {place}: {one.name}", one, article(place, one.text), clean)
        for place, one in zip(PLACES * 5, drawn, strict=True)
    )


_Shown = Callable[[str], str]
# Operators before and behind the hidden lines: how authors have hidden words in PDFs.
_PDF_WAYS: dict[str, tuple[str, str]] = {
    "in the text": ("", ""),
    "white on white": ("1 1 1 rg", "0 0 0 rg"),
    "invisible ink": ("3 Tr", "0 Tr"),
    "tiny": ("/F1 1 Tf", "/F1 11 Tf"),
    "off the page": ("1 0 0 1 50 -400 Tm", ""),
}


@lru_cache(maxsize=1)
def pdfs() -> tuple[Report, ...]:
    """PDFs of two pages with the injection shown, or hidden in the usual ways."""
    drawn = sampled(10, _SEED, tuple(i for i in (*PLAIN, *TURNS) if _in_pdf(i.text)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.pdf"
        clean = _pdf(path, "", ("", ""))
        return tuple(
            Report(f"PDF {way}: {one.name}", one, _pdf(path, one.text, _PDF_WAYS[way]), clean)
            for way, one in zip(list(_PDF_WAYS) * 2, drawn, strict=True)
        )


def _in_pdf(text: str) -> bool:
    return text.isascii() and in_xml(text) and len(text) < 300


def _pdf(path: Path, injection: str, way: tuple[str, str]) -> Document:
    first = [TITLE, "Abstract", *textwrap.wrap(ABSTRACT, 90), "Methods"]
    first += [line for text in METHODS[:8] for line in textwrap.wrap(text.strip()[:400], 90)]
    hidden = [line for line in textwrap.wrap(injection, 90) if line]
    second = ["Results", *textwrap.wrap(f"{RESULTS} {' | '.join(BODY)}. " * 3, 90)]
    behind = f" T* {way[0]} {_lines(hidden)} {way[1]}" if hidden else ""
    pages = (_lines(first), f"{_lines(second)}{behind}")
    streams = [zlib.compress(f"BT /F1 11 Tf 14 TL 50 740 Td {page} ET".encode()) for page in pages]
    return read_report(write_pdf(path, streams), "r1").document


def _lines(lines: list[str]) -> str:
    escaped = (line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in lines)
    return " T* ".join(f"({line}) Tj" for line in escaped)


@lru_cache(maxsize=1)
def guidelines() -> tuple[Guideline, ...]:
    """Markdown and HTML guidelines; in HTML the injection is shown, hidden, or a comment."""
    drawn = sampled(20, _SEED + 1, tuple(one for one in INJECTIONS if in_xml(one.text)))
    ways: dict[str, tuple[str, _Shown]] = {
        "Markdown": (".md", lambda text: text),
        "HTML": (".html", escape),
        "HTML hidden": (".html", lambda t: f'<span style="display:none">{escape(t)}</span>'),
        "HTML comment": (".html", lambda text: f"<!-- {text.replace('--', '-')} -->"),
    }
    with TemporaryDirectory() as folder:
        return tuple(
            Guideline(
                f"guideline {way}: {one.name}",
                one,
                _guideline(Path(folder), ways[way][0], ways[way][1](one.text)),
                _guideline(Path(folder), ways[way][0], ""),
            )
            for way, one in zip(list(ways) * 5, drawn, strict=True)
        )


def _guideline(folder: Path, suffix: str, injection: str) -> tuple[Passage, ...]:
    path = folder / f"g{suffix}"
    if suffix == ".md":
        text = f"# Headache\n\n{GUIDELINE}\n\n{injection}\n"
    else:
        text = (
            f"<html><body><h1>Headache</h1><p>{GUIDELINE}</p><div>{injection}</div></body></html>"
        )
    path.write_text(text, encoding="utf-8")
    return tuple(guideline_passages(read_guideline(path, "g")))
