"""`evidence index`: build and check stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evidence.commands.ray import RayOption, WorkersOption
from evidence.console import JsonFlag, plain, progress_bars, show

if TYPE_CHECKING:
    from evidence.ray_build import RayBuild

index_app = typer.Typer(no_args_is_help=True, help="Build and check stores of records.")
STORE_HELP = "The store: a folder, milvus://HOST:PORT/COLLECTION or milvus-lite:PATH.db."
MOST_FILES_TOLD = 20
StoreArgument = Annotated[Path, typer.Argument(metavar="STORE", help=STORE_HELP)]
StorePath = Annotated[Path, typer.Option("--store", help=STORE_HELP)]


@index_app.command("build")
def index_build(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Files or folders: PubMed XML, JATS, RIS, NBIB, BibTeX, EndNote XML, JSON lines, "
            "CSV with the columns record_id, title and abstract or as PubMed, Scopus and Web of "
            "Science write it (each also .gz), PubMed's .txt, guidelines as PDF, HTML or Markdown.",
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
    ray: RayOption = None,
    workers: WorkersOption = None,
    shards: Annotated[
        Path | None,
        typer.Option(help="With --ray: where workers share what they did; beside the store."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Build a store from files of records, articles and guidelines.

    A build that was stopped goes on where its embedding ended when it is started again. With
    --ray, sources and shards must lie where every worker sees them under the same path.
    """
    from evidence.stores import build_store

    with progress_bars(as_json) as progress:
        built = build_store(
            sources,
            store,
            kind=kind,
            encoder=encoder,
            device=device,
            progress=lambda n, of: progress("index" if ray else "embed", n, of),
            on_ray=_on_ray(ray, shards, store, workers, lambda n, of: progress("embed", n, of)),
        )
    words = (
        f"{built['store']}: {built['n_records']} records, {built['kind']} index, {built['encoder']}"
    )
    show(as_json, built, "\n".join([*_reading_lines(built), words]))


def _reading_lines(told: Mapping[str, Any]) -> list[str]:
    """What each file gave and which were passed over, for a person."""
    files = told["files"]
    lines = []
    for file in files[:MOST_FILES_TOLD]:
        again = f", {file['n_again']} of them read before" if file["n_again"] else ""
        lines.append(f"{file['file']}: {file['n_records']} records{again}")
    if len(files) > MOST_FILES_TOLD:
        n_records = sum(file["n_records"] for file in files[MOST_FILES_TOLD:])
        lines.append(f"{len(files) - MOST_FILES_TOLD} more files: {n_records} records")
    if skipped := told["skipped"]:
        more = len(skipped) - MOST_FILES_TOLD
        named = ", ".join(skipped[:MOST_FILES_TOLD]) + (f" and {more} more" if more > 0 else "")
        lines.append(f"skipped, of no kind that is read: {named}")
    if told["books_skipped"]:
        lines.append(f"{told['books_skipped']} book articles skipped")
    return lines


def _on_ray(
    address: str | None,
    shards: Path | None,
    store: Path,
    workers: int | None,
    progress: Callable[[int, int], None],
) -> RayBuild | None:
    from evidence.ray_build import RayBuild
    from indexers.milvus.address import is_milvus
    from indexers.swap import beside

    if address is None:
        if shards is not None or workers is not None:
            raise typer.BadParameter("--workers and --shards belong to --ray: add --ray local")
        return None
    if shards is None and is_milvus(store):
        raise typer.BadParameter("--ray for a store in Milvus: add --shards DIR, a shared folder")
    return RayBuild(address, shards or beside(store.absolute(), "shards"), workers, progress)


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
    words = f"{done['store']}: {counts}; {done['n_records']} records"
    show(as_json, done, "\n".join([*_reading_lines(done), words]))


@index_app.command("delete")
def index_delete(
    record_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Record ids.")],
    store: StorePath,
    as_json: JsonFlag = False,
) -> None:
    """Take records out of a store; where one id is not there, nothing is deleted."""
    from evidence.stores import delete_from_store
    from indexers.stores import place_name

    deleted = delete_from_store(store, record_ids)
    name = place_name(store)
    show(as_json, {"store": name, "deleted": deleted}, f"{name}: {deleted} records deleted")


@index_app.command("info")
def index_info(store: StoreArgument, as_json: JsonFlag = False) -> None:
    """What a store holds, what it was made with, and the files that it was filled from."""
    from evidence.stores import store_info

    info = store_info(store)
    brief = {k: v for k, v in info.items() if not isinstance(v, dict | list)}
    lines = [f"{key}: {value}" for key, value in brief.items()]
    show(as_json, info, "\n".join([*lines, *_indexed_lines(info)]))


def _indexed_lines(info: Mapping[str, Any]) -> list[str]:
    """The files that a store was filled from; a long list whole, for it goes into a report."""
    if "engine" in info:
        return ["indexed_files: a store in Milvus does not list them"]
    if info.get("indexed_files") is None:
        return ["indexed_files: not told by this store; build it again to have them listed"]
    lines = ["indexed_files:"]
    for file in info["indexed_files"]:
        size = f"{file['n_records']:,} records, {file['size_bytes']:,} bytes"
        dated = f"of {file['modified_at']}, sha256 {file['sha256']}"
        lines.append(f"  {plain(file['name'])}: {size}, {dated}")
    return lines


@index_app.command("verify")
def index_verify(store: StoreArgument, as_json: JsonFlag = False) -> None:
    """Check all that a store holds: every file, or every row, against its checksum."""
    from evidence.errors import StoreError
    from indexers.milvus.address import is_milvus
    from indexers.stores import open_store, place_name

    try:
        open_store(store).verify()
    except StoreError as error:
        if not is_milvus(store) and not store.is_dir():
            raise  # no store is bad input, no finding about one
        show(as_json, {"problems": [str(error)]}, str(error))
        raise typer.Exit(1) from error
    show(as_json, {"problems": []}, f"{place_name(store)}: whole")
