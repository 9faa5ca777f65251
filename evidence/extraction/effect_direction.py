"""Which way an outcome went with an intervention against a comparator, and where that is said.

First the document's sentences are ranked for the question, then the direction is read from the
best of them, each weighted by the square root of its share of the ranking. Both heads are linear;
their weights are in data/heads_direction and its README is their card. Everything is offline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from evidence.extraction.direction_heads import LABELS, DirectionHeads, load_heads
from evidence.extraction.direction_ngrams import direction_features
from evidence.extraction.direction_ranking import ranking_features
from evidence.extraction.direction_text import ReadArticle, Roles, read_article, roles_of
from evidence.extraction.wording import Span
from evidence.findings import OutcomeDirection
from indexers.encoder import Encoder
from indexers.records import Document, Quote

SENTENCES_READ = 6
_SMOOTHED = 0.02


@dataclass(frozen=True)
class EffectDirection:
    """A direction, towards the intervention, with its evidence; a person can overrule it.

    Attributes:
        direction: `increased`: the outcome is significantly higher with the intervention;
            `unclear` where no sentence among the best names a word of the outcome.
        quotes: The best sentences, best first; empty when unclear.
        quote_scores: The share of the ranking that each quote has, in [0, 1].
        scores: The probability of each direction, made to come true as often as it says on
            articles that the heads did not learn from; empty when unclear.
    """

    direction: OutcomeDirection
    quotes: tuple[Quote, ...]
    quote_scores: tuple[float, ...]
    scores: dict[str, float]


UNCLEAR = EffectDirection("unclear", (), (), {})


def effect_direction(
    document: Document, intervention: str, comparator: str, outcome: str
) -> EffectDirection:
    """The direction of an effect as the document tells it, or `unclear`.

    Questions about one document share its reading when they are asked one after the other.

    Raises:
        SourceError: The weights are missing or damaged.
    """
    article, heads = read_article(document), load_heads()
    if not article.sentences or not outcome.strip():
        return UNCLEAR
    roles = roles_of(article, intervention, comparator, outcome)
    chance = _ranked(document, article, roles, (intervention, comparator, outcome), heads)
    best = [int(row) for row in np.argsort(-chance, kind="stable")[:SENTENCES_READ]]
    if not any(article.sentences[row].bag & roles.outcome for row in best):
        return UNCLEAR
    each = _read_each(article, roles, outcome, best, heads)
    share = chance[best]
    mixed = heads.pooled(share, each)
    spans = [article.sentences[row].span for row in best]
    return EffectDirection(
        direction=LABELS[int(mixed.argmax())],
        quotes=tuple(document.quote(span.start, span.end) for span in spans),
        quote_scores=tuple(round(float(c), 6) for c in share),
        scores=_named(mixed),
    )


def direction_in_sentences(
    document: Document,
    intervention: str,
    comparator: str,
    outcome: str,
    places: Sequence[tuple[int, int]],
) -> EffectDirection:
    """The direction that given stretches of a document tell (what a person marked, say).

    A sentence belongs to a stretch when half of the shorter of the two lies in the other.
    """
    article, heads = read_article(document), load_heads()
    chosen = [
        row
        for row, sentence in enumerate(article.sentences)
        if any(overlaps(sentence.span, place) for place in places)
    ]
    if not chosen:
        return UNCLEAR
    roles = roles_of(article, intervention, comparator, outcome)
    each = _read_each(article, roles, outcome, chosen, heads)
    mixed = np.exp(np.log(each + _SMOOTHED).sum(axis=0))
    mixed /= mixed.sum()
    spans = [article.sentences[row].span for row in chosen]
    return EffectDirection(
        direction=LABELS[int(mixed.argmax())],
        quotes=tuple(document.quote(span.start, span.end) for span in spans),
        quote_scores=tuple(1.0 for _ in spans),
        scores=_named(mixed),
    )


def overlaps(span: Span, place: tuple[int, int]) -> bool:
    """Whether at least half of the shorter stretch lies in the other."""
    common = min(span.end, place[1]) - max(span.start, place[0])
    return common > 0 and 2 * common >= min(span.end - span.start, place[1] - place[0])


def _ranked(
    document: Document,
    article: ReadArticle,
    roles: Roles,
    question: tuple[str, str, str],
    heads: DirectionHeads,
) -> NDArray[np.float64]:
    """Each sentence's share of the ranking [n_sentences]; shares add to 1."""
    vectors = _vectors(document)
    features = ranking_features(article, roles, question, direction_encoder(), vectors)
    scores = heads.rank(features)
    chance = np.exp(scores - scores.max())
    shares: NDArray[np.float64] = chance / chance.sum()
    return shares


def _read_each(
    article: ReadArticle, roles: Roles, outcome: str, rows: Sequence[int], heads: DirectionHeads
) -> NDArray[np.float64]:
    """Probabilities [n_rows, n_labels]."""
    read = [direction_features(article.sentences[row], roles, outcome) for row in rows]
    return heads.probabilities(read)


def _named(mixed: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(float(p), 6) for name, p in zip(LABELS, mixed, strict=True)}


@cache
def direction_encoder() -> Encoder:
    """The encoder whose cosines are among the features of a sentence."""
    from indexers.encoders import named_encoder

    return named_encoder("static")


@lru_cache(maxsize=4)
def _vectors(document: Document) -> NDArray[np.float32]:
    return direction_encoder().encode([s.text for s in read_article(document).sentences])
