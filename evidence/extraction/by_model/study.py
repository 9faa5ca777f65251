"""Characteristics and arms of a study as a language model reads them, each with its quote.

A value counts when its quote stands in the document and its own words and numbers in the quote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.extraction.arm_mentions import TrialArm, mentions
from evidence.extraction.by_model.answers import (
    ArmAnswer,
    CharacteristicAnswer,
)
from evidence.extraction.by_model.claims import one_line, stands_in
from evidence.extraction.characteristic_pico import MOST
from evidence.extraction.characteristics import FIELDS
from evidence.extraction.wording import find_name, is_abbreviation, stem, words
from evidence.grounding import normalised
from evidence.judgements import Arm, Characteristic
from evidence.quoting import locate
from evidence.reading.machine_address import is_machine_address
from indexers.records import Document

STUDY_FIELDS = (*(name if name != "outcome" else "outcomes" for name in MOST), *FIELDS)
"""The fields that a model is asked for: PICO, then those of the offline rules."""
FIELD_MEANINGS: Mapping[str, str] = {
    "population": "who took part: condition and kind of people",
    "intervention": "the treatment that is tried, with its dose",
    "comparator": "what it is compared with",
    "outcomes": "what is measured, the primary outcome first",
    "design": "the kind of study (randomised controlled trial, pilot, cluster)",
    "allocation": "how participants were put into groups",
    "intervention_model": "parallel groups, crossover, factorial",
    "blinding": "who did not know the treatment, or open-label",
    "centres": "how many sites or centres",
    "hypothesis": "superiority, non-inferiority or equivalence",
    "country": "where the trial was done",
    "setting": "clinic, hospital, school, community",
    "trial_years": "when participants were recruited or the trial ran",
    "number_randomised": "participants randomised to all groups together",
    "number_enrolled": "participants enrolled",
    "number_analysed": "participants analysed",
    "age": "the ages that were eligible",
    "age_observed": "mean or median age of those who took part",
    "sex": "how many were women or men",
    "follow_up": "how long participants were followed",
    "registration": "number in a register of trials",
    "funding": "who paid for the trial",
    "sponsor_role": "what the sponsor did in design, analysis or report",
    "competing_interests": "interests of the authors",
}
TOKENS_A_FIELD = 80
"""Room in a reply for a field with its quote: the fields that fit into one reply are one call."""
_JOINERS = frozenset(("the", "a", "an", "of", "in", "and", "with", "to", "for", "or", "at", "by"))
_LONGEST_VALUE = 300


def field_groups(max_tokens: int) -> list[tuple[str, ...]]:
    """The fields, as many in a group as a reply of so many tokens has room for.

    One group from 24 fields × 80 tokens on; the groups are of nearly one size.
    """
    n_groups = -(-len(STUDY_FIELDS) * TOKENS_A_FIELD // max(max_tokens, TOKENS_A_FIELD))
    size = -(-len(STUDY_FIELDS) // n_groups)
    return [STUDY_FIELDS[at : at + size] for at in range(0, len(STUDY_FIELDS), size)]


def checked_characteristics(
    answers: Sequence[CharacteristicAnswer], fields: Sequence[str], document: Document
) -> tuple[tuple[Characteristic, ...], tuple[str, ...]]:
    """The values that stand, in the order of the fields, and why others were dropped."""
    found: list[Characteristic] = []
    dropped: list[str] = []
    for answer in answers:
        if not answer.value.strip() and not answer.quote.strip():
            continue
        said = f"{one_line(answer.field)} {one_line(answer.value)!r}"
        if answer.field not in fields:
            dropped.append(f"{said}: not a field that was asked for")
            continue
        quote = locate(answer.quote, document)
        value = " ".join(answer.value.split())[:_LONGEST_VALUE]
        if quote is None:
            dropped.append(f"{said}: its quote is not in the document")
        elif is_machine_address(quote, document):
            dropped.append(f"{said}: its quote is put to a machine")
        elif not value or not says(quote.text, value):
            dropped.append(f"{said}: not in its quote {one_line(quote.text)!r}")
        else:
            given = Characteristic(field=answer.field, value=value, quotes=(quote,))
            if all((g.field, g.value) != (given.field, given.value) for g in found):
                found.append(given)
    found.sort(key=lambda item: list(fields).index(item.field))
    return tuple(found), tuple(dropped)


def says(quote: str, value: str) -> bool:
    """Whether a quote has all words and numbers of a value, in any order and inflection.

    Words count whole: `men` is not in `women`, 5 not in 15.
    """
    theirs = {stem(w.folded) for w in words(quote)}
    mine = {stem(w.folded) for w in words(value) if w.folded not in _JOINERS}
    return bool(mine) and mine <= theirs


def checked_arms(
    answers: Sequence[ArmAnswer], document: Document, known: Sequence[TrialArm]
) -> tuple[tuple[Arm, ...], tuple[str, ...]]:
    """The arms whose name and quote stand in the document, and why others were dropped.

    A size that is not in the arm's quote is left out; a role that the rules read otherwise is
    `other`, for nobody has settled it.
    """
    found: list[Arm] = []
    dropped: list[str] = []
    for arm in answers:
        quote, name = locate(arm.quote, document), locate(arm.name, document)
        if quote is None or name is None:
            which = "its quote" if name is not None else "its name"
            dropped.append(f"arm {one_line(arm.name)!r}: {which} is not in the document")
            continue
        if is_machine_address(quote, document):
            dropped.append(f"arm {one_line(arm.name)!r}: its quote is put to a machine")
            continue
        size = _size(arm, quote.text)
        if arm.size.strip() and size is None:
            dropped.append(f"size {one_line(arm.size)!r} of {name.text!r}: not in its quote")
        if any(normalised(a.name).casefold() == normalised(name.text).casefold() for a in found):
            continue
        told = {m.arm.role for m in mentions(name.text, tuple(known))}
        role = arm.role if not told or told == {arm.role} else "other"
        if role != arm.role:
            dropped.append(f"role {arm.role} of {name.text!r}: the rules read another")
        short = tuple(
            n for k in known if told and k.role == role and k in _named(name.text, known)
            for n in k.names if is_abbreviation(n) and find_name(n, document.text)
        )  # fmt: skip
        found.append(
            Arm(name=name.text, abbreviations=short, role=role, size=size, quotes=(quote,))
        )
    return tuple(found), tuple(dropped)


def _named(text: str, known: Sequence[TrialArm]) -> list[TrialArm]:
    return [m.arm for m in mentions(text, tuple(known))]


def _size(arm: ArmAnswer, quote: str) -> int | None:
    digits = arm.size.strip().replace(",", "")
    if not digits.isdecimal() or not 0 < int(digits) < 10**7:
        return None
    return int(digits) if stands_in(float(digits), 0, quote) else None
