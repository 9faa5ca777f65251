"""The versions of a recommendation: who wrote each, who signed it, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from evidence.decision.decision_parts import changed_parts, part_sentences
from evidence.decision.sentences import LONGEST_REPEATED_NAME, NO_NAME, Names
from evidence.findings import Recommendation, Sentence
from evidence.judgements import Provenance, RecommendationEdit
from evidence.question import ClinicalQuestion
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState

_SINGLE_PARTS = 3


class Signature(NamedTuple):
    """Who signed, when, and what was open then; or who withdrew a signature, when, and why."""

    name: str
    at: datetime | None
    left_open: tuple[str, ...] = ()
    reason: str = ""


class Version(NamedTuple):
    """A version with its number, from 1, and the signatures under what it says."""

    number: int
    edit: RecommendationEdit
    signatures: tuple[Signature, ...]
    withdrawn: tuple[Signature, ...] = ()

    @property
    def by(self) -> str:
        """A person's name, or the engine's."""
        return author(self.edit.provenance)


class SentenceChange(NamedTuple):
    """A sentence before and after; None on the side where there is none."""

    before: Sentence | None
    after: Sentence | None

    @property
    def kind(self) -> Literal["added", "removed", "reworded", "other support", "same"]:
        """What was done to it."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        if self.before.text != self.after.text:
            return "reworded"
        return "same" if self.before == self.after else "other support"


def author(provenance: Provenance) -> str:
    """A person's name, or `offline engine`."""
    return provenance.actor if provenance.by_person else f"{provenance.engine} engine"


def versions(state: ReviewState) -> tuple[Version, ...]:
    """Every version, the first one first; a signature is under all that say the same."""
    signed: dict[str, dict[str, Signature]] = {}
    for entry in state.sign_offs:
        by = entry.provenance
        under = signed.setdefault(entry.recommendation_digest, {})
        under.setdefault(person_key(by.actor), Signature(by.actor, by.at, entry.left_open))
    taken: dict[str, list[Signature]] = {}
    for gone in state.withdrawn:
        by = gone.provenance
        said = Signature(by.actor, by.at, reason=by.reason)
        taken.setdefault(gone.recommendation_digest, []).append(said)
    return tuple(
        Version(
            number,
            edit,
            tuple(signed.get(edit.content_digest, {}).values()),
            tuple(taken.get(edit.content_digest, ())),
        )
        for number, edit in enumerate(state.recommendations, 1)
    )


def standing_text(signed_by: tuple[str, ...]) -> str:
    """`draft, unsigned`, or who signed."""
    return f"signed by {', '.join(signed_by)}" if signed_by else "draft, unsigned"


def sentence_changes(before: Recommendation, after: Recommendation) -> list[SentenceChange]:
    """The sentences of both in order; those that stand between the same neighbours are paired."""
    return changes_between(before.sentences, after.sentences)


def changes_between(old: Sequence[Sentence], new: Sequence[Sentence]) -> list[SentenceChange]:
    """As `sentence_changes`, of any two lists of sentences."""
    matcher = SequenceMatcher(None, [s.text for s in old], [s.text for s in new], autojunk=False)
    changes = []
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        for place in range(max(i2 - i1, j2 - j1)):
            one = old[i1 + place] if i1 + place < i2 else None
            other = new[j1 + place] if j1 + place < j2 else None
            changes.append(SentenceChange(one, other))
    return changes


def other_changes(before: Recommendation, after: Recommendation) -> list[str]:
    """What else is another: direction and strength, and a decision document made anew."""
    told = []
    if (before.direction, before.strength) != (after.direction, after.strength):
        told.append(f"{headline(before)} → {headline(after)}")
    if before.decision != after.decision and not decision_changes(before, after):
        told.append("The Evidence-to-Decision document was written again.")
    return told


def decision_changes(
    before: Recommendation, after: Recommendation
) -> list[tuple[str, list[SentenceChange]]]:
    """What changed in single parts of the decision document, by their titles.

    Empty where more than `_SINGLE_PARTS` differ: the document was written again.
    """
    parts = changed_parts(before.decision, after.decision)
    if before.decision is None or after.decision is None or len(parts) > _SINGLE_PARTS:
        return []
    return [
        (
            part.title,
            changes_between(
                part_sentences(before.decision, part), part_sentences(after.decision, part)
            ),
        )
        for part in parts
    ]


def headline(recommendation: Recommendation) -> str:
    """`Conditional recommendation for the intervention`."""
    if recommendation.abstained or recommendation.direction == "none":
        return "No recommendation"
    strength = "" if recommendation.strength == "none" else f"{recommendation.strength} "
    told = f"{strength}recommendation {recommendation.direction} the intervention"
    return told[0].upper() + told[1:]


def named_headline(recommendation: Recommendation, question: ClinicalQuestion) -> str:
    """`Conditional recommendation for zinc compared with placebo`."""
    return headline(recommendation).replace("the intervention", sides(question))


def sides(question: ClinicalQuestion) -> str:
    """`zinc compared with placebo`; `the intervention` without a name, or for one too long."""
    names = Names(question)
    if len(names.intervention) > LONGEST_REPEATED_NAME or names.intervention == NO_NAME:
        return NO_NAME
    return f"{names.intervention} compared with {names.brief_comparator}"
