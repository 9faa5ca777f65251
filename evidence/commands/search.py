"""`evidence search` and `evidence strategy`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
)
from evidence.console import JsonFlag, progress_bars, show
from evidence.writing import write_whole

if TYPE_CHECKING:
    from evidence.searching.store import Found

search_app = typer.Typer()


@search_app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="The query; or give --file.")] = None,
    store: OptionalStore = None,
    out: Annotated[
        Path | None, typer.Option(help="FILE.ris, .nbib, .csv, .jsonl, .bib or .xml")
    ] = None,
    syntax: SyntaxOption = "pubmed",
    limit: Annotated[
        int | None, typer.Option(min=1, help="How many records are written; --live downloads all.")
    ] = None,
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
        searcher = live_searcher(source, email, api_key, base_url)
        with progress_bars(as_json) as progress:
            found = downloaded(
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
        write_whole(out, f"{written.text}\n".encode())
    counts = dict(written.line_counts)
    words = [
        f"{line}    # {counts[n]:,} records" if n in counts else line
        for n, line in enumerate(written.text.splitlines(), 1)
    ]
    words += [f"not translated: {term}" for term in written.untranslated]
    show(as_json, written.model_dump(), "\n".join(words))
