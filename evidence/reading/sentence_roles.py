"""The role of each sentence of an abstract: background, objective, methods, results, conclusion.

For abstracts without headings. A linear head sees the static encoder's vectors of the sentence
and its neighbours, its place, cues and words; the best run of roles through the abstract is taken
(Viterbi over the roles' order), as sequential sentence classifiers do (Jin & Szolovits 2018,
EMNLP). The head and its card ship in data/heads_roles; `python -m data.heads_roles.train` makes
them anew.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from evidence.config import data_folder
from evidence.errors import SourceError
from evidence.reading.sentences import split_sentences
from indexers.array_files import read_arrays
from indexers.encoder import Encoder

SentenceRole = Literal["background", "objective", "methods", "results", "conclusion"]
ROLES: tuple[SentenceRole, ...] = get_args(SentenceRole)
HEAD_FILE = "head.npz"
N_BUCKETS = 4096
_N_PLACES, _N_ENDS = 10, 4
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[%=<>±]")
_ARRAYS = ("weights", "bias", "starts", "steps")

_CUES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "aim",
            r"\b(?:aim(?:s|ed)?|objectives?|purpose|goal|hypothesi[sz]ed?|sought|set out|"
            r"to (?:determine|evaluate|assess|compare|investigate|examine|test|explore))\b",
        ),
        ("we_did", r"\bwe (?:\w+ )?(?:compared|conducted|performed|randomi[sz]ed|included|used)\b"),
        ("randomised", r"\brandom(?:i[sz]ed|ly)\b"),
        ("will_be", r"\bwill be\b"),
        ("were_done", r"\b(?:were|was) (?:\w+ )?(?:enrolled|recruited|assigned|measured|given)\b"),
        ("p_value", r"\bp\s*[<=>≤]\s*0?\.\d"),
        ("interval", r"\b(?:CI|confidence interval)\b"),
        ("percent", r"\d\s?%"),
        ("spread", r"±|\b(?:SD|SEM|IQR)\b"),
        ("significant", r"\bsignifican(?:t|tly|ce)\b"),
        ("versus", r"\bvs\.?\b|\bversus\b|\bcompared (?:with|to)\b|\bthan\b"),
        ("outcome", r"\b(?:primary|secondary) (?:outcomes?|end ?points?)\b"),
        ("conclude", r"\bconclu\w+|\bin summary\b|\b(?:these|our) (?:findings|results|data)\b"),
        ("suggest", r"\b(?:suggest|indicate|support)s?\b|\bfurther (?:studies|research|trials)\b"),
        ("may", r"\b(?:may|might|could|should|can)\b"),
        ("unknown", r"\b(?:unknown|unclear|controversial|little is known|limited|however)\b"),
        ("present", r"\b(?:is|are|has|have)\b"),
        ("past", r"\b(?:was|were|had|did)\b"),
        ("registered", r"\bregist(?:er|ration|ry)|\bNCT\d|\bISRCTN"),
    )
)
N_FEATURES_BESIDE_VECTORS = N_BUCKETS + len(_CUES) + _N_PLACES + 2 * _N_ENDS + 2


class SentenceWithRole(NamedTuple):
    """A sentence by its offsets; `share` is the head's for the role, before the order counts."""

    start: int
    end: int
    role: SentenceRole
    share: float


@dataclass(frozen=True)
class RoleHead:
    """Weights [n_roles, n_features], bias [n_roles]; log chances of the order of roles.

    `starts` [n_roles] are of the first sentence's role, `steps` [n_roles, n_roles] of a role (in
    the column) after another (in the row).
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    starts: NDArray[np.float64]
    steps: NDArray[np.float64]

    def roles(self, features: NDArray[np.float32]) -> tuple[list[int], NDArray[np.float64]]:
        """The best run of roles, and each role's share [n_sentences, n_roles]."""
        scores = features.astype(np.float64) @ self.weights.T + self.bias
        logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        return _best_run(logs, self.starts, self.steps), np.exp(logs)


def sentence_roles(text: str, start: int = 0, end: int | None = None) -> list[SentenceWithRole]:
    """The sentences of an abstract from `start` to `end`, each with its role, by the shipped head.

    Raises:
        SourceError: The weights are missing or damaged.
        EncoderError: The static encoder is missing.
    """
    spans = split_sentences(text, start, end)
    if not spans:
        return []
    rows, shares = shipped_head().roles(
        role_features([text[a:b] for a, b in spans], role_encoder())
    )
    return [
        SentenceWithRole(a, b, ROLES[row], round(float(shares[place, row]), 4))
        for place, ((a, b), row) in enumerate(zip(spans, rows, strict=True))
    ]


@cache
def role_encoder() -> Encoder:
    """The static encoder that ships, loaded once a process."""
    from indexers.encoders import named_encoder

    return named_encoder("static")


@cache
def shipped_head() -> RoleHead:
    """The head that ships, read once a process."""
    return read_role_head(data_folder() / "heads_roles" / HEAD_FILE)


def role_features(sentences: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """What the head sees of the sentences of one abstract, [n_sentences, n_features]."""
    vectors = encoder.encode(list(sentences))
    edge = np.zeros((1, vectors.shape[1]), dtype=np.float32)
    before, after = np.vstack([edge, vectors[:-1]]), np.vstack([vectors[1:], edge])
    beside = np.stack([_words_and_place(s, i, len(sentences)) for i, s in enumerate(sentences)])
    return np.hstack([vectors, before, after, beside]).astype(np.float32)


def _words_and_place(sentence: str, place: int, n: int) -> NDArray[np.float32]:
    found = np.zeros(N_FEATURES_BESIDE_VECTORS, dtype=np.float32)
    tokens = ["0" if t.isdigit() else t for t in _WORD.findall(sentence.lower())]
    for name in [*tokens, *(f"{a} {b}" for a, b in pairwise(tokens)), f"^{' '.join(tokens[:2])}"]:
        found[zlib.crc32(name.encode()) % N_BUCKETS] = 0.3
    at = N_BUCKETS
    for cue, (_, pattern) in enumerate(_CUES):
        found[at + cue] = pattern.search(sentence) is not None
    at += len(_CUES)
    found[at + min(place * _N_PLACES // n, _N_PLACES - 1)] = 1.0
    at += _N_PLACES
    found[at + min(place, _N_ENDS - 1)] = 1.0
    found[at + _N_ENDS + min(n - 1 - place, _N_ENDS - 1)] = 1.0
    found[at + 2 * _N_ENDS] = min(len(tokens), 60) / 60
    found[at + 2 * _N_ENDS + 1] = min(sum(t == "0" for t in tokens), 10) / 10
    return found


def _best_run(
    logs: NDArray[np.float64], starts: NDArray[np.float64], steps: NDArray[np.float64]
) -> list[int]:
    """Viterbi: the run of roles with the highest sum of its shares' and its order's logs."""
    best = logs[0] + starts
    came_from = []
    for row in logs[1:]:
        ways = best[:, None] + steps
        came_from.append(np.argmax(ways, axis=0))
        best = np.max(ways, axis=0) + row
    run = [int(np.argmax(best))]
    for froms in reversed(came_from):
        run.append(int(froms[run[-1]]))
    return run[::-1]


def save_role_head(head: RoleHead, path: Path) -> None:
    """Write the weights in half precision, without pickle."""
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            weights=head.weights.astype(np.float16),
            bias=head.bias.astype(np.float32),
            starts=head.starts.astype(np.float32),
            steps=head.steps.astype(np.float32),
        )


def read_role_head(path: Path) -> RoleHead:
    """The head of a file.

    Raises:
        SourceError: The file is missing, damaged or of another shape.
    """
    expected = "expected the weights of sentence roles; make them with data/heads_roles/train.py"
    arrays = read_arrays(path, _ARRAYS, expected)
    n = len(ROLES)
    n_features = 3 * role_encoder().dimension + N_FEATURES_BESIDE_VECTORS
    shapes = {"weights": (n, n_features), "bias": (n,), "starts": (n,), "steps": (n, n)}
    if any(arrays[name].shape != shape for name, shape in shapes.items()):
        raise SourceError(path, f"{expected} (other shapes)")
    return RoleHead(**{name: arrays[name].astype(np.float64) for name in _ARRAYS})
