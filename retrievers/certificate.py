"""The certificate of a number of contexts, as it is written and checked."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from threading import get_ident
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from indexers.errors import EvidenceError, SourceError
from indexers.records import Frozen
from retrievers.calibration import (
    Losses,
    Procedure,
    certify,
    certify_grid,
    hoeffding_bentkus_p_value,
)
from retrievers.truncation import Truncation

_DIGEST = "certificate_digest"
LossName = Literal["share_of_gold_missed", "answer_wrong"]


class CertificateError(EvidenceError):
    """A certificate abstains, or was made for another corpus, encoder or retriever."""


class ContextCount(Frozen):
    """How many contexts keep the risk at or below `alpha`, with probability 1 - `delta`.

    `k` is None when no count could be certified: abstain. `p_value` is that of `k`, or, when
    abstaining, the smallest over the counts that were tried. `truncation` is set only when it was
    part of the calibration grid. `store` names the store that was searched, for people; it is the
    digests that decide: a changed corpus or encoder voids the certificate.
    """

    k: int | None = Field(gt=0)
    truncation: Truncation | None = None
    alpha: float = Field(gt=0, lt=1)
    delta: float = Field(gt=0, lt=1)
    n_calibration: int = Field(gt=0)
    loss: LossName
    mean_loss: float = Field(ge=0, le=1)
    p_value: float = Field(ge=0, le=1)
    procedure: Procedure
    counts: tuple[int, ...]
    retriever: str
    corpus_digest: str
    encoder_digest: str
    seed: int
    store: str = ""

    @model_validator(mode="after")
    def _k_was_tried(self) -> Self:
        if self.k is None and self.truncation is not None:
            raise ValueError("a certificate that abstains has no truncation")
        if self.k is not None and (self.k not in self.counts or self.p_value > self.delta):
            raise ValueError("k must be one of counts, with a p_value of at most delta")
        return self

    @property
    def abstains(self) -> bool:
        """Whether no count could be certified."""
        return self.k is None

    def valid_for(self, corpus_digest: str, encoder_digest: str) -> bool:
        """Whether corpus and encoder are those of the calibration."""
        return (self.corpus_digest, self.encoder_digest) == (corpus_digest, encoder_digest)

    def require_valid(self, corpus_digest: str, encoder_digest: str) -> None:
        """Refuse a corpus or encoder other than that of the calibration.

        Raises:
            CertificateError: One of them differs.
        """
        for name, now, then in (
            ("corpus", corpus_digest, self.corpus_digest),
            ("encoder", encoder_digest, self.encoder_digest),
        ):
            if now != then:
                made_on = f" of {self.store}" if self.store else ""
                raise CertificateError(
                    f"the certificate is for {name} {then[:12]}{made_on}, not {now[:12]}: "
                    "it is void; calibrate again"
                )


def context_count(
    losses: Losses,
    counts: tuple[int, ...],
    *,
    alpha: float,
    delta: float,
    loss: LossName,
    retriever: str,
    corpus_digest: str,
    encoder_digest: str,
    store: str = "",
    procedure: Procedure = "fixed_sequence",
    seed: int = 0,
) -> ContextCount:
    """The certificate of the smallest certified count.

    Args:
        losses: [n_questions, n_counts], in [0, 1].
        counts: The count of each column.
        alpha: The highest risk that is allowed.
        delta: The highest probability that the risk is above it all the same.
        loss: What was measured.
        retriever: The retriever's name.
        corpus_digest: Digest of what was searched.
        encoder_digest: Digest of what made the vectors.
        store: Names what was searched.
        procedure: See `certify`.
        seed: What drew the calibration questions, if they were drawn.

    Raises:
        ValueError: Losses, counts or levels are not as `certify` wants them.
    """
    certified = certify(losses, counts, alpha, delta, procedure)
    means = [float(mean) for mean in losses.mean(axis=0)]
    p_values = [hoeffding_bentkus_p_value(mean, len(losses), alpha) for mean in means]
    column = counts.index(certified[0]) if certified else p_values.index(min(p_values))
    return ContextCount(
        k=certified[0] if certified else None,
        alpha=alpha,
        delta=delta,
        n_calibration=len(losses),
        loss=loss,
        mean_loss=means[column],
        p_value=p_values[column],
        procedure=procedure,
        counts=counts,
        retriever=retriever,
        corpus_digest=corpus_digest,
        encoder_digest=encoder_digest,
        seed=seed,
        store=store,
    )


def truncated_context_count(
    losses: Losses,
    kept: Losses,
    counts: tuple[int, ...],
    truncations: tuple[Truncation, ...],
    *,
    alpha: float,
    delta: float,
    loss: LossName,
    retriever: str,
    corpus_digest: str,
    encoder_digest: str,
    store: str = "",
    procedure: Procedure = "bonferroni",
    seed: int = 0,
) -> ContextCount:
    """The certificate of the certified pair of count and truncation with the fewest contexts.

    Args:
        losses: [n_questions, n_counts, n_truncations], in [0, 1].
        kept: The contexts that remained, of the same shape; the pair with the smallest mean is
            used, which is sound because the certified pairs hold together.
        counts: The count of each place on the second axis.
        truncations: The truncation of each place on the third axis, all of one rule.
        alpha: The highest risk that is allowed.
        delta: The highest probability that the risk is above it all the same.
        loss: What was measured.
        retriever: The retriever's name.
        corpus_digest: Digest of what was searched.
        encoder_digest: Digest of what made the vectors.
        store: Names what was searched.
        procedure: See `certify_grid`.
        seed: What drew the calibration questions, if they were drawn.

    Raises:
        ValueError: Truncations of two rules, or as `certify_grid`.
    """
    if len({truncation.rule for truncation in truncations}) != 1:
        raise ValueError("expected truncations of one rule")
    thresholds = [truncation.threshold for truncation in truncations]
    certified = certify_grid(losses, counts, thresholds, alpha, delta, procedure)
    means, sizes = losses.mean(axis=0), kept.mean(axis=0)
    p_values = [
        [hoeffding_bentkus_p_value(float(mean), len(losses), alpha) for mean in row]
        for row in means
    ]
    places = [(counts.index(k), thresholds.index(threshold)) for k, threshold in certified]
    every = [(row, column) for row in range(len(counts)) for column in range(len(thresholds))]
    row, column = (
        min(places, key=lambda place: (float(sizes[place]), place))
        if places
        else min(every, key=lambda place: (p_values[place[0]][place[1]], place))
    )
    return ContextCount(
        k=counts[row] if places else None,
        truncation=truncations[column] if places else None,
        alpha=alpha,
        delta=delta,
        n_calibration=len(losses),
        loss=loss,
        mean_loss=float(means[row, column]),
        p_value=p_values[row][column],
        procedure=procedure,
        counts=counts,
        retriever=retriever,
        corpus_digest=corpus_digest,
        encoder_digest=encoder_digest,
        seed=seed,
        store=store,
    )


def write_certificate(path: Path, certificate: ContextCount) -> None:
    """Write a certificate as JSON, whole or not at all; the same one gives the same bytes."""
    value = certificate.model_dump(mode="json")
    text = json.dumps(value | {_DIGEST: _digest(value)}, indent=1, sort_keys=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
    try:
        half.write_text(text + "\n", encoding="utf-8")
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def read_certificate(path: Path) -> ContextCount:
    """Read a certificate that `write_certificate` wrote.

    Raises:
        SourceError: The file is missing, is not JSON, a field is missing, unknown or wrong, or the
            certificate was changed after it was written.
    """
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise SourceError(path, f"expected a certificate ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(path, "expected a certificate: it is no JSON") from error
    # One that was written before certificates had a digest goes without.
    noted = value.pop(_DIGEST, None) if isinstance(value, dict) else None
    try:
        certificate = ContextCount.model_validate_json(json.dumps(value))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "certificate"
        raise SourceError(path, f"expected a certificate: {where}: {first['msg']}") from error
    if noted is not None and noted != _digest(value):
        raise SourceError(path, "the certificate was changed after it was written; calibrate again")
    return certificate


def _digest(value: dict[str, Any]) -> str:
    """SHA-256 over the fields of a certificate."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
