"""Characteristics of a study that its report tells, each with its quote.

`characteristics` reads by explicit rules: only what a clear cue says, verbatim in its sentence.
Population, intervention, comparator and outcomes come from the span heads: see
characteristic_pico.
"""

from __future__ import annotations

from evidence.extraction.characteristic_conduct import conduct_cues
from evidence.extraction.characteristic_design import design_cues
from evidence.extraction.characteristic_people import people_cues
from evidence.extraction.characteristic_text import study_text
from evidence.judgements import Characteristic
from indexers.records import Document

FIELDS = (
    *("design", "allocation", "intervention_model", "blinding", "centres", "hypothesis"),
    *("country", "setting", "trial_years", "number_randomised", "number_enrolled"),
    *("number_analysed", "age", "age_observed", "sex", "follow_up", "registration", "funding"),
    *("sponsor_role", "competing_interests"),
)
"""The fields in the order they are given; several values of one field stand side by side."""


def characteristics(document: Document) -> tuple[Characteristic, ...]:
    """What the report tells of its study's design, conduct and participants.

    A field may have several values (countries, registrations) or none.
    """
    study = study_text(document)
    cues = (*design_cues(study), *people_cues(study), *conduct_cues(study))
    ordered = sorted(cues, key=lambda cue: FIELDS.index(cue.field))
    return tuple(study.characteristic(cue) for cue in ordered if cue.end > cue.start)
