"""What each line and each part of a strategy finds, and which known records it loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.query_debugger.explanation import (
    Explanation,
    LineHits,
    LostRecord,
    Obstacle,
    Part,
    Role,
)
from evidence.query_debugger.known import KnownRecords, extended, known_record
from evidence.query_debugger.membership import Failure, Membership, Path, references
from evidence.query_debugger.written import Syntax, kind_of, written
from indexers.store import Store
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.tree import (
    And,
    Line,
    LineReference,
    Not,
    Or,
    Query,
    SearchStrategy,
    all_of,
    any_of,
    children,
    nodes,
    place_of,
)

MOST_COUNTED = 1_000  # searches for one explanation


def explain(
    strategy: SearchStrategy,
    store: Store,
    known: Sequence[str] = (),
    *,
    syntax: Syntax = "pubmed",
    most_counted: int = MOST_COUNTED,
    typed: Mapping[int, str] | None = None,
) -> Explanation:
    """Count what each line and part finds, and find out where known records are lost.

    Args:
        strategy: What is looked into; its last line is what it finds.
        store: The records that are searched.
        known: Record ids or PMIDs of records that the strategy ought to find.
        syntax: In which parts are written.
        most_counted: How many parts are counted; lines and sides of AND and NOT come first.
        typed: The lines as a person wrote them, by number.

    Raises:
        QueryError: The store cannot answer a part.
        StoreError: The store is damaged.
    """
    found = _Explaining(strategy, store, known, syntax, most_counted).explanation()
    texts = typed or {}
    lines = tuple(
        line.model_copy(update={"typed": texts.get(line.number, "")}) for line in found.lines
    )
    return found.model_copy(update={"lines": lines})


class _Counter:
    """Counts hits, each query once, up to a limit."""

    def __init__(self, strategy: SearchStrategy, store: Store, most: int) -> None:
        self._strategy = strategy
        self._retriever = BooleanRetriever(store)
        self._most = most
        self._counts: dict[Query, int] = {}
        self.left_out: dict[Query, None] = {}

    def __call__(self, query: Query) -> int | None:
        if query not in self._counts:
            if len(self._counts) >= self._most:
                self.left_out[query] = None
                return None
            self._counts[query] = self._retriever.count(extended(self._strategy, query))
        return self._counts[query]


class _Explaining:
    """One explanation in the making."""

    def __init__(
        self,
        strategy: SearchStrategy,
        store: Store,
        known: Sequence[str],
        syntax: Syntax,
        most_counted: int,
    ) -> None:
        self._strategy = strategy
        self._store = store
        self._syntax = syntax
        self._known = KnownRecords(store, strategy, known)
        self._membership = Membership(self._known, strategy)
        self._count = _Counter(strategy, store, most_counted)
        self._queries = {line.number: line.query for line in strategy.lines}

    def explanation(self) -> Explanation:
        self._count_what_matters_most()
        lines = tuple(self._line(line) for line in self._strategy.lines)
        notes = [str(notice) for notice in BooleanRetriever(self._store).notices(self._strategy)]
        if self._count.left_out:
            notes.append(f"not counted: {len(self._count.left_out):,} parts beyond the limit")
        return Explanation(
            n_records=len(self._store),
            hits=BooleanRetriever(self._store).count(self._strategy),
            known=tuple(known_record(r) for r in self._known.records),
            not_in_store=self._known.not_in_store,
            lines=lines,
            lost=self._lost(),
            notes=tuple(notes),
        )

    def _count_what_matters_most(self) -> None:
        """Lines first, then the sides of AND and NOT: of a large strategy, the rest may be cut."""
        for line in self._strategy.lines:
            self._count(line.query)
        for line in self._strategy.lines:
            for node, _ in nodes(line.query):
                if isinstance(node, And | Not):
                    for operand in children(node):
                        self._count(operand)

    def _line(self, line: Line) -> LineHits:
        missed = self._known.all & ~self._membership.line(line.number)
        used_by = (o.number for o in self._strategy.lines if line.number in references(o.query))
        return LineHits(
            number=line.number,
            hits=self._count(line.query),
            missed=self._known.ids(missed),
            used_by=tuple(used_by),
            tree=self._part(line.query, line.number, (), "line", {}),
        )

    def _part(
        self, query: Query, number: int, path: Path, role: Role, more: dict[str, object]
    ) -> Part:
        place = place_of(query)
        return Part.model_validate(
            {
                "kind": kind_of(query),
                "role": role,
                "text": written(query, self._syntax),
                "line": place.line,
                "character": place.character,
                "hits": self._count(query),
                "n_known": self._membership.part(query).bit_count() if self._known.all else None,
                "operands": self._operands(query, number, path),
                **more,
            }
        )

    def _operands(self, query: Query, number: int, path: Path) -> tuple[Part, ...]:
        match query:
            case And(operands):
                return tuple(
                    self._part(
                        o, number, (*path, at), "and operand", self._side(query, at) | dropped
                    )
                    for at, o in enumerate(operands)
                    for dropped in [self._dropped(number, (*path, at))]
                )
            case Or(operands):
                return tuple(
                    self._part(o, number, (*path, at), "or member", {"adds": self._adds(query, at)})
                    for at, o in enumerate(operands)
                )
            case Not(included, excluded):
                taken = self._membership.part(included) & self._membership.part(excluded)
                removal = {
                    "hits_without": self._count(included),
                    "loses": self._known.ids(taken),
                    **self._dropped(number, (*path, 1)),
                }
                return (
                    self._part(included, number, (*path, 0), "included", {}),
                    self._part(excluded, number, (*path, 1), "excluded", removal),
                )
            case _:
                return ()

    def _side(self, query: And, at: int) -> dict[str, object]:
        """An operand of AND: with what stands before it, and what the others find without it."""
        others = [*query.operands[:at], *query.operands[at + 1 :]]
        rest = self._known.all
        for other in others:
            rest &= self._membership.part(other)
        loses = rest & ~self._membership.part(query.operands[at])
        return {
            "cumulative": self._count(all_of(query.operands[: at + 1])),
            "hits_without": self._count(all_of(others)),
            "loses": self._known.ids(loses),
        }

    def _dropped(self, number: int, path: Path) -> dict[str, object]:
        gained = self._membership.without(number, path) & ~self._membership.found
        return {"found_if_dropped": self._known.ids(gained)}

    def _adds(self, query: Or, at: int) -> int | None:
        """What a member finds and no other one does; one that stands twice adds nothing."""
        others = [*query.operands[:at], *query.operands[at + 1 :]]
        return self._count(Not(query.operands[at], any_of(others)))

    def _lost(self) -> tuple[LostRecord, ...]:
        lost = []
        for at, record in enumerate(self._known.records):
            bit = 1 << at
            if not self._membership.found & bit:
                failures = self._membership.failures(bit)
                obstacles = tuple(self._obstacle(failure, bit) for failure in failures)
                lost.append(LostRecord(record=known_record(record), obstacles=obstacles))
        return tuple(lost)

    def _obstacle(self, failure: Failure, bit: int) -> Obstacle:
        query = failure.query
        shown = query.excluded if isinstance(query, Not) else query
        text = written(shown, self._syntax)
        if isinstance(shown, LineReference):
            text += f": {written(self._queries[shown.number], self._syntax)}"
        place = place_of(shown)
        without = self._membership.without(failure.line_number, failure.path)
        return Obstacle(
            line_number=failure.line_number,
            how="taken out by NOT" if isinstance(query, Not) else "missed by",
            text=text,
            line=place.line,
            character=place.character,
            alone=bool(without & bit),
        )
