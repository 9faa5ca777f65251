"""Measure how long many records take to be ranked for screening, and in how much memory.

    python -m tests.benchmarks.screening_scale REVIEWS 100000 5000

REVIEWS is a folder of labelled reviews (CSV), as the benchmark reads it. Records are made of their
sentences: two thirds from one review, the rest from all, and one sentence with its words shuffled,
so that different pairs of words grow in number as they do with real abstracts. Every fourth record
of the first review is included. Vectors are given, as a store gives them: random ones around a
centre of the review. Each number of records is measured in a process of its own, on one core, the
median of several retrainings for each number of labels. Seconds are of the processor (other work on
the machine leaves them be); a first ranking also holds what the clock said.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.datasets import load_reviews
from evidence.screening.features import ScreeningFeatures, read_features
from evidence.screening.kept_features import features_digest, keep_features, load_features
from evidence.screening.prioritise import NOT_SCREENED, priorities
from evidence.stages.formulate import OfflineFormulator
from indexers.encoder import Progress, as_unit_vectors
from indexers.records import Record

QUESTION = "In adults with heart failure, do ACE inhibitors compared with placebo reduce mortality?"
DIMENSION = 384
SENTENCES, FROM_HOME = 8, 6
LABELLED = {5_000: (100, 500, 2_000), 100_000: (100, 1_000, 10_000)}
RETRAININGS = 5
SOME_INCLUDED = 5


class GivenVectors:
    """Stands for the encoder of the store: knows the vector of the question alone."""

    name, digest, dimension = "made", "made", DIMENSION

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """A vector a text, the same for all."""
        rng = np.random.default_rng(5)
        return as_unit_vectors(np.tile(rng.standard_normal(DIMENSION), (len(texts), 1)))


def make_records(folder: Path, n_records: int) -> tuple[list[Record], NDArray[np.int64]]:
    """Records, and the review of each, [n_records]."""
    _, reviews = load_reviews(folder)
    sentences = [
        [s for r in review.records for s in re.split(r"(?<=[.]) ", r.abstract) if len(s) > 20]
        for review in reviews
    ]
    titles = [[r.title for r in review.records if r.title] for review in reviews]
    every = [s for some in sentences for s in some]
    rng = random.Random(0)  # noqa: S311 - repeatable, nothing is kept secret
    homes = [rng.randrange(len(reviews)) for _ in range(n_records)]
    made = []
    for number, home in enumerate(homes):
        chosen = rng.choices(sentences[home], k=FROM_HOME)
        chosen += rng.choices(every, k=SENTENCES - FROM_HOME)
        words = rng.choice(every).split()
        rng.shuffle(words)
        abstract = " ".join([*chosen, *words])
        title = rng.choice(titles[home])
        made.append(Record(record_id=f"r{number}", source="made", title=title, abstract=abstract))
    return made, np.array(homes)


def make_vectors(homes: NDArray[np.int64]) -> NDArray[np.float32]:
    """Unit vectors [n_records, DIMENSION] around a centre for each review."""
    rng = np.random.default_rng(2)
    centres = rng.standard_normal((homes.max() + 1, DIMENSION))
    noise = rng.standard_normal((len(homes), DIMENSION), dtype=np.float32)
    return as_unit_vectors(centres[homes].astype(np.float32) + 2 * noise)


def measure(folder: Path, n_records: int) -> None:
    """Print what one number of records takes, an object of JSON a line."""
    records, homes = make_records(folder, n_records)
    vectors, encoder = make_vectors(homes), GivenVectors()
    question = OfflineFormulator().formulate(QUESTION)
    before = _peak_mb()
    none = np.full(n_records, NOT_SCREENED, dtype=np.int8)
    begun, clock = time.process_time(), time.perf_counter()
    features = read_features(records, question, encoder, vectors)
    priorities(features, none)
    first = {
        "first_ranking_s": round(time.process_time() - begun, 1),
        "by_the_clock_s": round(time.perf_counter() - clock, 1),
        "n_terms": features.words.shape[1],
        "terms_a_record": round(features.words.nnz / n_records),
        "records_mb": before,
        "peak_mb": _peak_mb(),
    }
    print(json.dumps({"n_records": n_records} | first), flush=True)
    print(json.dumps({"n_records": n_records} | _kept(features, records)), flush=True)
    included = (homes == 0) & (np.arange(n_records) % 4 == 0)
    for n_labelled in LABELLED.get(n_records, (100, n_records // 10)):
        rows = np.random.default_rng(3).choice(n_records, n_labelled, replace=False)
        rows[:SOME_INCLUDED] = np.flatnonzero(included)[:SOME_INCLUDED]  # else nothing is learned
        labels = none.copy()
        labels[rows] = included[rows]
        seconds = [_seconds(lambda: priorities(features, labels)) for _ in range(RETRAININGS)]  # noqa: B023
        retrained = {"n_labelled": n_labelled, "retrain_s": round(float(np.median(seconds)), 3)}
        print(
            json.dumps({"n_records": n_records} | retrained | {"peak_mb": _peak_mb()}), flush=True
        )


def _kept(features: ScreeningFeatures, records: Sequence[Record]) -> dict[str, object]:
    """Keeping the features in a project's folder and loading them again."""
    question = OfflineFormulator().formulate(QUESTION)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "features.npz"
        keep_s = _seconds(lambda: keep_features(path, features, "key"))
        digest_s = _seconds(lambda: features_digest(records, question, GivenVectors()))
        load_s = _seconds(lambda: load_features(path, records, "key"))
        size = path.stat().st_size // 2**20
    return {
        "keep_s": round(keep_s, 2),
        "digest_s": round(digest_s, 2),
        "load_s": round(load_s, 2),
        "file_mb": size,
    }


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(arguments: Sequence[str]) -> None:
    """Run what the module's text describes."""
    folder, *sizes = arguments
    one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    for size in sizes or map(str, LABELLED):
        command = [sys.executable, "-m", "tests.benchmarks.screening_scale", "--one", folder, size]
        subprocess.run(command, check=True, env=os.environ | one_core)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(sys.argv[1:])
