"""What a recommendation is written from, and the digest that names it in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from evidence.decision.contexts import DecisionContexts
from evidence.findings import SummaryOfFindingsRow
from evidence.project import Manifest, canonical_json
from evidence.question import ClinicalQuestion
from evidence.state import ReviewState
from evidence.summary import study_evidence
from indexers.records import Document, Passage


class DecisionInputs(NamedTuple):
    """The summary of findings and what else a recommendation may rest on.

    Attributes:
        rows: The summary of findings.
        contexts: Passages of guidelines, and the risk of bias of the studies.
        guidelines: The documents that the contexts quote; the project may not hold them yet.
        digest: What a version notes as its `inputs_digest`.
    """

    rows: tuple[SummaryOfFindingsRow, ...]
    contexts: DecisionContexts
    guidelines: tuple[Document, ...]
    digest: str


def decision_inputs(
    state: ReviewState, manifest: Manifest, rows: Sequence[SummaryOfFindingsRow]
) -> DecisionInputs:
    """The inputs as the log stands; guidelines are read anew from their files.

    Args:
        state: Of the review.
        manifest: Its question and settings.
        rows: The summary of findings of this state (`summary.rows_of`).

    Raises:
        SourceError: A guideline cannot be read.
        EncoderError: Guidelines are set, and the encoder's package is missing.
    """
    guidelines = _guidelines(manifest)
    contexts = DecisionContexts(
        passages=_passages(manifest.question, guidelines) if guidelines else None,
        risk_of_bias=tuple(j for study in study_evidence(state) for j in study.risk_of_bias),
    )
    digest = inputs_digest(manifest.question, rows, contexts)
    return DecisionInputs(tuple(rows), contexts, guidelines, digest)


def inputs_digest(
    question: ClinicalQuestion, rows: Sequence[SummaryOfFindingsRow], contexts: DecisionContexts
) -> str:
    """SHA-256 over question, rows and contexts, each as canonical JSON on a line."""
    digest = hashlib.sha256()
    for value in (question, *rows, contexts):
        digest.update(canonical_json(value).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _guidelines(manifest: Manifest) -> tuple[Document, ...]:
    paths = manifest.settings.guidelines.paths
    if not paths:
        return ()
    from indexers.guidelines import read_guideline

    return tuple(read_guideline(path, f"guideline:{path.stem}") for path in paths)


def _passages(
    question: ClinicalQuestion, guidelines: tuple[Document, ...]
) -> tuple[Passage, ...] | None:
    from evidence.decision.guideline_ranking import ranked_guideline_passages
    from indexers.encoders import named_encoder

    return ranked_guideline_passages(question, list(guidelines), named_encoder("static"))
