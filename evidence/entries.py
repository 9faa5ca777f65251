"""An entry: one line of the log, a judgement or an event."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evidence.events import (
    DuplicateMarked,
    DuplicateRefuted,
    DuplicateSuspected,
    RecordIdentified,
    ReportSought,
    ScreeningReopened,
    ScreeningStopped,
    SearchRun,
    StageCompleted,
    StoppingSampleDrawn,
)
from evidence.judgements import (
    CertaintyRating,
    DecisionTakenBack,
    ExtractedOutcome,
    RecommendationEdit,
    RecommendationExamined,
    RecommendationSignedOff,
    RecordNote,
    ResultRejected,
    RiskOfBiasJudgement,
    ScreeningDecision,
    StatedDirection,
    StudyCharacteristics,
)

Entry = Annotated[
    ScreeningDecision
    | DecisionTakenBack
    | RecordNote
    | StudyCharacteristics
    | ExtractedOutcome
    | ResultRejected
    | StatedDirection
    | RiskOfBiasJudgement
    | CertaintyRating
    | RecommendationEdit
    | RecommendationSignedOff
    | RecommendationExamined
    | SearchRun
    | RecordIdentified
    | DuplicateMarked
    | DuplicateSuspected
    | DuplicateRefuted
    | ReportSought
    | StoppingSampleDrawn
    | ScreeningStopped
    | ScreeningReopened
    | StageCompleted,
    Field(discriminator="kind"),
]
