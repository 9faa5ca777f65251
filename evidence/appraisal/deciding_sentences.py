"""Which sentence of a report has a cue and does not deny it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evidence.appraisal import signalling_cues as own
from evidence.reading import bias_cues as cues
from evidence.reading.sentences import LocatedSentence


def first(
    told: Iterable[LocatedSentence], cue: re.Pattern[str], about: re.Pattern[str] | None = None
) -> LocatedSentence | None:
    """The first sentence that has the cue and does not deny it."""
    for sentence in told:
        if about is not None and not about.search(sentence.text):
            continue
        for found in cue.finditer(sentence.text):
            if not _is_negated(sentence.text, found):
                return sentence
    return None


def _is_negated(text: str, found: re.Match[str]) -> bool:
    before, after = text[: found.start()], text[found.end() :]
    if re.search(r"\bneither\b[^.;]*\b(?:aware|knew)\b", text, re.IGNORECASE):
        return False
    denied = re.search(
        r"\b(?:not|cannot|never|nor)\b (?:\w+ ){0,2}(?:blind|mask|conceal|unaware)",
        found.group(),
        re.IGNORECASE,
    )
    return bool(denied or cues.NEGATED_BEFORE.search(before) or cues.NEGATED_AFTER.match(after))


def predictable(told: Iterable[LocatedSentence]) -> LocatedSentence | None:
    """A sentence by which the next allocation could be foreseen."""
    for sentence in told:
        if sentence.role != "methods" or not cues.ASSIGNS.search(sentence.text):
            continue
        if re.search(r"\balternat(?:e|ing|ive) (?!allocation|assignment)\w", sentence.text, re.I):
            continue  # Alternate days, arms or drugs are no way of allocating.
        if own.RANDOM_COMPONENT.search(sentence.text):
            continue
        for found in cues.PREDICTABLE.finditer(sentence.text):
            if not _is_negated(sentence.text, found):
                return sentence
    return None


def open_trial(told: Iterable[LocatedSentence]) -> LocatedSentence | None:
    """A sentence that calls the randomised comparison open, or says that blinding was not done."""
    for sentence in told:
        text = own.OPEN_PART.sub(" ", sentence.text)
        for found in own.OPEN_TO_ALL.finditer(text):
            if not _is_negated(text, found):
                return sentence
        if own.BLINDING_NOT_DONE.search(text):
            return sentence
    return None


def completed_percent(text: str) -> float | None:
    """The lowest share of participants that a sentence says completed the study, in percent."""
    if not cues.FOLLOWED.search(text):
        return None
    shares = [float((p[1] or p[2]).replace("·", ".")) for p in cues.COMPLETED_SHARE.finditer(text)]
    shares += [
        100.0 * int(count[1]) / int(count[2])
        for count in cues.COMPLETED_COUNT.finditer(text)
        if int(count[2]) >= int(count[1]) > 0
    ]
    if not shares:
        shares = [100.0 - float(p[1].replace("·", ".")) for p in cues.LOST_SHARE.finditer(text)]
    return round(min(shares), 1) if shares and 0.0 <= min(shares) <= 100.0 else None
