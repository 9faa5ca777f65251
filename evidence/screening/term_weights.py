"""TF-IDF of the words and the pairs of words in many short texts, quickly and in little memory.

The numbers are those of scikit-learn's `TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)`.
Pairs are counted as pairs of whole numbers and never written as text: a hundred thousand abstracts
hold many millions of different ones.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_FEW = 50
_IN_TOO_MANY = 0.95
_WORD = re.compile(r"\w\w+")
_WORD_OF_FEW_TEXTS = re.compile(r"\w+")


@dataclass(frozen=True)
class _Occurrences:
    """Terms where they occur, text after text.

    Attributes:
        terms: [n_occurrences], -1 for what is to be left out; terms are numbered in the order of
            their words.
        ends: [n_texts + 1], where each text's occurrences begin, and the end of the last.
        n_terms: How many different ones there are.
    """

    terms: NDArray[np.int64]
    ends: NDArray[np.int64]
    n_terms: int


def term_weights(texts: Sequence[str]) -> csr_matrix:
    """Weights [n_texts, n_terms] of words and pairs of words; rows of length 1, or of zeros.

    A term weighs 1 + ln(count), times 1 + ln((1 + n_texts) / (1 + n_texts with it)). From 50 texts
    on, words of one letter are left out, and terms of a single text or of more than 95 % of all.
    """
    from scipy.sparse import csr_matrix

    many = len(texts) >= _FEW
    found = _occurrences(texts, _WORD if many else _WORD_OF_FEW_TEXTS)
    n_times = np.bincount(found.terms[found.terms >= 0], minlength=found.n_terms)
    fewest, most = (2, _IN_TOO_MANY * len(texts)) if many else (1, len(texts))
    counts = _counted(found, n_times >= fewest)
    n_with = np.bincount(counts.indices, minlength=found.n_terms)
    counts = _only(counts, (n_with >= fewest) & (n_with <= most))
    n_with = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.log((1 + len(texts)) / (1 + n_with)) + 1
    weights = (np.log(counts.data) + 1) * rarity[counts.indices]
    n_in_each = np.diff(counts.indptr)
    rows = np.repeat(np.arange(len(texts), dtype=np.int32), n_in_each)
    lengths = np.sqrt(np.bincount(rows, weights**2, minlength=len(texts)))
    weights /= lengths[rows]
    return csr_matrix(
        (weights.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape
    )


def _occurrences(texts: Sequence[str], word: re.Pattern[str]) -> _Occurrences:
    """Every word, and every pair of words that follow one another in a text."""
    from pandas import factorize

    words, ends, n_words = _words(texts, word)
    follows = np.ones(len(words), dtype=bool)
    follows[ends[1:][ends[1:] > ends[:-1]] - 1] = False
    codes = np.full((len(words), 2), -1, dtype=np.int64)
    codes[:, 0] = words * (n_words + 1)
    pairs = np.flatnonzero(follows)
    codes[pairs, 1] = codes[pairs, 0] + words[pairs + 1] + 1
    terms, different = factorize(codes.ravel())
    places = np.argsort(np.argsort(different)) - bool(len(pairs) < len(words))
    return _Occurrences(
        places[terms] if len(terms) else terms, 2 * ends, int(places.max(initial=-1)) + 1
    )


def _words(
    texts: Sequence[str], word: re.Pattern[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The words of all texts as numbers in alphabetical order, where texts end, and how many."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    met = array("i")
    ends = np.zeros(len(texts) + 1, dtype=np.int64)
    for row, text in enumerate(texts):
        met.extend(map(numbers.__getitem__, word.findall(text.lower())))
        ends[row + 1] = len(met)
    places = np.zeros(len(numbers), dtype=np.int64)
    places[[numbers[each] for each in sorted(numbers)]] = np.arange(len(numbers))
    return places[np.frombuffer(met, dtype=np.int32)], ends, len(numbers)


def _counted(found: _Occurrences, kept: NDArray[np.bool_]) -> csr_matrix:
    """How often each text has each term, [n_texts, n_terms], of the terms that are kept."""
    from scipy.sparse import csr_matrix

    there = (found.terms >= 0) & kept[found.terms]
    n_before = np.concatenate([[0], np.cumsum(there)])
    terms = found.terms[there].astype(np.int32)
    counts = csr_matrix(
        (np.ones(len(terms), dtype=np.int32), terms, n_before[found.ends]),
        shape=(len(found.ends) - 1, found.n_terms),
    )
    counts.sum_duplicates()
    return counts


def _only(counts: csr_matrix, kept: NDArray[np.bool_]) -> csr_matrix:
    """The columns that are kept; one of zeros where none is."""
    from scipy.sparse import csr_matrix

    there = kept[counts.indices]
    n_before = np.concatenate([[0], np.cumsum(there)])
    column = np.cumsum(kept) - 1
    return csr_matrix(
        (
            counts.data[there],
            column[counts.indices[there]].astype(np.int32),
            n_before[counts.indptr],
        ),
        shape=(counts.shape[0], max(1, int(kept.sum()))),
    )
