"""What a sentence says about the direction of an effect, as numbers; no weight is learned here.

Signs are turned towards the intervention: +1 says that the outcome is higher with the
intervention than with the comparator. `Cues` are read from a whole sentence and from the clause
nearest to the outcome.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise

from evidence.direction import wanted
from evidence.extraction.direction_numbers import (
    INTERVAL,
    P_VALUE,
    RATIO,
    difference_signs,
    p_values,
    ratio_signs,
)
from evidence.extraction.direction_text import Marked, ReadSentence, Roles, marked
from evidence.extraction.wording import flatten

_UP = re.compile(
    r"\b(?:higher|greater|more|increas\w*|rose|risen|rais\w+|longer|elevat\w+|larger|exceed\w*"
    r"|gain\w*|faster|earlier|enhanc\w+|prolong\w+|stronger)\b"
)
_DOWN = re.compile(
    r"\b(?:lower\w*|less|fewer|decreas\w*|reduc\w+|shorter|shorten\w*|smaller|declin\w+|fell|drop\w*"
    r"|diminish\w*|slower|weaker|attenuat\w+|suppress\w+|inhibit\w*|prevent\w*|lessen\w*)\b"
)
_GOOD = re.compile(r"\b(?:better|improv\w+|superior\w*|favou?r\w*|benefi\w+|effective\w*)\b")
_BAD = re.compile(r"\b(?:worse\w*|inferior\w*|deteriorat\w+|impair\w+|poorer)\b")
_NO_DIFFERENCE = re.compile(
    r"\b(?:no|not|nor|neither|without|none|never|n't|lack of|fail(?:ed|s)? to)\b[^.;]{0,60}?"
    r"\b(?:differ\w*|signific\w+|effects?|affect\w*|chang\w+|improv\w+|reduc\w+|increas\w+"
    r"|decreas\w+|influenc\w+|associat\w+|benefit\w*|statistical\w*|superior\w*|alter\w*)"
    r"|\b(?:similar\w*|comparable|non-?significant\w*|insignificant\w*|unchanged|the same|equal\w*"
    r"|equivalent|NS|n\.s\.|unaffected|did(?: not|n't)|non-?inferior\w*)\b"
)
_SIGNIFICANT = re.compile(r"\bsignifican\w+|\bmarkedly\b|\bsubstantial\w*")
_VALUE = re.compile(r"(?<![\w.,-])-?\d+(?:\.\d+)?(?![\w]*\d)")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|(?:±|\+/-)\s*\d+(?:\.\d+)?|\bn\s*=\s*\d+")
_THAN = re.compile(r"\b(?:than|compar\w+|versus|vs|relative|over|against|from)\b")
_CLAUSE_END = re.compile(
    r";|,?\s(?:but|whereas|while|however|although|though)\b|,\s(?:and|with|nor)\b|:\s|\.\s"
)
TURNED = re.compile(r"\b(?:reduc\w+|decreas\w+|declin\w+|loss|lower\w*|fall|drop)\b", re.I)
_ARMS = ("I", "C")


@dataclass(frozen=True)
class Clause:
    """A stretch of a sentence in characters of it."""

    start: int
    end: int


def outcome_clause(sentence: ReadSentence, places: tuple[Marked, ...]) -> Clause:
    """The clause with the most words of the outcome; the whole sentence where none has any."""
    flat = flatten(sentence.text)
    cuts = [0, *(m.start() for m in _CLAUSE_END.finditer(flat)), len(flat)]
    clauses = [Clause(a, b) for a, b in pairwise(cuts) if b - a > 1]
    sizes = [
        sum(
            p.last - p.first + 1
            for p in places
            if p.role == "O" and c.start <= sentence.words[p.first].start < c.end
        )
        for c in clauses
    ]
    if not sizes or max(sizes) == 0:
        return Clause(0, len(flat))
    return clauses[sizes.index(max(sizes))]


def outcome_turn(outcome: str) -> int:
    """-1 where the outcome itself is a decrease (`reduction in pain`), else 1."""
    return -1 if TURNED.search(outcome) else 1


def wanted_sign(outcome: str) -> int:
    """+1 where more of the outcome is better, -1 where less is, 0 where its name does not tell."""
    better = wanted(outcome, "MD")
    return 0 if better is None else (1 if better == "more" else -1)


def cues(sentence: ReadSentence, roles: Roles, outcome: str) -> dict[str, float]:
    """Numbers by name, of the whole sentence (`s_`) and of the outcome's clause (`c_`)."""
    places = marked(sentence, roles)
    clause = outcome_clause(sentence, places)
    found = {f"s_{k}": v for k, v in _cues(sentence, places, outcome, None).items()}
    found |= {f"c_{k}": v for k, v in _cues(sentence, places, outcome, clause).items()}
    named = {p.role for p in places}
    found |= {f"has_{role}": float(role in named) for role in ("I", "C", "O")}
    first = next((p.role for p in places if p.role in _ARMS), "")
    found["first_arm"] = {"I": 1.0, "C": -1.0}.get(first, 0.0)
    found["outcome_turn"] = float(outcome_turn(outcome))
    found["wanted"] = float(wanted_sign(outcome))
    return found


def _cues(
    sentence: ReadSentence, places: tuple[Marked, ...], outcome: str, clause: Clause | None
) -> dict[str, float]:
    low, high = (clause.start, clause.end) if clause else (0, len(sentence.text))
    flat = flatten(sentence.text)[low:high]
    arms = [
        (sentence.words[p.first].start - low, p.role)
        for p in places
        if p.role in _ARMS and low <= sentence.words[p.first].start < high
    ]
    if not arms and clause is not None:
        arms = [(sentence.words[p.first].start - low, p.role) for p in places if p.role in _ARMS]
    lowered = flat.lower()
    turn, better = outcome_turn(outcome), wanted_sign(outcome)
    moved = _oriented(lowered, arms, _UP, _DOWN)
    judged = _oriented(lowered, arms, _GOOD, _BAD)
    values = _values_sign(flat, arms)
    ratio, ratio_clear = ratio_signs(flat)
    difference, excludes = difference_signs(flat)
    p_low, p_high = p_values(flat)
    return {
        "moved": moved[0] * turn,
        "moved_free": moved[1] * turn,
        "moved_any": moved[0] * turn + moved[1] * turn,
        "judged": judged[0] * better * turn,
        "judged_free": judged[1] * better * turn,
        "judged_unknown": (judged[0] + judged[1]) * (better == 0),
        "values": values * turn,
        "values_moved": values * moved[0],
        "ratio": ratio,
        "ratio_clear": ratio_clear,
        "difference": difference * turn,
        "interval_clear": excludes,
        "interval_open": float(excludes < 0),
        "p_significant": p_low,
        "p_not_significant": p_high,
        "p_both": p_low * p_high,
        "no_difference": float(_NO_DIFFERENCE.search(flat) is not None),
        "significant": float(_SIGNIFICANT.search(lowered) is not None),
        "significant_alone": float(
            _SIGNIFICANT.search(lowered) is not None and _NO_DIFFERENCE.search(flat) is None
        ),
        "than": float(_THAN.search(lowered) is not None),
        "any_move": float(moved[2] > 0),
        "any_judged": float(judged[2] > 0),
    }


def _oriented(
    lowered: str, arms: list[tuple[int, str]], plus: re.Pattern[str], minus: re.Pattern[str]
) -> tuple[float, float, float]:
    """Cues turned towards the intervention, cues without an arm, and how many cues there are.

    The arm after `than` is the one compared with; without it the nearest arm before the cue is
    the one that the cue is about, else the nearest after it.
    """
    oriented, free, n = 0.0, 0.0, 0
    for pattern, polarity in ((plus, 1), (minus, -1)):
        for m in pattern.finditer(lowered):
            n += 1
            sign = _subject(lowered, m.start(), m.end(), arms)
            if sign:
                oriented += sign * polarity
            else:
                free += polarity
    return float(_clip(oriented)), float(_clip(free)), float(n)


def _subject(lowered: str, start: int, end: int, arms: list[tuple[int, str]]) -> int:
    than = _THAN.search(lowered, end)
    if than is not None and than.start() - end < 120:
        after = next((role for at, role in arms if at >= than.end()), None)
        if after is not None:
            return 1 if after == "C" else -1
    before = [role for at, role in arms if at < start]
    if before:
        return 1 if before[-1] == "I" else -1
    following = next((role for at, role in arms if at >= end), None)
    return 0 if following is None else (1 if following == "I" else -1)


def _clip(value: float) -> float:
    return max(-2.0, min(2.0, value))


def _values_sign(flat: str, arms: list[tuple[int, str]]) -> float:
    """The sign of the intervention's value less the comparator's, where two values stand apart."""
    bare = _ASIDE.sub(
        lambda m: " " * len(m.group()), P_VALUE.sub(lambda m: " " * len(m.group()), flat)
    )
    values = [(m.start(), float(m.group())) for m in _VALUE.finditer(bare)]
    order = [role for i, (_, role) in enumerate(arms) if i == 0 or arms[i - 1][1] != role]
    if len(values) < 2 or not order:
        return 0.0
    (_, first), (_, second) = values[-2], values[-1]
    sign = 0.0 if first == second else math.copysign(1.0, first - second)
    return sign if order[-2:] in (["I", "C"], ["I"]) else -sign


def marked_words(sentence: ReadSentence, roles: Roles) -> list[str]:
    """The sentence's words with its arms, its outcome, numbers and p-values as signs."""
    return _tokens(sentence, marked(sentence, roles), 0, len(sentence.text))


def clause_words(sentence: ReadSentence, roles: Roles) -> list[str]:
    """The same of the outcome's clause."""
    places = marked(sentence, roles)
    clause = outcome_clause(sentence, places)
    return _tokens(sentence, places, clause.start, clause.end)


def _tokens(sentence: ReadSentence, places: tuple[Marked, ...], low: int, high: int) -> list[str]:
    flat = flatten(sentence.text)
    probabilities = {m.start(): m for m in P_VALUE.finditer(flat)}
    role_at = {at: p.role for p in places for at in range(p.first, p.last + 1)}
    found: list[str] = []
    skip_to = -1
    for at, word in enumerate(sentence.words):
        if not low <= word.start < high or word.start < skip_to:
            continue
        token = word.folded
        if word.start in probabilities:
            m = probabilities[word.start]
            above = ">" in m.group(1) or float(m.group(2)) > 0.05
            token, skip_to = ("<P-HIGH>" if above else "<P-LOW>"), m.end()
        elif at in role_at:
            token = f"<{role_at[at]}>"
        elif token[0].isdigit():
            token = "<N>"  # noqa: S105 - a word's sign, no secret
        if not found or found[-1] != token:
            found.append(token)
    return found


CUE_PATTERNS: dict[str, re.Pattern[str]] = {
    "p": P_VALUE,
    "up": _UP,
    "down": _DOWN,
    "good": _GOOD,
    "bad": _BAD,
    "no_difference": _NO_DIFFERENCE,
    "significant": _SIGNIFICANT,
    "than": _THAN,
    "interval": INTERVAL,
    "ratio": RATIO,
    "percent": re.compile(r"\d\s?%"),
    "deviation": re.compile(r"±|\+/-|\bSD\b"),
    "between_arms": re.compile(
        r"\b(?:between|both|two|all|either|across)\b[^.]{0,30}\b(?:groups?|arms?|treatments?)\b"
    ),
    "table": re.compile(r"\b(?:Tables?|Figs?|Figures?)\b"),
    "citation": re.compile(r"\[\d+(?:[,–-]\s?\d+)*\]|et al"),
    "hypothesis": re.compile(
        r"\b(?:hypothes\w+|aim\w*|objective|will be|would be|assess\w*|measured|calculated"
        r"|sample size|power)\b"
    ),
    "we_found": re.compile(
        r"\b(?:we found|showed?n?|observed|resulted in|demonstrated|revealed|there (?:was|were))\b"
    ),
    "previous": re.compile(
        r"\b(?:previous\w*|studies|reported by|literature|meta-analys\w+|trials)\b"
    ),
}
