"""Makes the heads of the direction of an effect from Evidence Inference's training articles.

Run from the project's root; only the training split is read:

    python -m data.heads_direction.train FOLDER_OF_EVIDENCE_INFERENCE --out data/heads_direction
    python -m data.heads_direction.train FOLDER_OF_EVIDENCE_INFERENCE --cross-validate

The ranking head minimises the listwise cross-entropy of the gold sentences among all sentences of
their article (Cao et al. 2007, ListNet's top-one loss with several right answers). The direction
head is a multinomial logistic regression on gold sentences and on those that the ranking head,
trained on other articles, puts first; every sentence is read a second time from the comparator's
side, with its label turned. The sharpness of the pooled probabilities minimises their log loss on
prompts of articles that neither head learnt from (temperature scaling, Guo et al. 2017).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.calibration_curves import calibration_figures
from eval.evidence_inference import DirectionData, load_directions
from evidence.extraction.direction_heads import (
    HEADS_FILE,
    LABELS,
    MOST_STANDARD_DEVIATIONS,
    DirectionHeads,
    save_heads,
)
from evidence.extraction.direction_ngrams import direction_features, turned
from evidence.extraction.direction_ranking import ranking_features
from evidence.extraction.direction_text import ReadArticle, Roles, read_article, roles_of
from evidence.extraction.effect_direction import SENTENCES_READ, direction_encoder, overlaps

_FOLDS, _STEPS, _BATCH = 4, 150, 96
_LEARNING_RATE, _WEIGHT_DECAY = 5e-3, 1e-2
_PENALTY, _RANKED_WEIGHT, _TURNED_WEIGHT = 0.1, 0.5, 0.5
_LEAST_SHARE, _LEARNT_RANKS, _LEAST_COUNT = 0.15, 3, 3
_SHARPNESSES = (0.2, 5.0)
_TURNED_LABEL = {0: 1, 1: 0, 2: 2}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A prompt with its article's sentences: features [n_sentences, n_features], gold or not."""

    outcome: str
    label: int
    article: ReadArticle
    roles: Roles
    features: NDArray[np.float32]
    gold: NDArray[np.bool_]
    fold: int


@dataclass(frozen=True)
class Row:
    """A sentence that the direction head learns from or is asked about."""

    example: int
    share: float
    rank: int
    gold: bool
    read: dict[str, float]
    read_turned: dict[str, float] | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write the weights, or print the figures of the cross-validation."""
    parser = argparse.ArgumentParser(prog="python -m data.heads_direction.train")
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("data/heads_direction"))
    parser.add_argument("--cross-validate", action="store_true")
    options = parser.parse_args(arguments)
    data = load_directions(options.data, "train")
    if data.failures:
        told = next(iter(data.failures.values()))
        sys.exit(f"{told} (rows and lines that cannot be read: {len(data.failures)}; mend them)")
    examples = read_examples(data)
    print(f"{len(examples)} prompts, {len({id(e.article) for e in examples})} articles")
    held = _held_out_scores(examples)
    rows = _rows(examples, held)
    pooled = _held_out_probabilities(examples, rows)
    if options.cross_validate:
        _print_folds(examples, held, pooled)
        return 0
    mean, sd = _standard(examples)
    ranked = _train_ranking(examples, mean, sd)
    names, weights, bias = _train_direction(examples, rows)
    sharpness = fitted_sharpness(pooled, np.array([e.label for e in examples]))
    heads = DirectionHeads(mean, sd, ranked, names, weights, bias, sharpness)
    save_heads(heads, options.out / HEADS_FILE)
    print(f"{len(names)} names; written to {options.out / HEADS_FILE}")
    return 0


def read_examples(data: DirectionData) -> list[Example]:
    """Every prompt's features; articles are dealt to the folds at random."""
    articles = sorted({p.article_id for p in data.prompts})
    order = np.random.default_rng(0).permutation(len(articles))
    folds = {articles[place]: n % _FOLDS for n, place in enumerate(order)}
    encoder = direction_encoder()
    found = []
    before = None
    for p in data.prompts:
        article = read_article(data.documents[p.article_id])
        if p.article_id != before:
            vectors = encoder.encode([s.text for s in article.sentences])
            before = p.article_id
        roles = roles_of(article, p.intervention, p.comparator, p.outcome)
        question = (p.intervention, p.comparator, p.outcome)
        features = ranking_features(article, roles, question, encoder, vectors)
        gold = [any(overlaps(s.span, e) for e in p.evidence) for s in article.sentences]
        label = [str(name) for name in LABELS].index(p.label)
        found.append(
            Example(
                p.outcome, label, article, roles, features.astype(np.float32),
                np.array(gold), folds[p.article_id],
            )
        )  # fmt: skip
    return found


def _standard(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    every = np.concatenate([e.features for e in examples]).astype(np.float64)
    return every.mean(axis=0), every.std(axis=0) + 1e-6


def _train_ranking(examples: Sequence[Example], mean: Floats, sd: Floats) -> Floats:
    import torch

    torch.manual_seed(0)
    most = MOST_STANDARD_DEVIATIONS
    usable = [e for e in examples if e.gold.any()]
    inputs = [
        torch.tensor(np.clip((e.features - mean) / sd, -most, most), dtype=torch.float32)
        for e in usable
    ]
    weights = torch.zeros(len(mean), requires_grad=True)
    optimiser = torch.optim.AdamW([weights], lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    random = np.random.default_rng(0)
    for _ in range(_STEPS):
        chosen = random.choice(len(usable), min(_BATCH, len(usable)), replace=False)
        scores = torch.cat([inputs[i] for i in chosen]) @ weights
        parts = torch.split(scores, [len(inputs[i]) for i in chosen])
        losses = [
            torch.logsumexp(part, 0) - torch.logsumexp(part[torch.tensor(usable[i].gold)], 0)
            for part, i in zip(parts, chosen, strict=True)
        ]
        optimiser.zero_grad()
        torch.stack(losses).mean().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return np.asarray(weights.detach().numpy(), dtype=np.float64)


def _held_out_scores(examples: Sequence[Example]) -> list[Floats]:
    """Shares of the ranking for each prompt, from a head that saw none of its fold."""
    found: list[Floats] = [np.zeros(0)] * len(examples)
    most = MOST_STANDARD_DEVIATIONS
    for fold in range(_FOLDS):
        others = [e for e in examples if e.fold != fold]
        mean, sd = _standard(others)
        weights = _train_ranking(others, mean, sd)
        for i, e in enumerate(examples):
            if e.fold == fold:
                scores = np.clip((e.features - mean) / sd, -most, most) @ weights
                chance = np.exp(scores - scores.max())
                found[i] = chance / chance.sum()
    return found


def _rows(examples: Sequence[Example], held: Sequence[Floats]) -> list[Row]:
    rows = []
    for i, (e, chance) in enumerate(zip(examples, held, strict=True)):
        top = [int(at) for at in np.argsort(-chance, kind="stable")[:SENTENCES_READ]]
        for at in sorted({*top, *(int(g) for g in np.flatnonzero(e.gold))}):
            sentence = e.article.sentences[at]
            read = direction_features(sentence, e.roles, e.outcome)
            named = "d:has_I" in read or "d:has_C" in read
            other = direction_features(sentence, turned(e.roles), e.outcome) if named else None
            rank = top.index(at) if at in top else -1
            rows.append(Row(i, float(chance[at]), rank, bool(e.gold[at]), read, other))
    return rows


def _train_direction(
    examples: Sequence[Example], rows: Sequence[Row], left_out: int | None = None
) -> tuple[tuple[str, ...], Floats, Floats]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    read, labels, weights = [], [], []
    for row in rows:
        ranked = 0 <= row.rank < _LEARNT_RANKS and row.share > _LEAST_SHARE
        if examples[row.example].fold == left_out or not (row.gold or ranked):
            continue
        weight = 1.0 if row.gold else _RANKED_WEIGHT * row.share
        label = examples[row.example].label
        read.append(row.read)
        labels.append(label)
        weights.append(weight)
        if row.read_turned is not None:
            read.append(row.read_turned)
            labels.append(_TURNED_LABEL[label])
            weights.append(_TURNED_WEIGHT * weight)
    counts = Counter(name for features in read for name in features)
    kept = [{k: v for k, v in f.items() if counts[k] >= _LEAST_COUNT} for f in read]
    vectoriser = DictVectorizer()
    model = LogisticRegression(C=_PENALTY, max_iter=300, class_weight="balanced")
    model.fit(vectoriser.fit_transform(kept), labels, sample_weight=weights)
    return tuple(vectoriser.get_feature_names_out()), model.coef_, model.intercept_


def _held_out_probabilities(examples: Sequence[Example], rows: Sequence[Row]) -> Floats:
    """What heads that saw none of its fold tell of each prompt [n_prompts, n_labels]; not sharp."""
    pooled = np.zeros((len(examples), len(LABELS)))
    empty = np.zeros(0)
    asked: list[list[Row]] = [[] for _ in examples]
    for row in rows:
        if row.rank >= 0:
            asked[row.example].append(row)
    for fold in range(_FOLDS):
        names, weights, bias = _train_direction(examples, rows, left_out=fold)
        heads = DirectionHeads(empty, empty, empty, names, weights, bias)
        for i, e in enumerate(examples):
            if e.fold == fold:
                shares = np.array([row.share for row in asked[i]])
                pooled[i] = heads.pooled(shares, heads.probabilities([r.read for r in asked[i]]))
    return pooled


def fitted_sharpness(pooled: Floats, labels: NDArray[np.int64]) -> float:
    """The power of the probabilities [n_prompts, n_labels] under which their log loss is least."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    logs = np.log(pooled)
    at = np.arange(len(labels))

    def loss(power: float) -> float:
        return float(-log_softmax(power * logs, axis=1)[at, labels].mean())

    return float(minimize_scalar(loss, bounds=_SHARPNESSES, method="bounded").x)


def _print_folds(examples: Sequence[Example], held: Sequence[Floats], pooled: Floats) -> None:
    """Recall of the evidence, macro-F1 from the whole article and ECE, over the folds together."""
    from sklearn.metrics import f1_score

    labels = np.array([e.label for e in examples])
    folds = np.array([e.fold for e in examples])
    print(f"macro_f1 {f1_score(labels, pooled.argmax(axis=1), average='macro'):.3f}")
    sharp = pooled.copy()
    for fold in range(_FOLDS):
        others = folds != fold
        power = fitted_sharpness(pooled[others], labels[others])
        sharp[~others] = pooled[~others] ** power
    sharp /= sharp.sum(axis=1, keepdims=True)
    right = (sharp.argmax(axis=1) == labels).astype(float)
    told = calibration_figures(sharp.max(axis=1), right)
    print(f"ece_equal_mass {told['ece_equal_mass']:.3f}\nbrier {told['brier']:.3f}")
    for k in (1, 3):
        found = [
            e.gold[np.argsort(-c, kind="stable")[:k]].any()
            for e, c in zip(examples, held, strict=True)
        ]
        print(f"evidence_recall_at_{k} {np.mean(found):.3f}")


if __name__ == "__main__":
    sys.exit(main())
