"""The benchmark on the command line: `python -m eval.trialreview TASK --data PATH --out DIR`.

`--compare OLD` tells what moved since the scores.json of an earlier run.

Exit codes: 0 fine, 1 a finding (what should hold did not, or a metric really dropped), 2 usage or
bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.options import read_options
from evidence.errors import EvidenceError, SettingsError

if TYPE_CHECKING:
    from eval.results import Scores
    from indexers.encoder import Encoder


def main(arguments: Sequence[str] | None = None, encoder: Encoder | None = None) -> int:
    """Run a task; returns the exit code.

    Args:
        arguments: Those of the command line unless given.
        encoder: The encoder; the embedded one unless given.
    """
    from eval.all_tasks import shipped_data
    from eval.gate import compare, read_scores, tell

    try:
        options = read_options(arguments, __doc__)
        old = read_scores(options.compare) if options.compare else None
        if options.data is None and options.task != "all":
            options.data = shipped_data(options.task)
        run = _all if options.task == "all" else _one
        scores, code = run(options, encoder)
    except EvidenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if old is None:
        return code
    print()
    return max(code, tell(compare(old, scores, options.seed)))


def _one(options: argparse.Namespace, encoder: Encoder | None) -> tuple[Scores, int]:
    """A task's scores and exit code; what it found is written and printed."""
    from eval.annotating import run_measured
    from eval.report import scores_table, table_text, write_results

    result, manifest = run_measured(options, encoder)
    try:
        write_results(options.out, result, manifest)
    except OSError as error:
        raise SettingsError(f"{options.out}: cannot write there ({error.strerror})") from error
    for table in (scores_table(result.scores_json()), *result.tables):
        print(table_text(table), end="\n\n")
    for note in result.notes:
        print(note)
    print(f"written to {options.out}")
    if result.finding:
        print(f"finding: {result.finding}", file=sys.stderr)
    return result.scores_json(), 1 if result.finding else 0


def _all(options: argparse.Namespace, encoder: Encoder | None) -> tuple[Scores, int]:
    from eval.all_tasks import left_out, merged_scores, run_all, write_all
    from eval.annotating import run_measured
    from eval.report import scores_table, table_text

    parts = run_all(options, encoder, run_measured)
    try:
        write_all(options.out, parts)
    except OSError as error:
        raise SettingsError(f"{options.out}: cannot write there ({error.strerror})") from error
    scores = merged_scores(parts)
    print(table_text(scores_table(scores)), end="\n\n")
    print(left_out(parts))
    print(f"written to {options.out}")
    findings = [f"{p.name}: {p.result.finding}" for p in parts if p.result.finding]
    for finding in findings:
        print(f"finding: {finding}", file=sys.stderr)
    return scores, 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
