"""Whether a number stands under the arm that a language model gives it to.

A cell's heads name its arm; in a sentence the arms and the numbers come in one order. Where the
report contradicts the model, or nothing can be checked, a doubt is said: a person looks then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from evidence.extraction.arm_mentions import Role, TrialArm, mentions
from evidence.extraction.by_model.claims import Claim, Dropped, one_line
from evidence.extraction.wording import Span, flatten
from evidence.quoting import locate
from indexers.records import Document

ROLES: tuple[Role, Role] = ("intervention", "comparator")


class ArmNames:
    """The arms that a model names, told by the arms that rules find in the report.

    One name is one arm throughout, so that results of one arm are known as such.
    """

    def __init__(self, document: Document, arms: Sequence[TrialArm]) -> None:
        self._document = document
        self.known = tuple(arms)
        self._own: dict[tuple[Role, str], TrialArm] = {}

    @property
    def arms(self) -> tuple[TrialArm, ...]:
        """All arms that are known so far."""
        return (*self.known, *self._own.values())

    def is_own(self, arm: TrialArm) -> bool:
        """Whether only the model says that an arm is one of the question's."""
        return arm not in self.known

    def arm(self, name: str, role: Role, dropped: Dropped) -> TrialArm | None:
        """The arm of a name; None, with the reason, where it is none of the report or the other's.

        A name in other words than the report's is the only arm of its role, where there is one.
        """
        named = list({id(m.arm): m.arm for m in mentions(name, self.known)}.values())
        mine = [arm for arm in named if arm.role == role]
        if len(mine) == 1 and len(named) == 1:
            return mine[0]
        if named and not mine:
            dropped.reasons.append(f"the model names {one_line(name)!r}, another arm, as {role}")
            return None
        of_role = [arm for arm in self.known if arm.role == role]
        if len(of_role) == 1:
            return of_role[0]
        quote = locate(name, self._document)
        if quote is None:
            dropped.reasons.append(f"the {role} arm {one_line(name)!r} is not in the document")
            return None
        place = Span(quote.start, quote.end)
        key = (role, quote.text.casefold())
        return self._own.setdefault(key, TrialArm(role, quote.text, (quote.text,), place))


def arm_doubts(
    claims: Mapping[Role, Mapping[str, Claim]], own: Mapping[Role, TrialArm], names: ArmNames
) -> list[str]:
    """What speaks against the arms of a result's numbers, or cannot be checked.

    Args:
        claims: The numbers of each role.
        own: The arm of each role.
        names: The arms of the report.
    """
    doubts = [
        f"that {own[role].name!r} is the question's {role} is the model's word alone"
        for role in ROLES
        if claims[role] and names.is_own(own[role])
    ]
    for role in ROLES:
        for claim in claims[role].values():
            if claim.cell is not None:
                doubts += _in_table(claim, own[role], names.arms)
    sides = [[c for c in claims[role].values() if c.cell is None] for role in ROLES]
    doubts += _in_sentences(sides, [own[role] for role in ROLES], names.arms)
    return list(dict.fromkeys(doubts))


def _in_table(claim: Claim, own: TrialArm, arms: tuple[TrialArm, ...]) -> list[str]:
    columns = claim.value.columns if claim.value is not None else ()
    beside = tuple(cell for cell in claim.heads if cell not in columns)
    for heads in (columns, beside):
        said = {id(m.arm): (m.arm, c.text) for c in heads for m in mentions(c.text, arms)}
        if list(said) == [id(own)]:
            return []
        if said and id(own) not in said:
            text = one_line(next(iter(said.values()))[1])
            return [f"{claim.name} stands under {text!r}, the model gives it to {own.name!r}"]
    return [f"no head over {claim.name} says that it is of {own.name!r}"]


def _in_sentences(
    sides: list[list[Claim]], own: list[TrialArm], arms: tuple[TrialArm, ...]
) -> list[str]:
    doubts: list[str] = []
    for place, claims in enumerate(sides):
        for claim in claims:
            doubt = _in_quote(claim, own[place], arms)
            if doubt is None or _in_order(claim, sides[1 - place], place, own, arms):
                continue
            doubts.append(
                doubt or f"which arm {claim.number:g} is of cannot be told from its sentence"
            )
    return doubts


def _in_quote(claim: Claim, own: TrialArm, arms: tuple[TrialArm, ...]) -> str | None:
    """None where quote or sentence name its arm alone, a doubt where another alone; else empty."""
    for text in (claim.quoted, claim.sentence):
        said = {id(m.arm): m.arm for m in mentions(text, arms)}
        if list(said) == [id(own)]:
            return None
        if len(said) == 1:
            other = next(iter(said.values())).name
            return f"the words quoted for {claim.number:g} name {other!r}, not {own.name!r}"
        if said:
            break
    return ""


def _in_order(
    claim: Claim,
    others: list[Claim],
    place: int,
    own: list[TrialArm],
    arms: tuple[TrialArm, ...],
) -> bool:
    """Whether arms and numbers come in one order in a sentence that names each arm once.

    `12 of 50 with aspirin and 20 of 50 with placebo`, `12 and 20 with aspirin and placebo`.
    """
    named = mentions(claim.sentence, arms)
    if [id(m.arm) for m in named] not in ([id(a) for a in own], [id(a) for a in reversed(own)]):
        return False
    first_named = 0 if named[0].arm is own[0] else 1
    same = [
        other for other in others
        if other.what == claim.what and other.sentence_start == claim.sentence_start
    ]  # fmt: skip
    if not same:
        return False
    mine, theirs = _place_of(claim), _place_of(same[0])
    if mine is None or theirs is None or mine == theirs:
        return False
    return (mine < theirs) == (first_named == place)


def _place_of(claim: Claim) -> int | None:
    """Where a sentence prints the number, at or behind the start of its quote."""
    start = max(claim.span.start - claim.sentence_start, 0)
    digits = re.escape(f"{claim.number:.{claim.decimals}f}")
    found = re.compile(rf"(?<![\d.]){digits}(?!\d|\.\d)").search(flatten(claim.sentence), start)
    return found.start() if found else None
