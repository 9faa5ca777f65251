"""An invented review whose people decide, and files of its reports: no such trials exist."""

from __future__ import annotations

import textwrap
from pathlib import Path
from xml.sax.saxutils import escape

from evidence.config import ScreeningSettings, Settings
from evidence.judgements import Phase, Provenance, ScreeningDecision, Verdict
from evidence.project import Project
from evidence.review import new_project
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.store import Store
from tests.evidence.trial_factory import QUESTION
from tests.indexers.guideline_files import page_content, write_pdf

ABSTRACT = (
    "METHODS: We randomly assigned adults with acute gleam fever to solvane or placebo. RESULTS: "
    "Relapse was rarer with solvane."
)
METHODS = (
    "Between 2015 and 2018 we enrolled adults aged 18 years or older with acute gleam fever at "
    "twelve hospitals. They were randomly allocated in a 1:1 ratio to solvane 40 mg once daily or "
    "matching placebo for 14 days, with concealed allocation by a central telephone service."
)
RESULTS = (
    "Relapse within 28 days occurred in 25 of 206 patients who were given solvane and in 41 of 206 "
    "patients who were given placebo. Nausea was reported by 12 patients in each of the groups."
)


def record(number: int, **fields: object) -> Record:
    given: dict[str, object] = {
        "title": f"Solvane for acute gleam fever in {PLACES[number]}: a randomised trial",
        "authors": (f"Okoro{number}, Ada", "Lind, Per"),
        "year": 2010 + number,
        "journal": "Journal of Things That Are Not",
        "abstract": f"{ABSTRACT} It was done in {PLACES[number]}.",
        "doi": f"10.5555/gleam.{number}",
        "pmid": f"9000{number}",
        "pmcid": f"PMC7000{number}",
    }
    return Record.model_validate(
        {"record_id": f"r{number}", "source": "Invented", **given, **fields}
    )


PLACES = (
    "northern coastal towns",
    "mountain villages",
    "large island hospitals",
    "desert field stations",
    "river delta clinics",
    "prison infirmaries",
)
RECORDS = tuple(record(number) for number in range(len(PLACES)))


def write_jats(path: Path, of: Record, *, body: str = "", ids: bool = True) -> Path:
    """A JATS article of a record; `body` stands in place of methods and results."""
    own = body or (
        f"<sec><title>Methods</title><p>{METHODS}</p></sec>"
        f"<sec><title>Results</title><p>{RESULTS}</p></sec>"
    )
    found = {"pmid": of.pmid, "pmcid": of.pmcid, "doi": of.doi} if ids else {}
    told = "".join(
        f'<article-id pub-id-type="{kind}">{escape(value)}</article-id>'
        for kind, value in found.items()
        if value
    )
    path.write_text(
        f"<article><front><article-meta>{told}<title-group><article-title>{escape(of.title)}"
        f"</article-title></title-group><abstract><p>{escape(of.abstract)}</p></abstract>"
        f"</article-meta></front><body>{own}</body></article>",
        encoding="utf-8",
    )
    return path


def write_article_pdf(path: Path, of: Record, *, pages: int = 1, extra: str = "") -> Path:
    """A PDF of a record's report, in lines of 70 characters."""
    paragraphs = (of.title, "Abstract", of.abstract, "Methods", METHODS, "Results", RESULTS, extra)
    lines = [line for text in paragraphs for line in textwrap.wrap(text, 70)]
    return write_pdf(path, [page_content("\n".join(lines))] * pages)


def make_store(folder: Path, full_texts: dict[str, Path]) -> Path:
    Store.build(folder, RECORDS, named_encoder("static"), full_text=full_texts)
    return folder


def make_project(path: Path, store: Path, *, people: bool = True) -> Project:
    screening = ScreeningSettings(decided_by="people" if people else "machine")
    return new_project(path, QUESTION, Settings(screening=screening), store)


def decided(
    record_id: str, verdict: Verdict, by: str = "Ada Okoro", phase: Phase = "title_abstract"
) -> ScreeningDecision:
    return ScreeningDecision(
        record_id=record_id,
        phase=phase,
        verdict=verdict,
        exclusion_reason="Another population" if verdict == "exclude" else None,
        provenance=Provenance(actor=by, engine="person"),
    )
