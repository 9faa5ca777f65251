"""Clusters: every member, every reason, and nothing chained that contradicts itself.

Pairs are joined from the strongest down. Two clusters join only if no record of one contradicts a
record of the other (another PMID or DOI, another journal, another abstract); a pair that would
have chained them is listed for a person. A record that fits two contradicting records equally well
is left to a person too: neither is guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from evidence.deduplication.agreement import Citation, compare_identifiers, read_citation
from evidence.deduplication.blocking import candidate_pairs, sorting_key
from evidence.deduplication.comparing import Comparison, compare, contradict
from indexers.records import Frozen, Record

_BY_IDENTIFIER = 8
_BY_TITLE = 4
# Every record of two clusters is held against every other, up to this many pairs.
_MOST_CHECKS = 400
_MOST_HELD = 20
_FIELDS = ("abstract", "doi", "pmid", "pmcid", "year", "journal", "authors", "publication_types")


class DuplicatePair(Frozen):
    """Two records and why they are, or may be, of one report; `first` sorts before `second`."""

    first: str
    second: str
    reason: str


class DuplicateCluster(Frozen):
    """Records of one report.

    Attributes:
        representative: The most complete record: one with an abstract, then most fields filled,
            then the longest abstract, the longest title, the first record_id.
        members: All of them in the order given, the representative among them.
        pairs: The pairs that joined them, each with its reason.
    """

    representative: str
    members: tuple[str, ...]
    pairs: tuple[DuplicatePair, ...]

    def reasons(self) -> dict[str, str]:
        """Why each other member is here: the reasons on its shortest way to the representative."""
        neighbours: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for pair in self.pairs:
            neighbours[pair.first].append((pair.second, pair.reason))
            neighbours[pair.second].append((pair.first, pair.reason))
        words = {self.representative: ""}
        reached = [self.representative]
        for near in reached:
            for far, reason in neighbours[near]:
                if far not in words:
                    way = f"{reason} as {near}; {words[near]}" if words[near] else reason
                    words[far] = way
                    reached.append(far)
        del words[self.representative]
        return words


class Deduplication(Frozen):
    """What was found: clusters to merge, and near-duplicates for a person to judge.

    Of the pairs between two clusters, one stands for all: the question is asked once.
    """

    clusters: tuple[DuplicateCluster, ...]
    near_duplicates: tuple[DuplicatePair, ...]


def find_duplicates(records: Sequence[Record]) -> Deduplication:
    """Find the records that tell of the same report.

    The result does not depend on the order of the records, but for the order in which it lists.

    Raises:
        ValueError: Two records have one record_id.
    """
    order: dict[str, int] = {}
    for place, record in enumerate(records):
        if order.setdefault(record.record_id, place) != place:
            raise ValueError(f"record_id {record.record_id!r}: expected one record of this name")
    citations = sorted(map(read_citation, records), key=sorting_key)
    joining: list[tuple[int, int, Comparison]] = []
    near: dict[tuple[int, int], str] = {}
    for one, other in candidate_pairs(citations):
        comparison = compare(citations[one], citations[other])
        if comparison.verdict == "duplicate":
            joining.append((one, other, comparison))
        elif comparison.verdict == "near":
            near[one, other] = comparison.reason
    sure = _without_ambiguous(citations, joining, near)
    clusters = _joined(citations, sure, near)
    return _result(citations, order, clusters, sure, near)


def _without_ambiguous(
    citations: Sequence[Citation],
    joining: Sequence[tuple[int, int, Comparison]],
    near: dict[tuple[int, int], str],
) -> list[tuple[int, int, Comparison]]:
    """The pairs, strongest first, without those that fit a record to two contradicting ones."""
    best: dict[int, list[int]] = defaultdict(list)
    strengths: dict[int, int] = defaultdict(int)
    for one, other, comparison in joining:
        for place, mate in ((one, other), (other, one)):
            if comparison.strength > strengths[place]:
                strengths[place], best[place] = comparison.strength, []
            if comparison.strength == strengths[place]:
                best[place].append(mate)
    torn = {
        place
        for place, mates in best.items()
        if strengths[place] < _BY_IDENTIFIER and _opposed(citations, mates)
    }
    sure = []
    for one, other, comparison in joining:
        if comparison.strength < _BY_IDENTIFIER and (one in torn or other in torn):
            near[one, other] = f"{comparison.reason}, but one of them fits another record as well"
        else:
            sure.append((one, other, comparison))
    return sorted(sure, key=lambda pair: (-pair[2].strength, pair[0], pair[1]))


def _opposed(citations: Sequence[Citation], places: Sequence[int]) -> bool:
    """Whether two of some records have identifiers that differ."""
    return any(
        compare_identifiers(citations[one], citations[other])[1]
        for number, one in enumerate(places)
        for other in places[number + 1 : number + 50]
    )


def _joined(
    citations: Sequence[Citation],
    sure: Sequence[tuple[int, int, Comparison]],
    near: dict[tuple[int, int], str],
) -> list[list[int]]:
    """Clusters of two and more, as places; pairs that would chain strangers go to `near`."""
    home: dict[int, list[int]] = {}
    for one, other, comparison in sure:
        left, right = home.setdefault(one, [one]), home.setdefault(other, [other])
        if left is right:
            continue
        if _strangers(citations, left, right, comparison.strength):
            near[one, other] = f"{comparison.reason}, but others of the cluster contradict"
            continue
        small, large = sorted((left, right), key=len)
        home.update(dict.fromkeys(small, large))
        large += small
    clusters = {id(members): members for members in home.values() if len(members) > 1}
    return sorted(sorted(members) for members in clusters.values())


def _strangers(
    citations: Sequence[Citation], left: Sequence[int], right: Sequence[int], strength: int
) -> bool:
    """Whether a record of one cluster contradicts one of the other.

    Pairs come strongest first: above `_BY_TITLE` both clusters hold nothing but records that share
    identifiers or whole titles, so that only below it titles can be chained.
    """
    if len(left) * len(right) > _MOST_CHECKS:
        left, right = left[:_MOST_HELD], right[:_MOST_HELD]
    return any(
        contradict(citations[one], citations[other], by_title=strength <= _BY_TITLE)
        for one in left
        for other in right
    )


def completeness(record: Record) -> tuple[int, int, int]:
    """How complete a record is: fields filled, letters of the abstract, letters of the title.

    An abstract counts for more than all other fields together: the record that stays is read by
    it, and takes over from the others what else it lacks.
    """
    filled = sum(bool(getattr(record, name)) for name in _FIELDS)
    filled += len(_FIELDS) * bool(record.abstract)
    return filled, len(record.abstract), len(record.title)


def _representative(citations: Sequence[Citation], members: Sequence[int]) -> str:
    def rank(place: int) -> tuple[int, int, int, str]:
        record = citations[place].record
        filled, abstract, title = completeness(record)
        return -filled, -abstract, -title, record.record_id

    return citations[min(members, key=rank)].record.record_id


def _result(
    citations: Sequence[Citation],
    order: dict[str, int],
    clusters: Sequence[Sequence[int]],
    sure: Sequence[tuple[int, int, Comparison]],
    near: dict[tuple[int, int], str],
) -> Deduplication:
    names = [citation.record.record_id for citation in citations]
    home = {place: number for number, members in enumerate(clusters) for place in members}
    pairs: dict[int, list[DuplicatePair]] = defaultdict(list)
    for one, other, comparison in sure:
        if home.get(one, -1) == home.get(other, -2):
            pairs[home[one]].append(_pair(names[one], names[other], comparison.reason))
    found = [
        DuplicateCluster(
            representative=_representative(citations, members),
            members=tuple(sorted((names[place] for place in members), key=order.__getitem__)),
            pairs=tuple(sorted(pairs[number], key=lambda pair: (pair.first, pair.second))),
        )
        for number, members in enumerate(clusters)
    ]
    doubtful: dict[tuple[int, int], DuplicatePair] = {}
    for (one, other), reason in sorted(near.items()):
        sides = sorted(home.get(place, -1 - place) for place in (one, other))
        if sides[0] != sides[1]:
            doubtful.setdefault((sides[0], sides[1]), _pair(names[one], names[other], reason))
    return Deduplication(
        clusters=tuple(sorted(found, key=lambda cluster: order[cluster.members[0]])),
        near_duplicates=tuple(
            sorted(
                doubtful.values(),
                key=lambda p: (min(order[p.first], order[p.second]), p.first, p.second),
            )
        ),
    )


def _pair(one: str, other: str, reason: str) -> DuplicatePair:
    first, second = sorted((one, other))
    return DuplicatePair(first=first, second=second, reason=reason)
