"""Replace a folder as a whole: a killed writer leaves the old one in place."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexers.errors import StoreError


@contextmanager
def swapped_in(target: Path, marker: str) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the place of `target` when the block succeeds.

    Args:
        target: A folder that is missing, empty, or holds `marker`.
        marker: The file that shows that a folder may be replaced.

    Raises:
        StoreError: `target` holds something else, another writer is at work, or the disk refuses.
    """
    target = target.resolve()
    building, previous = beside(target, "building"), beside(target, "previous")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _only_writer(building):
            _recover(target, previous)
            _check_replaceable(target, marker)
            yield building
            if target.exists():
                target.rename(previous)
            building.rename(target)
            if previous.exists():
                shutil.rmtree(previous)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"{target}: expected a folder that can be written ({reason})") from error


@contextmanager
def written_in_place(target: Path) -> Iterator[Path]:
    """Give the folder itself, with other writers kept out; what is written takes effect at once.

    Raises:
        StoreError: Another writer is at work, or the disk refuses.
    """
    target = target.resolve()
    building = beside(target, "building")
    try:
        with _only_writer(building):
            _recover(target, beside(target, "previous"))
            yield target
            building.rmdir()
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"{target}: expected a folder that can be written ({reason})") from error


def current_folder(target: Path) -> Path | None:
    """Where the folder is now: in place, or set aside by a writer that died in the swap."""
    target = target.resolve()
    return next((f for f in (target, beside(target, "previous")) if f.is_dir()), None)


@contextmanager
def _only_writer(building: Path) -> Iterator[None]:
    """An empty `building` folder, locked where the system can, so that a second writer stops.

    When the block fails the folder goes; what a killed writer left in it goes at the next start.
    """
    building.mkdir(exist_ok=True)
    with _locked(building):
        _empty(building)
        try:
            yield
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if sys.platform == "win32":  # folders cannot be locked there
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"{folder}: another build is at work; wait for it") from error
        if folder.stat().st_ino != os.fstat(handle).st_ino:  # the other one has just finished
            raise StoreError(f"{folder}: another build has just ended; start again")
        yield
    finally:
        os.close(handle)


def _recover(target: Path, previous: Path) -> None:
    """Undo or finish the swap of a writer that died in it."""
    if previous.exists():
        if target.exists():
            shutil.rmtree(previous)
        else:
            previous.rename(target)


def _check_replaceable(target: Path, marker: str) -> None:
    if not target.exists() or (target / marker).is_file():
        return
    if not target.is_dir() or any(target.iterdir()):
        raise StoreError(
            f"{target}: expected a store or an empty folder; it holds other files, name another"
        )


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def beside(target: Path, role: str) -> Path:
    """A hidden folder next to `target`, for work on it."""
    return target.with_name(f".{target.name}.{role}")
