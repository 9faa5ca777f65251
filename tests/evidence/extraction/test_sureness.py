from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evidence.errors import SourceError
from evidence.extraction import sureness
from evidence.extraction.proposals import PROPOSAL, is_proposal, proposed
from evidence.extraction.sureness import Candidates, contradicting, given_and_proposed
from evidence.extraction.sureness_features import SURENESS_FEATURES, Asked, sureness_features
from evidence.extraction.sureness_trees import SurenessModel, load_model, read_model, save_model
from evidence.findings import ContinuousData
from evidence.judgements import MACHINE, ExtractedOutcome, Provenance, ValueEvidence
from evidence.synthesis.selection import preferred_result, select_result
from indexers.encoders import named_encoder
from indexers.records import Document
from tests.evidence.extraction.table_factory import document

ASKED = Asked("pain", "acupuncture", "sham", ())
HEAD = ["Outcome | Acupuncture (n = 40), mean (SD) | Sham (n = 41), mean (SD)"]
ROWS = ["Pain | 3.1 (1.2) | 4.2 (1.3)", "Sleep quality | 6.5 (2.2) | 7.1 (2.0)"]


def _result(made: Document, row: int, *flags: str, outcome: str = "pain") -> ExtractedOutcome:
    """The means of a row of the table."""
    cells = [c for c in made.tables[0].cells if c.row == row]
    label, first, second = sorted(cells, key=lambda c: c.column)
    evidence = [
        ValueEvidence(field=name, quotes=(made.quote(cell.start, cell.end),))
        for name, cell in (("mean_intervention", first), ("mean_comparator", second))
    ]
    means = [float(c.text.split()[0]) for c in (first, second)]
    return ExtractedOutcome(
        record_id=made.record_id,
        outcome=outcome,
        reported_as=label.text,
        intervention="acupuncture",
        comparator="sham",
        data=ContinuousData(mean_intervention=means[0], mean_comparator=means[1]),
        evidence=tuple(evidence),
        flags=flags,
        provenance=Provenance(actor=MACHINE, engine="offline"),
    )


def _features(made: Document, *results: ExtractedOutcome) -> list[dict[str, float]]:
    rows = sureness_features(ASKED, made, results, named_encoder("static"))
    return [dict(zip(SURENESS_FEATURES, row, strict=True)) for row in rows.tolist()]


def test_the_row_asked_for_is_told_from_its_neighbour(tmp_path: Path) -> None:
    made = document(tmp_path, HEAD, ROWS)
    right, other = _features(made, _result(made, 1), _result(made, 2))
    assert right["coverage"] == 1 and other["coverage"] == 0
    assert right["lead"] > 0 > other["lead"]
    assert right["cos_label"] > other["cos_label"]
    assert right["head_contrast"] > 1 and right["in_order"] == 1 == right["same_row"]
    chances = load_model().probabilities(np.array([list(f.values()) for f in (right, other)]))
    assert chances[0] > load_model().threshold and chances[0] > chances[1]


def test_times_changes_and_arms_that_do_not_agree_are_told(tmp_path: Path) -> None:
    made = document(tmp_path, HEAD, ["Change in pain | 3.1 (1.2) | 4.2 (1.3)"])
    (found,) = _features(made, _result(made, 1))
    assert found["change_unasked"] == 1
    swapped = Asked("pain", "sham", "acupuncture", ())
    rows = sureness_features(swapped, made, [_result(made, 1)], named_encoder("static"))
    turned = dict(zip(SURENESS_FEATURES, rows[0].tolist(), strict=True))
    assert turned["name_contrast"] == -found["name_contrast"] < 0


def _sure(monkeypatch: pytest.MonkeyPatch, *chances: float) -> None:
    """A model that says these probabilities, threshold one half."""

    class Said(SurenessModel):
        def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
            assert len(features) == len(chances)
            return np.array(chances)

    nodes = {n: np.array([], dtype=int) for n in ("roots", "feature", "left", "right")}
    model = Said(first=0, threshold=0.5, split=np.array([]), value=np.array([]), **nodes)
    monkeypatch.setattr(sureness, "load_model", lambda: model)


def test_a_flagged_result_that_is_not_sure_becomes_a_proposal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = document(tmp_path, HEAD, ROWS)
    found = [_result(made, 1, "doubt"), _result(made, 2, "doubt"), _result(made, 2)]
    _sure(monkeypatch, 0.9, 0.42, 0.1)
    given, doubtful, plain = given_and_proposed(Candidates(ASKED, found, []), made)
    assert given == found[0] and plain == found[2]  # what carries no flag is given
    assert doubtful.flags == (f"{PROPOSAL}: about 4 in 10 found like this are right", "doubt")
    assert is_proposal(doubtful) and not is_proposal(given)


def test_the_surest_row_is_given_only_where_the_rules_give_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = document(tmp_path, HEAD, [*ROWS, "Pain intensity | 3.3 (1.2) | 4.4 (1.3)"])
    one, two, three = (_result(made, row, "doubt") for row in (1, 2, 3))
    _sure(monkeypatch, 0.3, 0.8, 0.7)
    first, chosen = given_and_proposed(Candidates(ASKED, [one], [three, two]), made)
    assert is_proposal(first)
    assert chosen.reported_as == "Pain intensity" and chosen.flags[0].startswith("chosen by")
    _sure(monkeypatch, 0.6, 0.49)
    assert given_and_proposed(Candidates(ASKED, [one], [three]), made) == [one]
    _sure(monkeypatch, 0.3)
    (shown,) = given_and_proposed(Candidates(ASKED, [], [three]), made)
    assert is_proposal(shown) and shown.data == three.data
    _sure(monkeypatch, 0.1)
    assert given_and_proposed(Candidates(ASKED, [], [three]), made) == []
    _sure(monkeypatch, 0.9)
    assert given_and_proposed(Candidates(ASKED, [three], [three]), made) == [three]


def test_a_row_that_says_another_outcome_is_neither_given_nor_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = document(tmp_path, HEAD, ["Severe pain | 3.1 (1.2) | 4.2 (1.3)"])
    result = _result(made, 1, "doubt")
    rows = sureness_features(ASKED, made, [result], named_encoder("static"))
    assert contradicting(rows).tolist() == [True]
    _sure(monkeypatch, 0.9)
    assert given_and_proposed(Candidates(ASKED, [], [result]), made) == []


def test_a_proposal_comes_last_and_is_not_pooled(tmp_path: Path) -> None:
    made = document(tmp_path, HEAD, ROWS)
    complete = ContinuousData(
        mean_intervention=1, sd_intervention=1, n_intervention=9,
        mean_comparator=2, sd_comparator=1, n_comparator=9,
    )  # fmt: skip
    proposal = proposed(0.3, _result(made, 1).model_copy(update={"data": complete}))
    flagged = _result(made, 2, "doubt")
    assert preferred_result("pain", "sham", [proposal, flagged]) == flagged
    alone = select_result("pain", "sham", [proposal], "Study 1")
    assert alone is not None and alone.note.startswith("not pooled until a person has looked")


def test_trees_are_walked_and_survive_a_file(tmp_path: Path) -> None:
    model = SurenessModel(
        first=0.5, threshold=0.4,
        roots=np.array([0, 3]), feature=np.array([1, -1, -1, -1]),
        split=np.array([2.0, 0, 0, 0]), left=np.array([1, 0, 0, 0]), right=np.array([2, 0, 0, 0]),
        value=np.array([0, -1.0, 1.0, 0.25]),
    )  # fmt: skip
    features = np.zeros((3, len(SURENESS_FEATURES)))
    features[:, 1] = (1, 2, 3)
    expected = 1 / (1 + np.exp(-np.array([-0.25, -0.25, 1.75])))
    assert model.probabilities(features) == pytest.approx(expected)
    save_model(model, tmp_path / "model.npz")
    again = read_model(tmp_path / "model.npz")
    assert again.probabilities(features) == pytest.approx(expected)
    assert again.threshold == 0.4
    assert model.probabilities(features[:0]).shape == (0,)


def test_a_model_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(b"no archive")
    with pytest.raises(SourceError, match=r"data/heads_results/train\.py"):
        read_model(tmp_path / "model.npz")
