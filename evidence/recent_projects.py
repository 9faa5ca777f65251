"""The projects that were opened on this computer, the last one first: their folders, nothing else.

They stand one a line in a file of the user's state folder, which may be deleted at any time.
"""

from __future__ import annotations

import os
from pathlib import Path

from evidence.errors import SourceError
from evidence.writing import write_whole

MOST = 12
_FILE = "recent-projects"


def recent_projects(file: Path | None = None) -> list[Path]:
    """The folders that still hold a project, the last opened first; none when none can be read."""
    try:
        lines = (file or _state_file()).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    folders = [Path(line) for line in lines if line.strip()]
    return [folder for folder in folders if (folder / "manifest.json").is_file()][:MOST]


def remember_project(folder: Path, file: Path | None = None) -> None:
    """Put a folder first; a list that cannot be written is no reason to stop anybody's work."""
    target = file or _state_file()
    path = folder.resolve()
    if any(not sign.isprintable() for sign in str(path)):
        return  # it would not come back as one line
    known = [path, *(known for known in recent_projects(target) if known != path)]
    try:
        write_whole(target, "".join(f"{p}\n" for p in known[:MOST]).encode("utf-8"))
    except (SourceError, UnicodeEncodeError):
        return


def _state_file() -> Path:
    """By the XDG base directory specification, which the other systems' tools follow, too."""
    state = os.environ.get("XDG_STATE_HOME", "")
    home = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return home / "evidence-synthesis" / _FILE
