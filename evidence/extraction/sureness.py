"""How sure a result is, by a model fitted on labelled tables; what is not sure is a proposal.

Rules choose results and flag what they doubt. Of what carries a flag, and of the rows that no rule
chose, the model gives only what it is sure of and nothing speaks against (`withholding`). The rest
stays on the page for a person, with its place, under a flag (`proposals`): no rule of selection
puts it before a given result, and as a flagged result it is never pooled. data/heads_results has
the model, its threshold and its figures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence.extraction.effect_direction import direction_encoder
from evidence.extraction.proposals import is_proposal, proposed, withheld
from evidence.extraction.sureness_features import SURENESS_FEATURES, Asked, sureness_features
from evidence.extraction.sureness_trees import load_model
from evidence.extraction.withholding import OUT_OF_TURN, out_of_turn, reasons_against
from evidence.findings import values
from evidence.judgements import ExtractedOutcome
from indexers.records import Document

LEAST_PROPOSED = 0.2
"""Below this the nearest row is no proposal where nothing else is found."""
_CHOSEN = "chosen by a model among the rows of the tables: check that this is the outcome"


class Candidates(NamedTuple):
    """What may be the result of one outcome of the question.

    `found` is what the rules chose, with their flags; `nearest` are results of the rows and effects
    whose wordings are nearest, whatever the rules say of them.
    """

    asked: Asked
    found: list[ExtractedOutcome]
    nearest: list[ExtractedOutcome]

    @property
    def every(self) -> list[ExtractedOutcome]:
        """The results that compete: what is found, then the others, each once."""
        return [*self.found, *_without_repeats(self.found, self.nearest)]


def candidate_features(candidates: Candidates, document: Document) -> NDArray[np.float64]:
    """Features [n_candidates, n_features] of `every` candidate."""
    encoder = direction_encoder()
    return sureness_features(candidates.asked, document, candidates.every, encoder)


def contradicting(features: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether the words over a result say another outcome [n_results], of their features."""
    columns = [SURENESS_FEATURES.index(name) for name in ("contradicts", "row_contradicts")]
    found: NDArray[np.bool_] = np.any(features[:, columns] > 0, axis=1)
    return found


def given_and_proposed(candidates: Candidates, document: Document) -> list[ExtractedOutcome]:
    """The results of one outcome of the question, marked as proposals where they are not sure.

    A result of the rules without a flag is given as it is. Where the rules give no result of a
    kind of data, the surest of the nearest is given if it is sure enough; where nothing at all
    is found, it is proposed. A row whose words contradict the outcome's is neither.
    """
    every, n_found = candidates.every, len(candidates.found)
    if not every:
        return []
    model = load_model()
    features = candidate_features(candidates, document)
    likely = model.probabilities(features)
    against = reasons_against(every, features, likely)
    denied = contradicting(features).tolist()
    rows = [
        _Judged(result, chance, chance >= model.threshold, reason)
        for result, chance, reason in zip(every, likely.tolist(), against, strict=True)
    ]
    outcome = candidates.asked.outcome
    held_back = [row.result for row in rows[:n_found] if row.result.flags and not row.given]
    rows = [
        row._replace(against=OUT_OF_TURN)
        if row.given and out_of_turn(outcome, row.result, held_back) else row
        for row in rows
    ]  # fmt: skip
    results = [
        row.result if row.given or not row.result.flags else row.proposal for row in rows[:n_found]
    ]
    kinds = {r.data.kind for r in results if not is_proposal(r)}
    nearest = zip(rows[n_found:], denied[n_found:], strict=True)
    others = sorted((row for row, no in nearest if not no), key=lambda row: -row.chance)
    for row in others:
        if row.result.data.kind not in kinds and row.given:
            kinds.add(row.result.data.kind)
            flags = (_CHOSEN, *row.result.flags)
            results.append(row.result.model_copy(update={"flags": flags}))
    if not results and others and others[0].chance >= LEAST_PROPOSED:
        results.append(others[0].proposal)
    return results


class _Judged(NamedTuple):
    """A candidate with its probability, whether that is enough, and what speaks against it."""

    result: ExtractedOutcome
    chance: float
    sure: bool
    against: str | None

    @property
    def given(self) -> bool:
        """Whether the candidate is given where it carries a flag."""
        return self.sure and self.against is None

    @property
    def proposal(self) -> ExtractedOutcome:
        """The candidate as a proposal: what speaks against a sure one, else how sure it is."""
        if self.sure and self.against is not None:
            return withheld(self.against, self.result)
        return proposed(self.chance, self.result)


def _without_repeats(
    found: Sequence[ExtractedOutcome], nearest: Sequence[ExtractedOutcome]
) -> list[ExtractedOutcome]:
    """The candidates that print other numbers, or the same elsewhere, than what is found."""
    seen = {_key(result) for result in found}
    kept = []
    for result in nearest:
        key = _key(result)
        if key not in seen:
            seen.add(key)
            kept.append(result)
    return kept


def _key(result: ExtractedOutcome) -> str:
    main = [e for e in result.evidence if e.field.startswith(("events", "mean", "estimate"))]
    starts = sorted(q.start for e in main for q in e.quotes)
    arms = (result.intervention, result.comparator)
    return json.dumps([*arms, result.time_point_days, values(result.data), starts])
