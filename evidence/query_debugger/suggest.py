"""Terms of lost records that would find them, and where in the strategy they belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import log, sqrt

from evidence.query_debugger.candidates import Candidate, candidates
from evidence.query_debugger.editing import joined_with, part
from evidence.query_debugger.kinship import Kinship
from evidence.query_debugger.known import KnownRecords, extended
from evidence.query_debugger.membership import Membership, Path
from evidence.query_debugger.suggestion import Suggestion
from evidence.query_debugger.written import Syntax, written
from indexers.mesh import shipped_mesh
from indexers.store import Store
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.tree import (
    DateRange,
    LineReference,
    Not,
    Query,
    SearchStrategy,
    Term,
    all_of,
    place_of,
)

MOST_COUNTED = 600  # candidates whose hits in the store are looked up
MOST_TRIED = 120  # of these, how many are tried in the strategy
_WIDER_THAN_PART = 5  # times
_SHARE_OF_STORE = 0.02  # never too wide for a part that finds next to nothing
_TOO_WIDE = 0.5  # share of what comes in when the whole part is dropped
# How many times more often than any record a record with the term meets the rest of the strategy;
# where the rest is a large share of the store, half of the term's records will do.
_CONCENTRATION = 5.0
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class _Target:
    """A part that misses lost records.

    Attributes:
        missed: The lost records, as bits.
        widest: A term with more hits is no term of its concept.
        rest: The strategy without it.
        hits_if_dropped: What that finds.
    """

    line_number: int
    path: Path
    query: Query
    missed: int
    widest: int
    rest: SearchStrategy
    hits_if_dropped: int


@dataclass(frozen=True, slots=True)
class _Trial:
    """A term joined to a target; bits stand for known records, levels for nearness in MeSH."""

    term: Query
    hits: int
    target: _Target
    gained: int
    overcomes: int
    beside: int
    levels: int


def suggest(
    strategy: SearchStrategy,
    store: Store,
    known: Sequence[str],
    *,
    syntax: Syntax = "pubmed",
    limit: int = 20,
) -> tuple[Suggestion, ...]:
    """Terms that would bring lost known records back, the best first.

    A term is joined with OR to the part that misses the records; of several parts to the one with
    which it brings most back, then to the one whose terms are nearest to it in MeSH, then to the
    one whose known records have it most often. What another part finds already belongs there and
    is left out.

    Terms rank by the lost records they bring back, times the root of the share that these are of
    all they bring in, times one half if no title or heading has the term; then by the records that
    they could bring back if these were not lost elsewhere as well. What is no term of the part's
    concept is left out: a term that lets in more than half of what dropping the whole part would,
    that finds many times more than the part, or whose records meet the rest of the strategy hardly
    more often than any others do.

    Args:
        strategy: What is mended; its last line is what it finds.
        store: The records that are searched.
        known: Record ids or PMIDs of records that the strategy ought to find.
        syntax: In which terms are written.
        limit: How many at most.

    Raises:
        QueryError: The store cannot answer the strategy.
        StoreError: The store is damaged.
    """
    found: list[tuple[Query, Suggestion]] = []
    tried = _Suggesting(strategy, store, known, syntax).suggestions()
    for candidate, suggestion in sorted(tried, key=lambda pair: _rank(*pair)):
        term = candidate.term
        if len(found) == limit:
            break
        if not any(_says_no_more(term, suggestion, *better) for better in found):
            found.append((term, suggestion))
    return tuple(suggestion for _, suggestion in found)


def _rank(candidate: Candidate, suggestion: Suggestion) -> tuple[float, float, int, bool, int, str]:
    """By the lost records found, by the share they are of what comes in, and by prominence."""
    n_found, n_lost = len(suggestion.finds_lost), len(suggestion.overcomes)
    share = n_found / (n_found + suggestion.further_hits) if n_found else 0.0
    return (
        -n_found * sqrt(share) * candidate.prominence,
        -n_lost * candidate.prominence,
        suggestion.further_hits,
        suggestion.shared_heading == "",
        -suggestion.n_found_with_term,
        suggestion.term,
    )


def _says_no_more(term: Query, one: Suggestion, better_term: Query, better: Suggestion) -> bool:
    """Whether one is a part of the better one's phrase, or the other way round, for no more."""
    if not (isinstance(term, Term) and isinstance(better_term, Term)):
        return False
    same_part = (one.line_number, one.beside) == (better.line_number, better.beside)
    first, second = set(term.words), set(better_term.words)
    related = first <= second or second <= first
    return same_part and related and set(one.overcomes) <= set(better.overcomes)


class _Suggesting:
    """The search for suggestions to one strategy."""

    def __init__(
        self, strategy: SearchStrategy, store: Store, known: Sequence[str], syntax: Syntax
    ) -> None:
        self._strategy = strategy
        self._store = store
        self._syntax = syntax
        self._count = BooleanRetriever(store).count
        self._kinship = Kinship(strategy, shipped_mesh())
        self._known = KnownRecords(store, strategy, known)
        self._membership = Membership(self._known, strategy)
        self._queries = {line.number: line.query for line in strategy.lines}
        self._hits = self._count(strategy)

    def suggestions(self) -> list[tuple[Candidate, Suggestion]]:
        targets = self._targets()
        if not targets:
            return []
        lost = [
            record
            for at, record in enumerate(self._known.records)
            if not self._membership.found >> at & 1
        ]
        found = []
        for candidate, hits in self._specific(candidates(lost, shipped_mesh())):
            near = [target for target in targets if hits <= target.widest]
            trial = self._trial(candidate.term, hits, near)
            suggestion = self._suggestion(trial) if trial is not None else None
            if suggestion is not None:
                found.append((candidate, suggestion))
        return found

    def _targets(self) -> list[_Target]:
        """The parts that miss lost records; a reference stands for the line it leads to."""
        missed: dict[tuple[int, Path], int] = {}
        for at in range(len(self._known.records)):
            bit = 1 << at
            if self._membership.found & bit:
                continue
            for failure in self._membership.failures(bit):
                number, path, query = failure.line_number, failure.path, failure.query
                while isinstance(query, LineReference):
                    number, path = query.number, ()
                    query = self._queries[number]
                if not isinstance(query, DateRange | Not):
                    missed[number, path] = missed.get((number, path), 0) | bit
        return [self._target(*at, bits) for at, bits in missed.items()]

    def _target(self, number: int, path: Path, missed: int) -> _Target:
        query = part(self._queries[number], path)
        hits = self._count(extended(self._strategy, query))
        widest = max(_WIDER_THAN_PART * hits, int(_SHARE_OF_STORE * len(self._store)), 1)
        rest = joined_with(self._strategy, number, path, None)
        return _Target(number, path, query, missed, widest, rest, self._count(rest))

    def _belongs(self, term: Query, hits: int, target: _Target) -> bool:
        """Whether the term's records meet the rest of the strategy more often than others do."""
        last = LineReference(target.rest.lines[-1].number)
        inside = self._count(extended(target.rest, all_of([last, term])))
        usual = target.hits_if_dropped / len(self._store)
        return inside / hits >= min(_CONCENTRATION * usual, _HALF)

    def _specific(self, found: list[Candidate]) -> list[tuple[Candidate, int]]:
        """Terms that tell the lost records from the rest best (tf-idf), with their hits."""
        new = (candidate for candidate in found if not self._kinship.is_covered(candidate.term))
        counted = [(c, max(self._count(c.term), 1)) for c in islice(new, MOST_COUNTED)]
        size = len(self._store) + 1
        return sorted(counted, key=lambda pair: -pair[0].weight * log(size / pair[1]))[:MOST_TRIED]

    def _trial(self, term: Query, hits: int, targets: Sequence[_Target]) -> _Trial | None:
        """The term at the target where it does most, if it does anything."""
        bits = self._known.found_by(term)
        trials = []
        for target in targets:
            after = self._membership.instead(target.line_number, target.path, bits)
            beside = self._membership.part(target.query) & bits
            gained = after & ~self._membership.found
            levels = self._kinship.shared_levels(term, target.query)
            trials.append(_Trial(term, hits, target, gained, target.missed & bits, beside, levels))
        best = max(
            trials,
            default=None,
            key=lambda t: (
                t.gained.bit_count(),
                t.levels,
                t.beside.bit_count(),
                t.overcomes.bit_count(),
            ),
        )
        return best if best is not None and best.overcomes else None

    def _suggestion(self, trial: _Trial) -> Suggestion | None:
        target = trial.target
        mended = joined_with(self._strategy, target.line_number, target.path, trial.term)
        new_hits = self._count(mended) - self._hits
        further = max(new_hits - trial.gained.bit_count(), 0)
        too_wide = further > _TOO_WIDE * (target.hits_if_dropped - self._hits)
        # What another part keeps out as well cannot meet the rest of the strategy.
        if too_wide or (trial.gained and not self._belongs(trial.term, trial.hits, target)):
            return None
        place = place_of(target.query)
        return Suggestion(
            term=written(trial.term, self._syntax),
            line_number=target.line_number,
            beside=written(target.query, self._syntax),
            line=place.line,
            character=place.character,
            finds_lost=self._known.ids(trial.gained),
            overcomes=self._known.ids(trial.overcomes),
            hits=trial.hits,
            further_hits=further,
            n_found_with_term=trial.beside.bit_count(),
            shared_heading=self._kinship.shared_heading(trial.term, target.query),
        )
