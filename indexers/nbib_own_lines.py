"""Our own lines of an NBIB file, under OID: what MEDLINE's format has no words for.

Other programs pass over them: our record_id, the licence, another database's number, that a report
was retracted where nothing else says so, and MeSH where its headings do not tell major topics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from indexers.exact_fields import heading_parts
from indexers.records import Record
from indexers.retraction import RETRACTED

_MESH = "mesh: "
_IS_MESH = re.compile(r"mesh:( |$)")
_HEADINGS_NOT_TOLD = "mesh_headings: not told"
_RETRACTED = "retracted: true"


class OwnLines(NamedTuple):
    """What our lines tell; `mesh` is None where the headings tell it."""

    record_id: str | None
    mesh: tuple[str, ...] | None
    headings_told: bool
    licence: str | None
    database: str | None
    accession: str | None
    retracted: bool


def own_lines(record: Record) -> Iterator[str]:
    """The values of OID for a record."""
    for name in ("record_id", "licence", "database", "accession"):
        if value := getattr(record, name):
            yield f"{name}: {value}"
    notices = record.retraction_pmids or RETRACTED in record.publication_types
    if record.retracted and not notices:
        yield _RETRACTED
    if record.mesh and not record.mesh_headings:
        yield _HEADINGS_NOT_TOLD
    elif record.mesh != descriptors(record.mesh_headings):
        yield from (f"{_MESH}{name}" for name in record.mesh or ("",))


def read_own_lines(values: Sequence[str]) -> OwnLines:
    """What the values of OID tell; those of other programs tell nothing."""

    def one(name: str) -> str | None:
        head = f"{name}: "
        return next((v.removeprefix(head) for v in values if v.startswith(head)), None)

    mesh = [v.removeprefix(_MESH.strip()).strip() for v in values if _IS_MESH.match(v)]
    return OwnLines(
        record_id=one("record_id"),
        mesh=tuple(filter(None, mesh)) if mesh else None,
        headings_told=_HEADINGS_NOT_TOLD not in values,
        licence=one("licence"),
        database=one("database"),
        accession=one("accession"),
        retracted=_RETRACTED in values,
    )


def descriptors(printed: Iterable[str]) -> tuple[str, ...]:
    """The descriptors of headings as MEDLINE prints them, each once."""
    return tuple(dict.fromkeys(heading_parts(heading)[0] for heading in printed))
