"""Numbers as evidence profiles print them: `RR 2.08 (95% CI: 0.61 - 7.16)`, `3/27`, `66/1000`."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.findings import Measure

_NUMBER = r"-?\d+(?:\.\d+)?"
_SIGNED = re.compile(
    rf"({_NUMBER})\s*(?:SDs?|points?|\(?S?MD\)?|%)?\s*"
    r"\b(lower|fewer|less|reduction|higher|more|increase)\b",
    re.IGNORECASE,
)
_DOWNWARDS = ("lower", "fewer", "less", "reduction")
_LABEL = re.compile(r"\b[A-Za-z]+\s+\d+\s*(?::|(?=\(\s*95))")  # `Intervention 2:`
_TO = r"\s*(?:to|-|,|;|/)\s*"
_LEVEL = r"(?:(?:95\s*%?\s*)?(?:CI|confidence interval)?(?:\s*95\s*%)?\s*[:=,]?\s*(?:from\s+)?)"
_WITH_INTERVAL = re.compile(
    rf"(?<![\w./-])({_NUMBER})\s*[,;]?\s*(?:\(S?MD\)\s*)?[(\[]?\s*{_LEVEL}[(\[]?\s*"
    rf"({_NUMBER}){_TO}({_NUMBER})(?![\w./%])",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"^[^\w-]*(?:[A-Za-z]+[^\w-]*)?({_NUMBER})")
_PER_MANY = re.compile(r"\s*\bper (100|1000)\b(?: \w+)?", re.IGNORECASE)
_OF = re.compile(r"(?<![\d./])(\d+)\s*/\s*(\d+)(?![\d/]|\.\d)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_MEASURES: tuple[tuple[Measure, str], ...] = (
    ("HR", r"\bHR\b|hazard ratio"),
    ("OR", r"\bOR\b(?=\W*[\d-])|odds ratio"),
    ("RR", r"\bRR\b|relative risk|risk ratio"),
    ("RD", r"\bRD\b|risk difference|\b(?:fewer|more) per 1,?000\b"),
    ("SMD", r"\bSMD\b|standardi[sz]ed mean difference"),
    ("MD", r"\bMD\b|\bWMD\b|mean difference"),
)


class PrintedEffect(NamedTuple):
    """An effect with its 95 % interval; the ends are None where none (or none sound) is printed."""

    estimate: float
    ci_low: float | None
    ci_high: float | None


def printed_effects(text: str) -> tuple[PrintedEffect, ...]:
    """The effects of a cell, one for each arm that is compared.

    An interval that does not hold its estimate, or runs downwards, is a misprint: the effect is
    left out. Without any interval the first number is given alone.
    """
    plain = _plain(text)
    per = _PER_MANY.search(plain)
    scale = float(per.group(1)) if per else 1.0
    plain = _PER_MANY.sub("", plain)
    found = [
        [float(number) / scale for number in match.groups()]
        for match in _WITH_INTERVAL.finditer(plain)
    ]
    sound = tuple(PrintedEffect(e, low, high) for e, low, high in found if low <= e <= high > low)
    if sound or found:
        return sound
    alone = _ALONE.match(plain)
    return (PrintedEffect(float(alone.group(1)) / scale, None, None),) if alone else ()


def printed_counts(text: str) -> tuple[int, int] | None:
    """Events and total of `n/N`, summed over the arms of a cell; None if no pair is sound."""
    pairs = [(int(n), int(total)) for n, total in _OF.findall(_plain(text))]
    if not pairs or any(n > total or total == 0 for n, total in pairs):
        return None
    return sum(n for n, _ in pairs), sum(total for _, total in pairs)


def printed_risk(text: str) -> float | None:
    """The risk of a cell in 0 to 1, from `n/N`, `66/1000` or a single percentage."""
    plain = _plain(text)
    pairs = [(int(n), int(total)) for n, total in _OF.findall(plain)]
    if pairs and all(0 <= n <= total > 0 for n, total in pairs):
        return sum(n for n, _ in pairs) / sum(total for _, total in pairs)
    percents = [float(percent) for percent in _PERCENT.findall(plain)]
    return percents[0] / 100 if len(percents) == 1 and percents[0] <= 100 else None


def measure_named(text: str) -> Measure | None:
    """The effect measure that a text names; None when it names none, or several."""
    named = [measure for measure, pattern in _MEASURES if re.search(pattern, text, re.IGNORECASE)]
    if named == ["SMD", "MD"]:
        named = ["SMD"]
    return named[0] if len(named) == 1 else None


def first_count(text: str) -> int | None:
    """The first whole number of a text: `40 (AD patients: 8; ...)` is 40."""
    found = re.match(r"\D*(\d{1,3}(?:[ ,]\d{3})+|\d+)(?![\d.]*\s*%)", text)
    return int(re.sub(r"\D", "", found.group(1))) if found else None


def _plain(text: str) -> str:
    """One kind of minus, no separators of thousands, directions as signs, no labels of arms."""
    plain = re.sub(r"[\u2212\u2013\u2014\u2010\u2011]", "-", text.replace("\u00b7", "."))
    plain = re.sub(r"\s+", " ", plain)
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", plain)
    plain = _LABEL.sub("; ", plain)
    plain = re.sub(r"(^|[(\[:;]|\bto|\bCI)\s*-\s+(?=\d)", r"\1 -", plain)
    return _SIGNED.sub(_with_sign, plain)


def _with_sign(match: re.Match[str]) -> str:
    size = match.group(1).removeprefix("-")
    return f"-{size}" if match.group(2).casefold() in _DOWNWARDS else size
