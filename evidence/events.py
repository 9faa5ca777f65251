"""Events: facts of the process that the log of a review holds beside the judgements.

A search ran, a record was found, a report was asked for, screening stopped, a stage ended.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from evidence.judgements import Provenance, Stage, StoppingCertificate
from indexers.records import Frozen, Record


class SearchRun(Frozen):
    """A search that was run: what was asked of which source, and how many records came back.

    `syntax` is that of the query where it is a strategy; `searched_on` the day of the search where
    it is not the day of this line; `n_in_source` the records of the source, found or not.
    """

    kind: Literal["search_run"] = "search_run"
    query: str
    source: str
    retrievers: tuple[str, ...]
    n_records: int
    syntax: Literal["pubmed", "ovid"] | None = None
    searched_on: date | None = None
    n_in_source: int | None = None
    provenance: Provenance


class RecordIdentified(Frozen):
    """A record that a search found, frozen as it was found; ranks are 1-based per retriever."""

    kind: Literal["record_identified"] = "record_identified"
    record: Record
    score: float
    ranks: dict[str, int]
    provenance: Provenance


class DuplicateMarked(Frozen):
    """A record that tells of the same report as another, which stays.

    By a person it confirms a suspected pair, or joins two records that nobody suspected.
    """

    kind: Literal["duplicate_marked"] = "duplicate_marked"
    record_id: str
    duplicate_of: str
    provenance: Provenance


class DuplicateSuspected(Frozen):
    """Two records that may tell of one report: a machine lists them, a person decides.

    `duplicate_of` is the one that would stay.
    """

    kind: Literal["duplicate_suspected"] = "duplicate_suspected"
    record_id: str
    duplicate_of: str
    provenance: Provenance


class DuplicateRefuted(Frozen):
    """Two records that tell of different reports: a merge undone, or a suspected pair answered.

    It holds for the pair, whichever of the two is named first.
    """

    kind: Literal["duplicate_refuted"] = "duplicate_refuted"
    record_id: str
    duplicate_of: str
    provenance: Provenance


class ReportSought(Frozen):
    """A full text that was asked for; `document_digest` is None when it could not be had."""

    kind: Literal["report_sought"] = "report_sought"
    record_id: str
    document_digest: str | None
    provenance: Provenance


class StoppingSampleDrawn(Frozen):
    """A random sample of the records that nobody has screened, fixed before any of it is read.

    `record_ids` is the whole sample in the order it is screened. `attempt` counts from 1, and
    `confidence` is this attempt's share: every further attempt has to be surer, so that all of
    them together err no more often than the project allows.
    """

    kind: Literal["stopping_sample_drawn"] = "stopping_sample_drawn"
    record_ids: tuple[str, ...] = Field(min_length=1)
    n_unscreened: int = Field(gt=0)
    target_recall: float = Field(gt=0, lt=1)
    confidence: float = Field(gt=0, lt=1)
    attempt: int = Field(gt=0)
    seed: int
    provenance: Provenance


class ScreeningStopped(Frozen):
    """Screening of titles and abstracts ended; what nobody screened counts as not relevant."""

    kind: Literal["screening_stopped"] = "screening_stopped"
    certificate: StoppingCertificate
    provenance: Provenance


class ScreeningReopened(Frozen):
    """Screening goes on: certificates before this line are void, and so are drawn samples."""

    kind: Literal["screening_reopened"] = "screening_reopened"
    provenance: Provenance


class StageCompleted(Frozen):
    """A stage that ran to its end over inputs with this digest."""

    kind: Literal["stage_completed"] = "stage_completed"
    stage: Stage
    inputs_digest: str
    provenance: Provenance


Event = Annotated[
    SearchRun
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
