"""`evidence search` and `evidence strategy`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evidence.commands.index import STORE_HELP
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
from evidence.commands.search_stores import check_options, search_as_certified, search_stores
from evidence.console import JsonFlag, inert_json, progress_bars, show
from evidence.writing import write_whole

if TYPE_CHECKING:
    from evidence.searching.store import Found, Syntax

search_app = typer.Typer()
_TYPED = Path("-")  # the query of the command line instead of a file


@search_app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="The query; or give --file.")] = None,
    store: Annotated[
        list[Path] | None,
        typer.Option(help=f"{STORE_HELP} Named several times, all are searched at once."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="FILE.ris, .nbib, .csv, .jsonl, .bib or .xml; without it, a store's records are "
            "only counted."
        ),
    ] = None,
    syntax: SyntaxOption = "pubmed",
    limit: Annotated[
        int | None, typer.Option(min=1, help="How many records are written; --live downloads all.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read the query from this file.")] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            help="Only parse this file, or with - the QUERY: the tree, or where it fails.",
            allow_dash=True,
        ),
    ] = None,
    lint: Annotated[
        Path | None,
        typer.Option(
            help="Look this file over after PRESS, or with - the QUERY; nothing is run.",
            allow_dash=True,
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="What each line and part finds, adds and loses.")
    ] = False,
    known: Annotated[
        Path | None,
        typer.Option(help="With --explain: records that must be found, as ids or records."),
    ] = None,
    rerank: Annotated[
        Path | None,
        typer.Option(
            help="With natural: the folder of a cross-encoder that puts the first 50, or --limit "
            "if more, in order."
        ),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            help="With natural and one store: give as many records as this file of `evidence "
            "calibrate` certifies."
        ),
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
    """Search stores or a live service, or look into a strategy.

    Boolean queries find all that match; plain words (--syntax natural) rank by words and meaning.

    Several stores give a Boolean query's union and a count each; plain words ask the nearest ones.

    A live download that was stopped goes on where it ended; its pages stay in FILE.download.
    """
    from evidence.searching.store import read_query

    places = store or []
    check_options(places, syntax, limit, rerank, certificate)
    looked_over = check or lint
    if looked_over is not None:
        typed = looked_over == _TYPED
        if (query is not None) is not typed or places or out or syntax == "natural":
            raise typer.BadParameter(
                "--check and --lint take a file, or - and a QUERY, and --syntax pubmed or ovid"
            )
        if check is not None:
            _check(check, query, syntax)
        else:
            _lint(looked_over, query, syntax, as_json)
        return
    if file is not None:
        query = read_query(file) if query is None else None
    if query is None:
        raise typer.BadParameter("expected one query: in words, or in a file with --file")
    if explain:
        if len(places) != 1 or syntax == "natural" or live:
            raise typer.BadParameter("--explain takes a query, one --store DIR, pubmed or ovid")
        _explain(query, places[0], syntax, known, as_json)
        return
    if bool(places) is live or (live and out is None):
        raise typer.BadParameter(
            'expected "QUERY" --store DIR (--out FILE), "QUERY" --live --out FILE, or --check FILE'
        )
    if live:
        assert out is not None  # noqa: S101 (told to the type checker)
        searcher = live_searcher(source, email, api_key, base_url)
        with progress_bars(as_json) as progress:
            found = downloaded(
                searcher, query, out.with_name(f"{out.name}.download"), limit, progress
            )
    elif certificate is not None:
        found = search_as_certified(query, places[0], certificate, as_json)
    else:
        found = search_stores(query, places, syntax, limit, rerank, as_json)
    _write(found, out, _hint(query, syntax, live), as_json)


def _write(found: Found, out: Path | None, hint: str, as_json: bool) -> None:
    """Write what was found, if a file is named; none found leave a file that is there as it is."""
    from indexers.references import write_records

    n = len(found.records)
    kept = out is not None and n == 0 and _holds_records(out)
    if out is not None and not kept:
        write_records(found.records, out)
    where = "; --out FILE writes them" if out is None else f": {out}"
    if out is None and n == 0:
        where = ""
    if kept:
        where = f"; {out} was left as it is: remove it, or name another file"
    more = f" of {found.n_found}" if found.n_found > n else ""
    words = [*found.told, f"{n}{more} records{where}{'' if n else hint}"]
    file = None if out is None or kept else str(out)
    value = {"file": file, "n_records": n, **found.model_dump(mode="json", exclude={"records"})}
    show(as_json, value, "\n".join(words))
    if kept:
        raise typer.Exit(1)


def _holds_records(file: Path) -> bool:
    """Whether a file is there that is more than the empty result of an earlier search."""
    from indexers.references import write_records

    if not file.exists():
        return False
    with TemporaryDirectory() as folder:
        empty = Path(folder) / file.name
        write_records((), empty)
        return file.read_bytes() != empty.read_bytes()


def _hint(query: str, syntax: str, live: bool) -> str:
    """What may help where nothing was found: only words without a tag can be meant as plain."""
    plain = syntax == "pubmed" and not live and not any(sign in query for sign in '[]"#*\n')
    return "; for plain words use --syntax natural" if plain else ""


def _check(path: Path, query: str | None, syntax: Syntax) -> None:
    from evidence.searching.store import check_query, checked

    tree = check_query(path, syntax) if query is None else checked(query, syntax)
    typer.echo(inert_json(tree, indent=1))


def _lint(path: Path, query: str | None, syntax: Syntax, as_json: bool) -> None:
    from evidence.query_debugger.finding import findings_text
    from evidence.query_debugger.lint import lint
    from evidence.searching.store import read_query

    text = read_query(path) if query is None else query
    found = lint(text, "ovid" if syntax == "ovid" else "pubmed")
    value = {"file": str(path), "findings": [finding.model_dump() for finding in found]}
    show(as_json, value, findings_text(found))
    if any(finding.severity != "note" for finding in found):
        raise typer.Exit(1)


def _explain(
    query: str,
    store: Path,
    syntax: Syntax,
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
    from evidence.searching.strategy_text import lines_of
    from indexers.store import Store

    written: Literal["pubmed", "ovid"] = "ovid" if syntax == "ovid" else "pubmed"
    strategy = parsed(query, written)
    opened = Store.open(store)
    wanted = read_known(known) if known is not None else []
    typed = {line.number: line.text for line in lines_of(query, written)}
    explanation = explain(strategy, opened, wanted, syntax=written, typed=typed)
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
