"""How much faster more Ray workers parse and embed PubMed XML, and whether the result is the same.

    python -m tests.benchmarks.ray_speed FILE... [--records 60000] [--files 8] [--workers 1 2]

Repeats the articles of the files named, with rising PMIDs, to as many files as asked for, and lets
each number of workers make their shards with the static encoder, each run in a process of its own
(`--rounds` times; the median counts). Two clocks: `command_seconds` from the start of that process
to its end, Ray's own start and end included; `working` from the moment that each worker has done
its first part (so it is up and has its encoder) to the last part, over the records done in between;
`starting` is what came before.
Processor seconds are those of that phase: where they are the same work for more workers, and the
driver's and Ray's own are a small share d of the workers', two processors cannot be more than
2 / (1 + d) times as fast as one worker is beside them. A last run loses a worker in its middle.
Every run's shards are compared with those of this process alone. Prints JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from indexers.encoders import named_encoder
from indexers.ray_cluster import ray_cluster
from indexers.ray_shards import FileToShard, ShardMaking, tell_shards
from indexers.shards import embed_part, input_digest, made_by, parts_of
from tests.benchmarks.parse_pubmed import FIRST_PMID, articles_of, write_set
from tests.benchmarks.ray_processes import Sampled, sampled
from tests.indexers.ray_workers import kill_workers

_MOST_SECONDS = 600
Figures = dict[str, Any]


def write_files(folder: Path, articles: list[str], n_records: int, n_files: int) -> list[Path]:
    paths = [folder / f"{number:03d}.xml" for number in range(n_files)]
    for number, path in enumerate(paths):
        write_set(path, articles, n_records, FIRST_PMID + number * n_records)
    return paths


def making_in(folder: Path) -> ShardMaking:
    return ShardMaking(str(folder), "static", "cpu", made_by(named_encoder("static")), folder.name)


def shards_digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of all shards; marks of begun work are none."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def alone(paths: Sequence[Path], folder: Path) -> Figures:
    """The same by this process: no Ray."""
    making, encoder = making_in(folder), named_encoder("static")
    encoder.encode(["loaded"])
    began, used = time.perf_counter(), time.process_time()
    n_records = 0
    for path in paths:
        shards = making.folder(input_digest(path))
        for part in parts_of(path, "pubmed", shards):
            n_records += part.n_records
            if part.texts is not None:
                shards.write_vectors(part.number, embed_part(encoder, part.texts))
    seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(time.process_time() - used, 2),
        "records_per_second": round(n_records / seconds, 1),
    }


def one_run(paths: Sequence[Path], folder: Path, workers: int, *, kill: bool) -> Figures:
    """A run in this process; `working` leaves out what was done before each worker was at work."""
    making, killed, done = making_in(folder), 0, []
    began = time.time()
    with sampled() as processes, ray_cluster("local", workers):
        for told in tell_shards([FileToShard(p, "pubmed") for p in paths], making, workers):
            if kill and not killed:
                killed = len(kill_workers("MapWorker", most=1))
            done.append(told)
        processes.take()
        finished = time.time()
    parts = [told for told in done if told.part >= 0]
    at = {told: _written(making, told.digest, told.part) for told in parts}
    firsts = sorted(moment for told, moment in at.items() if told.part == 0)
    ready = firsts[workers - 1]
    end = max(at.values())
    n_records = sum(told.n for told, moment in at.items() if moment > ready)
    return {
        "killed": killed,
        "records": sum(told.n for told in parts),
        "starting": _phase(processes, began, ready),
        "working": _phase(processes, ready, end)
        | {"records": n_records, "records_per_second": round(n_records / (end - ready), 1)},
        "told_after_seconds": round(finished - end, 2),
    }


def _phase(processes: Sampled, start: float, end: float) -> Figures:
    used = processes.between(start, end).items()
    return {
        "seconds": round(end - start, 2),
        "processor_seconds": {part: round(seconds, 2) for part, seconds in used},
    }


def _written(making: ShardMaking, digest: str, part: int) -> float:
    """When a part's vectors were written, by the clock of its file."""
    shards = Path(making.shards) / making.made_by / digest
    return (shards / f"{part:05d}.vectors").stat().st_mtime


def run(paths: Sequence[Path], workers: int, *, kill: bool = False) -> Figures:
    """A run in a process of its own, and how long that process took."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "--one", folder]
        command += [*map(str, paths), "--workers", str(workers), *(["--kill"] if kill else [])]
        began = time.perf_counter()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=_MOST_SECONDS)
        seconds = time.perf_counter() - began
        figures: Figures = json.loads(done.stdout)
        figures |= {"command_seconds": round(seconds, 2), "digest": shards_digest(Path(folder))}
    print(f"{workers} workers{', one lost' * kill}: {figures}", file=sys.stderr, flush=True)
    return figures


def benchmark(files: list[Path], arguments: argparse.Namespace) -> Figures:
    articles = articles_of(files)
    counts: list[int] = arguments.workers
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as here:
        n_each = arguments.records // arguments.files
        paths = write_files(Path(folder), articles, n_each, arguments.files)
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        by_itself = alone(paths, Path(here))
        expected = shards_digest(Path(here))
        runs: dict[int, list[Figures]] = {count: [] for count in counts}
        for _ in range(arguments.rounds):
            for count in counts:
                runs[count].append(run(paths, count))
        lost = run(paths, max(counts), kill=True)
    told = {count: summary(of) for count, of in runs.items()}
    fewest, most = told[min(counts)], told[max(counts)]
    rate = "records_per_second_working"
    return {
        "records": n_each * arguments.files,
        "files": arguments.files,
        "megabytes": round(megabytes, 1),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "rounds": arguments.rounds,
        "alone": by_itself,
        "by_workers": told,
        "times_faster_working": round(most[rate] / fewest[rate], 2),
        "times_faster_command": round(fewest["command_seconds"] / most["command_seconds"], 2),
        "same_as_alone": all(one["digest"] == expected for of in runs.values() for one in of),
        "killed_workers": lost["killed"],
        "same_after_a_kill": lost["digest"] == expected,
        "command_seconds_with_a_kill": lost["command_seconds"],
    }


def summary(runs: Sequence[Figures]) -> Figures:
    """Medians over rounds; `most_on_two_processors` is what their processor seconds allow."""
    working = [one["working"] for one in runs]
    used = [one["processor_seconds"] for one in working]
    beside = statistics.median((u["driver"] + u["ray"]) / u["workers"] for u in used)
    each = [1000 * u["workers"] / w["records"] for u, w in zip(used, working, strict=True)]
    return {
        "command_seconds": statistics.median(one["command_seconds"] for one in runs),
        "records_per_second_working": statistics.median(w["records_per_second"] for w in working),
        "worker_processor_ms_a_record": round(statistics.median(each), 3),
        "driver_and_ray_share_of_workers": round(beside, 4),
        "most_on_two_processors": round(2 / (1 + beside), 2),
        "runs": [{k: v for k, v in one.items() if k != "digest"} for one in runs],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs="+", type=Path, help="PubMed XML with real articles")
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--kill", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        only = one_run(arguments.sources, arguments.one, arguments.workers[0], kill=arguments.kill)
        print(json.dumps(only))
        return
    print(json.dumps(benchmark(arguments.sources, arguments), indent=2))


if __name__ == "__main__":
    main()
