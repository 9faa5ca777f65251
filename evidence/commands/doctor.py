"""`evidence doctor`: what is installed and configured, and whether it works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.console import JsonFlag, plain, show

if TYPE_CHECKING:
    from evidence.llm.checkup import Check

doctor_app = typer.Typer()

PACKAGE = "evidence-synthesis"
_EXTRA = re.compile(r"""^([\w.-]+).*;.*extra == ["']([\w-]+)["']""")
_FOR_DEVELOPERS = "dev"


@doctor_app.command()
def doctor(
    settings: Annotated[
        Path | None, typer.Option("--settings", help="Settings as TOML; the default is offline.")
    ] = None,
    store: Annotated[
        list[Path] | None, typer.Option("--store", help="A store to look at; repeat.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell what is installed and configured, and whether it works, with one real model call.

    Exit code 1 when something is to be mended, 2 when the settings are wrong.
    """
    from evidence.config import Settings
    from evidence.llm.checkup import check_engine
    from evidence.settings_toml import load_settings

    chosen = load_settings(settings) if settings else Settings()
    checks = [
        *_extras(),
        _cuda(),
        _data(),
        _encoder(),
        *map(_store, store or []),
        *check_engine(chosen.engine),
    ]
    value = {
        "checks": [check.model_dump() for check in checks],
        "findings": sum(check.state in ("finding", "bad setting") for check in checks),
    }
    show(as_json, value, "\n".join(line for check in checks for line in _lines(check)))
    states = {check.state for check in checks}
    if "bad setting" in states:
        raise typer.Exit(2)
    if "finding" in states:
        raise typer.Exit(1)


def _lines(check: Check) -> Iterator[str]:
    sign = {"fine": "ok", "note": "--"}.get(check.state, "!!")
    # What a server says of itself is printed; no terminal shall act on it.
    yield f"{sign} {check.name:<14} {plain(check.told)}"
    if check.todo:
        yield f"   {'':<14} → {plain(check.todo)}"


def _extras() -> Iterator[Check]:
    """What of the optional packages is there, by the extra that installs it."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from evidence.llm.checkup import Check

    try:
        asked, own = requires(PACKAGE) or [], version(PACKAGE)
    except PackageNotFoundError:
        todo = "pip install -e . in the source checkout"
        yield Check(name=PACKAGE, state="note", told="is not installed as a package", todo=todo)
        return
    yield Check(name=PACKAGE, state="fine", told=own)
    extras: dict[str, list[str]] = {}
    for found in filter(None, map(_EXTRA.match, asked)):
        extras.setdefault(found[2], []).append(found[1])
    for extra in sorted(set(extras) - {_FOR_DEVELOPERS}):
        there, missing = [], []
        for package in sorted(extras[extra]):
            try:
                there.append(f"{package} {version(package)}")
            except PackageNotFoundError:
                missing.append(package)
        told = ", ".join(there + [f"{package} is not installed" for package in missing])
        todo = f"if it is wanted: pip install '{PACKAGE}[{extra}]'" if missing else ""
        yield Check(
            name=f"extra {extra}", state="note" if missing else "fine", told=told, todo=todo
        )


def _cuda() -> Check:
    import torch

    from evidence.llm.checkup import Check

    if not torch.cuda.is_available():
        return Check(name="cuda", state="note", told=f"torch {torch.__version__}, no GPU: on CPU")
    names = ", ".join(torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count()))
    return Check(name="cuda", state="fine", told=f"torch {torch.__version__}, {names}")


def _data() -> Check:
    from evidence.config import data_folder
    from evidence.errors import SettingsError
    from evidence.llm.checkup import Check

    try:
        return Check(name="data", state="fine", told=str(data_folder()))
    except SettingsError as error:
        return Check(name="data", state="finding", told=str(error))


def _encoder() -> Check:
    """The shipped encoder, with one text encoded."""
    from evidence.llm.checkup import Check
    from indexers.encoder import EncoderError
    from indexers.encoders import named_encoder

    try:
        encoder = named_encoder("minilm")
        n_dimensions = encoder.encode(["a randomised trial"]).shape[1]
    except EncoderError as error:
        return Check(name="encoder", state="finding", told=str(error))
    told = f"{encoder.name}, {n_dimensions} dimensions, SHA-256 {encoder.digest[:12]}"
    return Check(name="encoder", state="fine", told=told)


def _store(path: Path) -> Check:
    """Whether a store is whole at first sight, and its encoder here."""
    from evidence.errors import EvidenceError
    from evidence.llm.checkup import Check
    from evidence.stores import store_info
    from indexers.encoders import encoder_of
    from indexers.stores import open_store

    try:
        info = store_info(path)
        encoder = encoder_of(open_store(path).manifest)
    except EvidenceError as error:
        told = str(error) if str(path) in str(error) else f"{path}: {error}"
        return Check(name="store", state="finding", told=told)
    told = (
        f"{path}: {info['n_records']:,} records, {info['n_full_text']:,} full texts, "
        f"encoder {encoder.name}"
    )
    return Check(name="store", state="fine", told=told)
