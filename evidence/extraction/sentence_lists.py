"""Lists with `respectively`: several outcomes in one sentence, their numbers arm by arm."""

from __future__ import annotations

import re

from evidence.extraction.outcomes import OutcomeConcept
from evidence.extraction.sentence_arms import Named
from evidence.extraction.sentence_clauses import Clause, Told, outcome_in
from evidence.extraction.sentence_numbers import Group
from evidence.extraction.sentence_order import Pairs, items_of, shape_of
from evidence.extraction.sentences import ResultSentence
from evidence.extraction.wording import Span, flatten

_RESPECTIVELY = re.compile(r"\brespectively\b|\bresp\b", re.I)
_ITEMS = re.compile(r",\s*(?:and\s+)?|\s+and\s+|;\s*", re.I)
_VERB = re.compile(r"\b(?:were|was|are|is|amounted to|of)\b[^,;]{0,25}$|:\s*$", re.I)


def listed(
    sentence: ResultSentence, concepts: tuple[OutcomeConcept, ...]
) -> list[tuple[Clause, Told, Pairs]]:
    """`x and y were 3% and 4% in A, and 5% and 6% in B, respectively`: item by item.

    There have to be as many outcomes before the numbers as numbers of each arm.
    """
    groups = sentence.groups
    if not _RESPECTIVELY.search(sentence.text) or len({g.kind for g in groups}) != 1:
        return []
    whole = Clause(sentence, sentence.span, sentence.named, groups)
    order = items_of(whole)
    k = len(groups) // 2
    runs = {f"A{'G' * k}A{'G' * k}", f"{'G' * k}A{'G' * k}A"}
    if k < 2 or len(groups) != 2 * k or shape_of(order) not in runs:
        return []
    arms = [i.arm for i in order if isinstance(i, Named)]
    if None in arms or {a.role for a in arms if a} != {"intervention", "comparator"}:
        return []
    items = _items(whole, order)
    if len(items) != k:
        return []
    found = []
    for place, span in enumerate(items):
        part = Clause(sentence, span, sentence.named, ())
        choice = outcome_in(part, concepts)
        if choice is not None:
            pairs = ((arm, groups[place + k * i]) for i, arm in enumerate(arms) if arm is not None)
            found.append((part, Told(*choice), Pairs(tuple(pairs))))
    return [] if len({id(f[1].concept) for f in found}) != len(found) else found


def _items(clause: Clause, order: list[Named | Group]) -> list[Span]:
    """The stretches of the outcomes that are listed before the first number."""
    first = next(i for i, item in enumerate(order) if isinstance(item, Group))
    start = clause.span.start
    if first:
        named = order[first - 1]
        start = named.end if isinstance(named, Named) else start
    base = clause.sentence.span.start
    head = flatten(clause.sentence.text[start - base : clause.groups[0].span.start - base])
    verb = _VERB.search(head)
    if verb is None:
        return []
    head = re.sub(r"^\W+", lambda m: " " * len(m.group()), head[: verb.start()])
    spans, low = [], 0
    for m in [*_ITEMS.finditer(head), None]:
        high = m.start() if m else len(head)
        if head[low:high].strip():
            spans.append(Span(start + low, start + high))
        low = m.end() if m else high
    return spans
