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
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files of records.")],
    store: StorePath,
    kind: Annotated[
        Literal["auto", "flat", "hnsw"], typer.Option(help="auto, flat or hnsw.")
    ] = "auto",
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: JsonFlag = False,
) -> None:
    """Build a store from files of records and JATS articles."""
    from evidence.batch import build_store

    with progress_bars(as_json) as progress:
        built = build_store(sources, store, kind, device, lambda n, of: progress("embed", n, of))
    show(as_json, built, f"{store}: {built['n_records']} records")


@index_app.command("update")
def index_update(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files of records.")],
    store: StorePath,
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="Where to embed.")] = "cpu",
    as_json: JsonFlag = False,
) -> None:
    """Add records, and replace those that changed; only their texts are embedded again."""
    from evidence.batch import update_store

    with progress_bars(as_json) as progress:
        done = update_store(sources, store, device, lambda n, of: progress("embed", n, of))
    words = f"{done['added']} added, {done['replaced']} replaced, {done['unchanged']} unchanged"
    show(as_json, done, f"{store}: {words}, {done['n_records']} records")


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
