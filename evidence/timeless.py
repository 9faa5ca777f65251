"""A line of the log without its time: what is derived from it must not change from run to run."""

from __future__ import annotations

from typing import TypeVar

from evidence.events import SearchRun
from evidence.judgements import (
    ExtractedOutcome,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    StatedDirection,
    StudyCharacteristics,
)

T = TypeVar(
    "T",
    SearchRun,
    StudyCharacteristics,
    ExtractedOutcome,
    StatedDirection,
    RiskOfBiasJudgement,
    RobinsIJudgement,
)


def timeless(entry: T) -> T:
    """The entry without its time."""
    bare = entry.provenance.model_copy(update={"at": None})
    return entry.model_copy(update={"provenance": bare})
