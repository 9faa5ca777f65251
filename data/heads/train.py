"""Makes the span heads: population, intervention and outcome on the frozen shipped encoder.

Run from the project's root; `--cache` keeps the encoder's states, which take most of the time:

    python -m data.heads.train --data ebmnlp_dev.txt --out data/heads --cache FOLDER

The first 800 abstracts of the file are learnt from: 720 by gradient, the other 80 choose the epoch
and the factors. The rest is never looked at. Each head is trained on one thread from its own
seed, so a second run on the same machine gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise, product
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from eval.conll import ELEMENTS, LabelledAbstract, read_conll
from evidence.reading.span_heads import text_digest
from evidence.reading.span_network import (
    HeadShape,
    SpanHead,
    batch_of,
    load_head,
    mean_shares,
    save_head,
)
from evidence.reading.span_settings import read_settings
from evidence.reading.word_states import LAYERS, WordStates, word_states
from indexers.array_files import read_arrays
from indexers.encoder import minilm_encoder

N_LEARNT, N_CHOOSING = 800, 80
# Of each head: its seed and its dropout.
HEADS = ((0, 0.3), (1, 0.3), (2, 0.5), (3, 0.5))
EPOCHS, PARTS_PER_STEP, WORDS_PER_PART = 7, 16, 128
LEARNING_RATE, WEIGHT_DECAY, MEAN_DECAY = 3e-3, 1e-2, 0.99
FACTORS = (0.7, 0.85, 1.0, 1.2, 1.4)
INNER, RECURRENT, ENDING = 128, 96, 16

Labels = NDArray[np.int64]


class Learnt(NamedTuple):
    """A text and the class of each of its words."""

    words: WordStates
    labels: Labels


def main() -> None:
    """Read, encode, train the heads, choose the factors, write."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True, help="EBM-NLP as CoNLL")
    parser.add_argument("--out", type=Path, default=Path("data/heads"))
    parser.add_argument("--cache", type=Path, help="a folder that keeps the encoder's states")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    abstracts = read_conll(options.data)
    if len(abstracts) < N_LEARNT:
        sys.exit(f"{options.data}: expected at least {N_LEARNT} abstracts, not {len(abstracts)}")
    options.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        cache = encoded(abstracts, options.cache or Path(temporary))
        train = partial(train_head, cache, options.out)
        with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
            names = list(pool.map(train, *zip(*HEADS, strict=True)))
        choosing = load(cache)[-N_CHOOSING:]
    write_settings(options.out, names, (1.0,) * (len(ELEMENTS) + 1))
    settings = read_settings(options.out)
    torch.set_num_threads(1)
    shares = mean_shares(
        [load_head(options.out / name, settings) for name in names], [t.words for t in choosing]
    )
    factors = best_factors(shares, [text.labels for text in choosing])
    write_settings(options.out, names, factors)
    digests = sorted({text_digest(abstract.text) for abstract in abstracts[:N_LEARNT]})
    (options.out / "trained_on.txt").write_text("".join(f"{d}\n" for d in digests))
    f1 = token_f1(shares, [text.labels for text in choosing], factors)
    print(f"chosen on {N_CHOOSING}: factors {factors}, token F1 {f1.mean():.4f} {f1.round(4)}")


def write_settings(out: Path, names: Sequence[str], factors: Sequence[float]) -> None:
    """Write config.json."""
    settings = {
        "heads": list(names),
        "layers": list(LAYERS),
        "n_inner": INNER,
        "n_recurrent": RECURRENT,
        "n_ending": ENDING,
        "factors": list(factors),
        "encoder_digest": minilm_encoder().digest,
    }
    (out / "config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def encoded(abstracts: Sequence[LabelledAbstract], folder: Path) -> Path:
    """The file of the learnt abstracts' words, states and classes; read again when it is there.

    All texts of the file are encoded, since which texts share a batch moves the last bits; the
    states and labels of those after the first 800 are dropped unseen.
    """
    path = folder / "states.npz"
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    words = word_states(minilm_encoder(), [abstract.text for abstract in abstracts])[:N_LEARNT]
    labels = [classes(a, w) for a, w in zip(abstracts[:N_LEARNT], words, strict=True)]
    columns = {
        name: np.concatenate([getattr(w, name) for w in words]) for name in WordStates._fields
    }
    columns |= {"lengths": np.array([len(x) for x in labels]), "labels": np.concatenate(labels)}
    np.savez(path, allow_pickle=False, **columns)
    return path


def load(path: Path) -> list[Learnt]:
    """The texts of a states file.

    Raises:
        SourceError: The file is missing or damaged.
    """
    names = (*WordStates._fields, "labels", "lengths")
    columns = read_arrays(path, names, "expected the states of words; delete the file")
    edges = [0, *np.cumsum(columns["lengths"]).tolist()]
    return [
        Learnt(WordStates(*(columns[n][a:b] for n in WordStates._fields)), columns["labels"][a:b])
        for a, b in pairwise(edges)
    ]


def classes(abstract: LabelledAbstract, words: WordStates) -> Labels:
    """The class of each word: that of the file's token in which it begins."""
    by_name = {"": 0, **{element: n for n, element in enumerate(ELEMENTS, 1)}}
    of_tokens = np.array([by_name[label] for label in abstract.labels], dtype=np.int64)
    ends = np.cumsum([len(token) + 1 for token in abstract.tokens]) - 1
    return of_tokens[np.searchsorted(ends, words.places[:, 0], side="right")]


def train_head(cache: Path, out: Path, seed: int, dropout: float) -> str:
    """Train one head and write it; the epoch with the highest token F1 on the 80 is kept.

    AdamW with one cycle of the learning rate; what is kept is the running mean of the weights.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    texts = load(cache)
    parts, choosing = in_parts(texts[:-N_CHOOSING]), texts[-N_CHOOSING:]
    shape = HeadShape(texts[0].words.states.shape[1], len(LAYERS), INNER, RECURRENT, ENDING)
    head, mean = SpanHead(shape, dropout), SpanHead(shape).eval()
    mean.load_state_dict(head.state_dict())
    steps = EPOCHS * -(-len(parts) // PARTS_PER_STEP)
    adam = torch.optim.AdamW(head.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, LEARNING_RATE, steps, pct_start=0.15)
    name, best, step = f"pico_{seed}.safetensors", -1.0, 0
    for epoch in range(EPOCHS):
        head.train()
        losses = []
        for batch in batches(parts, random):
            losses.append(one_step(head, adam, batch))
            rate.step()
            step += 1
            follow(mean, head, min(MEAN_DECAY, (1 + step) / (10 + step)))
        shares = mean_shares([mean], [text.words for text in choosing])
        f1 = token_f1(shares, [text.labels for text in choosing], (1.0,) * 4)
        print(
            seed, epoch, f"loss {np.mean(losses):.4f} F1 {f1.mean():.4f} {f1.round(3)}", flush=True
        )
        if f1.mean() > best:
            best = float(f1.mean())
            save_head(mean, out / name)
    return name


def in_parts(texts: Sequence[Learnt]) -> list[Learnt]:
    """The texts cut into parts of at most 128 words: more and quicker steps than whole texts."""
    return [
        Learnt(
            WordStates(
                words.places[a : a + WORDS_PER_PART],
                words.states[a : a + WORDS_PER_PART],
                words.shapes[a : a + WORDS_PER_PART],
                words.endings[a : a + WORDS_PER_PART],
            ),
            labels[a : a + WORDS_PER_PART],
        )
        for words, labels in texts
        for a in range(0, len(labels), WORDS_PER_PART)
    ]


def batches(parts: Sequence[Learnt], random: np.random.Generator) -> list[list[Learnt]]:
    """The parts in random batches."""
    order = random.permutation(len(parts))
    return [
        [parts[i] for i in order[start : start + PARTS_PER_STEP]]
        for start in range(0, len(order), PARTS_PER_STEP)
    ]


def one_step(head: SpanHead, adam: torch.optim.Optimizer, batch: Sequence[Learnt]) -> float:
    """One step down the cross-entropy of the batch; returns it."""
    rows = [torch.from_numpy(text.labels) for text in batch]
    labels = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1)
    scores = head(batch_of([text.words for text in batch]))
    loss = functional.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=-1)
    adam.zero_grad()
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
    adam.step()
    return float(loss.detach())


@torch.no_grad()
def follow(mean: SpanHead, head: SpanHead, decay: float) -> None:
    """Move the running mean of the weights towards the weights."""
    for kept, new in zip(mean.parameters(), head.parameters(), strict=True):
        kept.lerp_(new, 1 - decay)


def token_f1(
    shares: Sequence[NDArray[np.float32]], labels: Sequence[Labels], factors: Sequence[float]
) -> NDArray[np.float64]:
    """F1 over words for each element."""
    found = np.argmax(np.concatenate(shares) * np.asarray(factors, dtype=np.float32), axis=1)
    gold = np.concatenate(labels)
    elements = range(1, len(ELEMENTS) + 1)
    right = np.array([np.sum((found == e) & (gold == e)) for e in elements])
    f1: NDArray[np.float64] = (
        2 * right / np.array([np.sum(found == e) + np.sum(gold == e) for e in elements])
    )
    return f1


def best_factors(
    shares: Sequence[NDArray[np.float32]], labels: Sequence[Labels]
) -> tuple[float, ...]:
    """The factors of the elements with the highest macro F1; the outside's stays 1."""
    grid = [(1.0, *three) for three in product(FACTORS, repeat=len(ELEMENTS))]
    return max(grid, key=lambda factors: float(token_f1(shares, labels, factors).mean()))


if __name__ == "__main__":
    main()
