"""The skeleton of a sentence: arms, outcome and the words that compare, as signs in their order.

`X` and `Y` being arms and pain the outcome, `pain was significantly lower with X than with Y` has
the skeleton `O significant down I than C`. Runs of signs tell who is compared with whom where words
are too rare to be learnt from; the move nearest to the outcome tells which of several is about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from evidence.extraction.direction_cues import (
    TURNED,
    outcome_clause,
    outcome_turn,
    wanted_sign,
)
from evidence.extraction.direction_numbers import P_VALUE
from evidence.extraction.direction_text import Marked, ReadSentence, Roles, marked
from evidence.extraction.wording import flatten

SIGN_WEIGHT = 0.3
"""Runs of signs count less than cues, of which there are few."""
_SIGNS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("trivial", r"nonsignificant\w*|insignificant\w*|ns"),
        ("significant", r"significan\w+|markedly|substantial\w*|remarkabl\w+"),
        (
            "same",
            r"similar\w*|comparable|unchanged|same|equal\w*|equivalent|unaffected|unaltered"
            r"|noninferior\w*|identical",
        ),
        ("no", r"non?|not|nor|neither|without|none|never|cannot|lack\w*|fail\w*|didn't"),
        ("differ", r"differ\w*|effects?|affect\w*|influenc\w+|chang\w+|alter\w*|associat\w+"),
        ("more", r"higher|greater|more|larger|longer|bigger"),
        ("less", r"lower|less|fewer|shorter|smaller"),
        (
            "up",
            r"increas\w*|rose|rise[sn]?|rais\w+|elevat\w+|exceed\w*|gain\w*|faster|earlier"
            r"|enhanc\w+|prolong\w+|stronger|augment\w*|grew|high|highest|most|delay\w*|doubl\w+",
        ),
        (
            "down",
            r"lowered|lowering|decreas\w*|reduc\w+|shorten\w*|declin\w+|fell|drop\w*|diminish\w*"
            r"|slower|weaker|attenuat\w+|suppress\w+|inhibit\w*|prevent\w*|lessen\w*|lowest|low"
            r"|least|fall|loss|decrement\w*|alleviat\w+|amelior\w+|relie[fv]\w*|protect\w*",
        ),
        (
            "good",
            r"better|improv\w+|superior\w*|favou?r\w*|benefi\w+|effective\w*|efficac\w+"
            r"|advantag\w+",
        ),
        ("bad", r"worse\w*|inferior\w*|deteriorat\w+|impair\w+|poorer|poor"),
        ("than", r"than|compar\w+|versus|vs|relative|over|against"),
        ("groups", r"both|groups?|arms?|between|among|all|either|treatments?"),
        ("before", r"baseline|before|from|pre\w*"),
        ("respectively", r"respectively"),
        ("but", r"but|whereas|while|however|although|though|except"),
        ("trend", r"trend\w*|tend\w*|slight\w*|numerical\w*"),
    )
)
_COMPARATIVES = {"more": "up", "less": "down"}
_OPPOSITE = {"up": "down", "down": "up", "good": "bad", "bad": "good"}
_BREAKS = (",", ";")
_CORE = frozenset(("I", "C", "O", "up", "down", "good", "bad", "no", "same", "than"))
_MOVES = {"up": 1.0, "down": -1.0}
_BREAK = re.compile(r"[,;:()]")
_LONGEST_RUN, _LONGEST_CORE, _REACH = 3, 4, 6


@dataclass(frozen=True)
class Sign:
    """A part of a skeleton and the character at which it stands."""

    start: int
    name: str


def skeleton(sentence: ReadSentence, places: Sequence[Marked], outcome: str) -> tuple[Sign, ...]:
    """The sentence's signs; repetitions are one.

    `up` and `down` are those of the outcome: a better pain score is `down`, and where the outcome
    is a decrease (`reduction in pain`) that the sentence does not name, less pain is `up`.
    """
    found = _signs(sentence, places)
    _join_comparatives(found)
    turn, better = _turn(sentence, places, outcome), wanted_sign(outcome)
    turned = [Sign(s.start, _turned(s.name, turn, better)) for s in found if s.name]
    return tuple(next(run) for _, run in groupby(turned, key=lambda s: s.name))


def skeleton_features(sentence: ReadSentence, roles: Roles, outcome: str) -> dict[str, float]:
    """Values by name: runs of signs, runs of the outcome's clause, and the nearest move."""
    places = marked(sentence, roles)
    signs = skeleton(sentence, places, outcome)
    clause = outcome_clause(sentence, tuple(places))
    whole = [s.name for s in signs if s.name not in (",", "number")]
    core = [s.name for s in signs if s.name in _CORE and clause.start <= s.start < clause.end]
    names = [*_runs("k:", whole, _LONGEST_RUN), *_runs("e:", core, _LONGEST_CORE)]
    return dict.fromkeys(names, SIGN_WEIGHT) | _nearest_move([s.name for s in signs])


def _signs(sentence: ReadSentence, places: Sequence[Marked]) -> list[Sign]:
    """A sign for each word; a word that says nothing has an empty name."""
    flat = flatten(sentence.text)
    probabilities = {m.start(): m for m in P_VALUE.finditer(flat)}
    role_at = {at: p.role for p in places for at in range(p.first, p.last + 1)}
    found: list[Sign] = []
    end = skip_to = 0
    for at, word in enumerate(sentence.words):
        between, end = flat[end : word.start], word.end
        if word.start < skip_to:
            continue
        if _BREAK.search(between):
            found.append(Sign(word.start, ";" if ";" in between else ","))
        p_value = probabilities.get(word.start)
        if p_value is not None:
            above = ">" in p_value.group(1) or float(p_value.group(2)) > 0.05
            found.append(Sign(word.start, "p_high" if above else "p_low"))
            skip_to = p_value.end()
        else:
            name = role_at.get(at) or _sign_of(flat[word.start : word.end].lower())
            found.append(Sign(word.start, name))
    return found


@lru_cache(maxsize=65536)
def _sign_of(word: str) -> str:
    named = next((name for name, pattern in _SIGNS if pattern.fullmatch(word)), "")
    return named or ("number" if word[:1].isdigit() else "")


def _join_comparatives(signs: list[Sign]) -> None:
    """A comparative and the change it measures become one: `a greater reduction` is `down`."""
    for at, sign in enumerate(signs):
        alone = _COMPARATIVES.get(sign.name)
        if alone is None:
            continue
        signs[at] = Sign(sign.start, alone)
        for place in range(at + 1, min(len(signs), at + 4)):
            name = signs[place].name
            if name in _OPPOSITE:
                joined = name if alone == "up" else _OPPOSITE[name]
                signs[place] = Sign(signs[place].start, joined)
                signs[at] = Sign(sign.start, "")
            if name in _OPPOSITE or name in _BREAKS or name == "than":
                break


def _turn(sentence: ReadSentence, places: Sequence[Marked], outcome: str) -> int:
    """-1 where the outcome is a decrease and the sentence names it without saying so, else 1."""
    named = (
        sentence.text[sentence.words[p.first].start : sentence.words[p.last].end]
        for p in places
        if p.role == "O"
    )
    return 1 if any(TURNED.search(text) for text in named) else outcome_turn(outcome)


def _turned(name: str, turn: int, better: int) -> str:
    if name in ("good", "bad") and better:
        name = "up" if (name == "good") == (better > 0) else "down"
    return _OPPOSITE[name] if name in _MOVES and turn < 0 else name


def _runs(prefix: str, names: Sequence[str], longest: int) -> list[str]:
    """All runs of one to `longest` names, repetitions being one."""
    once = [name for name, _ in groupby(names)]
    return [
        prefix + " ".join(once[at : at + length])
        for length in range(1, longest + 1)
        for at in range(len(once) - length + 1)
    ]


class _Move(NamedTuple):
    """A move as seen from the outcome; the least is the nearest."""

    n_breaks: int
    distance: int
    after: bool
    value: float


def _nearest_move(names: Sequence[str]) -> dict[str, float]:
    """The move nearest to the outcome, fewest breaks first, and the same by who is compared."""
    seen = [
        _move_from(names, at, step) for at, n in enumerate(names) if n == "O" for step in (-1, 1)
    ]
    nearest = min((move for move in seen if move is not None), default=None)
    if nearest is None:
        return {}
    value = nearest.value
    crossed = "crossed" if nearest.n_breaks else "same"
    arms = [name for name in names if name in ("I", "C")]
    found = {
        "near": value,
        f"near_{crossed}_{'after' if nearest.after else 'before'}": value,
        f"near_first_{arms[0] if arms else 'none'}": value,
    }
    compared = _compared_with(names)
    if compared:
        found["near_than"] = value if compared == "C" else -value
        found["near_subject"] = found["near_than"]
    elif arms:
        found["near_subject"] = value if arms[0] == "I" else -value
    return found


def _move_from(names: Sequence[str], at: int, step: int) -> _Move | None:
    n_breaks = 0
    for distance in range(_REACH):
        place = at + step * (distance + 1)
        if not 0 <= place < len(names):
            return None
        if names[place] in _MOVES:
            return _Move(n_breaks, distance, step > 0, _MOVES[names[place]])
        n_breaks += names[place] in (*_BREAKS, "but")
    return None


def _compared_with(names: Sequence[str]) -> str:
    """The first arm after a word like `than`; empty where there is none."""
    for at, name in enumerate(names):
        if name == "than":
            arm = next((later for later in names[at:] if later in ("I", "C")), "")
            if arm:
                return arm
    return ""
