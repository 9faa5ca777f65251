"""Measure how long a reviewer waits in the app, on a project with many records.

    python -m tests.benchmarks.app_speed REVIEWS --keep FOLDER
    python -m tests.benchmarks.app_speed REVIEWS --keep FOLDER --reviewers 2

REVIEWS is a folder of labelled reviews (CSV); the records are made of their sentences, as in
`screening_scale`, and some are screened before. With one reviewer a browser decides on one record
after the other; with two reviewers two browsers do so at once, each as another person. Every time
is the browser's own: from the key (or, where a page has no keys, the click) to the next record's
title. The server's time is that of one run of the app's script, callbacks included; that of the
processor tells what it would be on a machine that does nothing else. The project is opened twice,
each time with a server that has just started: at first no reading order was ever learned, and after
the decisions there is one that the first server kept. The app is that of the current folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evidence.config import ScreeningSettings, Settings
from evidence.events import RecordIdentified, SearchRun
from evidence.judgements import MACHINE, Provenance, ScreeningDecision
from evidence.project import Manifest, Project
from evidence.screening.kept_features import project_features
from evidence.screening.reviewing import conflicts
from evidence.stages.formulate import OfflineFormulator
from evidence.state import read_state
from indexers.records import abstract_document
from tests.benchmarks.screening_scale import QUESTION, make_records
from tests.journeys.serving import served
from tests.journeys.two_browsers import PEOPLE, Decided, decide

OFFLINE = Provenance(actor=MACHINE, engine="offline")
EVERY_INCLUDED = 12  # about as many as in the reviews that the sentences are from


def make_project(path: Path, reviews: Path, n_records: int, reviewers: int, n_before: int) -> None:
    """A project of made records, some of which are screened by the first two people."""
    made, _ = make_records(reviews, n_records)
    # A title of its own for each, by which the browser knows that another record is shown.
    records = [r.model_copy(update={"title": f"{r.title} [{n}]"}) for n, r in enumerate(made)]
    manifest = Manifest(
        program_version="benchmark",
        question=OfflineFormulator().formulate(QUESTION),
        settings=Settings(screening=ScreeningSettings(decided_by="people", reviewers=reviewers)),
        store=Path("none"),
        index_digest="0",
        encoder="static-minilm-256",
    )
    project = Project.create(path, manifest)
    project.append(
        SearchRun(
            query="q", source="made", retrievers=("x",), n_records=n_records, provenance=OFFLINE
        ),
        *(RecordIdentified(record=r, score=1, ranks={}, provenance=OFFLINE) for r in records),
        documents=map(abstract_document, records),
    )
    rng = random.Random(4)  # noqa: S311 - repeatable, nothing is kept secret
    project.append(
        *(
            ScreeningDecision(
                record_id=record.record_id,
                phase="title_abstract",
                verdict="exclude" if number % EVERY_INCLUDED else "include",
                provenance=Provenance(actor=who, engine="person"),
            )
            for number, record in enumerate(rng.sample(records, n_before))
            for who in PEOPLE[:reviewers]
        )
    )
    project_features(project, read_state(project))  # as an earlier session would have left them
    project.close()


def measure(path: Path, reviewers: int, n_decisions: int) -> dict[str, Any]:
    """Serve a project, let people decide on it, and tell what it took."""
    project = Project.open(path)
    n_before = len(project.entries(ScreeningDecision))
    times = path.parent / "times.txt"
    times.unlink(missing_ok=True)
    with served(path, "tests/benchmarks/timed_app.py", {"SCRIPT_TIMES": str(times)}) as (
        server,
        address,
    ):
        begun = os.getloadavg()[0]
        found: dict[str, Decided] = {}
        threads = [
            threading.Thread(
                target=lambda who=who: found.update({who: decide(address, who, n_decisions)})
            )
            for who in PEOPLE[:reviewers]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        peak = _status(server.pid, "VmHWM")
    with served(path) as (_, address):
        again = decide(address, PEOPLE[0], 0).opening_s
    after = read_state(project)
    runs = [tuple(map(float, line.split())) for line in times.read_text().splitlines()]
    runs = runs[-n_decisions * reviewers :]  # the first ones open the project
    return {
        "reviewers": reviewers,
        "n_records": len(after.records),
        "decided_before": n_before,
        "decided": len(project.entries(ScreeningDecision)) - n_before,
        "chain_problems": len(project.chain_problems()),
        "conflicts": len(conflicts(after, "title_abstract")),
        "opening_s": {who: round(each.opening_s, 2) for who, each in found.items()},
        "opening_again_s": round(again, 2),
        "next_record_ms": _summary([t for each in found.values() for t in each.times]),
        "server_ms": _summary([by_clock for by_clock, _ in runs]),
        "server_processor_ms": _summary([by_processor for _, by_processor in runs]),
        "server_peak_mb": peak,
        "load": [round(begun, 1), round(os.getloadavg()[0], 1)],
    }


def _status(pid: int, name: str) -> int:
    """A size of a process in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(name))


def _summary(seconds: Sequence[float]) -> dict[str, int]:
    values = 1000 * np.array(seconds)
    of = {"median": np.median(values), "p95": np.percentile(values, 95), "max": values.max()}
    return {"n": len(seconds)} | {name: round(float(value)) for name, value in of.items()}


def main(arguments: Sequence[str]) -> None:
    """Run what the module's text describes."""
    parser = argparse.ArgumentParser(prog="app_speed")
    parser.add_argument("reviews", type=Path)
    parser.add_argument("--keep", type=Path, help="where made projects are kept for another run")
    parser.add_argument("--reviewers", type=int, choices=(1, 2), default=1)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--decisions", type=int, default=200)
    parser.add_argument("--before", type=int, default=500)
    given = parser.parse_args(arguments)
    name = f"{given.records}_{given.reviewers}_{given.before}"
    with tempfile.TemporaryDirectory() as folder:
        made = (given.keep or Path(folder)) / name
        if not made.exists():
            make_project(made, given.reviews, given.records, given.reviewers, given.before)
        copy = Path(folder) / "measured"
        shutil.copytree(made, copy)
        print(json.dumps(measure(copy, given.reviewers, given.decisions), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
