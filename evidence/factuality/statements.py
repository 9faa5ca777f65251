"""What a claim states of its numbers: significance, negation and certainty.

Each is a family of cue words. A cue of the claim is looked up where the quotes have the same
surroundings, and a cue of the quotes where the claim has them.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.factuality.comparisons import direction_verdicts
from evidence.factuality.cue_words import (
    ABOVE,
    ASSERTED,
    ASSOCIATED,
    BELOW,
    CAUSED,
    HEDGE,
    INSIGNIFICANT,
    NEGATIVE,
    SIGNIFICANT,
)
from evidence.factuality.reading import FEWEST_NEAR, Compared, Token
from evidence.factuality.verdicts import Element, ElementVerdict, verdict

_REACH = 2


def statement_verdicts(compared: Compared) -> Iterator[ElementVerdict]:
    """Verdicts on direction, arms compared, significance, negation and certainty."""
    yield from direction_verdicts(compared)
    yield from _relation_verdicts(compared)
    yield from _negation_verdicts(compared)
    yield from _certainty_verdicts(compared)


def _relation_verdicts(compared: Compared) -> Iterator[ElementVerdict]:
    """`P < 0.05` in the quote and `P > 0.05` in the claim."""
    theirs = _relations(compared.quotes)
    for at, relation in _relations(compared.claim).items():
        same = [j for j in theirs if compared.quotes[j].number == compared.claim[at].number]
        if not same:
            continue
        row = compared.nearness[at]
        best = max(row[j] for j in same)
        best_places = [j for j in same if row[j] >= best - 1e-9]
        words = compared.said(max(0, at - 1), at)
        if relation in {theirs[j] for j in best_places}:
            yield verdict("significance", "supported", words, words)
        else:
            j = best_places[0]
            quoted = compared.quoted(max(0, j - 1), j)
            yield verdict("significance", "contradicted", words, quoted, f"the quote says {quoted}")


def _relations(tokens: tuple[Token, ...]) -> dict[int, str]:
    found = {}
    for i, token in enumerate(tokens):
        if token.number is None or i == 0:
            continue
        if ABOVE.match(tokens[i - 1].text):
            found[i] = ">"
        elif BELOW.match(tokens[i - 1].text):
            found[i] = "<"
    return found


def _negation_verdicts(compared: Compared) -> Iterator[ElementVerdict]:
    """Cues of negation that only one side has; one that touches `significant` is significance."""
    ours, theirs = _negations(compared.claim), _negations(compared.quotes)
    matched: set[int] = set()
    for i in ours:
        row = compared.nearness[i]
        there = [j for j in theirs if row[j] >= FEWEST_NEAR / 2 and _in_reach(compared, i, j)]
        if there:
            matched.add(max(there, key=lambda j: row[j]))
            yield verdict(_negated(compared, i), "supported", compared.claim[i].text)
            continue
        if max(row, default=0.0) < FEWEST_NEAR:
            continue
        words = compared.said(i, min(i + 2, len(compared.claim) - 1))
        yield verdict(
            _negated(compared, i), "contradicted", words, "", f"no quote says {words!r} there"
        )
    columns = range(len(compared.claim))
    for j in theirs:
        if j in matched or not columns:
            continue
        best = max(columns, key=lambda i: compared.nearness[i][j])
        if compared.nearness[best][j] < 1.2 * FEWEST_NEAR or not _told_there(compared, best, j):
            continue
        if any(abs(i - best) <= 2 * _REACH for i in ours):
            continue
        if not _covers(compared, j, best):
            continue
        quoted = compared.quoted(j, compared.near(j, _REACH)[-1])
        yield verdict(
            _negated_in_quote(compared, j),
            "contradicted",
            compared.said(best, min(best + 2, len(compared.claim) - 1)),
            quoted,
            f"the quote says {quoted!r}",
        )


def _in_reach(compared: Compared, i: int, j: int) -> bool:
    """Whether the place of the quotes that is most like the claim's is near `j`."""
    row = compared.nearness[i]
    best = max(row)
    return row[j] >= 0.6 * best or any(row[k] >= best - 1e-9 for k in compared.near(j, 3))


def _told_there(compared: Compared, i: int, j: int) -> bool:
    """Whether the claim's place is not far more like another place of the quotes."""
    row = compared.nearness[i]
    elsewhere = (value for k, value in enumerate(row) if abs(k - j) > 2 * _REACH)
    return row[j] >= 0.6 * max(elsewhere, default=0.0)


def _covers(compared: Compared, j: int, at: int) -> bool:
    """Whether the claim tells, near `at`, one of the two words that follow a cue of the quotes."""
    near = {t.form for t in compared.claim[max(0, at - 3) : at + 6]}
    after = [k for k in compared.near(j, 5) if k > j and compared.quotes[k].is_content]
    return any(compared.quotes[k].form in near for k in after[:2])


def _negations(tokens: tuple[Token, ...]) -> list[int]:
    found = []
    for i, token in enumerate(tokens):
        negative = NEGATIVE.match(token.text) or INSIGNIFICANT.match(token.text)
        non = token.text.lower() == "non" and i + 1 < len(tokens)
        if negative or (non and SIGNIFICANT.match(tokens[i + 1].text)):
            found.append(i)
    return found


def _negated(compared: Compared, at: int) -> Element:
    near = compared.claim[at : at + 5]
    return "significance" if any("significan" in t.text.lower() for t in near) else "negation"


def _negated_in_quote(compared: Compared, place: int) -> Element:
    near = [compared.quotes[k] for k in compared.near(place, 4) if k >= place]
    return "significance" if any("significan" in t.text.lower() for t in near) else "negation"


def _certainty_verdicts(compared: Compared) -> Iterator[ElementVerdict]:
    """Hedges of the quotes that the claim leaves out, and assertions that no quote makes."""
    for i, token in enumerate(compared.claim):
        if not ASSERTED.match(token.text):
            continue
        if any(t.form == token.form for t in compared.quotes):
            continue
        tied = [compared.quotes[j].text for j in _reached(compared, i)]
        weaker = [w for w in tied if HEDGE.match(w) or ASSOCIATED.match(w)]
        if weaker or not CAUSED.match(token.text):
            yield verdict(
                "certainty",
                "contradicted" if weaker else "not_found",
                token.text,
                " ".join(weaker),
                f"no quote is as sure as {token.text!r}",
            )
    taken = _taken_hedges(compared)
    for j, token in enumerate(compared.quotes):
        if not HEDGE.match(token.text) or j in taken:
            continue
        column = [row[j] for row in compared.nearness]
        best = max(range(len(column)), key=column.__getitem__, default=0)
        if not column or column[best] < 1.5 * FEWEST_NEAR:
            continue
        if not _covers(compared, j, best) or not _told_there(compared, best, j):
            continue
        yield verdict(
            "certainty",
            "contradicted",
            compared.said(max(0, best - 1), min(best + 1, len(compared.claim) - 1)),
            token.text,
            f"the quote hedges with {token.text!r}, the sentence does not",
        )


def _taken_hedges(compared: Compared) -> set[int]:
    """The hedges of the quotes that the claim's own stand for, one for one."""
    theirs = [j for j, t in enumerate(compared.quotes) if HEDGE.match(t.text)]
    taken: set[int] = set()
    for i, token in enumerate(compared.claim):
        free = [j for j in theirs if j not in taken]
        if HEDGE.match(token.text) and free:
            taken.add(max(free, key=lambda j: (compared.nearness[i][j], -j)))
    return taken


def _reached(compared: Compared, at: int) -> list[int]:
    places = compared.places(at, FEWEST_NEAR)
    return sorted({k for place in places[:2] for k in compared.near(place, _REACH)})
