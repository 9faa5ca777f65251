"""Where two texts differ, word by word, for marking them side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

from evidence.deduplication.normal_forms import folded
from evidence.rendering.marks import Span

DIFFERS = "differs"
_WORD = re.compile(r"\w+(?:[.'’-]\w+)*")
_MOST_WORDS = 4000


def differing_words(
    one: str, other: str, shared: float = 0.0
) -> tuple[list[Span], list[Span]] | None:
    """The stretches of each text that the other lacks, along their longest common subsequence.

    Case, accents, markup and punctuation do not count. Words next to each other are one stretch.

    Args:
        one: The one text.
        other: The other text.
        shared: The share of the longer text's words that has to be common; below it the result is
            None, for marks on nearly every word help nobody.
    """
    words, others = _words(one), _words(other)
    keys = [key for key, _, _ in words]
    other_keys = [key for key, _, _ in others]
    if shared and LCSseq.normalized_similarity(keys, other_keys) < shared:
        return None
    left: list[Span] = []
    right: list[Span] = []
    for step in LCSseq.opcodes(keys, other_keys):
        if step.tag != "equal":
            _add(left, words[step.src_start : step.src_end])
            _add(right, others[step.dest_start : step.dest_end])
    return left, right


def _words(text: str) -> list[tuple[str, int, int]]:
    found = [(folded(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]
    return found[:_MOST_WORDS]


def _add(spans: list[Span], words: Sequence[tuple[str, int, int]]) -> None:
    if words:
        spans.append(Span(words[0][1], words[-1][2], DIFFERS))
