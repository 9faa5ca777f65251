"""Learned reading orders, kept in the project's folder for the next server that opens it.

    PROJECT/derived/reading_orders/NAME.json

A file says what its order was learned from: the program, the encoder, the manifest, the head of the
log, and the verdicts known by then. It is taken only where all of that still holds: the log goes on
from that head, and has no other records and no newer word on duplicates. Which verdicts are newer
is for the asker to tell. A file that is damaged, or of another log, is as good as missing. Each
takes its place as a whole, and all are safe to delete.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, ValidationError

from evidence.errors import SourceError
from evidence.followed import Standing
from evidence.project import Project
from evidence.screening.kept_features import project_encoder
from evidence.screening.prioritise import EXCLUDED, INCLUDED
from evidence.writing import write_whole
from indexers.records import Frozen

FOLDER = "reading_orders"


class KnownOrder(NamedTuple):
    """Record ids, the most relevant first, and the verdicts that they were learned from."""

    record_ids: tuple[str, ...]
    labels: dict[str, int]


class _File(Frozen):
    """One order.

    Attributes:
        made_by: Digest of program, encoder and manifest.
        head: Of the log: its length and its last hash.
        n_records: In that log.
        n_duplicate_words: In that log.
        included: The records that counted as included, by place in the search.
        excluded: Those that counted as excluded.
        rows: All records but duplicates, the most relevant first, by place in the search.
        digest: SHA-256 over the rest.
    """

    format_version: Literal[1] = 1
    made_by: str
    head: tuple[int, str]
    n_records: int = Field(ge=0)
    n_duplicate_words: int = Field(ge=0)
    included: tuple[int, ...]
    excluded: tuple[int, ...]
    rows: tuple[int, ...]
    digest: str = ""

    def own_digest(self) -> str:
        """SHA-256 of all that this order says beside its digest, in hexadecimal."""
        return hashlib.sha256(self.model_dump_json(exclude={"digest"}).encode()).hexdigest()


class KeptOrders:
    """The orders kept for a project's reviewers; threads and processes may share them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._folder = project.path / "derived" / FOLDER
        self._made_by: str | None = None

    def load(self, reviewer: str, standing: Standing) -> KnownOrder | None:
        """The order kept for a reviewer; None where there is none that this log goes on from."""
        try:
            file = _File.model_validate_json(self._path(reviewer).read_bytes())
        except (OSError, ValidationError):
            return None
        return self._checked(file, standing) if file.digest == file.own_digest() else None

    def keep(self, reviewer: str, standing: Standing, order: KnownOrder) -> None:
        """Keep an order; a folder that cannot be written costs time at the next opening alone.

        Args:
            reviewer: Whose it is.
            standing: That it was learned in.
            order: All records of that state but the duplicates.
        """
        place = {record_id: row for row, record_id in enumerate(standing.state.records)}
        by_label = {
            wanted: tuple(place[i] for i, label in order.labels.items() if label == wanted)
            for wanted in (INCLUDED, EXCLUDED)
        }
        file = _File(
            made_by=self._maker(),
            head=standing.head,
            n_records=len(place),
            n_duplicate_words=len(standing.state.duplicate_words),
            included=by_label[INCLUDED],
            excluded=by_label[EXCLUDED],
            rows=tuple(place[record_id] for record_id in order.record_ids),
        )
        body = file.model_copy(update={"digest": file.own_digest()}).model_dump_json()
        with suppress(SourceError):
            write_whole(self._path(reviewer), body.encode())

    def _checked(self, file: _File, standing: Standing) -> KnownOrder | None:
        state = standing.state
        same_records = file.n_records == len(state.records)
        same_links = file.n_duplicate_words == len(state.duplicate_words)
        if not (same_records and same_links and file.made_by == self._maker()):
            return None
        if not self._project.goes_on_from(*file.head):
            return None
        ids = list(state.records)
        due = [row for row, record_id in enumerate(ids) if record_id not in state.duplicates]
        if sorted(file.rows) != due or not {*file.included, *file.excluded} <= set(due):
            return None
        labels = {ids[row]: INCLUDED for row in file.included}
        labels |= {ids[row]: EXCLUDED for row in file.excluded}
        return KnownOrder(tuple(ids[row] for row in file.rows), labels)

    def _maker(self) -> str:
        if self._made_by is None:
            manifest, encoder = self._project.manifest, project_encoder(self._project)
            made_by = f"{version('evidence-synthesis')} {encoder.digest}\n"
            body = made_by + manifest.model_dump_json()
            self._made_by = hashlib.sha256(body.encode()).hexdigest()
        return self._made_by

    def _path(self, reviewer: str) -> Path:
        # A name may hold anything; its digest is always a file's name.
        return self._folder / f"{hashlib.sha256(reviewer.encode()).hexdigest()[:32]}.json"
