"""The network of a span head: word states in, scores of outside and each element out.

Hidden states of a frozen transformer, the word's shape and its last letters go through one linear
layer into a bidirectional LSTM (Hochreiter & Schmidhuber 1997; Graves & Schmidhuber 2005). This
module needs torch and is imported where a head is run or trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from evidence.errors import EngineError
from evidence.reading.span_settings import HeadSettings
from evidence.reading.word_states import N_ENDINGS, N_SHAPES, WordStates

N_CLASSES = 4
"""Outside, population, intervention, outcome."""
_TEXTS_PER_BATCH = 16


@dataclass(frozen=True)
class HeadShape:
    """The sizes of a head; `n_states` is the length of a word's states."""

    n_states: int
    n_layers: int = 3
    n_inner: int = 192
    n_recurrent: int = 128
    n_ending: int = 16


class Batch(tuple[Tensor, Tensor, Tensor, Tensor]):
    """States, shapes and endings padded to the longest text, and the length of each text."""

    __slots__ = ()


def batch_of(texts: Sequence[WordStates]) -> Batch:
    """The texts as one batch; each has at least one word."""
    lengths = torch.tensor([len(text.endings) for text in texts])
    longest, n_states = int(lengths.max()), texts[0].states.shape[1]
    states = np.zeros((len(texts), longest, n_states), dtype=np.float32)
    shapes = np.zeros((len(texts), longest, N_SHAPES), dtype=np.float32)
    endings = np.zeros((len(texts), longest), dtype=np.int64)
    for row, text in enumerate(texts):
        n = len(text.endings)
        states[row, :n], shapes[row, :n], endings[row, :n] = text.states, text.shapes, text.endings
    found = (torch.from_numpy(states), torch.from_numpy(shapes), torch.from_numpy(endings))
    return Batch((*found, lengths))


class SpanHead(nn.Module):
    """Scores of shape [n_texts, n_words, 4] for a batch; dropout acts in training alone."""

    def __init__(self, shape: HeadShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        width = shape.n_states // shape.n_layers
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.endings = nn.Embedding(N_ENDINGS, shape.n_ending)
        self.inner = nn.Linear(shape.n_states + N_SHAPES + shape.n_ending, shape.n_inner)
        self.recurrent = nn.LSTM(
            shape.n_inner, shape.n_recurrent, batch_first=True, bidirectional=True
        )
        self.scores = nn.Linear(2 * shape.n_recurrent, N_CLASSES)
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: Batch) -> Tensor:
        """Scores before the softmax; what stands after a text's end is of no use."""
        states, shapes, endings, lengths = batch
        by_layer = states.view(*states.shape[:-1], self.shape.n_layers, -1)
        seen = self.dropout(self.norm(by_layer).flatten(-2))
        words = torch.cat([seen, shapes, self.endings(endings)], dim=-1)
        inner = self.dropout(torch.nn.functional.gelu(self.inner(words)))
        packed = pack_padded_sequence(inner, lengths, batch_first=True, enforce_sorted=False)
        context, _ = pad_packed_sequence(self.recurrent(packed)[0], batch_first=True)
        scores: Tensor = self.scores(self.dropout(context))
        return scores


def mean_shares(
    heads: Sequence[SpanHead], texts: Sequence[WordStates]
) -> list[NDArray[np.float32]]:
    """The heads' mean softmax for each text, [n_words, 4]; a text without words has no row."""
    found = [np.zeros((0, N_CLASSES), dtype=np.float32) for _ in texts]
    order = sorted(
        (i for i, text in enumerate(texts) if len(text.endings)),
        key=lambda i: (-len(texts[i].endings), i),
    )
    with torch.inference_mode():
        for start in range(0, len(order), _TEXTS_PER_BATCH):
            chosen = order[start : start + _TEXTS_PER_BATCH]
            batch = batch_of([texts[i] for i in chosen])
            shares = torch.stack([torch.softmax(head(batch), dim=-1) for head in heads]).mean(0)
            for row, i in enumerate(chosen):
                found[i] = shares[row, : len(texts[i].endings)].numpy()
    return found


def save_head(head: SpanHead, path: Path) -> None:
    """The weights in half precision."""
    weights = {
        name: value.detach().half().contiguous()
        for name, value in sorted(head.state_dict().items())
    }
    save_file(weights, path)


def load_head(path: Path, settings: HeadSettings) -> SpanHead:
    """The head of a weights file.

    Raises:
        EngineError: The file is missing, damaged or of another shape.
    """
    n_layers = len(settings.layers)
    try:
        weights = {name: value.float() for name, value in load_file(path).items()}
        width = weights["inner.weight"].shape[1] - N_SHAPES - settings.n_ending
        head = SpanHead(
            HeadShape(width, n_layers, settings.n_inner, settings.n_recurrent, settings.n_ending)
        )
        head.load_state_dict(weights)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise EngineError(
            f"{path}: expected the weights of a span head; restore the file or train them anew "
            "(python -m data.heads.train)"
        ) from error
    return head.eval()
