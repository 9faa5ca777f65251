"""Text to vectors without a network of layers: one learned vector a word, summed.

For corpora too large for a transformer on a CPU. The table was distilled from all-MiniLM-L6-v2
and tuned on titles and abstracts; its card is data/static_encoder/README.md. The idea is that of
word-vector averaging with smooth inverse frequency (Arora, Liang & Ma 2017, A simple but
tough-to-beat baseline for sentence embeddings, ICLR) with a learned table (model2vec; Reimers'
static embeddings): here the length of a vector is its weight.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import EncoderError, Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from tokenizers import Tokenizer

MODEL_FILES = ("config.json", "table.safetensors", "tokenizer.json")
LONGEST_TEXT_WORDS = 1024
"""Words of a text that count, white space between them; an abstract has some 300."""
LONGEST_WORD = 100
"""Characters of a word that count; longer ones are chains of bases or broken lines."""
_TEXTS_PER_BATCH = 2048
_MOST_KEPT_WORDS = 500_000
_DTYPES = {"I8": "i1", "F32": "<f4"}


class StaticTable(NamedTuple):
    """What the model's folder holds; `rows` is [n_pieces, dimension], a zero row is not used."""

    name: str
    rows: NDArray[np.float32]
    tokenizer: Tokenizer


class WordCounter:
    """Counts pieces in texts: white space splits words, the tokenizer splits words once each.

    What a word is made of is kept, so a text costs a split and a look-up per word.

    Args:
        tokenizer: Splits a word into pieces; without padding, truncation or special tokens.
        used: Whether each piece counts [n_pieces]; others are dropped.
    """

    def __init__(self, tokenizer: Tokenizer, used: NDArray[np.bool_]) -> None:
        self._tokenizer = tokenizer
        self._used = used
        self._forget()

    def weights(self, texts: Sequence[str]) -> csr_matrix:
        """Weights [n_texts, n_pieces]: the square root of how often each piece occurs.

        The root keeps a word that a text repeats from drowning the others.
        """
        from scipy.sparse import csr_matrix

        if len(self._numbers) > _MOST_KEPT_WORDS:
            self._forget()
        numbers: list[int] = []
        ends = [0]
        for text in texts:
            words = text.split(None, LONGEST_TEXT_WORDS)[:LONGEST_TEXT_WORDS]
            numbers.extend(map(self._numbers.__getitem__, words))
            ends.append(len(numbers))
        self._split_new_words()
        ones = np.ones(len(numbers), dtype=np.float32)
        shape = (len(texts), len(self._numbers))
        by_word = csr_matrix((ones, np.array(numbers, dtype=np.int32), ends), shape=shape)
        by_piece = csr_matrix(by_word @ self._pieces)
        by_piece.sort_indices()
        by_piece.data = np.sqrt(by_piece.data)
        return by_piece

    def _forget(self) -> None:
        from scipy.sparse import csr_matrix

        self._numbers = _Numbers()
        self._pieces = csr_matrix((0, len(self._used)), dtype=np.float32)

    def _split_new_words(self) -> None:
        """Append the pieces of the words that were met for the first time."""
        from scipy.sparse import csr_matrix

        fresh = [w[:LONGEST_WORD] for w in self._numbers.in_order[self._pieces.shape[0] :]]
        if not fresh:
            return
        pieces: list[int] = []
        ends = [0]
        for encoding in self._tokenizer.encode_batch_fast(fresh, add_special_tokens=False):
            pieces.extend(encoding.ids)
            ends.append(len(pieces))
        numbers = np.array(pieces, dtype=np.int32)
        known = self._used[numbers]
        all_ends = np.concatenate(
            [self._pieces.indptr, self._pieces.nnz + _kept_before(known, ends)[1:]]
        )
        all_numbers = np.concatenate([self._pieces.indices, numbers[known]])
        ones = np.ones(len(all_numbers), dtype=np.float32)
        shape = (len(self._numbers), len(self._used))
        self._pieces = csr_matrix((ones, all_numbers, all_ends), shape=shape)


def _kept_before(kept: NDArray[np.bool_], ends: Sequence[int]) -> NDArray[np.int64]:
    """How many are kept before each place of `ends`."""
    before: NDArray[np.int64] = np.concatenate([[0], np.cumsum(kept)])
    found: NDArray[np.int64] = before[np.asarray(ends)]
    return found


class _Numbers(dict[str, int]):
    """Numbers words as they are first looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.in_order: list[str] = []

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        self.in_order.append(word)
        return number


class StaticEncoder:
    """An encoder whose vector of a text is the weighted sum of its pieces' vectors.

    A text's vector does not depend on the texts beside it. Case, order and punctuation do not
    count; a text counts as far as its first `LONGEST_TEXT_WORDS` words. A text none of whose
    pieces is known (an empty one, say) gets the same unit vector in every direction.

    Args:
        folder: The model's folder, with `MODEL_FILES`.

    Raises:
        EncoderError: The folder holds no such model.
    """

    def __init__(self, folder: Path) -> None:
        for name in MODEL_FILES:
            if not (folder / name).is_file():
                raise EncoderError(f"{folder}: expected a static encoder (no {name} there)")
        self._folder = folder
        self._table: StaticTable | None = None
        self._counter: WordCounter | None = None
        settings = _json_object(folder / "config.json")
        try:
            self._name, self._dimension = str(settings["name"]), int(settings["dimension"])
        except (KeyError, TypeError, ValueError) as error:
            raise EncoderError(f"{folder}/config.json: expected a name and a dimension") from error

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def digest(self) -> str:
        """SHA-256 over the model's files."""
        stamps = []
        for name in MODEL_FILES:
            stat = (self._folder / name).stat()
            stamps.append((name, stat.st_size, stat.st_mtime_ns))
        return _digest_of_files(self._folder, tuple(stamps))

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._dimension

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of shape [n_texts, dimension], each of Euclidean length 1, in input order.

        Raises:
            EncoderError: The model's files are damaged.
        """
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        if not texts:
            return vectors
        table, counter = self._loaded()
        for start in range(0, len(texts), _TEXTS_PER_BATCH):
            batch = texts[start : start + _TEXTS_PER_BATCH]
            end = start + len(batch)
            vectors[start:end] = counter.weights(batch) @ table.rows
            if progress is not None:
                progress(end, len(texts))
        return _as_unit_or_even(vectors)

    def _loaded(self) -> tuple[StaticTable, WordCounter]:
        if self._table is None or self._counter is None:
            self._table = load_table(self._folder)
            used = np.abs(self._table.rows).max(axis=1) > 0
            self._counter = WordCounter(self._table.tokenizer, used)
            if self._table.rows.shape[1] != self._dimension:
                raise EncoderError(
                    f"{self._folder}: expected rows of {self._dimension} numbers, found "
                    f"{self._table.rows.shape[1]}"
                )
        return self._table, self._counter


def load_table(folder: Path) -> StaticTable:
    """The table in full precision and its tokenizer.

    Raises:
        EncoderError: A file is damaged, or they do not belong together.
    """
    from tokenizers import Tokenizer

    path = folder / "table.safetensors"
    try:
        tensors = _tensors(path)
        steps, scales = tensors["rows"], tensors["scales"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{path}: expected the tensors rows and scales") from error
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises bare Exception for every kind of damage
        raise EncoderError(f"{folder}/tokenizer.json: expected a tokenizer") from error
    n_pieces = tokenizer.get_vocab_size()
    if steps.ndim != 2 or steps.shape[0] != n_pieces or scales.shape != (n_pieces,):
        raise EncoderError(f"{path}: expected a row and a scale for each of {n_pieces} pieces")
    rows: NDArray[np.float32] = steps.astype(np.float32) * scales.astype(np.float32)[:, None]
    tokenizer.no_padding()
    tokenizer.no_truncation()
    name = str(_json_object(folder / "config.json").get("name", folder.name))
    return StaticTable(name, rows, tokenizer)


def _tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file; the format's own reader panics where memory is short."""
    body = path.read_bytes()
    start = 8 + int.from_bytes(body[:8], "little")
    header = json.loads(body[8:start])
    if not isinstance(header, dict):
        raise ValueError("expected a JSON object")
    found = {}
    for name, told in header.items():
        if name != "__metadata__":
            begin, end = told["data_offsets"]
            data = memoryview(body)[start + begin : start + end]
            found[name] = np.frombuffer(data, _DTYPES[told["dtype"]]).reshape(told["shape"])
    return found


def save_table(folder: Path, table: StaticTable) -> None:
    """Write the model's files: steps of 8 bits and a scale a row; same input, same bytes."""
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    scales = np.abs(table.rows).max(axis=1) / 127
    steps = np.rint(table.rows / np.where(scales > 0, scales, 1.0)[:, None]).astype(np.int8)
    tensors = {"rows": steps, "scales": scales.astype(np.float32)}
    (folder / "table.safetensors").write_bytes(save(tensors))
    table.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    settings = {"dimension": int(table.rows.shape[1]), "name": table.name}
    (folder / "config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def _as_unit_or_even(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    even = np.float32(1 / np.sqrt(vectors.shape[1]))
    unit: NDArray[np.float32] = np.where(
        lengths > 0, vectors / np.where(lengths > 0, lengths, 1), even
    ).astype(np.float32)
    return unit


def _json_object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path}: expected JSON") from error
    if not isinstance(found, dict):
        raise EncoderError(f"{path}: expected a JSON object")
    return found


@cache
def _digest_of_files(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> str:
    """SHA-256 over names and contents; computed once per process while sizes and times stay."""
    digest = hashlib.sha256()
    for name, size, _ in stamps:
        digest.update(f"{name}\0{size}\0".encode())
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
