"""Which records tell of one report: the words of machine and persons, weighed against each other.

Of several words on one pair a person's last one counts, else a machine's last one. A person's word
holds beyond its pair: two records held apart never meet through a third. So words are taken from
the last to the first, persons' before machines', and one that contradicts what was taken before
it does not count. Records that are joined form a group; exactly one of a group stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evidence.events import DuplicateMarked, DuplicateRefuted, DuplicateSuspected

DuplicateEntry = DuplicateMarked | DuplicateSuspected | DuplicateRefuted
Pair = tuple[str, str]


def pair_of(entry: DuplicateEntry) -> Pair:
    """The two records, in one order whichever was named first."""
    return ordered(entry.record_id, entry.duplicate_of)


def ordered(one: str, other: str) -> Pair:
    """Two records as a pair."""
    return (one, other) if one <= other else (other, one)


@dataclass(frozen=True)
class Merge:
    """A record that is left out, the one that stays, and the line of the log that joined them."""

    record_id: str
    kept: str
    mark: DuplicateMarked


@dataclass(frozen=True)
class DuplicateLinks:
    """What follows from all words.

    Attributes:
        kept: Each record that is left out, with the one of its group that stays.
        in_force: The marks that count, in the order of the log.
        open_pairs: Pairs that wait for a person, in the order of the log; of the pairs between two
            groups, the first stands for all.
        refuted: The pairs that persons hold apart.
    """

    kept: Mapping[str, str] = field(default_factory=dict)
    in_force: tuple[DuplicateMarked, ...] = ()
    open_pairs: tuple[DuplicateSuspected, ...] = ()
    refuted: tuple[Pair, ...] = ()

    def merges(self) -> list[Merge]:
        """Every record that is left out, in the order of the search."""
        marks: dict[str, DuplicateMarked] = {}
        for mark in sorted(self.in_force, key=lambda m: not m.provenance.by_person):
            marks.setdefault(mark.record_id, mark)
        for mark in self.in_force:  # left out because a person kept another of the group
            marks.setdefault(mark.duplicate_of, mark)
        return [Merge(record_id, kept, marks[record_id]) for record_id, kept in self.kept.items()]

    def group_of(self, record_id: str) -> str:
        """The record that stays of a record's group: itself when it is in none."""
        return self.kept.get(record_id, record_id)


def weigh(entries: Sequence[DuplicateEntry], records: Iterable[str]) -> DuplicateLinks:
    """Weigh the words in the order of the log.

    Args:
        entries: Every word on duplicates.
        records: All records, in the order of the search.
    """
    places = {record_id: place for place, record_id in enumerate(records)}
    by_person = _last_words(e for e in entries if e.provenance.by_person)
    by_machine = {
        pair: entry
        for pair, entry in _last_words(e for e in entries if not e.provenance.by_person).items()
        if pair not in by_person
    }
    groups = _Groups()
    taken = [e for e in reversed(by_person.values()) if _take(groups, e)]
    refuted = tuple(pair_of(e) for e in reversed(taken) if isinstance(e, DuplicateRefuted))
    taken += [e for e in reversed(by_machine.values()) if _take(groups, e)]
    counting = set(map(id, taken))
    in_force = [e for e in entries if isinstance(e, DuplicateMarked) and id(e) in counting]
    questions = [e for e in entries if isinstance(e, DuplicateSuspected) and id(e) in counting]
    return DuplicateLinks(
        kept=_kept(groups, in_force, places),
        in_force=tuple(in_force),
        open_pairs=_open(groups, questions, places),
        refuted=refuted,
    )


def marked_together(entries: Iterable[DuplicateEntry], pairs: Iterable[Pair]) -> list[Pair]:
    """Those pairs that machines' marks connect, whatever was said after: what they merged wrongly.

    Sorted, so that one set of pairs has one order.
    """
    groups = _Groups()
    for entry in entries:
        if isinstance(entry, DuplicateMarked) and not entry.provenance.by_person:
            groups.join(entry.record_id, entry.duplicate_of)
    return sorted(pair for pair in pairs if groups.root(pair[0]) == groups.root(pair[1]))


def unsaid(
    words: Iterable[DuplicateEntry], entries: Sequence[DuplicateEntry]
) -> list[DuplicateEntry]:
    """Those of a machine's words that the log lacks, without pairs that a person judged."""
    judged = {pair_of(entry) for entry in entries if entry.provenance.by_person}
    last = _last_words(e for e in entries if not e.provenance.by_person)
    said = {(e.kind, e.record_id, e.duplicate_of) for e in last.values()}
    return [
        word
        for word in words
        if pair_of(word) not in judged
        and (word.kind, word.record_id, word.duplicate_of) not in said
    ]


def _last_words(entries: Iterable[DuplicateEntry]) -> dict[Pair, DuplicateEntry]:
    """The last word on each pair, in the order in which the last words were said."""
    words: dict[Pair, DuplicateEntry] = {}
    for entry in entries:
        words.pop(pair_of(entry), None)
        words[pair_of(entry)] = entry
    return words


def _take(groups: _Groups, entry: DuplicateEntry) -> bool:
    """Take a word into account; False when it contradicts those that were taken before."""
    match entry:
        case DuplicateMarked():
            return groups.join(entry.record_id, entry.duplicate_of)
        case DuplicateRefuted() if entry.provenance.by_person:
            return groups.hold_apart(entry.record_id, entry.duplicate_of)
        case _:
            return True


def _kept(
    groups: _Groups, marks: Sequence[DuplicateMarked], places: Mapping[str, int]
) -> dict[str, str]:
    """Who stays of each group: whom nobody marked, a person's choice first, then the search's."""
    personal = [mark for mark in marks if mark.provenance.by_person]
    left_by_person = {mark.record_id for mark in personal}
    chosen = {mark.duplicate_of for mark in personal}
    left = {mark.record_id for mark in marks}

    def rank(record_id: str) -> tuple[bool, bool, bool, bool, int]:
        return (
            record_id not in places,
            record_id in left_by_person,
            record_id in left,
            record_id not in chosen,
            places.get(record_id, 0),
        )

    kept = {}
    for members in groups.groups():
        stays = min(members, key=rank)
        kept.update({member: stays for member in members if member != stays})
    return {record_id: kept[record_id] for record_id in places if record_id in kept}


def _open(
    groups: _Groups, questions: Sequence[DuplicateSuspected], records: Container[str]
) -> tuple[DuplicateSuspected, ...]:
    """The questions that no word has answered, one for each two groups."""
    open_pairs: dict[Pair, DuplicateSuspected] = {}
    for question in questions:
        one, other = groups.root(question.record_id), groups.root(question.duplicate_of)
        known = question.record_id in records and question.duplicate_of in records
        if known and one != other and not groups.are_apart(one, other):
            open_pairs.setdefault(ordered(one, other), question)
    return tuple(open_pairs.values())


class _Groups:
    """Disjoint groups of records, some of which are held apart."""

    def __init__(self) -> None:
        self._root: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        self._apart: dict[str, set[str]] = defaultdict(set)

    def root(self, record_id: str) -> str:
        """The record that names a record's group."""
        return self._root.get(record_id, record_id)

    def groups(self) -> list[list[str]]:
        """All groups that were ever joined, each in no order that matters."""
        return list(self._members.values())

    def are_apart(self, one: str, other: str) -> bool:
        """Whether the groups of two records are held apart."""
        return self.root(other) in self._apart.get(self.root(one), ())

    def hold_apart(self, one: str, other: str) -> bool:
        """Hold two groups apart; False when they are one."""
        left, right = self.root(one), self.root(other)
        if left == right:
            return False
        self._apart[left].add(right)
        self._apart[right].add(left)
        return True

    def join(self, one: str, other: str) -> bool:
        """Make two groups one; False when they are held apart."""
        left, right = self.root(one), self.root(other)
        if left == right:
            return True
        if self.are_apart(left, right):
            return False
        small, large = sorted((left, right), key=lambda r: len(self._members.get(r, (r,))))
        moved = self._members.pop(small, [small])
        self._members.setdefault(large, [large]).extend(moved)
        self._root.update(dict.fromkeys(moved, large))
        for stranger in self._apart.pop(small, ()):
            self._apart[stranger].discard(small)
            self._apart[stranger].add(large)
            self._apart[large].add(stranger)
        return True
