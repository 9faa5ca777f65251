"""The long commands of the program: what each needs, what it makes, and what must stay whole."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from evidence.demo import build_demo_store
from evidence.engines import build_engines
from evidence.entries import Entry
from evidence.errors import EvidenceError
from evidence.project import Project, canonical_json
from evidence.review import run
from evidence.verification import verify
from indexers.encoders import named_encoder
from indexers.store import Store
from tests.faults.children import BENCHMARK
from tests.faults.synthetic import (
    library,
    review,
    trial_store,
    write_articles,
    write_gold,
    write_jsonl,
    write_question,
)

N_LIBRARY = 1_500
_MEASURED = ("seconds", "cost")
Made = dict[str, str]
"""What a command made: a name for each thing, and the digest of its content."""


class LongCommand(NamedTuple):
    """A command that takes long enough to be killed.

    Attributes:
        name: As a person calls it.
        arguments: Of the command line, run in the folder.
        prepare: Fills an empty folder.
        made: What is promised to be the same after every undisturbed run.
        project: The project in the folder, where the command writes to one.
        share: How many of the kills it gets for one of an ordinary command's.
    """

    name: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path], None]
    made: Callable[[Path], Made]
    project: str = ""
    share: float = 1.0


def store_made(folder: Path) -> Made:
    """The content of a store, each byte of it checked."""
    store = Store.open(folder / "store")
    store.verify()
    names = ("vectors.f32", "vectors.faiss", "catalogue/numbers.npy", "catalogue/digests.npy")
    files = {name: digest(store.file(name)) for name in names}
    return files | {"index": store.index_digest}


def log_made(project: Path) -> Made:
    """What a log says, the time of each line apart."""
    opened = Project.open(project)
    try:
        entries = [canonical_json(_without_time(line.entry)) for line in opened.lines()]
    finally:
        opened.close()
    return {f"line {n}": entry for n, entry in enumerate(entries, 1)}


def _without_time(entry: Entry) -> Entry:
    untimed = entry.provenance.model_copy(update={"at": None})
    return entry.model_copy(update={"provenance": untimed})


def files_made(*names: str) -> Callable[[Path], Made]:
    """The bytes of files; of all files below where a folder is named."""

    def made(folder: Path) -> Made:
        found = [p for name in names for p in (folder / name, *sorted((folder / name).rglob("*")))]
        return {p.relative_to(folder).as_posix(): digest(p) for p in found if p.is_file()}

    return made


def benchmark_made(folder: Path) -> Made:
    """Scores and items, the measured seconds and memory apart."""
    lines = (folder / "out" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    read = [json.loads(line) for line in lines]
    items = [{k: v for k, v in item.items() if k not in _MEASURED} for item in read]
    scores = {"scores": digest(folder / "out" / "scores.json")}
    return scores | {f"item {n}": json.dumps(item) for n, item in enumerate(items, 1)}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def project_problems(path: Path) -> list[str]:
    """What `evidence verify` would say."""
    try:
        opened = Project.open(path)
    except EvidenceError as error:
        return [str(error)]
    try:
        return list(verify(opened))
    finally:
        opened.close()


def finished(path: Path) -> None:
    """Run a project to its recommendation."""
    opened = Project.open(path)
    run(opened, build_engines(opened.manifest.settings.engine, path / "calls"))
    opened.close()


def _library_store(folder: Path, n_records: int = N_LIBRARY) -> None:
    Store.build(folder / "store", library(n_records), named_encoder("static"))


def _for_build(folder: Path) -> None:
    write_jsonl(folder / "library.jsonl", library(N_LIBRARY))
    _library_store(folder, 40)


def _for_update(folder: Path) -> None:
    _library_store(folder)
    revised = [
        r.model_copy(update={"title": f"{r.title}, revised"}) for r in library(N_LIBRARY + 300)
    ]
    write_jsonl(folder / "more.jsonl", revised[N_LIBRARY // 2 :])


def _for_run(folder: Path) -> None:
    review(folder / "project", trial_store(folder / "store", folder / "articles")).close()


def _for_export(folder: Path) -> None:
    _for_run(folder)
    finished(folder / "project")
    (folder / "report.docx").write_bytes(b"an older report")


def _for_add(folder: Path) -> None:
    _for_run(folder)
    finished(folder / "project")
    write_jsonl(folder / "found.jsonl", library(400))


def _for_extract(folder: Path) -> None:
    write_articles(folder / "articles", 6)
    write_question(folder / "question.toml")
    (folder / "findings.jsonl").write_bytes(b'{"older": true}\n')


def _for_batch(folder: Path) -> None:
    _library_store(folder)
    words = ("velmide", "tarquin", "ostrapine", "belumab", "corvane", "coastal", "alpine", "urban")
    rows = [("name", "query"), *((word, f"{word}[tiab]") for word in words)]
    with (folder / "queries.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _for_calibrate(folder: Path) -> None:
    _library_store(folder)
    write_gold(folder / "gold.jsonl", library(120))
    (folder / "contexts.json").write_bytes(b"{}\n")


def _for_demo(folder: Path) -> None:
    build_demo_store(folder / "out" / "store")


def _for_benchmark(folder: Path) -> None:
    with (folder / "review.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("record_id", "title", "abstract", "label_included"))
        for n, record in enumerate(library(150)):
            table.writerow((record.record_id, record.title, record.abstract, int(n % 5 == 1)))


LONG_COMMANDS = (
    LongCommand(
        "index build",
        ("index", "build", "library.jsonl", "--store", "store", "--encoder", "static"),
        _for_build,
        store_made,
        share=1.3,
    ),
    LongCommand(
        "index update",
        ("index", "update", "more.jsonl", "--store", "store"),
        _for_update,
        store_made,
        share=1.3,
    ),
    LongCommand(
        "index delete",
        ("index", "delete", *(f"lib-{n}" for n in range(0, 900, 3)), "--store", "store"),
        _for_update,
        store_made,
        share=1.3,
    ),
    LongCommand(
        "run",
        ("run", "project"),
        _for_run,
        lambda f: log_made(f / "project"),
        "project",
        share=0.8,
    ),
    LongCommand(
        "add",
        ("add", "project", "found.jsonl", "--by", "Ada", "--searched-on", "2026-01-02"),
        _for_add,
        lambda f: log_made(f / "project"),
        "project",
    ),
    LongCommand(
        "extract",
        ("extract", "articles", "--question", "question.toml", "--out", "findings.jsonl"),
        _for_extract,
        files_made("findings.jsonl"),
    ),
    LongCommand(
        "search-batch",
        ("search-batch", "queries.csv", "--store", "store", "--out", "out"),
        _for_batch,
        files_made("out"),
        share=0.8,
    ),
    LongCommand(
        "calibrate",
        ("calibrate", "gold.jsonl", "--store", "store", "--out", "contexts.json"),
        _for_calibrate,
        files_made("contexts.json"),
        share=0.6,
    ),
    LongCommand(
        "export",
        ("export", "project", "--format", "docx", "--out", "report.docx"),
        _for_export,
        files_made("report.docx"),
        "project",
        share=1.3,
    ),
    LongCommand(
        "demo",
        ("demo", "--out", "out"),
        _for_demo,
        lambda f: log_made(f / "out" / "project"),
        "out/project",
        share=0.15,
    ),
    LongCommand(
        "trialreview",
        (BENCHMARK, "screening", "--data", "review.csv", "--out", "out", "--no-peers",
         "--samples", "2"),
        _for_benchmark,
        benchmark_made,
        share=0.4,
    ),
)  # fmt: skip
