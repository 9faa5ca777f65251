"""`evidence index`: build and check stores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from evidence.console import JsonFlag, progress_bars, show

index_app = typer.Typer(no_args_is_help=True, help="Build and check stores of records.")
StorePath = Annotated[Path, typer.Option("--store", help="The store's folder.")]


@index_app.command("build")
def index_build(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Files or folders: PubMed XML, JATS, RIS, NBIB, BibTeX, EndNote XML, CSV, "
            "JSON lines (each also .gz), guidelines as PDF, HTML or Markdown.",
        ),
    ],
    store: StorePath,
    kind: Annotated[
        Literal["auto", "flat", "sq8", "ivf", "ivfpq", "hnsw"],
        typer.Option(help="How vectors are searched: flat is exact, auto chooses by size."),
    ] = "auto",
    encoder: Annotated[
        Literal["minilm", "static"],
        typer.Option(help="minilm finds more; static embeds hundreds of times faster."),
    ] = "minilm",
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: JsonFlag = False,
) -> None:
    """Build a store from files of records, articles and guidelines.

    A build that was stopped goes on where its embedding ended when it is started again.
    """
    from evidence.stores import build_store

    with progress_bars(as_json) as progress:
        built = build_store(
            sources,
            store,
            kind=kind,
            encoder=encoder,
            device=device,
            progress=lambda n, of: progress("embed", n, of),
        )
    words = f"{store}: {built['n_records']} records, {built['kind']} index, {built['encoder']}"
    if built["books_skipped"]:
        words += f"; {built['books_skipped']} book articles skipped"
    show(as_json, built, words)


@index_app.command("update")
def index_update(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files of records.")],
    store: StorePath,
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="Where to embed.")] = "cpu",
    as_json: JsonFlag = False,
) -> None:
    """Add records, replace those that changed, and delete what PubMed's files say is deleted."""
    from evidence.stores import update_store

    with progress_bars(as_json) as progress:
        done = update_store(
            sources, store, device=device, progress=lambda n, of: progress("embed", n, of)
        )
    counts = ", ".join(f"{done[n]} {n}" for n in ("added", "replaced", "deleted", "unchanged"))
    show(as_json, done, f"{store}: {counts}; {done['n_records']} records")


@index_app.command("delete")
def index_delete(
    record_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Record ids.")],
    store: StorePath,
    as_json: JsonFlag = False,
) -> None:
    """Take records out of a store; an id that is not there changes nothing."""
    from indexers.store_update import delete

    deleted = delete(store, record_ids)
    show(as_json, {"store": str(store), "deleted": deleted}, f"{store}: {deleted} records deleted")


@index_app.command("info")
def index_info(store: Annotated[Path, typer.Argument()], as_json: JsonFlag = False) -> None:
    """What a store holds and what it was made with."""
    from indexers.store import Store

    manifest = Store.open(store).manifest.model_dump(mode="json")
    brief = {k: v for k, v in manifest.items() if not isinstance(v, dict | list)}
    show(as_json, manifest, "\n".join(f"{key}: {value}" for key, value in brief.items()))


@index_app.command("verify")
def index_verify(store: Annotated[Path, typer.Argument()], as_json: JsonFlag = False) -> None:
    """Check every file of a store against its checksum."""
    from evidence.errors import StoreError
    from indexers.store import Store

    try:
        Store.open(store).verify()
    except StoreError as error:
        show(as_json, {"problems": [str(error)]}, str(error))
        raise typer.Exit(1) from error
    show(as_json, {"problems": []}, f"{store}: whole")
