"""A full disk, a folder that cannot be written, and a worker without memory."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.children import Ended, Limits, run
from tests.faults.kills import Undisturbed, second_run, undisturbed, whole
from tests.faults.long_commands import LongCommand, digest
from tests.faults.table import Row, row

_SLACK_BYTES = 256 * 1024
"""A file system needs some room for itself."""
_MEMORY_BYTES = (1 << 20, 8 << 20, 32 << 20, 96 << 20)
Told = tuple[str, list[str]]


def full_disk_row(command: LongCommand, scratch: Path, n_times: int, seed: int) -> Row:
    """The disk is full after a random share of what the command writes, on a tmpfs.

    Where none can be mounted, no file may grow beyond such a share of the largest one instead.
    """
    calm = undisturbed(command, scratch)
    rng = random.Random(f"{seed} {command.name}")  # noqa: S311
    by_tmpfs = can_mount(calm.now.parent)
    attempt = _on_full_tmpfs if by_tmpfs else _with_short_files
    written = _bytes_written(calm)
    found = [attempt(command, calm, int(rng.random() * written)) for _ in range(n_times)]
    shutil.rmtree(calm.now.parent)
    return row(f"disk full ({'tmpfs' if by_tmpfs else 'RLIMIT_FSIZE'}): {command.name}", found)


def read_only_row(command: LongCommand, scratch: Path) -> Row:
    """Nothing in the folder can be written."""
    calm = undisturbed(command, scratch)
    if can_mount(calm.now.parent):
        with _tmpfs(calm, _bytes_in(calm.now) + 64 * _SLACK_BYTES):
            _mount("-o", "remount,ro", calm.now)
            ended = run(calm.now, command.arguments, calm.notes)
            _mount("-o", "remount,rw", calm.now)
            found = _again(command, calm, _told(command, calm, ended))
    else:
        _reset(calm)
        folders = [calm.now, *(path for path in calm.now.rglob("*") if path.is_dir())]
        _allow(folders, 0o555)
        ended = run(calm.now, command.arguments, calm.notes)
        _allow(folders, 0o755)
        found = _again(command, calm, _told(command, calm, ended))
    shutil.rmtree(calm.now.parent)
    return row(f"folder read-only: {command.name}", [found])


def no_memory_row(command: LongCommand, scratch: Path, sizes: Sequence[int] = _MEMORY_BYTES) -> Row:
    """The command may take only so many bytes more than it starts with (RLIMIT_AS)."""
    calm = undisturbed(command, scratch)
    found = []
    for size in sizes:
        _reset(calm)
        ended = run(calm.now, command.arguments, calm.notes, limits=Limits(memory=size))
        found.append(_again(command, calm, _told(command, calm, ended)))
    shutil.rmtree(calm.now.parent)
    return row(f"out of memory: {command.name}", found)


def can_mount(place: Path) -> bool:
    """Whether a tmpfs can be mounted here."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    probe = place / "probe"
    probe.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", probe)
        _unmount(probe)
    except subprocess.CalledProcessError:
        return False
    finally:
        probe.rmdir()
    return True


def _on_full_tmpfs(command: LongCommand, calm: Undisturbed, room: int) -> Told:
    with _tmpfs(calm, _pages(calm.pristine) + room):
        filler = calm.now / ".filler"  # what was reserved for pages and was not needed
        filler.write_bytes(bytes(max(0, shutil.disk_usage(calm.now).free - room)))
        ended = run(calm.now, command.arguments, calm.notes)
        _mount("-o", "remount,size=1g", calm.now)
        filler.unlink()
        return _again(command, calm, _told(command, calm, ended))


def _with_short_files(command: LongCommand, calm: Undisturbed, room: int) -> Told:
    _reset(calm)
    limits = Limits(file=max(1, room))
    ended = run(calm.now, command.arguments, calm.notes, limits=limits)
    return _again(command, calm, _told(command, calm, ended))


def _bytes_written(calm: Undisturbed) -> int:
    """The bytes of the files that the undisturbed run made or changed."""
    found = 0
    for path in calm.now.rglob("*"):
        older = calm.pristine / path.relative_to(calm.now)
        if path.is_file() and not (older.is_file() and digest(older) == digest(path)):
            found += path.stat().st_size
    return found


def _told(command: LongCommand, calm: Undisturbed, ended: Ended) -> Told:
    """What a command said of a fault, and what was lost by it."""
    wrong = whole(command, calm, ended)
    if ended.code == calm.code:
        return "went on to its end", wrong
    if ended.code != 2 or not ended.clear:
        wrong.append(f"ended with {ended.code}: {ended.last_line[:200]}")
    return _in_short(ended.last_line, calm), wrong


def _again(command: LongCommand, calm: Undisturbed, found: Told) -> Told:
    """The same command once the fault is gone."""
    told, wrong = found
    ended, more = second_run(command, calm, run(calm.now, command.arguments, calm.notes))
    if ended.startswith("refused"):
        more.append(f"with the fault gone, still {ended}")
    return told, [*wrong, *more]


def _in_short(line: str, calm: Undisturbed) -> str:
    """A line without the folder and numbers that differ from run to run."""
    return "".join("N" if c.isdigit() else c for c in line.replace(f"{calm.now}/", ""))[:100]


def _reset(calm: Undisturbed) -> None:
    shutil.rmtree(calm.now, ignore_errors=True)
    shutil.copytree(calm.pristine, calm.now)


@contextmanager
def _tmpfs(calm: Undisturbed, size: int) -> Iterator[None]:
    """The folder as it was before the command, on a file system of so many bytes."""
    shutil.rmtree(calm.now, ignore_errors=True)
    calm.now.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", calm.now)
    try:
        shutil.copytree(calm.pristine, calm.now, dirs_exist_ok=True)
        yield
    finally:
        _unmount(calm.now)


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def _unmount(place: Path) -> None:
    subprocess.run(["umount", "--lazy", place], check=True, capture_output=True)


def _allow(folders: Sequence[Path], mode: int) -> None:
    for folder in folders:
        folder.chmod(mode)


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _pages(folder: Path) -> int:
    """What a folder takes of a tmpfs: whole pages, one for each folder."""
    files = (-(-p.stat().st_size // 4096) + 1 for p in folder.rglob("*"))
    return 4096 * sum(files) + 4096
