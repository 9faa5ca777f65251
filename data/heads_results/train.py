"""Makes the model of sureness from labelled result tables.

Run from the project's root:

    python -m data.heads_results.train --read FRESH_LABELS --version COMMIT
    python -m data.heads_results.train --cross-validate
    python -m data.heads_results.train --fit

`--read` extracts every candidate for the labels' questions by the present rules and adds them to
candidates.npz. The labels must be fresh: rules that were written on a table err less there than on
an article that nobody has looked at, and the model would learn to trust them. `--fit` boosts small
trees (Friedman 2001) on all candidates of the kind of data that was asked for; a candidate is right
when all its numbers are the reader's.
`--cross-validate` prints what the threshold was chosen by, each article predicted by the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.heads_results.candidates import (
    CANDIDATES_FILE,
    FOLDER,
    Floats,
    Table,
    joined,
    read_candidates,
    read_table,
    save_table,
)
from evidence.extraction.sureness import contradicting
from evidence.extraction.sureness_trees import MODEL_FILE, SurenessModel, save_model
from evidence.extraction.withholding import tied, untimed
from retrievers.calibration import hoeffding_bentkus_p_value

THRESHOLD = 0.65
_TREES, _DEPTH, _RATE, _SHARE, _LEAST_LEAF, _COLUMNS = 120, 3, 0.06, 0.7, 12, 0.3
_FOLDS, _SEEDS = 8, (0, 1, 2)
_THRESHOLDS = (0.0, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
_ALPHA = 0.1
# Versions of the rules by the parts that they had not seen, and the numbers of the readers there.
_WANTED = {
    ("88f006d", "A"): 1322,
    ("1d89651", "B"): 569,
    ("a952a7b", "C"): 896,
    ("d46dede", "D"): 1974,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Read candidates, fit the model, or print the figures of the cross-validation."""
    parser = argparse.ArgumentParser(prog="python -m data.heads_results.train")
    parser.add_argument("--read", type=Path, metavar="LABELS")
    parser.add_argument("--version", help="the commit of the rules that read them")
    parser.add_argument("--cross-validate", action="store_true")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    if options.read is not None and not options.version:
        parser.error("--read needs --version: the rules that had not seen these labels")
    if options.read is not None:
        fresh = read_candidates(options.read, options.version)
        both = joined([read_table(FOLDER / CANDIDATES_FILE), fresh])
        save_table(both, options.out / CANDIDATES_FILE)
    table = read_table(FOLDER / CANDIDATES_FILE)
    if options.cross_validate:
        cross_validate(table)
    if options.fit:
        save_model(fitted(table), options.out / MODEL_FILE)
    return 0


def fitted(table: Table, threshold: float = THRESHOLD) -> SurenessModel:
    """Boosted trees for whether a candidate is right, as plain arrays."""
    from sklearn.ensemble import GradientBoostingClassifier

    boosted = GradientBoostingClassifier(
        n_estimators=_TREES, max_depth=_DEPTH, learning_rate=_RATE, subsample=_SHARE,
        min_samples_leaf=_LEAST_LEAF, max_features=_COLUMNS, random_state=0,
    )  # fmt: skip
    boosted.fit(table.features, table.is_right)
    share = float(table.is_right.mean())
    roots, blocks, n_nodes = [], [], 0
    for tree in (stage[0].tree_ for stage in boosted.estimators_):
        roots.append(n_nodes)
        inner = tree.children_left >= 0
        blocks.append(
            np.column_stack(
                (
                    np.where(inner, tree.feature, -1), tree.threshold,
                    tree.children_left + n_nodes, tree.children_right + n_nodes,
                    _RATE * tree.value[:, 0, 0],
                )
            )
        )  # fmt: skip
        n_nodes += len(inner)
    nodes = np.concatenate(blocks)
    whole = {name: nodes[:, column].astype(np.int64) for name, column in
             (("feature", 0), ("left", 2), ("right", 3))}  # fmt: skip
    return SurenessModel(
        first=float(np.log(share / (1 - share))),
        threshold=threshold,
        roots=np.array(roots),
        split=nodes[:, 1],
        value=nodes[:, 4],
        **whole,
    )


def cross_validate(table: Table) -> None:
    """Print precision, recall and reliability, each article predicted by a model of the others.

    The folds are drawn three times; figures are means. The p-value is of "the mean share of wrong
    numbers of an article is above a tenth" (Hoeffding and Bentkus; the unit is the article).
    """
    draws = [_out_of_fold(table, seed) for seed in _SEEDS]
    parts = [
        (f"{rules} {part}", (table.rules == rules) & (table.part == part), wanted)
        for (rules, part), wanted in _WANTED.items()
    ]
    parts.append(("all", np.full(len(table.part), True), sum(_WANTED.values())))
    for name, rows, wanted in parts:
        kept = table.where(rows)
        chances = [draw[rows] for draw in draws]
        gaps = [_reliability(kept.is_right, c) for c in chances]
        brier, error = np.mean(gaps, axis=0)
        print(f"{name}: {rows.sum()} candidates, Brier {brier:.3f}, ECE {error:.3f}")
        print(f"  rules alone {_figures(kept, _by_rules(kept), wanted)}")
        for threshold in _THRESHOLDS:
            told = [_figures(kept, _given(kept, c, threshold), wanted) for c in chances]
            print(f"  from {threshold:.2f}   {_mean(told)}")


def _out_of_fold(table: Table, seed: int, n_folds: int = _FOLDS) -> Floats:
    articles = np.unique(table.article)
    drawn = np.random.default_rng(seed).permutation(len(articles)) % n_folds
    fold_of = dict(zip(articles.tolist(), drawn.tolist(), strict=True))
    folds = np.array([fold_of[a] for a in table.article.tolist()])
    chances = np.zeros(len(folds))
    for fold in range(n_folds):
        mine = folds == fold
        model = fitted(table.where(~mine))
        chances[mine] = model.probabilities(table.features[mine].astype(np.float64))
    return chances


def _given(table: Table, chances: Floats, threshold: float) -> list[int]:
    """The candidate given for each question: the surest that the rules chose, else the surest."""
    rows = []
    clear = table.found & ~table.flagged
    against = contradicting(table.features) & ~table.found
    against |= table.contradicted | untimed(table.features)
    for question in dict.fromkeys(table.question.tolist()):
        mine = np.flatnonzero(table.question == question)
        close = tied(table.setting[mine].tolist(), table.numbers[mine].tolist(), chances[mine])
        sure = mine[(chances[mine] >= threshold) & ~against[mine] & ~close | clear[mine]]
        pool = sure[table.found[sure]] if table.found[sure].any() else sure
        if len(pool):
            rows.append(int(pool[np.argmax(chances[pool])]))
    return rows


def _by_rules(table: Table) -> list[int]:
    """The candidate that the rules alone give for each question: the first that they chose."""
    first: dict[str, int] = {}
    for row in np.flatnonzero(table.found).tolist():
        first.setdefault(str(table.question[row]), row)
    return list(first.values())


class Figures(NamedTuple):
    """Precision and recall over numbers, numbers and results given, the p-value over articles."""

    precision: float
    recall: float
    numbers: float
    results: float
    p_value: float

    def __str__(self) -> str:
        """A line of the table."""
        return (
            f"precision {self.precision:.3f} recall {self.recall:.3f} of {self.numbers:.0f} numbers"
            f" in {self.results:.0f} results, p {self.p_value:.2f}"
        )


def _figures(table: Table, given: list[int], wanted: int) -> Figures:
    right, wrong = table.right[given], table.wrong[given]
    shares = [
        wrong[mine].sum() / (right[mine] + wrong[mine]).sum()
        for a in np.unique(table.article[given])
        if (right[mine := table.article[given] == a] + wrong[mine]).sum()
    ]
    n = int((right + wrong).sum())
    p_value = hoeffding_bentkus_p_value(float(np.mean(shares)), len(shares), _ALPHA)
    return Figures(float(right.sum()) / n, float(right.sum()) / wanted, n, len(given), p_value)


def _mean(told: list[Figures]) -> Figures:
    return Figures(*np.mean(np.array(told), axis=0).tolist())


def _reliability(is_right: NDArray[np.bool_], chances: Floats) -> tuple[float, float]:
    """Brier score and the expected calibration error over ten bins."""
    bins = np.minimum((chances * 10).astype(int), 9)
    error = sum(
        abs(chances[bins == b].mean() - is_right[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    )
    return float(np.mean((chances - is_right) ** 2)), float(error)


if __name__ == "__main__":
    sys.exit(main())
