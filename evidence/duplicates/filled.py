"""Records that stay, with what merged ones tell: computed from the log, so an undo undoes it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from evidence.deduplication.filling import FilledRecord, filled
from evidence.state import ReviewState
from indexers.records import Record


def filled_records(state: ReviewState) -> dict[str, FilledRecord]:
    """The records that take something over from those merged into them, by record_id.

    The records of the state stay as they were found, and so does every text that is quoted.
    """
    groups: dict[str, list[Record]] = defaultdict(list)
    for record_id, kept in state.duplicate_links.kept.items():
        groups[kept].append(state.records[record_id].record)
    found = {
        kept: filled(state.records[kept].record, others)
        for kept, others in groups.items()
        if kept in state.records
    }
    return {record_id: record for record_id, record in found.items() if record.given}


def with_filled_records(state: ReviewState) -> ReviewState:
    """The state to be reported: its records have what those merged into them tell."""
    records = dict(state.records)
    for record_id, found in filled_records(state).items():
        records[record_id] = records[record_id].model_copy(update={"record": found.record})
    return replace(state, records=records)
