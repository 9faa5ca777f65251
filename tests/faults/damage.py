"""Files of a store and of a project, cut short or with a bit turned over at a random place."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from evidence.errors import EvidenceError
from evidence.project import Project
from indexers.encoders import named_encoder
from indexers.store import Store
from tests.faults.children import Ended, run
from tests.faults.long_commands import digest, finished
from tests.faults.synthetic import library, review, trial_store, write_articles, write_gold
from tests.faults.table import Row, row

Damage = Callable[[bytes, random.Random], bytes]


class Place(NamedTuple):
    """A thing on disk and the command that looks it over.

    Attributes:
        name: As it stands in the table.
        folder: Where its files lie.
        check: The command; it ends with 1 or 2 and one line where something is wrong.
        reading: What a reader gets of it; it may stay the same where a damaged byte is unused.
    """

    name: str
    folder: Path
    check: tuple[str, ...]
    reading: Callable[[], object]


def turned_over(body: bytes, rng: random.Random) -> bytes:
    """One bit is another."""
    at = rng.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << rng.randrange(8))]) + body[at + 1 :]


def cut_short(body: bytes, rng: random.Random) -> bytes:
    """The end is missing."""
    return body[: rng.randrange(len(body))]


DAMAGES: dict[str, Damage] = {"a bit turned over": turned_over, "cut short": cut_short}


def prepared_store(scratch: Path) -> Place:
    """A store of records and full texts."""
    folder = scratch / "store"
    records = library(120)
    texts = {
        name: path for name, path in zip((r.record_id for r in records),
                                         write_articles(scratch / "texts").values(), strict=False)
    }  # fmt: skip
    Store.build(folder, records, named_encoder("static"), full_text=texts)

    def reading() -> object:
        store = Store.open(folder)
        return store.index_digest, [record.model_dump_json() for record in store.records()]

    return Place("store", folder, ("index", "verify", str(folder)), reading)


def prepared_project(scratch: Path) -> Place:
    """A review that ran to its recommendation."""
    path = scratch / "project"
    review(path, trial_store(scratch / "trials", scratch / "articles")).close()
    finished(path)

    def reading() -> object:
        opened = Project.open(path)
        try:
            logged = [(line.seq, line.hash, line.entry) for line in opened.lines()]
            quoted = [opened.documents(f"r{n}") for n in range(3)]
            return opened.manifest, logged, quoted
        finally:
            opened.close()

    return Place("project", path, ("verify", str(path)), reading)


def prepared_certificate(scratch: Path) -> Place:
    """The certificate of a number of contexts."""
    from evidence.searching.certified import calibrate_store
    from retrievers.certificate import read_certificate

    folder = scratch / "certificate"
    folder.mkdir()
    store = scratch / "asked"
    Store.build(store, library(120), named_encoder("static"))
    gold = write_gold(scratch / "gold.jsonl", library(60))
    calibrate_store(gold, store, 0.2, 0.1, folder / "contexts.json", lambda _done, _all: None)
    return Place("certificate", folder, (), lambda: read_certificate(folder / "contexts.json"))


PLACES: dict[str, Callable[[Path], Place]] = {
    "store": prepared_store,
    "project": prepared_project,
    "certificate": prepared_certificate,
}


def damage_row(name: str, damage: str, scratch: Path, *, n_each: int, seed: int) -> Row:
    """Each file of a store, a project or a certificate, one kind of damage, so many times."""
    scratch.mkdir(parents=True, exist_ok=True)
    place = PLACES[name](scratch)
    whole = place.reading()
    rng = random.Random(f"{seed} {place.name} {damage}")  # noqa: S311
    found = [
        one_damage(place, file, DAMAGES[damage], rng, whole, scratch / "notes")
        for file in files_of(place.folder)
        for _ in range(n_each)
    ]
    return row(f"{place.name}: {damage}", found)


def files_of(folder: Path) -> list[Path]:
    """Its files; a lock and what may be deleted at any time are not among them."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size)
    return [path for path in found if path.suffix != ".lock" and path.parent.name != "derived"]


def one_damage(
    place: Place,
    file: Path,
    damage: Damage,
    rng: random.Random,
    whole: object,
    notes: Path,
) -> tuple[str, list[str]]:
    """Damage a file, look, and put it back."""
    kept = notes.with_name("kept")
    shutil.copytree(place.folder, kept)
    try:
        file.write_bytes(damage(file.read_bytes(), rng))
        changed = digest(file) != digest(kept / file.relative_to(place.folder))
        ended = run(notes.parent, place.check, notes) if place.check else _read(place)
        same = not changed or _same(place, whole)
    finally:
        shutil.rmtree(place.folder)
        kept.rename(place.folder)
    return _judged(ended, same, file.relative_to(place.folder).as_posix())


def _judged(ended: Ended, same: bool, file: str) -> tuple[str, list[str]]:
    if not ended.clear:
        return "a traceback", [f"{file}: {ended.last_line}"]
    if ended.code in (1, 2):
        return "named", []
    if ended.code != 0:
        return "a crash", [f"{file}: the check ended with {ended.code}"]
    return ("nothing read differs", []) if same else ("silence", [f"{file}: not named"])


def _same(place: Place, whole: object) -> bool:
    try:
        return place.reading() == whole
    except Exception:  # any failure is another reading
        return False


def _read(place: Place) -> Ended:
    try:
        place.reading()
    except EvidenceError as error:
        return Ended(2, str(error), False, 0.0, ())
    return Ended(0, "", False, 0.0, ())
