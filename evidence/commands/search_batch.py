"""`evidence search-batch` and `evidence deduplicate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from evidence.commands.live import (
    ApiKey,
    BaseUrl,
    Email,
    LiveName,
    OptionalStore,
    SyntaxOption,
    downloaded,
    live_searcher,
    today,
)
from evidence.console import JsonFlag, progress_bars, say, show

if TYPE_CHECKING:
    from evidence.searching.batch import BatchQuery, Source
    from evidence.searching.batch_report import SearchedSource
    from evidence.searching.live import LiveSearcher
    from evidence.searching.store import Found

batch_app = typer.Typer()


@batch_app.command("search-batch")
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
        searcher = live_searcher(live, email, api_key, base_url)
        source, named = _live_source(searcher, out)
    else:
        assert store is not None  # noqa: S101 (told to the type checker)
        source, named = _store_source(store)
    with progress_bars(as_json) as progress:
        outcomes = run_batch(
            rows, source, out, form, today(), lambda n, of: progress("search", n, of)
        )
    if watch is not None:
        outcomes = watched(watch, out, outcomes, form)
    write_summary(out, outcomes)
    report = write_reports(out, outcomes, named, title)
    failed = [outcome for outcome in outcomes if outcome.error]
    for outcome in outcomes:
        new = "" if outcome.n_new is None else f", {outcome.n_new} new"
        say(as_json, f"{outcome.name}: {outcome.error or f'{outcome.n_records} records{new}'}")
        for notice in outcome.notices:
            say(as_json, f"    {notice}")
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


@batch_app.command()
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


def _live_source(searcher: LiveSearcher, out: Path) -> tuple[Source, SearchedSource]:
    from evidence.searching.batch import Source
    from evidence.searching.batch_report import SearchedSource
    from evidence.searching.live import SOURCE_NAMES

    name = SOURCE_NAMES[searcher.source]

    def run(query: BatchQuery) -> Found:
        folder = out / ".download" / query.name
        return downloaded(searcher, query.query, folder, query.limit, lambda *_: None)

    source = Source(digest=f"{searcher.source} {today().isoformat()}", search=run)
    return source, SearchedSource(name=name, platform=name)


def _store_source(path: Path) -> tuple[Source, SearchedSource]:
    from evidence.searching.batch import Source
    from evidence.searching.batch_report import SearchedSource
    from evidence.searching.store import StoreSearcher
    from indexers.milvus.address import is_milvus

    searcher = StoreSearcher(path)

    def run(query: BatchQuery) -> Found:
        return searcher.search(query.query, query.syntax, query.limit)

    digest = searcher.store.index_digest
    source = Source(digest=digest, search=run, parallel=2)
    named = SearchedSource(
        name=f"store {path.name}",
        platform="a store of records in Milvus" if is_milvus(path) else "a local store of records",
        index_digest=digest,
        n_in_source=len(searcher.store),
    )
    return source, named
