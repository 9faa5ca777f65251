import numpy as np
import pytest

from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.screening import features as reading
from evidence.screening.features import ScreeningFeatures, read_features
from evidence.screening.report_cues import report_cues
from evidence.screening.term_weights import term_weights
from indexers.records import Record
from indexers.vectors import embedded_text
from tests.indexers.fake_encoder import FakeEncoder

BARE = ClinicalQuestion(text="Does enalapril help adults with heart failure?")
QUESTION = BARE.model_copy(
    update={
        "pico": Pico(
            population="adults with heart failure",
            intervention="enalapril",
            comparator="placebo",
            outcomes=("mortality",),
        ),
        "criteria": (
            EligibilityCriterion(
                criterion_id="population", kind="inclusion", text="Adults with heart failure"
            ),
            EligibilityCriterion(
                criterion_id="design", kind="exclusion", text="Is not a randomised trial"
            ),
        ),
    }
)
WORDS = "enalapril placebo heart failure randomised 120 patients mortality versus rats 12 weeks"


def records(n_records: int) -> list[Record]:
    words = WORDS.split()
    return [
        Record(
            record_id=f"r{n}",
            source="s",
            title=f"{words[n % 9]} {words[n % 7]} in trial{n % 5}",
            abstract=" ".join(words[(n * step) % len(words)] for step in range(1, 12)) + ".",
        )
        for n in range(n_records)
    ]


def same(one: ScreeningFeatures, other: ScreeningFeatures) -> bool:
    words = (one.words != other.words).nnz == 0 and one.words.shape == other.words.shape
    columns = [*one.parts.values(), *one.verdicts.values(), one.zero_shot, one.vectors]
    others = [*other.parts.values(), *other.verdicts.values(), other.zero_shot, other.vectors]
    return words and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(columns, others, strict=True)
    )


@pytest.mark.parametrize("n_records", [1, 12, 70])
def test_the_same_records_have_the_same_features_with_vectors_made_or_given(n_records: int) -> None:
    given = records(n_records)
    encoder = FakeEncoder()
    vectors = encoder.encode([embedded_text(record) for record in given])
    made = read_features(given, QUESTION, encoder)
    assert same(made, read_features(given, QUESTION, encoder))
    encoder.encoded = []
    assert same(made, read_features(given, QUESTION, encoder, vectors))
    assert encoder.encoded == [QUESTION.text]
    total = np.sum(list(made.parts.values()), axis=0)
    assert made.zero_shot == pytest.approx(total, abs=1e-6)
    assert list(made.parts) == ["meaning", "report", "criteria"]
    assert list(made.verdicts) == ["population", "design"]
    assert made.vectors.dtype == made.words.dtype == np.float32


def test_a_single_record_and_a_blank_one_and_one_of_a_word_have_features() -> None:
    blank = Record(record_id="a", source="s", title="")
    word = Record(record_id="b", source="s", title="Enalapril")
    for given in ([], [blank], [word], [blank, word], [blank] * 60, [word] * 60):
        for asked in (QUESTION, BARE, ClinicalQuestion(text="?")):
            found = read_features(given, asked, FakeEncoder())
            assert found.words.shape[0] == len(found.vectors) == len(found.zero_shot) == len(given)
            assert np.isfinite(found.zero_shot).all()
            assert np.isfinite(found.vectors).all()
            assert np.isfinite(found.words.data).all()
    named = read_features([blank, word], QUESTION, FakeEncoder())
    assert named.zero_shot[1] > named.zero_shot[0]


def test_a_question_without_criteria_gets_those_of_its_words() -> None:
    found = read_features(records(3), BARE, FakeEncoder())
    assert "population" in found.verdicts
    assert set(np.unique(np.concatenate(list(found.verdicts.values())))) <= {-1.0, 0.0, 1.0}


def test_the_rules_read_the_nearest_and_say_nothing_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = records(30)
    monkeypatch.setattr(reading, "VERDICTS_AT_MOST", 10)
    found = read_features(given, QUESTION, FakeEncoder())
    unread = np.isnan(found.verdicts["population"])
    assert unread.sum() == 20
    assert found.parts["meaning"][~unread].min() >= found.parts["meaning"][unread].max()
    assert not found.vectors[unread, FakeEncoder().dimension :].any()
    assert set(found.parts["criteria"][unread].tolist()) == {found.parts["criteria"][unread][0]}


def test_progress_tells_of_every_step_and_wrong_vectors_are_refused() -> None:
    told: list[tuple[str, int, int]] = []
    read_features(records(4), QUESTION, FakeEncoder(), None, lambda *step: told.append(step))
    assert told == [("embed", 4, 4), ("verdicts", 4, 4)]
    with pytest.raises(ValueError, match="3 vectors: expected one for each of 4 records"):
        read_features(records(4), QUESTION, FakeEncoder(), np.zeros((3, 64), dtype=np.float32))


def test_some_rows_of_features() -> None:
    whole = read_features(records(5), QUESTION, FakeEncoder())
    some = whole.only(np.array([3, 1]))
    assert some.record_ids == ("r3", "r1")
    assert some.zero_shot.tolist() == whole.zero_shot[[3, 1]].tolist()
    assert (some.words != whole.words[[3, 1]]).nnz == 0
    assert some.verdicts["design"].tolist() == whole.verdicts["design"][[3, 1]].tolist()


@pytest.mark.parametrize("n_texts", [1, 8, 49, 50, 300])
def test_weights_of_terms_are_those_of_scikit_learn(n_texts: int) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    rng = np.random.default_rng(1)
    words = ["Heart", "FAILURE", "é", "β-blocker", "p", "12", "a_b", "x", "-", "naïve", "common"]
    texts = [" ".join([*rng.choice(words, rng.integers(0, 9)), "common"]) for _ in range(n_texts)]
    texts[0] = ""
    texts[-1] = "Alone in one text, heart failure"
    many = n_texts >= 50
    reference = TfidfVectorizer(
        ngram_range=(1, 2),
        sublinear_tf=True,
        min_df=2 if many else 1,
        max_df=0.95 if many else 1.0,
        token_pattern=r"(?u)\b\w\w+\b" if many else r"(?u)\w+",
    )
    assert abs(term_weights(texts) - reference.fit_transform(texts)).max() < 1e-6


def test_texts_without_words_or_with_none_that_tells_them_apart_weigh_nothing() -> None:
    for texts in (["", "-"], ["same text"] * 60, ["a b"] * 60, []):
        weights = term_weights(texts)
        assert weights.shape[0] == len(texts)
        assert np.isfinite(weights.data).all()
    assert term_weights(["same text"] * 60).nnz == 0


@pytest.mark.parametrize(
    ("text", "n_of_each"),
    [
        ("RANDOMIZED, randomly; xrandomised randomization", (3, 0, 0, 0, 0, 0)),
        ("compared versus VS. vs placebos not-placebo xplacebo", (0, 4, 2, 0, 0, 0)),
        ("12 weeks, 6-month, x12 weeks, 3 yearly, 1 year", (0, 0, 0, 3, 0, 0)),
        ("n=12 patients, N = 7, 120 women, 7 men, 123456 men", (0, 0, 0, 0, 3, 0)),
        ("p<0.05 P = .2 sp<0.1 95% CI 95%c.i. Confidence Interval", (0, 0, 0, 0, 0, 5)),
    ],
)
def test_cues_of_a_report(text: str, n_of_each: tuple[int, ...]) -> None:
    from evidence.screening.report_cues import _counts

    assert tuple(_counts(text)) == n_of_each
    assert report_cues([text, "nothing"], [False, False])[0] > 0
    assert report_cues([text] * 2, [True, True]).tolist() == [0, 0]
