"""`evidence search`, `evidence search-batch` and `evidence deduplicate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evidence.console import JsonFlag, progress_bars, say, show

if TYPE_CHECKING:
    from evidence.searching.batch import BatchQuery, Source
    from evidence.searching.batch_report import SearchedSource
    from evidence.searching.live import LiveSearcher
    from evidence.searching.store import Found

search_app = typer.Typer()

OptionalStore = Annotated[Path | None, typer.Option("--store", help="The store's folder.")]
SyntaxOption = Annotated[
    Literal["pubmed", "ovid", "natural"], typer.Option("--syntax", help="How queries are written.")
]
LiveName = Literal["pubmed", "europe_pmc", "clinicaltrials"]
Email = Annotated[
    str | None,
    typer.Option("--email", envvar="NCBI_EMAIL", help="Who asks, for PubMed (or NCBI_EMAIL)."),
]
ApiKey = Annotated[
    str | None,
    typer.Option(envvar="NCBI_API_KEY", hidden=True, help="Read from NCBI_API_KEY only."),
]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", hidden=True, help="Another server of the protocol.")
]


@search_app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="The query; or give --file.")] = None,
    store: OptionalStore = None,
    out: Annotated[
        Path | None, typer.Option(help="FILE.ris, .nbib, .csv, .jsonl, .bib or .xml")
    ] = None,
    syntax: SyntaxOption = "pubmed",
    limit: Annotated[int | None, typer.Option(min=1, help="How many records at most.")] = None,
    file: Annotated[Path | None, typer.Option(help="Read the query from this file.")] = None,
    check: Annotated[
        Path | None, typer.Option(help="Only parse this file: the tree, or where it fails.")
    ] = None,
    lint: Annotated[
        Path | None, typer.Option(help="Look this strategy over, after PRESS; nothing is run.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="What each line and part finds, adds and loses.")
    ] = False,
    known: Annotated[
        Path | None,
        typer.Option(help="With --explain: records that must be found, as ids or records."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Search a service instead of a store.")] = (
        False
    ),
    source: Annotated[LiveName, typer.Option(help="With --live: the service.")] = "pubmed",
    email: Email = None,
    api_key: ApiKey = None,
    base_url: BaseUrl = None,
    as_json: JsonFlag = False,
) -> None:
    """Search a store or a live service, or look into a strategy.

    Boolean queries find all that match; plain words (--syntax natural) rank by words and meaning.
    A live download that was stopped goes on where it ended; its pages stay in FILE.download.
    """
    from evidence.searching.store import check_query, read_query

    for path, done in ((check, check_query), (lint, None)):
        if path is None:
            continue
        if query is not None or store is not None or out is not None or syntax == "natural":
            raise typer.BadParameter("--check and --lint take a file and --syntax pubmed or ovid")
        if done is None:
            _lint(path, syntax, as_json)
        else:
            typer.echo(json.dumps(done(path, syntax), ensure_ascii=False, indent=1))
        return
    if file is not None:
        query = read_query(file) if query is None else None
    if query is None:
        raise typer.BadParameter("expected one query: in words, or in a file with --file")
    if explain:
        if store is None or syntax == "natural" or live:
            raise typer.BadParameter("--explain takes a query, --store DIR and pubmed or ovid")
        _explain(query, store, syntax, known, as_json)
        return
    if out is None or (store is None) is not live:
        raise typer.BadParameter(
            'expected "QUERY" --store DIR --out FILE, "QUERY" --live --out FILE, or --check FILE'
        )
    if live:
        searcher = _live(source, email, api_key, base_url)
        with progress_bars(as_json) as progress:
            found = _downloaded(
                searcher, query, out.with_name(f"{out.name}.download"), limit, progress
            )
    else:
        from evidence.searching.store import StoreSearcher

        assert store is not None  # noqa: S101 (told to the type checker)
        found = StoreSearcher(store).search(query, syntax, limit)
    _write(found, out, syntax, live, as_json)


def _write(found: Found, out: Path, syntax: str, live: bool, as_json: bool) -> None:
    from indexers.references import write_records

    write_records(found.records, out)
    n = len(found.records)
    hint = "" if n or live or syntax == "natural" else "; for plain words use --syntax natural"
    more = f" of {found.n_found}" if found.n_found > n else ""
    told = (f"read as: {found.translation}",) if found.translation else ()
    words = [*told, *found.notices, f"{n}{more} records: {out}{hint}"]
    value = {"file": str(out), "n_records": n, **found.model_dump(exclude={"records"})}
    show(as_json, value, "\n".join(words))


def _lint(path: Path, syntax: Literal["pubmed", "ovid", "natural"], as_json: bool) -> None:
    from evidence.query_debugger.finding import findings_text
    from evidence.query_debugger.lint import lint
    from evidence.searching.store import read_query

    found = lint(read_query(path), "ovid" if syntax == "ovid" else "pubmed")
    value = {"file": str(path), "findings": [finding.model_dump() for finding in found]}
    show(as_json, value, findings_text(found))
    if any(finding.severity != "note" for finding in found):
        raise typer.Exit(1)


def _explain(
    query: str,
    store: Path,
    syntax: Literal["pubmed", "ovid", "natural"],
    known: Path | None,
    as_json: bool,
) -> None:
    from evidence.query_debugger.explain import explain
    from evidence.query_debugger.explanation_text import as_text
    from evidence.query_debugger.finding import findings_text
    from evidence.query_debugger.lint import lint
    from evidence.query_debugger.suggest import suggest
    from evidence.query_debugger.suggestion import suggestions_text
    from evidence.searching.store import parsed, read_known
    from indexers.store import Store

    written: Literal["pubmed", "ovid"] = "ovid" if syntax == "ovid" else "pubmed"
    strategy = parsed(query, written)
    opened = Store.open(store)
    wanted = read_known(known) if known is not None else []
    explanation = explain(strategy, opened, wanted, syntax=written)
    suggestions = suggest(strategy, opened, wanted, syntax=written) if explanation.lost else ()
    findings = lint(query, written)
    value: dict[str, Any] = {
        **explanation.model_dump(),
        "suggestions": [suggestion.model_dump() for suggestion in suggestions],
        "findings": [finding.model_dump() for finding in findings],
    }
    parts = [as_text(explanation)]
    if suggestions:
        parts.append(f"Terms that would find lost records\n{suggestions_text(suggestions)}")
    parts.append(f"A second look at the strategy\n{findings_text(findings)}")
    show(as_json, value, "\n\n".join(parts))


@search_app.command()
def strategy(
    question: Annotated[Path, typer.Argument(help="A question.toml with a search strategy.")],
    platform: Annotated[
        Literal["pubmed", "ovid", "embase", "central", "wos", "scopus"],
        typer.Option("--for", help="In whose syntax it is written."),
    ] = "pubmed",
    store: OptionalStore = None,
    out: Annotated[Path | None, typer.Option(help="Write the lines to this file.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a question's strategy for a database; with --store, how many records each line finds.

    What a database cannot say is named, never dropped in silence.
    """
    from evidence.searching.question_strategy import written_strategy

    written = written_strategy(question, platform, store)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(written.text + "\n", encoding="utf-8")
    counts = dict(written.line_counts)
    words = [
        f"{line}    # {counts[n]:,} records" if n in counts else line
        for n, line in enumerate(written.text.splitlines(), 1)
    ]
    words += [f"not translated: {term}" for term in written.untranslated]
    show(as_json, written.model_dump(), "\n".join(words))


@search_app.command("search-batch")
def search_batch(
    queries: Annotated[
        Path,
        typer.Argument(
            metavar="QUERIES.csv",
            help="One query a row: a column query, and if wanted name, syntax and limit.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The folder for results and reports.")],
    store: OptionalStore = None,
    syntax: SyntaxOption = "pubmed",
    form: Annotated[
        Literal["ris", "nbib", "csv", "jsonl"], typer.Option("--format", help="Of the records.")
    ] = "ris",
    watch: Annotated[
        Path | None,
        typer.Option(help="Remember what was found in this file, and tell what is new since."),
    ] = None,
    title: Annotated[str, typer.Option(help="Of the search report.")] = "Search report",
    live: Annotated[LiveName | None, typer.Option(help="Search this service, not a store.")] = None,
    email: Email = None,
    api_key: ApiKey = None,
    base_url: BaseUrl = None,
    as_json: JsonFlag = False,
) -> None:
    """Run many queries: a file of records each, a summary, overlaps and a PRISMA-S report.

    A row that fails does not stop the others; the exit code is then 1. A second run does again
    only what changed or failed.
    """
    from evidence.searching.batch import read_queries, run_batch, watched, write_summary
    from evidence.searching.batch_report import write_reports

    rows = read_queries(queries, syntax)
    if (store is None) is (live is None):
        raise typer.BadParameter("expected --store DIR or --live SERVICE")
    if live is not None:
        searcher = _live(live, email, api_key, base_url)
        source, named = _live_source(searcher, out)
    else:
        assert store is not None  # noqa: S101 (told to the type checker)
        source, named = _store_source(store)
    with progress_bars(as_json) as progress:
        today = _today()
        outcomes = run_batch(
            rows, source, out, form, today, lambda n, of: progress("search", n, of)
        )
    if watch is not None:
        outcomes = watched(watch, out, outcomes, form)
    write_summary(out, outcomes)
    report = write_reports(out, outcomes, named, title)
    failed = [outcome for outcome in outcomes if outcome.error]
    for outcome in outcomes:
        new = "" if outcome.n_new is None else f", {outcome.n_new} new"
        say(as_json, f"{outcome.name}: {outcome.error or f'{outcome.n_records} records{new}'}")
    distinct = (
        ""
        if report is None or report.deduplication is None
        else (f"; {report.deduplication.n_after} records after de-duplication")
    )
    value = {
        "out": str(out),
        "queries": [outcome.model_dump(mode="json") for outcome in outcomes],
        "n_failed": len(failed),
    }
    show(
        as_json,
        value,
        f"{len(outcomes) - len(failed)} of {len(outcomes)} searches{distinct}: {out}",
    )
    if failed:
        raise typer.Exit(1)


@search_app.command()
def deduplicate(
    records: Annotated[list[Path], typer.Argument(help="Files of records, one a database.")],
    out: Annotated[Path, typer.Option(help="The records that stay: FILE.ris, .csv, .jsonl …")],
    report: Annotated[
        Path, typer.Option(help="Every merge with its reason, and pairs for a person, as CSV.")
    ] = Path("duplicates.csv"),
    as_json: JsonFlag = False,
) -> None:
    """Merge records of the same report; what may be another report is listed for a person.

    Nothing is lost: the report names every record that was left out, and why.
    """
    from evidence.deduplication.files import deduplicate_files

    done = deduplicate_files(records, out, report)
    words = (
        f"{done['n_before']} records, {done['n_duplicates']} duplicates left out, "
        f"{done['n_after']} stay: {out}; {done['n_for_person']} pairs for a person: {report}"
    )
    show(as_json, done, words)


def _today() -> date:
    return datetime.now(UTC).date()


def _live(
    source: LiveName, email: str | None, api_key: str | None, base_url: str | None
) -> LiveSearcher:
    from pydantic import SecretStr

    from evidence.searching.live import LiveSearcher

    return LiveSearcher(source, email, SecretStr(api_key) if api_key else None, base_url)


def _downloaded(
    searcher: LiveSearcher,
    query: str,
    folder: Path,
    limit: int | None,
    progress: Callable[[str, int, int], None],
) -> Found:
    from itertools import islice

    from evidence.searching.live import set_aside
    from evidence.searching.store import Found

    set_aside(folder, query, _today())
    done = searcher.download(query, folder, lambda n, of: progress("download", n, of))
    missing = (f"not given by the service: {', '.join(done.missing)}",) if done.missing else ()
    return Found(
        records=tuple(islice(searcher.records(folder), limit)),
        n_found=done.search.count,
        translation=done.search.query_translation,
        notices=(*done.search.errors, *done.search.warnings, *done.notices, *missing),
    )


def _live_source(searcher: LiveSearcher, out: Path) -> tuple[Source, SearchedSource]:
    from evidence.searching.batch import Source
    from evidence.searching.batch_report import SearchedSource
    from evidence.searching.live import SOURCE_NAMES

    name = SOURCE_NAMES[searcher.source]

    def run(query: BatchQuery) -> Found:
        folder = out / ".download" / query.name
        return _downloaded(searcher, query.query, folder, query.limit, lambda *_: None)

    source = Source(digest=f"{searcher.source} {_today().isoformat()}", search=run)
    return source, SearchedSource(name=name, platform=name)


def _store_source(path: Path) -> tuple[Source, SearchedSource]:
    from evidence.searching.batch import Source
    from evidence.searching.batch_report import SearchedSource
    from evidence.searching.store import StoreSearcher

    searcher = StoreSearcher(path)

    def run(query: BatchQuery) -> Found:
        return searcher.search(query.query, query.syntax, query.limit)

    digest = searcher.store.index_digest
    source = Source(digest=digest, search=run, parallel=2)
    named = SearchedSource(
        name=f"store {path.name}",
        platform="a local store of records",
        index_digest=digest,
        n_in_source=len(searcher.store),
    )
    return source, named
