"""The table of results in README.md, written from a scores.json and never by hand.

    python -m eval.trialreview --out out
    python -m eval.readme_table out/scores.json --keep docs/benchmark_scores.json

The table stands between two marker comments. What it is made of is kept beside the documentation
(the metrics alone, without units), so that a test can hold the two against each other.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.comparison import SHOWN, sense_of
from eval.gate import OURS, read_scores
from eval.results import Scores
from evidence.errors import EvidenceError, SettingsError

START = "<!-- benchmark table: written by `python -m eval.readme_table` -->"
END = "<!-- end of the benchmark table -->"
_ONE_SIDED = ("flags_nothing", "flags_everything", "baseline:fixed_")


def table_markdown(scores: Scores) -> str:
    """A row a metric: offline with its interval, the best other system, and n."""
    lines = [
        "| task | metric | offline (95 % interval) | best other system | n |",
        "|---|---|---|---|---|",
    ]
    for task, names in SHOWN.items():
        ours = scores.get(OURS, {}).get(task, {}).get("metrics", {})
        lines += [
            f"| {task} | {name} | {_figure(ours[name])} | {_best_other(scores, task, name)} "
            f"| {ours[name]['n']} |"
            for name in names
            if name in ours
        ]
    return "\n".join(lines)


def _figure(metric: Mapping[str, Any]) -> str:
    low, high = metric["ci95"]
    return f"{metric['value']:.3f} ({low:.3f} to {high:.3f})"


def _best_other(scores: Scores, task: str, name: str) -> str:
    """The best system that is not ours; of a metric that has no better side, none.

    A rule that gets one figure right by giving another up is no other system: it is in the report.
    """
    others = {
        engine: tasks[task]["metrics"][name]["value"]
        for engine, tasks in scores.items()
        if engine.split(":")[0].split("_")[0] != OURS
        and not engine.startswith(_ONE_SIDED)
        and name in tasks.get(task, {}).get("metrics", {})
    }
    sense = sense_of(name)
    if not others or not sense:
        return "–"
    best = max(others, key=lambda engine: sense * others[engine])
    return f"{others[best]:.3f}, {best}"


def with_table(text: str, table: str) -> str:
    """The text with the table between its markers.

    Raises:
        SettingsError: A marker is missing, or stands twice.
    """
    if text.count(START) != 1 or text.count(END) != 1 or text.index(START) > text.index(END):
        raise SettingsError(f"expected one line {START} and, below it, one line {END}")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{table}\n\n{END}{after}"


def shown_part(scores: Scores) -> Scores:
    """What the table is made of: the shown metrics of every engine, without units."""
    return {
        engine: {
            task: {
                "metrics": {n: m for n, m in found["metrics"].items() if n in SHOWN.get(task, ())},
                "by_unit": {},
            }
            for task, found in tasks.items()
        }
        for engine, tasks in scores.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table; returns 0, or 2 for bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.readme_table",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scores", type=Path, help="scores.json of a run")
    parser.add_argument("--readme", type=Path, default=Path("README.md"))
    parser.add_argument("--keep", type=Path, help="where to keep what the table is made of")
    options = parser.parse_args(arguments)
    try:
        scores = read_scores(options.scores)
        text = options.readme.read_text(encoding="utf-8")
        written = with_table(text, table_markdown(scores))
        if options.keep is not None:
            kept = json.dumps(shown_part(scores), indent=1)
            options.keep.write_text(f"{kept}\n", encoding="utf-8", newline="\n")
        options.readme.write_text(written, encoding="utf-8", newline="\n")
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except EvidenceError as error:
        print(f"error: {options.readme}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
