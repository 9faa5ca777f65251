"""Whose verdict counts on a record: the words of machine, reviewers and adjudicator, as they come.

With two reviewers the first two persons who judge a record in a phase are its pair. They settle it
by agreeing, at once or after talking it over; else an adjudicator does (Cochrane Handbook, section
4.6, and MECIR C39). What two verdicts come to:

    title and abstract      both exclude: excluded. Neither excludes: it goes on to the full text,
                            for `unclear` is a "maybe" there, as in Covidence. Else a conflict.
    full text               both include: included. Both exclude: excluded, for the reason that
                            comes first in the question. Both unclear: it awaits more information.
                            Else a conflict.

So `unclear` never excludes. An adjudication is the last word on a record: only an adjudicator
changes it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from evidence.config import ScreeningSettings
from evidence.judgements import Phase, Role, ScreeningDecision

Pair = tuple[ScreeningDecision, ScreeningDecision]


@dataclass(frozen=True)
class Rules:
    """Who decides, and the question's reasons to exclude in the order of its criteria."""

    screening: ScreeningSettings
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Uncounted:
    """A person's word that does not count, and why."""

    decision: ScreeningDecision
    why: str


@dataclass(slots=True)
class PhaseVerdicts:
    """What was said of one record in one phase, and what follows.

    Attributes:
        words: Every decision, in the order of the log.
        machine: The engine's last verdict.
        reviewers: The last verdict of each reviewer, by `person_key`, in the order of their first.
        independent: The two reviewers' verdicts as they stood when the second came in: before
            either could know the other's.
        adjudication: The adjudicator's last decision.
        uncounted: Persons' words that do not count.
        decision: The decision that counts; None while the record is not settled.
    """

    words: tuple[ScreeningDecision, ...] = ()
    machine: ScreeningDecision | None = None
    reviewers: dict[str, ScreeningDecision] = field(default_factory=dict)
    independent: Pair | None = None
    adjudication: ScreeningDecision | None = None
    uncounted: tuple[Uncounted, ...] = ()
    decision: ScreeningDecision | None = None

    @property
    def in_conflict(self) -> bool:
        """Whether two reviewers judged differently and nobody has settled it."""
        return self.independent is not None and self.decision is None

    @property
    def reasons_differ(self) -> bool:
        """Whether two reviewers exclude a full text for different reasons."""
        if self.independent is None or self.adjudication is not None:
            return False
        one, other = self.reviewers.values()
        reasons = (_flat(one.exclusion_reason), _flat(other.exclusion_reason))
        excluded = one.phase == "full_text" and one.verdict == other.verdict == "exclude"
        return excluded and all(reasons) and reasons[0] != reasons[1]

    @property
    def open_to_adjudication(self) -> bool:
        """Whether an adjudicator has something to settle, or settled it and may think again."""
        if self.adjudication is not None or self.in_conflict or self.reasons_differ:
            return True
        if self.independent is None or self.decision is None:
            return False
        return self.decision.phase == "full_text" and self.decision.verdict == "unclear"

    @property
    def deciders(self) -> tuple[str, ...]:
        """Who made the decision that counts: a person, two reviewers who agree, or an engine."""
        if self.decision is None:
            return ()
        if not self.decision.provenance.by_person:
            return (f"{self.decision.provenance.engine} engine",)
        if self.independent is None or self.adjudication is not None:
            return (self.decision.provenance.actor,)
        return tuple(verdict.provenance.actor for verdict in self.reviewers.values())

    def hear(self, word: ScreeningDecision, rules: Rules) -> None:
        """Take the next decision on the record in."""
        self.words += (word,)
        if not word.provenance.by_person:
            self.machine = word
            by_person = self.decision is not None and self.decision.provenance.by_person
            if rules.screening.decided_by == "machine" and not by_person:
                self.decision = word
            return
        why = self.objection(word, rules.screening)
        if why is not None:
            self.uncounted += (Uncounted(word, why),)
        elif rules.screening.reviewers == 1:
            self.reviewers[person_key(word.provenance.actor)] = word
            self.decision = word
        elif word.role == "adjudicator":
            self.adjudication = self.decision = word
        else:
            self._review(word, rules)

    def without_last_of(self, name: str, role: Role, rules: Rules) -> PhaseVerdicts:
        """What follows when a person takes the last word back; itself where that is not possible.

        Two reviewers who have both judged a record know each other's verdict: from then on a change
        is a new word.
        """
        own = [w for w in self.words if _is_from(w, name, role)]
        if not own or self.independent is not None:
            return self
        rest = PhaseVerdicts()
        for word in self.words:
            if word is not own[-1]:
                rest.hear(word, rules)
        return rest

    def objection(self, word: ScreeningDecision, screening: ScreeningSettings) -> str | None:
        """Why a person's word would not count now; None when it would."""
        if screening.reviewers == 1:
            return None
        name = person_key(word.provenance.actor)
        if word.role == "adjudicator":
            if not may_adjudicate(screening, word.provenance.actor):
                return f"only {', '.join(screening.adjudicators)} may adjudicate"
            if screening.adjudicators and name in self.reviewers:
                return "who reviewed a record does not adjudicate it"
            return None if self.open_to_adjudication else "there is no conflict to adjudicate"
        if self.adjudication is not None:
            return f"{self.adjudication.provenance.actor} has adjudicated it"
        if len(self.reviewers) == 2 and name not in self.reviewers:
            one, other = (verdict.provenance.actor for verdict in self.reviewers.values())
            return f"{one} and {other} have reviewed it already"
        return None

    def _review(self, word: ScreeningDecision, rules: Rules) -> None:
        self.reviewers[person_key(word.provenance.actor)] = word
        if len(self.reviewers) < 2:
            return
        one, other = self.reviewers.values()
        if self.independent is None:
            self.independent = (one, other)
        self.decision = agreed(one, other, rules.reasons)


def agreed(
    one: ScreeningDecision, other: ScreeningDecision, reasons: tuple[str, ...] = ()
) -> ScreeningDecision | None:
    """The one of two verdicts that counts for both; None when they are a conflict.

    Args:
        one: The first reviewer's.
        other: The second reviewer's, on the same record in the same phase.
        reasons: Reasons to exclude, the one to be reported first.
    """
    verdicts = (one.verdict, other.verdict)
    if verdicts == ("exclude", "exclude"):
        return min(one, other, key=lambda decision: _place(decision, reasons))
    if one.verdict == other.verdict:
        return one
    if one.phase == "title_abstract" and "exclude" not in verdicts:
        return one if one.verdict == "include" else other
    return None


def may_adjudicate(screening: ScreeningSettings, name: str) -> bool:
    """Whether this person may settle conflicts: one of those named, or anyone if none is."""
    named = {person_key(adjudicator) for adjudicator in screening.adjudicators}
    return not named or person_key(name) in named


@lru_cache(maxsize=256)
def person_key(name: str) -> str:
    """A person's name without what is no difference: `Ada Low` and `ada  low` are one person.

    Nor is what nobody sees, as a copied name brings it along. Taken for two, one reviewer would be
    a pair.
    """
    seen = (ch for ch in unicodedata.normalize("NFKC", name) if unicodedata.category(ch) != "Cf")
    return _flat("".join(seen))


def phase_name(phase: Phase) -> str:
    """A phase in words."""
    return "title and abstract" if phase == "title_abstract" else "full text"


def _place(decision: ScreeningDecision, reasons: tuple[str, ...]) -> tuple[bool, int]:
    """Where a decision's reason stands: the question's, then words of one's own, then none.

    `Wrong population` alone stands where the question's `Wrong population: not adults` does.
    """
    reason = _flat(decision.exclusion_reason)
    for place, known in enumerate(map(_flat, reasons)):
        if reason and reason in (known, known.partition(":")[0]):
            return False, place
    return not reason, len(reasons)


def _is_from(word: ScreeningDecision, name: str, role: Role) -> bool:
    same = person_key(word.provenance.actor) == person_key(name)
    return word.provenance.by_person and same and word.role == role


def _flat(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()
