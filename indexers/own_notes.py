"""Notes that keep what RIS and EndNote XML have no tag for; other programs show them as notes.

Substance: Quinine               a name of `chemicals`
Retracted Publication            where no publication type says so
Retraction in: PMID 123          a notice of retraction
Licence: CC BY
Database: Embase                 with the number below, where the record also has a PMID,
Accession number: 627123459      which then stands under the tags for both
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from indexers.records import Record
from indexers.retraction import RETRACTED

_SUBSTANCE = "Substance: "
_NOTICE = "Retraction in: PMID "
_LICENCE = "Licence: "
_DATABASE = "Database: "
_ACCESSION = "Accession number: "


class OwnNotes(NamedTuple):
    """What our notes tell, in the terms of `Record`."""

    chemicals: tuple[str, ...]
    retracted: bool
    retraction_pmids: tuple[str, ...]
    licence: str | None
    database: str | None
    accession: str | None


def own_notes(record: Record) -> Iterator[str]:
    """The notes of a record, each on one line."""
    if record.retracted and RETRACTED not in record.publication_types:
        yield RETRACTED
    told = [(_SUBSTANCE, name) for name in record.chemicals]
    told += [(_NOTICE, pmid) for pmid in record.retraction_pmids]
    told += [(_LICENCE, record.licence or "")]
    if record.pmid:
        told += [(_DATABASE, record.database or ""), (_ACCESSION, record.accession or "")]
    for head, value in told:
        if plain := " ".join(value.split()):
            yield head + plain


def read_own_notes(notes: Iterable[str]) -> OwnNotes:
    """What the notes of a reference tell; those of other programs tell nothing."""
    lines = [note.strip() for note in notes]

    def each(head: str) -> tuple[str, ...]:
        found = (line.removeprefix(head) for line in lines if line.startswith(head))
        return tuple(dict.fromkeys(filter(None, found)))

    def one(head: str) -> str | None:
        return next(iter(each(head)), None)

    return OwnNotes(
        chemicals=each(_SUBSTANCE),
        retracted=RETRACTED in lines,
        retraction_pmids=each(_NOTICE),
        licence=one(_LICENCE),
        database=one(_DATABASE),
        accession=one(_ACCESSION),
    )
