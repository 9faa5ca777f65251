"""What the direction head sees of a sentence: cues, marked words and its skeleton, by name."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from evidence.extraction.direction_cues import clause_words, cues, marked_words
from evidence.extraction.direction_skeleton import skeleton_features
from evidence.extraction.direction_text import ReadSentence, Roles
from evidence.extraction.wording import fold

# Words of one or two count less than cues, of which there are few.
WORD_WEIGHT = 0.3
_JUDGING_WORDS = """
better improve improved improves improvement improving worse worsened superior effective beneficial
benefit
"""
_JUDGING = frozenset(fold(word) for word in _JUDGING_WORDS.split())
_CROSSED = (
    *("c_p_significant", "c_no_difference", "has_I", "has_C", "c_p_not_significant"),
    *("c_significant_alone", "c_than"),
)
_WANTED_NAMES = {-1.0: "L", 0.0: "U", 1.0: "M"}


def direction_features(sentence: ReadSentence, roles: Roles, outcome: str) -> dict[str, float]:
    """Values by name; names that the head does not know count for nothing."""
    read = cues(sentence, roles, outcome)
    found = {f"d:{name}": value for name, value in read.items() if value}
    moved = read["c_moved"] or read["s_moved"]
    found |= {f"x:{name}": moved for name in _CROSSED if read[name] and moved}
    clause = clause_words(sentence, roles)
    names = [*_ngrams("s:", marked_words(sentence, roles)), *_ngrams("c:", clause)]
    names += [f"w{_WANTED_NAMES[read['wanted']]}:{word}" for word in clause if word in _JUDGING]
    if read["outcome_turn"] < 0:
        names += [f"T:{word}" for word in clause]
    found |= dict.fromkeys(names, WORD_WEIGHT)
    return found | skeleton_features(sentence, roles, outcome)


def turned(roles: Roles) -> Roles:
    """The same question asked from the comparator's side."""
    return replace(roles, intervention=roles.comparator, comparator=roles.intervention)


def _ngrams(prefix: str, tokens: list[str]) -> list[str]:
    pairs = [f"{prefix}{a}_{b}" for a, b in pairwise(tokens)]
    return [*(prefix + token for token in tokens), *pairs]
