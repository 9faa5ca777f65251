"""Rows that are made already, kept in a file, so that a stopped run of the suite goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from tests.faults.table import Row


class Made(NamedTuple):
    """How rows are made; rows made in another way are not mixed with them."""

    kills: int
    seed: int


class FinishedRows:
    """Rows by the name of their fault.

    Args:
        path: A JSON file, or None to keep nothing.
        made: How the rows are made.

    Raises:
        ValueError: The file holds something else, or rows that were made in another way.
    """

    def __init__(self, path: Path | None, made: Made) -> None:
        self._path, self._made = path, made
        self._rows = self._read()

    def of(self, fault: str) -> Row | None:
        """The row of a fault, if it was made."""
        return self._rows.get(fault)

    def keep(self, fault: str, row: Row) -> None:
        """Keep a row; the file is replaced as a whole, with what other runs put there meanwhile."""
        self._rows = self._read() | {fault: row}
        if self._path is None:
            return
        rows = {name: one._asdict() for name, one in self._rows.items()}
        body = json.dumps(self._made._asdict() | {"rows": rows}, ensure_ascii=False, indent=1)
        draft = self._path.with_name(f".{self._path.name}.part")
        draft.write_text(body + "\n", encoding="utf-8")
        draft.replace(self._path)

    def _read(self) -> dict[str, Row]:
        if self._path is None or not self._path.exists():
            return {}
        kept = json.loads(self._path.read_text(encoding="utf-8"))
        of = Made(kept["kills"], kept["seed"])
        if of != self._made:
            raise ValueError(
                f"{self._path}: expected rows of --kills {self._made.kills} --seed "
                f"{self._made.seed}, they are of --kills {of.kills} --seed {of.seed}; "
                "name another file"
            )
        return {
            name: Row(**told | {"faults": tuple(told["faults"])})
            for name, told in kept["rows"].items()
        }
