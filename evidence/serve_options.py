"""What the review app is started with, as words of its command line and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evidence.databases.address import project_folder
from evidence.errors import SettingsError

SESSION_MINUTES = 480
THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
"""Addresses at which no other computer is heard."""


@dataclass(frozen=True)
class ServeOptions:
    """What the app was started with.

    Attributes:
        folder: The project's; None for the page that opens one.
        user_header: The HTTP header in which a reverse proxy gives the person's name. Without it
            no header is read.
        session_minutes: After so long without an act a person signs in again.
    """

    folder: Path | None = None
    user_header: str | None = None
    session_minutes: int = SESSION_MINUTES

    def arguments(self) -> list[str]:
        """The words of the app's command line that say the same."""
        words = [str(self.folder)] if self.folder is not None else []
        if self.user_header is not None:
            words += ["--user-header", self.user_header]
        if self.session_minutes != SESSION_MINUTES:
            words += ["--session-minutes", str(self.session_minutes)]
        return words


def serve_options(arguments: Sequence[str]) -> ServeOptions:
    """Read the app's command line, without the program's name.

    Raises:
        SettingsError: An option has no value, or the minutes are no number.
    """
    options, rest = ServeOptions(), list(arguments)
    while rest:
        word = rest.pop(0)
        if word not in ("--user-header", "--session-minutes"):
            if options.folder is None and word and not word.startswith("-"):
                options = replace(options, folder=project_folder(word))
            continue
        value = rest.pop(0).strip() if rest else ""
        if word == "--user-header" and value:
            options = replace(options, user_header=value)
        elif word == "--session-minutes" and value.isdecimal() and int(value):
            options = replace(options, session_minutes=int(value))
        else:
            wanted = "a header’s name" if word == "--user-header" else "minutes, 1 or more"
            raise SettingsError(f"{word} {value!r}: expected {wanted}")
    return options
