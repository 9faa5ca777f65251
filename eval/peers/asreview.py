"""ASReview's simulation of the same labelled records, and the order in which it screens them.

ASReview (van de Schoot et al. 2021, doi:10.1038/s42256-020-00287-7) runs as it is published, in a
virtual environment of its own, so that its packages and ours cannot change each other:

    python -m eval.peers.asreview install VENV

makes VENV and installs the pinned version, for which it needs the network. The simulation starts
from one included and one excluded record drawn by the seed, and ends at the last included record.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from eval.datasets import LabelledReview
from eval.peers.environments import install_command, last_line, python_of, run
from evidence.errors import EngineError, SettingsError, SourceError

PACKAGE, VERSION = "asreview", "3.0.8"
AI = "elas_u4"
ENGINE = f"asreview_{AI}"
DEFAULT_VENV = Path(".venv-asreview")

_RESULTS = "results.db"
_LABELS = (
    "SELECT record.dataset_row, results.label, results.training_set, results.time "
    "FROM results JOIN record USING (record_id) ORDER BY results.rowid"
)


class AsreviewOrder(NamedTuple):
    """The labels of a project file in the order they were given.

    Attributes:
        rows: 0-based rows of the data file; the priors come first.
        labels: Whether each was included.
        n_priors: How many were known before anything was ranked.
        seconds: From the first prior to the last label.
    """

    rows: tuple[int, ...]
    labels: tuple[bool, ...]
    n_priors: int
    seconds: float


class PeerSimulation(NamedTuple):
    """A simulation of a review.

    Attributes:
        order: Rows of the review as they were screened, priors first, up to the last included.
        n_priors: How many of them were given.
        seconds: Wall time of the whole command.
        seconds_learning: Wall time within it from the first prior to the last label.
        made_at: When it ran, in UTC.
        kept: Whether it was made in an earlier run.
    """

    order: tuple[int, ...]
    n_priors: int
    seconds: float
    seconds_learning: float
    made_at: str
    kept: bool


class Asreview:
    """ASReview in a virtual environment.

    Args:
        venv: The environment that `install` made.
        cache: A folder that keeps simulations from run to run; None keeps none.

    Raises:
        SettingsError: The environment is not there or holds another version.
    """

    def __init__(self, venv: Path, cache: Path | None = None) -> None:
        again = f"run `python -m eval.peers.asreview install {venv}`, or use --no-peers"
        self._command = python_of(venv, PACKAGE, VERSION, again).with_name("asreview")
        if not self._command.is_file():
            raise SettingsError(f"{venv}: expected an environment with ASReview; {again}")
        self._cache = cache

    def simulate(self, review: LabelledReview, seed: int) -> PeerSimulation:
        """Screen a review; `seed` draws the priors and seeds the model.

        Raises:
            EngineError: ASReview failed.
            SourceError: A kept simulation is damaged.
        """
        content = review_csv(review)
        key = f"{content}\0asreview {VERSION}\0{AI}\0{seed}"
        digest = hashlib.sha256(key.encode()).hexdigest()
        path = None if self._cache is None else self._cache / f"asreview-{digest[:24]}.json"
        if path is not None and path.is_file():
            return _kept(path)
        made = self._simulated(review, content, seed)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            being_written = path.with_name(f".{path.name}")
            being_written.write_text(json.dumps(made._asdict()), encoding="utf-8")
            being_written.replace(path)
        return made

    def _simulated(self, review: LabelledReview, content: str, seed: int) -> PeerSimulation:
        # Its own working folder: ASReview leaves a cache file where it is started.
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder) / "simulation.asreview"
            (Path(folder) / "review.csv").write_text(content, encoding="utf-8", newline="")
            seeds = ["--prior-seed", str(seed), "--seed", str(seed)]
            priors = ["--n-prior-included", "1", "--n-prior-excluded", "1"]
            made_at = datetime.now(UTC).isoformat(timespec="seconds")
            begun = time.perf_counter()
            ran = run(
                [
                    *(str(self._command), "simulate", "review.csv", "--ai", AI),
                    *(*priors, *seeds, "-o", project.name),
                ],
                cwd=folder,
            )
            seconds = time.perf_counter() - begun
            if ran.returncode != 0 or not project.is_file():
                why = f"ASReview on {review.name}: {last_line(ran)}; or use --no-peers"
                raise EngineError(why)
            found = read_order(project)
        if list(found.labels) != [review.included[row] for row in found.rows]:
            raise EngineError(f"ASReview on {review.name}: its labels are not those of the file")
        return PeerSimulation(
            order=found.rows,
            n_priors=found.n_priors,
            seconds=round(seconds, 2),
            seconds_learning=round(found.seconds, 2),
            made_at=made_at,
            kept=False,
        )


def asreview_peer(venv: Path | None, cache: Path | None, *, required: bool) -> Asreview | None:
    """ASReview in `venv`, or where `install` puts it unless told otherwise.

    Returns:
        None when no environment was named, none is in the usual place, and none is required.

    Raises:
        SettingsError: It was named or is required, and is not there or of another version.
    """
    if venv is None and not required and not DEFAULT_VENV.exists():
        return None
    return Asreview(venv or DEFAULT_VENV, cache)


def review_csv(review: LabelledReview) -> str:
    """The review as ASReview is given it: title, abstract and label of each record, in order."""
    target = io.StringIO()
    rows = csv.writer(target, lineterminator="\n")
    rows.writerow(("title", "abstract", "label_included"))
    for record, included in zip(review.records, review.included, strict=True):
        rows.writerow((record.title, record.abstract, int(included)))
    return target.getvalue()


def read_order(path: Path) -> AsreviewOrder:
    """The order of labels in an `.asreview` project file (a zip with an SQLite `results.db`).

    A label that no model was trained for (`training_set` is empty) is a prior.

    Raises:
        SourceError: It is no such file.
    """
    expected = f"expected a project file of ASReview {VERSION} with {_RESULTS}"
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / _RESULTS
        try:
            with zipfile.ZipFile(path) as project:
                database.write_bytes(project.read(_RESULTS))
            with closing(sqlite3.connect(database)) as connection:
                found = connection.execute(_LABELS).fetchall()
        except (OSError, KeyError, zipfile.BadZipFile, sqlite3.DatabaseError) as error:
            raise SourceError(path, f"{expected} ({error})") from error
    if not found:
        raise SourceError(path, f"{expected}; no record has a label")
    rows, labels, training_sets, times = zip(*found, strict=True)
    return AsreviewOrder(
        rows=tuple(int(row) for row in rows),
        labels=tuple(bool(label) for label in labels),
        n_priors=sum(size is None for size in training_sets),
        seconds=float(times[-1] - times[0]),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """`install VENV`; returns the exit code."""
    return install_command(arguments, "eval.peers.asreview", PACKAGE, VERSION, DEFAULT_VENV)


def _kept(path: Path) -> PeerSimulation:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept = PeerSimulation(**kept | {"order": tuple(map(int, kept["order"])), "kept": True})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SourceError(path, "expected a kept simulation; delete the file") from error
    return kept


if __name__ == "__main__":
    sys.exit(main())
