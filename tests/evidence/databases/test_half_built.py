"""A project whose making was killed leaves nothing behind once it is made again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from evidence.databases.places import _left_behind


def test_half_built_folders_are_found_where_their_makers_are_gone(tmp_path: Path) -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )
    names = (f".p.{int(gone.stdout)}.new", f".p.{os.getpid()}.new", ".p.x.new", ".q.1.new", "p")
    for name in names:
        (tmp_path / name).mkdir()
    assert _left_behind(tmp_path / "p") == [tmp_path / names[0]]
