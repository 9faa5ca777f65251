"""Effects as tables print them: which measure a heading names, and the numbers of a cell.

`0.72 (0.55 to 0.94)`, `-2.3 (-4.1; -0.5)`, `0.72 (95% CI 0.55-0.94), p = 0.01`; the interval may
stand in columns of its own.
"""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple

from evidence.extraction.wording import flatten
from evidence.findings import Measure

Adjustment = Literal["adjusted", "unadjusted", ""]
ADJUSTMENT_NOTES: dict[Adjustment, tuple[str, ...]] = {
    "adjusted": ("an adjusted estimate",),
    "unadjusted": ("an unadjusted estimate",),
    "": (),
}
"""What is noted on an effect."""
RATIOS: tuple[Measure, ...] = ("OR", "RR", "HR")

# Letters glued to an abbreviation are footnotes (`ORa`) or say that it is adjusted (`aOR`).
_SHORT = r"(?-i:(?<![A-Za-z])(?:[acuA]|[Aa]dj\.?|[Cc]rude)?{}s?[a-d]?(?![A-Za-z]))"
_NAMED: tuple[tuple[Measure, re.Pattern[str]], ...] = (
    ("OR", re.compile(r"\bodds?[ -]ratio|" + _SHORT.format("OR"), re.I)),
    ("RR", re.compile(
        r"\brelative risk|\brisk[ -]ratio|\b(?:prevalence|rate)[ -]ratio|"
        + _SHORT.format("I?RR"), re.I)),
    ("HR", re.compile(r"\bhazards?[ -]ratio|" + _SHORT.format("HR"), re.I)),
    ("RD", re.compile(
        r"\brisk difference|\babsolute (?:risk )?difference|\bdifferences? (?:in|of|between)"
        r" (?:the )?(?:proportion|percentage|rate|risk|prevalence)|" + _SHORT.format("RD"), re.I)),
    ("SMD", re.compile(
        r"\bstandardi[sz]ed (?:mean )?(?:difference|effect)|\bcohen|\bhedge|"
        + _SHORT.format("SMD"), re.I)),
    ("MD", re.compile(
        r"[Δ∆]\s?means?\b|(?<!ised )(?<!ized )\bmean (?:\w+ ){0,2}differen"
        r"|(?-i:(?<![A-Za-z])MD[a-d]?(?![A-Za-z]))"
        r"|\bdifferences? (?:in|of|between)"
        r" (?:the )?(?:\w+[- ]){0,3}means?\b", re.I)),
)  # fmt: skip
_OPEN = re.compile(
    r"\bdifferen|[Δ∆]|\b(?:treatment|intervention|group|main) effect"
    r"|\beffect (?:size|estimate|of)\b|\bestimated effect|\beffect\W*(?:\(|$)"
    r"|\bcontrast|\bestimate\b", re.I,
)  # fmt: skip
_RATIO = re.compile(r"\bratio", re.I)
_NO_EFFECT = re.compile(
    r"\bmedian|\bgeometric|\binteraction|\bratios? of\b|β|\bbeta\b|\bcoeff|\bcorrelat|\blog\b"
    r"|\bwithin\b|\bpre\W{0,3}(?:to\W{0,3})?post|\bpost\W{0,3}pre\b|\bnon-?inferior|\bunivari"
    r"|\bmultivari|\breduction\b|\brelative (?:diff|change|effect)"
    r"|\bpercent(?:age)? (?:diff|change)"
    r"|\bdifferen\w* (?:from|to|vs\.?|versus|since|between|with) (?:baseline|pre)"
    r"|\b(?:to|from|versus|vs\.?) baseline\W*(?:$|\|)"
    r"|\bchange from baseline\W*$|\bhomogeneity|\bdetectable|\btime effect|\bT\d\W{1,3}T\d", re.I,
)  # fmt: skip
_NO_ESTIMATE = re.compile(
    r"^\W*(?:p\b|p[- ]|sig|t\b|f\b|z\b|χ|x2|chi|df\b|n\b|s\.?[de]\.?\b|s\.?e\.?m\b|standard (?:err"
    r"|dev)|low|upp|high|limit|[lu](?:cl|l)?\b|from\b|to\b|wald|icc\b|d\.?f|q\b|b\b|power)"
    r"|\bp[- ]?values?\b|\blimit\W*$|\btests?\b", re.I,
)  # fmt: skip
_INTERVAL = re.compile(
    r"(?-i:\bC\.?[IL1l]\.?s?[a-d]?(?![A-Za-z]))|\bconfidence\b|\b9\d(?:\.\d)?\s*%", re.I
)
_LEVEL = re.compile(
    r"\b(?P<level>\d\d(?:\.\d+)?)\s*%?\s*(?-i:C\.?[Il]|confidence|Confidence|CONFIDENCE)"
)
_UNADJUSTED = re.compile(
    r"\bunadj|\bcrude|\bnon-?adj|\bnot adjusted|\braw\b|(?-i:\b[cu]OR\b)", re.I
)
_ADJUSTED = re.compile(
    r"\badj|(?-i:\b[aA](?:OR|RR|HR)\b)|\bANCOVA|\bweighted\b|\bmodel (?:[2-9]|I{2,3})\b", re.I
)
_OTHER_ADJUSTMENT = re.compile(
    r"\bp\W{0,2}values?\b[^.;|]{0,20}\badj\w*|\badj\w* (?:for multiple|p\b|significance|alpha)",
    re.I,
)

_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)"
_COMMAS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MARKS = r"(?:\s*[*∗†‡§¶#]|\s*\^[\w,]+|(?<=[\d)\]])[a-h]\b)*"
_NAME = r"(?:\d\d(?:\.\d)?\s*%?\s*(?:C\.?I\.?|confidence interval)|C\.?I\.?)?\s*[:=,]?\s*"
_NAMED_BARE = r"\d\d(?:\.\d)?\s*%?\s*C\.?I\.?"
_LIMITS = rf"(?P<low>{_NUMBER})\s*%?\s*(?P<sep>to|-|,|;|:|/|and)\s*(?P<high>{_NUMBER})\s*%?"
_TAIL = rf"{_MARKS}(?:\s*[,;]?\s*[(\[]?\s*p\s*[=<>≤≥].*)?"
_LEAD = r"(?:(?P<name>OR|RR|HR|MD|RD|SMD|aOR|aRR|aHR)\s*[=:]?\s*)?"
_WHOLE = re.compile(
    rf"{_LEAD}(?P<estimate>{_NUMBER})\s*(?P<percent>%?){_MARKS}\s*[,;]?\s*"
    rf"(?:[(\[{{]+\s*{_NAME}|{_NAMED_BARE}\s*[:=,]?\s*)[(\[]?\s*{_LIMITS}\s*[)\]}}]*{_TAIL}", re.I,
)  # fmt: skip
_ALONE = re.compile(rf"(?P<estimate>{_NUMBER})\s*(?P<percent>%?){_TAIL}", re.I)
_LIMITS_ALONE = re.compile(
    rf"(?:p\s*[=<>≤≥]\s*\d*\.\d+\s*[,;]\s*)?[(\[]*\s*{_NAME}[(\[]?\s*{_LIMITS}\s*[)\]]*{_TAIL}",
    re.I,
)
_REFERENCE = re.compile(
    r"\W*(?:[01](?:\.0+)?)?\W*(?:\(?\s*(?:ref|referen\w*|referent|base|comparator)\b\.?.*)?\W*",
    re.I,
)


class Head(NamedTuple):
    """What a heading says of the numbers under it.

    `measures` are those that it names; an `open` heading (`Difference`) leaves to the row whether
    they are means or risks.
    """

    measures: tuple[Measure, ...]
    open: bool
    adjustment: Adjustment


class Effect(NamedTuple):
    """The numbers of a cell; `percent` when one of them bears the sign.

    `measure` is what the cell itself names (`RR=0.74 (0.55 to 1.01)`).
    """

    estimate: float
    low: float | None
    high: float | None
    percent: bool
    decimals: int
    measure: Measure | None = None


def read_head(text: str) -> Head | None:
    """What effect a heading names; None where it names none, or one that is no measure here."""
    flat = flatten(text)
    if _NO_EFFECT.search(flat):
        return None
    measures = tuple(measure for measure, pattern in _NAMED if pattern.search(flat))
    if "SMD" in measures:
        measures = tuple(m for m in measures if m != "MD")
    if not measures and (_RATIO.search(flat) or not _OPEN.search(flat)):
        return None
    return Head(measures, not measures, adjustment_of(flat))


def adjustment_of(text: str) -> Adjustment:
    """Whether a wording calls an effect adjusted or unadjusted."""
    text = _OTHER_ADJUSTMENT.sub(" ", text)
    if _UNADJUSTED.search(text):
        return "unadjusted"
    return "adjusted" if _ADJUSTED.search(text) else ""


def is_estimate_column(innermost: str) -> bool:
    """Whether a column under an effect's heading can hold the estimate itself."""
    flat = flatten(innermost)
    if _NO_ESTIMATE.search(flat):
        return False
    bare = _INTERVAL.sub("", flat)
    return not is_interval(innermost) or re.search(r"[A-Za-zΔ]{2}", bare) is not None


def is_interval(text: str) -> bool:
    """Whether a heading speaks of a confidence interval."""
    return _INTERVAL.search(flatten(text)) is not None


def other_level(texts: tuple[str, ...]) -> str | None:
    """A confidence level other than 95 % that a table names, if it names no 95 %."""
    levels = {m["level"] for t in texts for m in _LEVEL.finditer(flatten(t))}
    return None if not levels or "95" in levels else " or ".join(sorted(levels))


def is_reference(text: str) -> bool:
    """Whether a cell marks the group that the others are compared with (`1.00 (ref)`, `-`)."""
    return _REFERENCE.fullmatch(flatten(text).strip()) is not None


def says_reference(text: str) -> bool:
    """Whether a cell names itself a reference or is exactly 1."""
    return is_reference(text) and re.search(r"[a-z1]", text, re.I) is not None


def read_effect(text: str) -> Effect | None:
    """Estimate and interval of a cell, or the estimate alone; None where neither is certain."""
    flat = _plain(text)
    m = _WHOLE.fullmatch(flat)
    if m is not None:
        limits = _limits(m, text)
        if limits is None:
            return None
        percent = "%" in m["percent"] or "%" in flat[m.start("low") : m.end("high") + 2]
        named: list[Measure] = [
            k for k, pattern in _NAMED if m["name"] and pattern.search(m["name"])
        ]
        return Effect(
            float(m["estimate"]) + 0.0, *limits, percent, _decimals(m["estimate"]),
            named[0] if named else None,
        )  # fmt: skip
    alone = _ALONE.fullmatch(flat)
    if alone is None:
        return None
    number = alone["estimate"]
    return Effect(float(number) + 0.0, None, None, "%" in alone["percent"], _decimals(number))


def read_limits(text: str) -> tuple[float, float] | None:
    """The interval of a cell of its own (`-8.1 to 2.0`)."""
    m = _LIMITS_ALONE.fullmatch(_plain(text))
    return None if m is None else _limits(m, text)


def read_number(text: str) -> float | None:
    """A limit that stands alone in its cell."""
    m = re.fullmatch(rf"[(\[]?\s*({_NUMBER})\s*%?\s*[)\]]?", _plain(text))
    return float(m[1]) + 0.0 if m else None


def possible(measure: Measure, effect: Effect) -> bool:
    """Whether the numbers can be of the measure: the interval holds the estimate, ratios > 0."""
    low = effect.estimate if effect.low is None else effect.low
    high = effect.estimate if effect.high is None else effect.high
    if not low <= effect.estimate <= high or (effect.low is not None and low == high):
        return False
    return measure not in RATIOS or (low > 0 and not effect.percent)


def leaning(measure: Measure, effect: Effect) -> bool:
    """Whether the estimate is far from the middle of its interval; of a ratio's in logarithms.

    A tenth of the width and the rounding of the three numbers are allowed twice over: intervals of
    small samples lean a little.
    """
    if effect.low is None or effect.high is None or not possible(measure, effect):
        return False
    ratio = measure in RATIOS
    low, middle, high = (math.log(x) if ratio else x
                         for x in (effect.low, effect.estimate, effect.high))  # fmt: skip
    half = 0.5 * 10.0**-effect.decimals
    steps = (effect.low, effect.estimate, effect.estimate, effect.high)
    rounding = sum(half / x if ratio else half for x in steps)
    return abs(low + high - 2 * middle) > 0.2 * (high - low) + rounding


def _plain(text: str) -> str:
    return _COMMAS.sub("", re.sub(r"[£$€]\s?", "", flatten(text))).strip()


def _limits(m: re.Match[str], text: str) -> tuple[float, float] | None:
    low, high = float(m["low"]) + 0.0, float(m["high"]) + 0.0
    # `-1.2 -0.5`: a dash before the second number and none behind may be its sign.
    between = m.string[m.end("low") : m.start("high")]
    if m["sep"] == "-" and (re.search(r"[\s%]-$", between) or _signed(m, text)):
        return None
    return (low, high) if low <= high else None


def _signed(m: re.Match[str], text: str) -> bool:
    """Whether the one dash between two limits is written as a minus sign."""
    signs = text.count("\u2212")
    if not signs or m["low"].startswith("-") or m["high"].startswith("-"):
        return False
    return signs > m["estimate"].startswith("-") if "estimate" in m.groupdict() else True


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])
