"""Writes benchmark_scores.json, which the benchmark is held against: a small part of shipped data.

Run again when a change is meant to move the scores:

    python -m tests.reference.benchmark_scores

The part: numbers of twelve articles of data/result_tables/development, and every eighth claim of
data/altered_claims/test.jsonl. It is small to be quick, so only a large drop is seen on it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from eval.trialreview import main
from evidence.config import data_folder

PINNED = Path(__file__).with_suffix(".json")
ARTICLES = (
    *("PMC1065073", "PMC3376123", "PMC3517358", "PMC3713949", "PMC4228518", "PMC4461907"),
    *("PMC4785315", "PMC4867039", "PMC5040779", "PMC5302797", "PMC5553001", "PMC5739798"),
)
EVERY_CLAIM = 8


def write_part(folder: Path) -> Path:
    """The data of the part, in folders that bear the tasks' names."""
    tables = data_folder() / "result_tables" / "development"
    (folder / "extraction" / "articles").mkdir(parents=True)
    for article_id in ARTICLES:
        name = f"{article_id}.xml.gz"
        shutil.copyfile(tables / "articles" / name, folder / "extraction" / "articles" / name)
    labels = _lines(tables / "labels.jsonl", lambda n, line: json.loads(line)["pmcid"] in ARTICLES)
    (folder / "extraction" / "labels.jsonl").write_text(labels, encoding="utf-8")
    claims = data_folder() / "altered_claims" / "test.jsonl"
    (folder / "grounding").mkdir()
    (folder / "grounding" / "claims.jsonl").write_text(
        _lines(claims, lambda n, line: n % EVERY_CLAIM == 0), encoding="utf-8"
    )
    return folder


def _lines(path: Path, kept: Callable[[int, str], bool]) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for n, line in enumerate(lines) if line and kept(n, line))


def run_part(folder: Path, *options: str) -> int:
    """Run the benchmark on the part; returns its exit code, results in `folder`/out."""
    data, out = folder / "data", folder / "out"
    if not data.exists():
        write_part(data)
    return main(["all", "--data", str(data), "--out", str(out), *options])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        run_part(Path(made))
        scores = json.loads((Path(made) / "out" / "scores.json").read_text(encoding="utf-8"))
        text = json.dumps({"offline": scores["offline"]}, separators=(",", ":"))
        PINNED.write_text(f"{text}\n", encoding="utf-8")
