"""Every fault at once, and the table of what came of it.

python -m tests.faults [--kills N] [--seed S] [--only WORD] [--out FILE [--kept]] [--page FILE]

With --out, what is finished is kept there and a run that was stopped goes on; rows by which
something was lost are made again. --kept makes none. --page writes the table as Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.finished_rows import FinishedRows, Made
from tests.faults.suite import Fault, faults
from tests.faults.table import Row, table_markdown, table_text

_PAGE = """# What is lost by which fault

Nothing may be: a row tells how often a fault was brought about, how often something judged or
stored was lost by it, a damage stayed unnamed or a command ended in a traceback, and what a person
is told. {n_rows} of {n_faults} faults, made by

    python -m tests.faults{options} --out rows.json --page {page}

"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when anything was lost."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=250, help="kill -9, over all commands")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="the faults whose name holds this word")
    parser.add_argument("--out", type=Path, help="keep finished rows here and go on behind them")
    parser.add_argument("--kept", action="store_true", help="make no row that is not kept")
    parser.add_argument("--page", type=Path, help="write the table here as Markdown")
    options = parser.parse_args(arguments)
    chosen = [f for f in faults(options.kills, options.seed) if options.only in f.name]
    try:
        kept = FinishedRows(options.out, Made(options.kills, options.seed))
    except ValueError as error:
        parser.error(str(error))
    if options.kept:
        rows = [row for fault in chosen if (row := kept.of(fault.name)) is not None]
    else:
        with TemporaryDirectory(prefix="faults-") as scratch:
            rows = [_row(fault, kept, Path(scratch) / str(n)) for n, fault in enumerate(chosen)]
    print(table_text(rows))
    if options.page is not None:
        _write_page(options.page, rows, len(chosen), options)
    return 1 if any(row.lost for row in rows) else 0


def _row(fault: Fault, kept: FinishedRows, scratch: Path) -> Row:
    """The row that is kept, unless something was lost by it; else a new one."""
    found = kept.of(fault.name)
    if found is not None and not found.lost:
        return found
    scratch.mkdir()
    began = time.monotonic()
    made = fault.make(scratch)
    seconds = time.monotonic() - began
    print(f"{made.fault}: {made.times}, {made.lost} lost, {seconds:.0f} s", file=sys.stderr)
    kept.keep(fault.name, made)
    return made


def _write_page(
    page: Path, rows: Sequence[Row], n_faults: int, options: argparse.Namespace
) -> None:
    told = f" --kills {options.kills} --seed {options.seed}"
    told += f" --only '{options.only}'" if options.only else ""
    head = _PAGE.format(n_rows=len(rows), n_faults=n_faults, options=told, page=page.as_posix())
    page.write_text(head + table_markdown(rows), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
