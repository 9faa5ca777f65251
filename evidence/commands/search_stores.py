"""What `evidence search` does with stores: one or several, put in order or as certified."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evidence.console import inert_lines, progress_bars, show

if TYPE_CHECKING:
    from evidence.searching.store import Found, Syntax


def check_options(
    places: Sequence[Path],
    syntax: Syntax,
    limit: int | None,
    rerank: Path | None,
    certificate: Path | None,
) -> None:
    """Refuse options that do not go together.

    Raises:
        typer.BadParameter: A cross-encoder or a certificate without plain words over a store, or a
            certificate for what it cannot hold.
    """
    if (rerank or certificate) and (syntax != "natural" or not places):
        raise typer.BadParameter(
            "--rerank and --certificate take plain words over a store: --syntax natural --store DIR"
        )
    if certificate and (limit is not None or rerank or len(places) > 1):
        raise typer.BadParameter(
            "--certificate says how many records of one store, in its own order, are given: leave "
            "--limit, --rerank and other stores out"
        )


def search_stores(
    query: str,
    places: Sequence[Path],
    syntax: Syntax,
    limit: int | None,
    rerank: Path | None,
    as_json: bool,
) -> Found:
    """What a query finds in the stores; which of several were asked goes to standard error.

    Raises:
        EvidenceError: A store, the query or the cross-encoder cannot be used.
    """
    from evidence.searching.store import StoreSearcher

    with progress_bars(as_json) as progress:
        scorer = None
        if rerank is not None:
            from retrievers.cross_encoder import CrossEncoderScorer

            scorer = CrossEncoderScorer(rerank, progress=lambda n, of: progress("rerank", n, of))
        if len(places) == 1:
            (place,) = places
            if syntax == "natural":
                return StoreSearcher(place).nearest(query, limit, scorer)
            return StoreSearcher(place).search(query, syntax, limit)
        from evidence.searching.several_stores import search_several

        found = search_several(places, query, syntax, limit, scorer)
    if found.routing and not as_json:
        typer.echo(inert_lines(found.routing), err=True)
    return found


def search_as_certified(query: str, place: Path, certificate: Path, as_json: bool) -> Found:
    """As many records as the certificate says; one that abstains ends the command with 1.

    Raises:
        EvidenceError: The store or the certificate cannot be used, or it is void.
        typer.Exit: Nothing is certified.
    """
    from evidence.searching.certified import certificate_words, search_certified
    from indexers.stores import open_store
    from retrievers.certificate import read_certificate

    held = read_certificate(certificate)
    if held.abstains:
        value = {"file": None, "n_records": 0, "certificate": held.model_dump(mode="json")}
        show(as_json, value, f"{certificate}: {certificate_words(held)}")
        raise typer.Exit(1)
    return search_certified(open_store(place), query, held)
