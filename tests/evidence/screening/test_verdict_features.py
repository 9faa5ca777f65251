from __future__ import annotations

import numpy as np
import pytest

from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.screening.verdict_features import verdict_features, zero_label_score
from indexers.records import Record

QUESTION = ClinicalQuestion(
    text="In adults with migraine, do triptans relieve headache better than placebo?"
)
ELIGIBLE = Record(
    record_id="trial",
    source="test",
    title="Sumatriptan versus placebo for acute migraine: a randomised trial",
    abstract="Methods: 200 adults with migraine were randomised to sumatriptan or placebo.",
    publication_types=("Randomized Controlled Trial",),
    mesh=("Humans", "Migraine Disorders", "Sumatriptan"),
)
OTHER = Record(
    record_id="other",
    source="test",
    title="Statins in rats",
    abstract="Methods: Wistar rats were given atorvastatin.",
    mesh=("Animals", "Rats, Wistar"),
)
BARE = Record(record_id="bare", source="test", title="Migraine in general practice")


def test_every_column_says_what_its_name_says() -> None:
    features = verdict_features(QUESTION, [ELIGIBLE, OTHER, BARE])
    assert features.matrix.shape == (3, len(features.names))
    assert features.matrix.dtype == np.float32
    assert len(set(features.names)) == len(features.names)

    def column(name: str) -> list[float]:
        return features.column(name).round(3).tolist()

    assert column("verdict.population") == [1, -1, 1]
    assert column("verdict.intervention") == [1, -1, 0]
    assert column("title.population") == [1, 0, 1]
    assert column("title.intervention") == [1, 0, 0]
    assert column("named.intervention") == pytest.approx([np.log(3), 0, 0], abs=1e-3)
    assert column("heading.population") == [1, 0, 0]
    assert column("concepts") == [1, 0, 0.5]
    assert column("design.randomised") == [1, 0, 0]
    assert column("design.animal") == [0, 1, 0]
    assert column("controlled") == [1, 0, 0]
    assert column("other_people") == [0, 1, 0]
    assert column("type.randomised") == [1, 0, 0]
    assert column("animals_only") == [0, 1, 0]
    assert column("abstract") == [1, 1, 0]


def test_the_eligible_record_comes_first_before_anyone_has_screened() -> None:
    score = zero_label_score(verdict_features(QUESTION, [OTHER, BARE, ELIGIBLE]))
    assert np.argsort(-score).tolist() == [2, 1, 0]


def test_a_question_that_no_grammar_reads_still_has_its_concepts() -> None:
    asked = ClinicalQuestion(text="What non-human animal models of depression have been used?")
    features = verdict_features(asked, [OTHER, BARE])
    assert not any(name.startswith("verdict.") for name in features.names)
    assert features.column("named.other").tolist()[0] > 0
    assert np.isfinite(zero_label_score(features)).all()


def test_a_question_that_names_nothing_and_a_project_without_records() -> None:
    features = verdict_features(ClinicalQuestion(text="Does it work?"), [BARE])
    assert features.column("concepts").tolist() == [0.0]
    assert verdict_features(QUESTION, []).matrix.shape[0] == 0
    with pytest.raises(KeyError):
        features.column("label")


def test_the_criteria_of_the_question_are_used_as_they_are() -> None:
    own = EligibilityCriterion(criterion_id="own", kind="exclusion", text="A study protocol.")
    features = verdict_features(
        QUESTION.model_copy(update={"criteria": (own,)}),
        [
            ELIGIBLE,
            ELIGIBLE.model_copy(update={"title": "Sumatriptan: study protocol for a trial"}),
        ],
    )
    assert features.column("verdict.own").tolist() == [1.0, -1.0]
    assert "verdict.population" not in features.names
