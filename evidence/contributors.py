"""Who did what in a review: every line of the log counted to the person or engine that wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from evidence.entries import ENTRY_TYPES, Entry
from evidence.events import RecordIdentified, StageCompleted
from evidence.judgements import Provenance
from evidence.screening.verdicts import person_key

WORDS = {
    "search_run": ("search", "searches"),
    "duplicate_marked": ("duplicate merged", "duplicates merged"),
    "duplicate_suspected": ("pair suspected", "pairs suspected"),
    "duplicate_refuted": ("pair told apart", "pairs told apart"),
    "screening_decision": ("screening decision", "screening decisions"),
    "decision_taken_back": ("decision taken back", "decisions taken back"),
    "record_note": ("note", "notes"),
    "stopping_sample_drawn": ("sample drawn", "samples drawn"),
    "screening_stopped": ("end of screening", "ends of screening"),
    "screening_reopened": ("reopening of screening", "reopenings of screening"),
    "report_sought": ("full text sought", "full texts sought"),
    "study_characteristics": ("study described", "studies described"),
    "extracted_outcome": ("result", "results"),
    "result_rejected": ("result rejected or taken back", "results rejected or taken back"),
    "stated_direction": ("direction read", "directions read"),
    "risk_of_bias_judgement": ("risk-of-bias judgement", "risk-of-bias judgements"),
    "robins_i_judgement": ("ROBINS-I judgement", "ROBINS-I judgements"),
    "certainty_rating": ("certainty rating", "certainty ratings"),
    "recommendation_edit": ("version of the recommendation", "versions of the recommendation"),
    "recommendation_signed_off": ("signature", "signatures"),
    "signature_withdrawn": ("signature withdrawn", "signatures withdrawn"),
    "recommendation_examined": ("examination", "examinations"),
}
"""One and several of each kind of line, in the order of a review."""


COUNTED = tuple(
    entry_type for entry_type in ENTRY_TYPES if entry_type not in (RecordIdentified, StageCompleted)
)
"""What is somebody's work; a record that was found and a stage that ended are facts of a run."""


@dataclass(frozen=True)
class Contributor:
    """A person or an engine; `by_kind` counts its lines of each kind.

    Attributes:
        key: Names it, however a person's name is written; an engine has one for each model.
    """

    key: str
    name: str
    by_person: bool
    by_kind: Mapping[str, int]
    last_at: datetime | None = None

    @property
    def told(self) -> str:
        """`120 screening decisions, 3 notes`, in the order of a review."""
        parts = []
        for kind, (one, several) in WORDS.items():
            number = self.by_kind.get(kind, 0)
            if number:
                parts.append(f"{number:,} {one if number == 1 else several}")
        return ", ".join(parts)


def contributors(
    entries: Iterable[Entry], earlier: Sequence[Contributor] = ()
) -> tuple[Contributor, ...]:
    """People first, then engines; each in the order of their first line.

    Args:
        entries: Lines of the log in their order; those that are nobody's work count nothing.
        earlier: What the lines before these came to.
    """
    known = {who.key: who for who in earlier}
    kinds = {who.key: Counter(who.by_kind) for who in earlier}
    last = {who.key: who.last_at for who in earlier}
    for entry in entries:
        if not isinstance(entry, COUNTED):
            continue
        made = entry.provenance
        key, name = _identity(made)
        known.setdefault(key, Contributor(key, name, made.by_person, {}))
        kinds.setdefault(key, Counter())[entry.kind] += 1
        last[key] = made.at or last.get(key)
    found = (replace(who, by_kind=kinds[key], last_at=last[key]) for key, who in known.items())
    return tuple(sorted(found, key=lambda who: not who.by_person))


def _identity(made: Provenance) -> tuple[str, str]:
    if made.by_person:
        return f"person {person_key(made.actor)}", made.actor
    named = {"program": "the program itself", "offline": "the offline engine"}
    if made.model:
        return f"engine {made.engine} {made.model}", f"language model {made.model}"
    return f"engine {made.engine}", named.get(made.engine, made.engine)
