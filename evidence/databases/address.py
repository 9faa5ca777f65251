"""The address of a project in PostgreSQL, and the local folder that goes with it.

    postgresql://USER@HOST[:PORT]/DATABASE?project=NAME

The name stands among the parameters because what comes before is an address as every PostgreSQL
tool reads it; `host=/FOLDER` instead of HOST names the folder of a Unix socket. A password is never
part of it: libpq takes it from PGPASSWORD or a password file (PGPASSFILE, ~/.pgpass).

A project in a database still has a folder on each computer, in the user's cache:

    CACHE/evidence-synthesis/projects/NAME-DIGEST/
      database.url    the address; the folder stands for the project wherever one is expected
      manifest.json   copies of what the database holds; so are people.json, contexts*.json, calls/
      derived/        reports and plots

All of it may be deleted while nothing runs; the next use of the address makes it again.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from evidence.errors import ProjectError, SourceError
from evidence.writing import write_whole

FORM = "postgresql://USER@HOST/DATABASE?project=NAME"
POINTER = "database.url"
PORT = 5432
_SCHEMES = ("postgresql", "postgres")
_PARAMETERS = ("project", "host", "sslmode", "sslrootcert")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SECRETS = ("password", "passfile", "sslpassword")


@dataclass(frozen=True)
class DatabaseAddress:
    """Where a project's database is; it holds no password.

    Attributes:
        user: None leaves it to libpq: PGUSER, or the name on this computer.
        host: A computer, or the folder of a Unix socket.
        port: Of the server.
        database: On that server.
        project: Its name there.
        options: Further parameters of the connection, in the order of their names.
    """

    user: str | None
    host: str
    port: int
    database: str
    project: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The address in its one form."""
        by_socket = self.host.startswith("/")
        parameters = {"project": self.project} | ({"host": self.host} if by_socket else {})
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = "" if by_socket else (f"[{self.host}]" if ":" in self.host else self.host)
        port = f":{self.port}" if self.port != PORT else ""
        query = urlencode(parameters | dict(self.options), safe="/")
        return f"postgresql://{user}{host}{port}/{quote(self.database, safe='')}?{query}"

    @property
    def schema(self) -> str:
        """The schema that holds the project, and nothing else does."""
        return f"evidence_{self.project}"

    @property
    def folder(self) -> Path:
        """The project's folder on this computer; each user of the database has one."""
        user = self.user or ""
        place = "\n".join((user, self.host, str(self.port), self.database, self.project))
        digest = hashlib.sha256(place.encode()).hexdigest()[:12]
        return _cache_folder() / "projects" / f"{self.project}-{digest}"


def is_address(word: str) -> bool:
    """Whether a word is meant as the address of a database."""
    return word.partition(":")[0] in _SCHEMES and ":" in word


def parse_address(word: str) -> DatabaseAddress:
    """Read an address.

    Raises:
        ProjectError: It has another form, or a password in it, which is not repeated.
    """
    if not word.isprintable():  # urlsplit would drop some of it
        raise ProjectError(f"{word!r}: expected {FORM}")
    try:
        parts = urlsplit(word)
        port = parts.port or PORT
        pairs = parse_qsl(parts.query, strict_parsing=True)
    except ValueError:
        raise ProjectError(f"the address of a database: expected {FORM}") from None
    parameters = dict(pairs)
    if parts.password is not None or any(name in parameters for name in _SECRETS):
        raise ProjectError(
            "the address of a database: expected none with a password, which lists of processes "
            "and histories show; put it into PGPASSWORD or ~/.pgpass and leave it out"
        )
    _check(word, parts, pairs)
    return DatabaseAddress(
        user=unquote(parts.username) if parts.username else None,
        host=parts.hostname or parameters["host"],
        port=port,
        database=unquote(parts.path.removeprefix("/")),
        project=parameters["project"],
        options=tuple(sorted((n, v) for n, v in pairs if n not in ("project", "host"))),
    )


def _check(word: str, parts: SplitResult, pairs: list[tuple[str, str]]) -> None:
    """Refuse what lacks a part, has one twice, or has one that is not known."""
    names, parameters = [name for name, _ in pairs], dict(pairs)
    unknown = [name for name in names if name not in _PARAMETERS]
    database, socket = parts.path.removeprefix("/"), parameters.get("host", "")
    told = ""
    if parts.scheme not in _SCHEMES or parts.fragment:
        told = f"expected {FORM}"
    elif unknown or len(set(names)) < len(names):
        told = f"expected each of {', '.join(_PARAMETERS)} once at most, and no other parameter"
    elif bool(parts.hostname) == bool(socket) or (socket and not socket.startswith("/")):
        told = f"expected a host, or the folder of a socket as host=/FOLDER: {FORM}"
    elif not database or "/" in database:
        told = f"expected the name of a database: {FORM}"
    elif not _NAME.fullmatch(parameters.get("project", "")):
        told = (
            "expected project=NAME of small letters, digits and underscores, a letter first, "
            "40 at most"
        )
    if told:
        raise ProjectError(f"{word}: {told}")


def project_folder(word: str) -> Path:
    """The folder of a project that was named by its folder or by its address.

    An address is noted in its folder, so that the folder stands for it from then on.

    Raises:
        ProjectError: The address cannot be read.
        SourceError: The folder cannot be made.
    """
    if not is_address(word):
        return Path(word)
    address = parse_address(word)
    try:
        address.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it may hold people's hashes
    except OSError as error:
        wanted = f"expected a folder that can be made ({error.strerror})"
        raise SourceError(address.folder, wanted) from error
    write_whole(address.folder / POINTER, f"{address.text}\n".encode())
    return address.folder


def address_of(folder: Path) -> DatabaseAddress | None:
    """The address that a folder stands for; None if it holds a project itself.

    An address counts only in the folder that belongs to it: a folder that somebody sent must not
    make this computer sign in somewhere.

    Raises:
        ProjectError: The address cannot be read, or it stands in another folder.
    """
    path = folder / POINTER
    try:
        word = path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path}: expected the address of a database") from error
    address = parse_address(word)
    if folder.resolve() != address.folder.resolve():
        raise ProjectError(
            f"{path}: an address counts only in its own folder; name {address.text} instead"
        )
    return address


def _cache_folder() -> Path:
    """By the XDG base directory specification, as for the list of recent projects."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache"
    return home / "evidence-synthesis"
