"""What the record that stays of a group takes over from those that are left out.

A field is filled only where it is empty: identifiers and where the report stands, and that it was
retracted. Title and abstract of a review's record stay as they were found, for quotes refer to
them; so do publication types and headings, for an engine has judged by them. In files of records,
to which no quote refers, these are filled too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evidence.deduplication.clustering import completeness
from indexers.records import Frozen, Record

_CITATION = ("doi", "pmid", "pmcid", "year", "journal", "authors", "volume", "issue", "pages")
_CONTENT = ("abstract", "publication_types", "chemicals", "keywords")
_HEADINGS = ("mesh", "mesh_headings")  # of one record, for the one prints the other
_RETRACTION = ("retracted", "retraction_pmids")
_GROUPS = (*((name,) for name in (*_CITATION, "language")), _RETRACTION)
_WITH_CONTENT = (*_GROUPS, *((name,) for name in _CONTENT), _HEADINGS)


class FilledRecord(Frozen):
    """A record with what others of its group tell; `given` names the other of each field."""

    record: Record
    given: dict[str, str]


def filled(record: Record, others: Sequence[Record], *, content: bool = False) -> FilledRecord:
    """The record with its empty fields filled, each from the most complete other that has it.

    Args:
        record: The one that stays.
        others: Those of its group that are left out.
        content: Whether abstract, publication types, headings, substances and keywords are filled.
    """
    ranked = sorted(others, key=_most_complete_first)
    update: dict[str, Any] = {}
    given: dict[str, str] = {}
    for names in _WITH_CONTENT if content else _GROUPS:
        if any(getattr(record, name) for name in names):
            continue
        giver = next((other for other in ranked if any(getattr(other, n) for n in names)), None)
        if giver is not None:
            told = {name: getattr(giver, name) for name in names if getattr(giver, name)}
            update |= told
            given |= dict.fromkeys(told, giver.record_id)
    return FilledRecord(record=record.model_copy(update=update), given=given)


def _most_complete_first(record: Record) -> tuple[int, int, int, str]:
    fields, abstract, title = completeness(record)
    return -fields, -abstract, -title, record.record_id
