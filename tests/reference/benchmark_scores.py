"""Writes benchmark_scores.json, which the benchmark is held against: a small part of shipped data.

Run again when a change is meant to move the scores:

    python -m tests.reference.benchmark_scores

The part: the first two questions of 36 articles of data/result_tables/development, and every eighth
claim of data/altered_claims/test.jsonl. The articles are those quickest to read among the 47 of
which the program had one of the two exactly right when they were chosen: where nothing is right
nothing can drop. So its figures are far higher than those of all articles. A quarter of the answers
lost is seen on it; a loss of a few is not.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from eval.trialreview import main
from evidence.config import data_folder

PINNED = Path(__file__).with_suffix(".json")
ARTICLES = (
    *("PMC1174877", "PMC1832184", "PMC2826289", "PMC3414768", "PMC3503752", "PMC3599931"),
    *("PMC3716952", "PMC4228518", "PMC4247720", "PMC4313058", "PMC4396724", "PMC4573756"),
    *("PMC4766670", "PMC4803984", "PMC4845428", "PMC4868921", "PMC4907437", "PMC4928147"),
    *("PMC5006547", "PMC5040733", "PMC5054611", "PMC5101386", "PMC5103331", "PMC5131536"),
    *("PMC5362536", "PMC5486465", "PMC5584514", "PMC5601363", "PMC5608868", "PMC5622751"),
    *("PMC5738810", "PMC5739798", "PMC5746709", "PMC5762805", "PMC5762815", "PMC5893890"),
)
QUESTIONS_OF_EACH = 2
EVERY_CLAIM = 8


def write_part(folder: Path) -> Path:
    """The data of the part, in folders that bear the tasks' names."""
    tables = data_folder() / "result_tables" / "development"
    (folder / "extraction" / "articles").mkdir(parents=True)
    for article_id in ARTICLES:
        name = f"{article_id}.xml.gz"
        shutil.copyfile(tables / "articles" / name, folder / "extraction" / "articles" / name)
    asked: Counter[str] = Counter()

    def is_asked(_: int, line: str) -> bool:
        article_id = json.loads(line)["pmcid"]
        asked[article_id] += 1
        return article_id in ARTICLES and asked[article_id] <= QUESTIONS_OF_EACH

    labels = _lines(tables / "labels.jsonl", is_asked)
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
