"""`python -m tests.hostile`: the verdicts without and with each injection."""

from __future__ import annotations

import sys

from tests.hostile.running import cases, unharmed


def main() -> int:
    """Print the table; 1 when a verdict changed."""
    n_changed = 0
    print(f"{'stage':17} {'document':48} {'without':34} {'with':34} changed")
    for case in cases():
        without, with_it = unharmed(case).verdict, case.hostile(case.model())
        changed = without != with_it
        n_changed += changed
        first = [text.partition("\n")[0][:34] for text in (without, with_it)]
        print(
            f"{case.stage:17} {case.document[:48]:48} {first[0]:34} {first[1]:34} "
            f"{'YES' if changed else 'no'}"
        )
    n_documents = len({case.document for case in cases()})
    print(f"{len(cases())} cases of {n_documents} documents, {n_changed} changed")
    return 1 if n_changed else 0


if __name__ == "__main__":
    sys.exit(main())
