"""kill -9 at a random moment of a long command; then what must hold, and the command once more."""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from evidence.errors import EvidenceError
from evidence.project import Project
from indexers.store import Store
from indexers.swap import current_folder
from tests.faults.children import Ended, run
from tests.faults.long_commands import LongCommand, Made, project_problems
from tests.faults.table import Row


class Undisturbed(NamedTuple):
    """A folder as it was before the command, and what the command made of it.

    `before` and `after` are the bytes of its small files by name; `head` is that of the log before.
    """

    pristine: Path
    now: Path
    notes: Path
    code: int | None
    seconds: float
    made: Made
    before: dict[str, bytes]
    after: dict[str, bytes]
    head: tuple[int, str]


class Killed(NamedTuple):
    """One kill: whether it found the command at work, how the second run ended, what was wrong."""

    landed: bool
    ended: str
    wrong: tuple[str, ...]
    litter: tuple[str, ...]


def undisturbed(command: LongCommand, scratch: Path) -> Undisturbed:
    """Prepare a command's folder and run it once to its end.

    The folder is always at the same place, because a project knows where its store is.
    """
    place = scratch / command.name.replace(" ", "_")
    now, pristine, notes = place / "now", place / "pristine", place / "notes"
    now.mkdir(parents=True)
    command.prepare(now)
    now.rename(pristine)
    seconds = math.inf
    for _ in range(2):  # the first run fills the caches of the machine
        _reset(pristine, now)
        ended = run(now, command.arguments, notes)
        seconds = min(seconds, ended.seconds)
    if ended.code not in (0, 1) or not ended.clear:
        raise AssertionError(f"{command.name}: the undisturbed run failed: {ended.told}")
    return Undisturbed(
        pristine,
        now,
        notes,
        ended.code,
        seconds,
        command.made(now),
        _files(pristine),
        _files(now),
        _head(pristine / command.project) if command.project else (0, ""),
    )


def kill_once(command: LongCommand, calm: Undisturbed, after_seconds: float) -> Killed:
    """Kill the command after so many seconds, look, run it again and look again."""
    _reset(calm.pristine, calm.now)
    ended = run(calm.now, command.arguments, calm.notes, kill_after=after_seconds)
    if not ended.killed:
        return Killed(False, "", (), ())
    wrong = whole(command, calm, ended)
    again = run(calm.now, command.arguments, calm.notes)
    told, more = second_run(command, calm, again)
    litter = tuple(sorted(_litter(calm.now, calm.after)))
    return Killed(True, told, (*wrong, *more), litter)


def whole(command: LongCommand, calm: Undisturbed, ended: Ended) -> list[str]:
    """What was lost right after a kill."""
    wrong = []
    store = calm.now / "store"
    if current_folder(store) is not None or (calm.pristine / "store").exists():
        try:
            opened = Store.open(store)
            opened.verify()
        except EvidenceError as error:
            wrong.append(f"the store is neither old nor new: {error}")
        else:
            wrong += _neither(opened.index_digest, calm)
    project = calm.now / command.project if command.project else None
    if project is not None and project.exists():
        wrong += project_problems(project) + _dropped(project, calm, ended)
    for name, body in _finished_files(calm.now).items():
        if name in calm.before and body not in (calm.before[name], calm.after.get(name)):
            wrong.append(f"{name} is neither the old file nor the new one")
    return wrong


def second_run(command: LongCommand, calm: Undisturbed, again: Ended) -> tuple[str, list[str]]:
    """How the same command ended when it was run again, and what is not as it should be."""
    if again.code == 2 and again.clear:
        return f"refused: {again.last_line[:80]}", []
    if again.code != calm.code or not again.clear:
        return "failed", [f"the second run ended with {again.code}: {again.last_line}"]
    made = command.made(calm.now)
    wrong = sorted(k for k in made.keys() | calm.made.keys() if made.get(k) != calm.made.get(k))
    told = [f"the second run made another {name}" for name in wrong[:5]]
    if command.project:
        told += project_problems(calm.now / command.project)
    return "the same command went on to the same end", told


def kill_often(command: LongCommand, scratch: Path, n_kills: int, seed: int) -> Row:
    """Kills at random, evenly over the measured length of the command, until so many landed.

    Twice as many are tried at most: a machine that grew quicker is done before they come.
    """
    calm = undisturbed(command, scratch)
    rng = random.Random(f"{seed} {command.name}")  # noqa: S311
    kills: list[Killed] = []
    while len(kills) < 2 * n_kills and sum(kill.landed for kill in kills) < n_kills:
        kills.append(kill_once(command, calm, rng.uniform(0, calm.seconds)))
    shutil.rmtree(calm.now.parent)
    return kills_row(command, kills, calm.seconds)


def kills_row(command: LongCommand, kills: Sequence[Killed], seconds: float) -> Row:
    """The row of a command; kills that came too late are told and not counted."""
    landed = [kill for kill in kills if kill.landed]
    ends = sorted({kill.ended for kill in landed})
    told = [f"{end} ({sum(k.ended == end for k in landed)})" for end in ends]
    told.append(f"{len(kills) - len(landed)} came after its end, {seconds:.1f} s")
    littered = [kill for kill in landed if kill.litter]
    if littered:
        told.append(f"{len(littered)} left files such as {littered[0].litter[0]}")
    wrong = tuple(text for kill in landed for text in kill.wrong)
    lost = sum(bool(kill.wrong) for kill in landed)
    return Row(f"kill -9: {command.name}", len(landed), lost, "; ".join(told), wrong)


def _reset(pristine: Path, now: Path) -> None:
    for leftover in (now, *now.parent.glob(".now.*")):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(pristine, now)


def _neither(index_digest: str, calm: Undisturbed) -> list[str]:
    known = {index_digest_of(calm.pristine / "store"), calm.made.get("index")}
    return [] if index_digest in known else ["the store is neither the old one nor the new one"]


def index_digest_of(store: Path) -> str:
    return Store.open(store).index_digest


def _dropped(project: Path, calm: Undisturbed, ended: Ended) -> list[str]:
    """Heads of the log that were there before or acknowledged, and from which it does not go on."""
    opened = Project.open(project)
    try:
        heads = [calm.head, *ended.acknowledged]
        return [f"log line {n} was lost" for n, h in heads if not opened.goes_on_from(n, h)]
    finally:
        opened.close()


def _head(project: Path) -> tuple[int, str]:
    if not project.exists():
        return 0, "0" * 64
    opened = Project.open(project)
    try:
        return opened.head()
    finally:
        opened.close()


def _files(folder: Path) -> dict[str, bytes]:
    """Small files by name; stores and logs are looked at by themselves."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "store" not in path.relative_to(folder).parts
    }


def _finished_files(folder: Path) -> dict[str, bytes]:
    """Those that a person sees, so no hidden ones; the log changes with every line."""
    found = _files(folder)
    return {n: b for n, b in found.items() if "/." not in f"/{n}" and "review.db" not in n}


def _litter(now: Path, after: dict[str, bytes]) -> set[str]:
    """Files that an undisturbed run does not leave."""
    return {name for name in _files(now) if name not in after and "review.db" not in name}


def shares(commands: Sequence[LongCommand], n_kills: int) -> dict[str, int]:
    """How many of the kills each command gets, one at least; rounded up, so never too few."""
    every = sum(command.share for command in commands)
    return {c.name: max(1, math.ceil(n_kills * c.share / every)) for c in commands}
