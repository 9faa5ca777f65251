"""`evidence add`: bring the records of files, or of a strategy on the store, into a project."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, plain, say, show

if TYPE_CHECKING:
    from datetime import date

    from evidence.project import Project
    from evidence.searching.adding import FoundRecords
    from evidence.searching.given_files import GivenFile

add_app = typer.Typer()


@add_app.command()
def add(
    project: ProjectPath,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Exports: .ris, .nbib, .csv, .xml, .bib, .jsonl (each also .gz)."),
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="Instead of files: a strategy to run on the project's store.")
    ] = None,
    syntax: Annotated[
        Literal["pubmed", "ovid"], typer.Option(help="How --query is written.")
    ] = "pubmed",
    source: Annotated[
        str | None,
        typer.Option(help="With files: where they are from, as `Embase (Ovid)`; else their names."),
    ] = None,
    searched_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="With files: the day of the search."),
    ] = None,
    strategy: Annotated[
        Path | None, typer.Option(help="With files: the strategy as it was run there, in a file.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who adds; goes into the log.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what is new; nothing is written.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add records to a project, for PRISMA-S with their source, date and strategy.

    What the project holds already is counted, not written again; duplicates are marked.
    """
    from evidence.project import Project

    if bool(files) is (query is not None):
        raise typer.BadParameter("expected FILES, or --query with a strategy, and not both")
    if query is not None and (source or searched_on or strategy):
        raise typer.BadParameter("--source, --searched-on and --strategy are about files")
    opened = Project.open(project)
    day = searched_on.date() if searched_on is not None else None
    found = (
        [_by_query(opened, query, syntax)]
        if query is not None
        else [_of_file(each, source, day, strategy, as_json) for each in files or ()]
    )
    told = [_told(opened, each, by, dry_run) for each in found]
    show(
        as_json,
        {"searches": [value for value, _ in told], "written": not dry_run},
        "\n".join(words for _, words in told),
    )


def _by_query(project: Project, query: str, syntax: Literal["pubmed", "ovid"]) -> FoundRecords:
    from evidence.commands.live import today
    from evidence.searching.adding import STORE, FoundRecords
    from evidence.searching.store import StoreSearcher

    searcher = StoreSearcher(project.manifest.store)
    return FoundRecords(
        source=f"store {searcher.store.index_digest[:12]}",
        query=query.strip(),
        how=STORE,
        records=searcher.search(query, syntax, None).records,
        searched_on=today(),
        syntax=syntax,
        keeps_source=True,
    )


def _of_file(
    file: Path, source: str | None, day: date | None, strategy: Path | None, as_json: bool
) -> FoundRecords:
    from evidence.searching.adding import FILE, FoundRecords
    from evidence.searching.store import read_query

    given = _read(file)
    for place in given.unreadable:
        say(as_json, plain(f"{file}:{place.line}: left out: {place.why}"))
    if given.n_controls:
        say(as_json, plain(f"{file}: {given.n_controls:,} control characters dropped"))
    return FoundRecords(
        source=(source or file.name.partition(".")[0]).strip(),
        query=read_query(strategy).strip() if strategy is not None else "",
        how=FILE,
        records=given.records,
        searched_on=day,
        remark=f"file {file.name}",
    )


def _read(file: Path) -> GivenFile:
    from evidence.errors import SourceError
    from evidence.searching.given_files import read_given

    try:
        content = file.read_bytes()
    except OSError as error:
        raise SourceError(file, f"expected a readable file ({error.strerror})") from error
    return read_given(str(file), content)


def _told(
    project: Project, found: FoundRecords, by: str, dry_run: bool
) -> tuple[dict[str, Any], str]:
    from evidence.searching.adding import add as write
    from evidence.searching.adding import open_store, outcome_words, plan
    from evidence.state import read_state

    store = open_store(project)
    if dry_run:
        planned = plan(found, read_state(project), store)
        value = {"source": found.source, "n_found": planned.n_found, "n_new": len(planned.new)}
        words = f"{len(planned.new):,} new of {planned.n_found:,} found in {found.source}"
        return value, plain(words)
    added = write(project, found, by, store)
    return added.model_dump(), plain(outcome_words(added))
