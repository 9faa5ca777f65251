"""Duplicates among records that came later: the record that people know stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.duplicates.links import DuplicateEntry, DuplicateLinks, marked_together, unsaid
from evidence.events import DuplicateMarked, DuplicateSuspected
from evidence.stages.deduplicate import deduplicate
from evidence.state import ReviewState
from indexers.records import Record


def duplicate_words(state: ReviewState, new: Sequence[Record]) -> list[DuplicateEntry]:
    """What the stage of de-duplication says of old and new records, and the log does not yet."""
    if not new:
        return []
    records = [entry.record for entry in state.records.values()]
    undone = marked_together(state.duplicate_words, state.duplicate_links.refuted)
    words = deduplicate([*records, *new], apart=undone)
    fresh = unsaid(_older_stay(words, state), state.duplicate_words)
    return not_turned_round(fresh, state.duplicate_links)


def not_turned_round(
    words: Sequence[DuplicateEntry], links: DuplicateLinks
) -> list[DuplicateEntry]:
    """The words without marks that turn one in force round: who stays was settled then."""
    settled = {(mark.duplicate_of, mark.record_id) for mark in links.in_force}
    return [
        word
        for word in words
        if not isinstance(word, DuplicateMarked)
        or (word.record_id, word.duplicate_of) not in settled
    ]


def _older_stay(
    words: Sequence[DuplicateMarked | DuplicateSuspected], state: ReviewState
) -> Iterator[DuplicateMarked | DuplicateSuspected]:
    """Let the record stay that people know: a fuller copy that comes later is the duplicate.

    Else an included study would drop out of the review because somebody imported a file.
    """
    stays: dict[str, str] = {}
    for word in words:
        if isinstance(word, DuplicateMarked) and word.duplicate_of not in state.records:
            older = state.duplicate_links.group_of(word.record_id)
            if older in state.records:
                stays.setdefault(word.duplicate_of, older)
    for word in words:
        if not isinstance(word, DuplicateMarked) or word.duplicate_of not in stays:
            yield word
            continue
        older, fuller = stays[word.duplicate_of], word.duplicate_of
        left = fuller if word.record_id == older else word.record_id
        yield word.model_copy(update={"record_id": left, "duplicate_of": older})
