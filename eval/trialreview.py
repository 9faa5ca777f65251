"""The benchmark on the command line: `python -m eval.trialreview TASK --data PATH --out DIR`.

Exit codes: 0 fine, 1 a finding (what should hold did not), 2 usage or bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.options import read_options
from eval.running import run_task
from evidence.errors import EvidenceError

if TYPE_CHECKING:
    from indexers.encoder import Encoder


def main(arguments: Sequence[str] | None = None, encoder: Encoder | None = None) -> int:
    """Run a task; returns the exit code.

    Args:
        arguments: Those of the command line unless given.
        encoder: The encoder; the embedded one unless given.
    """
    try:
        options = read_options(arguments, __doc__)
        if options.task == "all":
            return _all(options, encoder)
        result, manifest = run_task(options, encoder)
    except EvidenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    from eval.report import scores_table, table_text, write_results

    try:
        write_results(options.out, result, manifest)
    except OSError as error:
        print(f"error: {options.out}: cannot write there ({error.strerror})", file=sys.stderr)
        return 2
    for table in (scores_table(result.scores_json()), *result.tables):
        print(table_text(table), end="\n\n")
    for note in result.notes:
        print(note)
    print(f"written to {options.out}")
    if result.finding:
        print(f"finding: {result.finding}", file=sys.stderr)
    return 1 if result.finding else 0


def _all(options: argparse.Namespace, encoder: Encoder | None) -> int:
    from eval.all_tasks import left_out, merged_scores, run_all, write_all
    from eval.report import scores_table, table_text
    from evidence.errors import SettingsError

    parts = run_all(options, encoder)
    try:
        write_all(options.out, parts)
    except OSError as error:
        raise SettingsError(f"{options.out}: cannot write there ({error.strerror})") from error
    print(table_text(scores_table(merged_scores(parts))), end="\n\n")
    print(left_out(parts))
    print(f"written to {options.out}")
    findings = [f"{p.name}: {p.result.finding}" for p in parts if p.result.finding]
    for finding in findings:
        print(f"finding: {finding}", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
