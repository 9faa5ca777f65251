"""Made-up records, and `asreview_simulation.asreview`: ASReview's simulation of them.

To make the file again (needs the environment of `python -m eval.peers.asreview install VENV`):

    python tests/reference/asreview_simulation.py VENV
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).with_suffix(".asreview")
SEED = 4
_DRUGS = ("oxybutynin", "tolterodine", "trospium", "placebo")
_PLACES = ("bladder", "knee", "heart", "skin", "lung")


def labelled_records() -> list[tuple[str, str, bool]]:
    """Title, abstract and label of 40 records: trials of a bladder drug, and an odd one."""
    found = []
    for number in range(40):
        place, drug = _PLACES[number % 5], _DRUGS[number % 4]
        included = (place == "bladder" and drug != "placebo") or number == 33
        abstract = (
            f"Adults with a complaint of the {place} were given {drug}." if number % 7 else ""
        )
        found.append((f"Trial {number} of {drug} in the {place}", abstract, included))
    return found


def main(venv: Path) -> None:
    """Run ASReview as the benchmark does."""
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "review.csv").open("w", encoding="utf-8", newline="") as target:
            rows = csv.writer(target, lineterminator="\n")
            rows.writerow(("title", "abstract", "label_included"))
            rows.writerows((title, abstract, int(i)) for title, abstract, i in labelled_records())
        PROJECT.unlink(missing_ok=True)
        seeds = ["--prior-seed", str(SEED), "--seed", str(SEED)]
        priors = ["--n-prior-included", "1", "--n-prior-excluded", "1"]
        command = [str((venv / "bin" / "asreview").absolute()), "simulate", "review.csv"]
        subprocess.run(
            [*command, "--ai", "elas_u4", *priors, *seeds, "-o", str(PROJECT)],
            check=True,
            cwd=folder,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
