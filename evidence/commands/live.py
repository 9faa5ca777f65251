"""What the search commands share: their options, and searches at live services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from evidence.commands.index import STORE_HELP

if TYPE_CHECKING:
    from evidence.searching.live import LiveSearcher
    from evidence.searching.store import Found

OptionalStore = Annotated[Path | None, typer.Option("--store", help=STORE_HELP)]
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


def today() -> date:
    """The date of a search, in UTC."""
    return datetime.now(UTC).date()


def live_searcher(
    source: LiveName, email: str | None, api_key: str | None, base_url: str | None
) -> LiveSearcher:
    """A searcher of a service.

    Raises:
        SettingsError: PubMed is to be searched and no e-mail address is given.
    """
    from pydantic import SecretStr

    from evidence.searching.live import LiveSearcher

    return LiveSearcher(source, email, SecretStr(api_key) if api_key else None, base_url)


def downloaded(
    searcher: LiveSearcher,
    query: str,
    folder: Path,
    limit: int | None,
    progress: Callable[[str, int, int], None],
) -> Found:
    """Download all that a query finds into a folder, which keeps it, and read it.

    Raises:
        ServiceError: The service gives no usable answer; what came is kept.
        SourceError: The folder holds something else.
    """
    from itertools import islice

    from evidence.searching.live import set_aside
    from evidence.searching.store import Found

    set_aside(folder, query, today())
    done = searcher.download(query, folder, lambda n, of: progress("download", n, of))
    missing = (f"not given by the service: {', '.join(done.missing)}",) if done.missing else ()
    return Found(
        records=tuple(islice(searcher.records(folder), limit)),
        n_found=done.search.count,
        translation=done.search.query_translation,
        notices=(*done.search.errors, *done.search.warnings, *done.notices, *missing),
    )
