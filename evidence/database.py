"""What a project asks of its database, whichever it is; and the chain of hashes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from evidence.errors import ProjectError

GENESIS = "0" * 64
_LONGEST_REASON = 300
_BESIDES = re.compile(r"\n(?:DETAIL|HINT|CONTEXT|LINE \d+|QUERY): ")
Act = Literal["run", "adding"]
"""What only one program at a time may do with a project."""
NOT_ALONE: dict[Act, str] = {
    "run": "another run is at work; wait for its end",
    "adding": "somebody is adding records now; try again in a minute",
}
A_MOMENT_SECONDS = 0.2
"""How long an act waits for a project: who only looks whether it is free holds it shortly."""


class LogRow(NamedTuple):
    """A line of the log as it stands in the database."""

    seq: int
    kind: str
    body: str
    previous_hash: str
    hash: str


class ProjectDatabase(Protocol):
    """The log of one project and the documents that it quotes.

    Attributes:
        place: What messages name.
    """

    place: str

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that nobody else writes during: all of it is kept, or nothing.

        Raises:
            ProjectError: The database cannot be reached, is full or cannot be written.
        """
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """What the database holds at one moment, however long it is read.

        Raises:
            ProjectError: The database cannot be reached or read.
        """
        ...

    def head(self, connection: Connection) -> tuple[int, str]:
        """The number of lines and the hash of the last."""
        ...

    def add_lines(self, connection: Connection, rows: Sequence[LogRow]) -> None:
        """Add lines behind the last one and move the head."""
        ...

    def check(self) -> None:
        """Refuse what is no project, or one of a newer version.

        Raises:
            ProjectError: It is; or the database cannot be reached or read.
        """
        ...

    def migrate(self) -> list[str]:
        """Take the steps that the tables lack; gives their numbers.

        Raises:
            ProjectError: The tables cannot be changed.
        """
        ...

    def keep_files(self, connection: Connection, names: Sequence[str] = ()) -> None:
        """Keep recorded calls and certificates that are new in the folder, and the files named.

        Where the folder is the project, there is nothing to do.
        """
        ...

    def fetch_files(self, connection: Connection, *, calls: bool = False) -> None:
        """Bring the folder's list of people up to date, or its recorded calls.

        Where the folder is the project, there is nothing to do.
        """
        ...

    def damage(self, connection: Connection) -> list[str]:
        """What of the guards that the database keeps over the log is missing."""
        ...

    def alone(self, act: Act) -> AbstractContextManager[None]:
        """Hold the project for an act; it is let go of when the process ends, however it ends.

        Raises:
            ProjectError: Another program holds it.
        """
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


def line_hash(previous: str, kind: str, body: str) -> str:
    """The hash of a line of the log; it fixes all lines before it too."""
    return hashlib.sha256(f"{previous}\n{kind}\n{body}".encode()).hexdigest()


@contextmanager
def errors_named(place: str | Path, told: str) -> Iterator[None]:
    """Tell what the database refuses as one line, without the statement and what it carried.

    Args:
        place: The project.
        told: What that means for whoever asked.

    Raises:
        ProjectError: Instead of an error of the database.
    """
    try:
        yield
    except DBAPIError as error:
        raise ProjectError(f"{place}: {told} ({reason(error)})") from error


def reason(error: DBAPIError) -> str:
    """What the database says, as one line."""
    said = _BESIDES.split(str(error.orig))[0]  # what follows may quote whole rows
    words = " ".join(said.split())
    return words if len(words) <= _LONGEST_REASON else f"{words[:_LONGEST_REASON]}…"
