"""Downloads of live searches: a folder of pages that a second call goes on to fill.

Pages stand on disk as they came. A page that is there is whole, so that a killed download costs
the page it was at and no more.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError

from indexers.errors import SourceError
from indexers.live_requests import LARGEST_ANSWER_BYTES
from indexers.records import Frozen

MOST_RECORDS = 1_000_000
STATE = "search.json"
Progress = Callable[[int, int], None]
State = TypeVar("State", bound=BaseModel)


class LiveSearch(Frozen):
    """A search as the service understood it.

    Attributes:
        query_translation: The query as the service says it ran it; empty if it does not say.
        warnings: What the service ignored, such as phrases it knows no record for.
        errors: What the service could not use, such as fields it does not know.
        count: Records found on the date of the search.
    """

    query: str
    database: str
    date_of_search: date
    count: int
    query_translation: str = ""
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Download:
    """What a finished download holds.

    Attributes:
        n_records: Distinct records on disk.
        missing: Ids that the search found and the service does not give.
        notices: What a report of the search must say, such as a count that changed on the way.
    """

    search: LiveSearch
    folder: Path
    n_records: int
    missing: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class PageFolder:
    """Pages of a search on disk, and the file that says what the search was.

        search.json             the state: query, date, counts
        page-00000.json.gz …    answers as they came; a page that is there is whole

    Args:
        path: The folder; made when missing.
        ending: How pages end, without `.gz`.
    """

    def __init__(self, path: Path, ending: str) -> None:
        self.path = path
        self._ending = f"{ending}.gz"

    @contextmanager
    def only_writer(self) -> Iterator[None]:
        """Hold the folder for one download; a folder made for it goes again if nothing came.

        Raises:
            SourceError: Another download is at work in it, it holds other files, or it cannot be
                written.
        """
        with self._disk():
            made = not self.path.exists()
            self.path.mkdir(parents=True, exist_ok=True)
            if any(self.path.iterdir()) and not (self.path / STATE).is_file():
                held = {p.name for p in self.path.iterdir()} - {".lock", f".{STATE}.new"}
                if held:
                    wanted = "expected an empty folder or one with a download"
                    raise SourceError(self.path, f"{wanted}; it holds other files, name another")
            lock = FileLock(self.path / ".lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                wanted = "another download is at work in this folder; wait for it"
                raise SourceError(self.path, wanted) from None
        try:
            yield
        finally:
            lock.release()
            if made and {p.name for p in self.path.iterdir()} <= {".lock"}:
                with suppress(OSError):  # another download may have come in by now
                    (self.path / ".lock").unlink(missing_ok=True)
                    self.path.rmdir()

    def state(self, kind: type[State]) -> State | None:
        """What an earlier call left, or None.

        Raises:
            SourceError: The file is damaged or of another kind.
        """
        file = self.path / STATE
        try:
            return kind.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            wanted = "expected the state of a download; name another folder"
            raise SourceError(file, wanted) from error

    def keep_state(self, state: BaseModel) -> None:
        """Replace the state."""
        text = json.dumps(state.model_dump(mode="json"), ensure_ascii=False, indent=1)
        self.keep(self.path / STATE, f"{text}\n".encode())

    def page(self, name: str) -> Path:
        """Where the page of this name is, or will be."""
        return self.path / f"{name}{self._ending}"

    def pages(self, start: str = "page-") -> list[Path]:
        """The pages whose names start so, in the order of their names."""
        return sorted(p for p in self.path.glob(f"{start}*{self._ending}") if p.name[0] != ".")

    def keep(self, file: Path, body: bytes) -> None:
        """Write a file as a whole: a killed writer leaves none, or the one before.

        Raises:
            SourceError: The disk refuses.
        """
        new = file.with_name(f".{file.name}.new")
        packed = gzip.compress(body, mtime=0) if file.suffix == ".gz" else body
        with self._disk():
            new.write_bytes(packed)
            new.replace(file)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            wanted = f"expected a folder that can be written ({reason})"
            raise SourceError(self.path, wanted) from error


class _Finished(BaseModel):
    """What the states of all downloads have in common."""

    search: LiveSearch
    complete: bool = False


def finished_search(folder: Path) -> LiveSearch | None:
    """The search of a finished download; None where there is none.

    Raises:
        SourceError: The state is damaged.
    """
    state = PageFolder(folder, "").state(_Finished)
    return state.search if state is not None and state.complete else None


def unpacked(page: Path) -> bytes:
    """The answer that a page holds.

    Raises:
        SourceError: The file is damaged, or unpacks to more than an answer may have.
    """
    try:
        with gzip.open(page, "rb") as stream:
            body = stream.read(LARGEST_ANSWER_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(page, f"expected a page of a download ({error})") from error
    if len(body) > LARGEST_ANSWER_BYTES:
        raise SourceError(page, f"expected a page under {LARGEST_ANSWER_BYTES:,} bytes")
    return body


def checked_page_size(folder: Path, page_size: int, largest: int) -> int:
    """The number of records a page, as it is.

    Raises:
        SourceError: It is not from 1 to `largest`.
    """
    if not 1 <= page_size <= largest:
        raise SourceError(folder, f"expected from 1 to {largest:,} records a page, not {page_size}")
    return page_size


def checked_same(folder: Path, before: LiveSearch | None, database: str, query: str) -> None:
    """Refuse a folder that holds another search.

    Raises:
        SourceError: The database or the query differs.
    """
    if before is not None and (before.database, before.query) != (database, query):
        wanted = f"the folder holds the search {before.query[:80]!r} in {before.database}"
        raise SourceError(folder, f"{wanted}; name another folder")
