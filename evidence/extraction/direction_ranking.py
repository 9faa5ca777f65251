"""Which sentences of an article answer a question about a direction of effect: their features.

The features are numbers of a stated meaning; the weights over them are learned by
data/heads_direction/train.py.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evidence.extraction.direction_cues import CUE_PATTERNS
from evidence.extraction.direction_text import SECTION_KINDS, ReadArticle, ReadSentence, Roles
from indexers.encoder import Encoder

Array = NDArray[np.float64]
_BM25_K1, _BM25_B = 1.2, 0.75
_CUES = tuple(CUE_PATTERNS)
RANKING_FEATURES = (
    *("outcome_share", "outcome_rarest", "intervention_share", "comparator_share", "shared_share"),
    *("bm25_outcome", "bm25_all", "bm25_best", "outcome_best", "outcome_full"),
    *("both_arms", "any_arm", "outcome_and_arm", "previous_outcome", "heading_outcome"),
    *("cosine_outcome", "cosine_all", "cosine_best", "cosine_before"),
    *("length", "length_squared", "numbers", "place", "in_abstract"),
    *(f"section_{kind}" for kind in SECTION_KINDS),
    *(f"cue_{name}" for name in _CUES),
    *(f"outcome_with_{name}" for name in _CUES),
)


def ranking_features(
    article: ReadArticle,
    roles: Roles,
    question: tuple[str, str, str],
    encoder: Encoder,
    vectors: NDArray[np.float32],
) -> Array:
    """Features [n_sentences, n_features] in the order of `RANKING_FEATURES`.

    Args:
        article: What is read; it has at least one sentence.
        roles: The question's words.
        question: Intervention, comparator and outcome in words.
        encoder: Makes the vectors of the question.
        vectors: [n_sentences, dimension] of the sentences' texts by the same encoder.
    """
    read = article.sentences
    asked = roles.intervention | roles.comparator | roles.outcome | roles.shared
    share_o = _shares(article, roles.outcome)
    share_i, share_c = _shares(article, roles.intervention), _shares(article, roles.comparator)
    bm25_o, bm25_all = bm25(article, roles.outcome), bm25(article, asked)
    intervention, comparator, outcome = question
    texts = [outcome, f"{intervention} {comparator} {outcome}"]
    cosine = vectors.astype(np.float64) @ encoder.encode(texts).astype(np.float64).T
    cues = np.array([cue_row(s.text) for s in read])
    length = np.array([math_log(len(s.words)) for s in read])
    near = (share_o > 0) & ((share_i > 0) | (share_c > 0))
    columns = [
        share_o, _rarest(article, roles.outcome), share_i, share_c, _shares(article, roles.shared),
        bm25_o, bm25_all, _relative(bm25_all), _relative(bm25_o), share_o > 0.99,
        (share_i > 0) & (share_c > 0), (share_i > 0) | (share_c > 0), near,
        np.concatenate([[0.0], share_o[:-1]]), np.zeros(len(read)),
        cosine[:, 0], cosine[:, 1], _relative(cosine[:, 1]),
        np.concatenate([[0.0], cosine[:-1, 0]]),
        length, length**2, [_numbers(s) for s in read],
        np.arange(len(read)) / len(read), [s.in_abstract for s in read],
        *([s.kind == kind for s in read] for kind in SECTION_KINDS),
        *cues.T,
        *(cues * share_o[:, None]).T,
    ]  # fmt: skip
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def bm25(article: ReadArticle, asked: frozenset[str]) -> Array:
    """BM25 of each sentence for the words asked (Robertson & Zaragoza 2009), within the article."""
    sizes = np.array([len(s.words) for s in article.sentences], dtype=np.float64)
    norm = _BM25_K1 * (1 - _BM25_B + _BM25_B * sizes / sizes.mean())
    scores = np.zeros(len(sizes))
    for row, sentence in enumerate(article.sentences):
        hits = sorted(sentence.bag & asked)
        if hits:
            folded = [w.folded for w in sentence.words]
            for word in hits:
                n = folded.count(word)
                scores[row] += article.rarity[word] * n * (_BM25_K1 + 1) / (n + norm[row])
    return scores


def _shares(article: ReadArticle, asked: frozenset[str]) -> Array:
    """The share of the words asked, weighted by rarity, that each sentence has."""
    most = max(article.rarity.values())
    weights = {word: article.rarity.get(word, most) for word in sorted(asked)}
    total = sum(weights.values()) or 1.0
    return np.array(
        [sum(weights[w] for w in sorted(s.bag & asked)) / total for s in article.sentences]
    )


def _rarest(article: ReadArticle, asked: frozenset[str]) -> Array:
    most = max(article.rarity.values())
    return np.array(
        [
            max((article.rarity[w] for w in s.bag & asked), default=0.0) / most
            for s in article.sentences
        ]
    )


def _relative(values: Array) -> Array:
    """Values as shares of the article's highest."""
    high = float(values.max())
    return values / high if high > 0 else values


def math_log(n: int) -> float:
    """Words of a sentence on a scale on which ten more of many say little."""
    return float(np.log(n) / 3)


def _numbers(sentence: ReadSentence) -> float:
    return min(sum(w.folded[0].isdigit() for w in sentence.words), 12) / 6


@lru_cache(maxsize=4096)
def cue_row(text: str) -> tuple[float, ...]:
    """Whether a text has each sort of cue; all outcomes of a question ask the same sentences."""
    return tuple(float(pattern.search(text) is not None) for pattern in CUE_PATTERNS.values())
