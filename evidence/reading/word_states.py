"""What a transformer makes of each word of a text: hidden states of chosen layers, and its shape.

A word is what BERT's pre-tokenizer splits off: a run of letters and digits, or one sign. It does
not depend on how a data set cut its tokens, so that spaced-out and plain text are read alike.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from indexers.encoder import SentenceEncoder

States = NDArray[np.float16]
LAYERS = (2, 4, 6)
N_SHAPES, SIGN = 10, 5
"""The shape's length, and the number in it that is 1 for a word without letters and digits."""
N_ENDINGS = 1024
_WINDOW, _STRIDE = 254, 127
_WINDOWS_PER_BATCH = 16
_ENDING = 3
_PLACES = 200


class WordStates(NamedTuple):
    """The words of a text.

    `places` [n_words, 2] are character offsets, `states` [n_words, n_layers x width] the hidden
    states, `shapes` [n_words, N_SHAPES] numbers between 0 and 1, and `endings` [n_words] the
    number of the word's last letters.
    """

    places: NDArray[np.int32]
    states: States
    shapes: NDArray[np.float32]
    endings: NDArray[np.int64]


class _Pieces(NamedTuple):
    """The word pieces of a text, and the word and place of each."""

    ids: list[int]
    words: list[int]
    places: list[tuple[int, int]]


class _Window(NamedTuple):
    """Pieces `start` to `end` of a text; those from `first` to `last` are read from this window."""

    text: int
    start: int
    end: int
    first: int
    last: int


def word_states(
    encoder: SentenceEncoder, texts: Sequence[str], layers: Sequence[int] = LAYERS
) -> list[WordStates]:
    """The words of each text, in input order.

    A text of more than 254 word pieces is read in windows that overlap by half; each piece is
    taken from the window in which it stands nearest to the middle.
    """
    model, tokenizer = _parts(encoder)
    pieces = [_pieces(tokenizer, text) for text in texts]
    width = int(model.config.hidden_size) * len(layers)
    found = [np.zeros((len(p.ids), width), dtype=np.float32) for p in pieces]
    windows = [w for number, p in enumerate(pieces) for w in _windows(number, len(p.ids))]
    windows.sort(key=lambda w: (w.start - w.end, w.text, w.start))
    for start in range(0, len(windows), _WINDOWS_PER_BATCH):
        batch = windows[start : start + _WINDOWS_PER_BATCH]
        states = _run(
            model, tokenizer, [pieces[w.text].ids[w.start : w.end] for w in batch], layers
        )
        for window, rows in zip(batch, states, strict=True):
            kept = rows[window.first - window.start : window.last - window.start]
            found[window.text][window.first : window.last] = kept
    return [_by_word(*row) for row in zip(texts, pieces, found, strict=True)]


def _parts(encoder: SentenceEncoder) -> tuple[Any, Any]:
    """The transformer and the tokenizer of the encoder's model."""
    model: Any = encoder.model()
    return model[0].auto_model.eval(), model.tokenizer


def _pieces(tokenizer: Any, text: str) -> _Pieces:
    # Asked for each call: the model's own limit would cut the text silently.
    encoding = tokenizer(
        text,
        add_special_tokens=False,
        truncation=False,
        return_offsets_mapping=True,
        verbose=False,
    )
    words = [int(word) for word in encoding.word_ids()]
    return _Pieces(encoding["input_ids"], words, encoding["offset_mapping"])


def _windows(text: int, n_pieces: int) -> Iterator[_Window]:
    first = 0
    for start in range(0, n_pieces, _STRIDE):
        end = min(start + _WINDOW, n_pieces)
        # Half of the overlap with the next window is that window's.
        last = end if end == n_pieces else end - _STRIDE // 2
        yield _Window(text, start, end, first, last)
        first = last
        if end == n_pieces:
            return


def _run(
    model: Any, tokenizer: Any, batch: Sequence[Sequence[int]], layers: Sequence[int]
) -> list[NDArray[np.float32]]:
    """The states of each window's pieces, of shape [n_pieces, n_layers x width]."""
    import torch

    longest = max(len(ids) for ids in batch) + 2
    ids = torch.full((len(batch), longest), int(tokenizer.pad_token_id))
    mask = torch.zeros((len(batch), longest), dtype=torch.long)
    for row, window in enumerate(batch):
        whole = [tokenizer.cls_token_id, *window, tokenizer.sep_token_id]
        ids[row, : len(whole)] = torch.tensor(whole)
        mask[row, : len(whole)] = 1
    ids, mask = ids.to(model.device), mask.to(model.device)
    with torch.inference_mode():
        hidden = model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
    states = torch.cat([hidden[layer] for layer in layers], dim=-1).float().cpu().numpy()
    return [states[row, 1 : len(window) + 1] for row, window in enumerate(batch)]


def _by_word(text: str, pieces: _Pieces, states: NDArray[np.float32]) -> WordStates:
    """The mean over the pieces of each word."""
    if not pieces.ids:
        return WordStates(
            np.zeros((0, 2), dtype=np.int32),
            states.astype(np.float16),
            np.zeros((0, N_SHAPES), dtype=np.float32),
            np.zeros(0, dtype=np.int64),
        )
    firsts = [i for i, word in enumerate(pieces.words) if i == 0 or word != pieces.words[i - 1]]
    lasts = [*firsts[1:], len(pieces.ids)]
    sizes = np.subtract(lasts, firsts)
    places = [
        (pieces.places[a][0], pieces.places[b - 1][1]) for a, b in zip(firsts, lasts, strict=True)
    ]
    means = np.add.reduceat(states, firsts, axis=0) / sizes[:, None]
    words = [text[start:end] for start, end in places]
    shapes = [_shape(word, n, len(words)) for n, word in enumerate(words)]
    return WordStates(
        np.array(places, dtype=np.int32),
        means.astype(np.float16),
        np.array(shapes, dtype=np.float32),
        np.array([_ending(word) for word in words], dtype=np.int64),
    )


def _shape(word: str, number: int, n_words: int) -> tuple[float, ...]:
    """Case, signs and place, which the uncased encoder does not see or see so far."""
    return (
        float(word[:1].isupper()),
        float(word.isupper() and len(word) > 1),
        float(any(c.isupper() for c in word[1:])),
        float(any(c.isdigit() for c in word)),
        float(word.isdigit()),
        float(not any(c.isalnum() for c in word)),
        min(len(word), 20) / 20,
        number / max(1, n_words - 1),
        min(number, _PLACES) / _PLACES,
        min(n_words - 1 - number, _PLACES) / _PLACES,
    )


def _ending(word: str) -> int:
    """A bucket for the last letters: names of drugs and diseases share them."""
    return zlib.crc32(word.lower()[-_ENDING:].encode()) % N_ENDINGS
