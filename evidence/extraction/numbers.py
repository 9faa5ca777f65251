"""Numbers as reports print them: `43 (58.9%)`, `7/98 (7.1)`, `103.2 (23.2)`, `38.1 ± 0.99`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from evidence.extraction.wording import flatten

Layout = Literal[
    "count_percent",
    "fraction",
    "percent_count",
    "percent",
    "count",
    "mean_sd",
    "mean_se",
    "mean",
    "other",
]

_MOST_DIGITS = 12
"""Longer numbers count nobody."""
_INT = r"\d{1,3}(?:,\d{3})+|\d+"
_DEC = r"-?\d+(?:\.\d+)?"
_PCT = r"\d{1,3}(?:\.\d+)?"
# Articles part thousands with a comma or a space; a space only where a fraction shows the sense.
_LONG = r"\d{1,3}(?:[ ,]\d{3})+|\d+"
_CELLS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("fraction", re.compile(
        rf"(?P<e>{_LONG})\s*(?:/|of)\s*(?P<n>{_LONG})"
        rf"(?:\s*[(\[,;]?\s*(?P<less><)?\s*(?P<p>{_PCT})\s*%?\s*[)\]]?)?")),
    ("fraction", re.compile(
        rf"(?P<e>{_INT})\s*\(\s*(?P<p>{_PCT})\s*%?\s*\)\s*(?:/|of)\s*(?P<n>{_INT})")),
    ("fraction", re.compile(
        rf"(?P<p>{_PCT})\s*%?\s*[(\[]\s*(?P<e>{_INT})\s*(?:/|of)\s*(?P<n>{_INT})\s*[)\]]")),
    ("plus_minus", re.compile(
        rf"(?P<m>{_DEC})\s*\(?\s*(?:±|\+/-|\+-)\s*(?P<s>\d*\.?\d+)\s*\)?"
        # The median with its quartiles may stand behind: `6.67 ± 6.80 4.44 (6.06)`.
        rf"(?:\s+{_DEC}\s*\(\s*{_DEC}(?:\s*-\s*{_DEC})?\s*\))?")),
    ("named", re.compile(
        rf"(?P<m>{_DEC})\s*[(\[]\s*(?P<name>s\.?[de]\.?m?\.?)\s*[=:]?\s*(?P<s>\d*\.?\d+)\s*[)\]]",
        re.IGNORECASE)),
    ("bracket", re.compile(
        rf"(?P<a>{_DEC}|{_INT})\s*(?P<a_pct>%?)\s*[(\[]\s*(?P<b>{_DEC}|\.\d+)\s*(?P<b_pct>%?)\s*[)\]]")),
    ("comma", re.compile(rf"(?P<a>{_INT})(?P<a_pct>)\s*,\s+(?P<b>{_PCT})\s*(?P<b_pct>%)")),
    ("single", re.compile(rf"[£$€]?\s*(?P<a>{_DEC}|{_INT})\s*(?P<a_pct>%?)")),
)  # fmt: skip
_MARK = re.compile(r"(?<=[\d)%])(?:\s*(?:\^?[a-h]|\^?NS|\^?n\.?s\.?|[*∗†‡§¶#+]+|\^[\d,]+|[,;]))+$")
_MARK_INSIDE = re.compile(r"(?<=\d)\s*(?:[∗*†‡§¶#]+[a-h]?|\^?[a-h])(?=\s*[(\[])")
_OWN_N = re.compile(r"(?<=[\d)])[\s,;]*\(?\s*\bn\s*=\s*(\d+)\s*\)?$", re.IGNORECASE)


class Reading(NamedTuple):
    """What a cell or a stretch of a sentence prints.

    `percent` is given with its printed decimals; `spread` says what follows the mean, None when
    the report does not say.
    """

    kind: Literal["count", "mean"]
    events: int | None = None
    total: int | None = None
    percent: float | None = None
    decimals: int = 0
    mean: float | None = None
    sd: float | None = None
    spread: Literal["SD", "SE"] | None = None


_LAYOUTS: tuple[tuple[Layout, re.Pattern[str]], ...] = (
    ("other", re.compile(
        r"(?:^|\s)(?:minimum|maximum|(?:upper|lower) limit)\W*$|"
        r"\bmedian|geometric|\biqr\b|interquartile|\brange\b(?! of)|min\s*/\s*max"
        r"|person-?\s?(?:years|days|weeks)"
        r"|\bp[ -]?values?\b|^p$|\b(?:odds|risk|rate|hazard|mean|sex|relative) ratios?\b"
        r"|confidence|\bci\b|\bdifferences?\b|\bkaplan|\bslope"
        r"|\bepisodes\b|\bnumber of events\b|\bregression", re.IGNORECASE)),
    ("mean_se", re.compile(
        r"(?:±|\+/-|mean\b[^|]{0,20})\W*(?<![^\W\d_])(?:s\.?e\.?m?\.?\b|standard error)",
        re.IGNORECASE)),
    ("mean_sd", re.compile(
        r"(?:±|\+/-|mean\w*\b[^|]{0,30}|\bm\s*\()\W*(?<![^\W\d_])"
        r"(?:s\.?d\.?s?\b|std\b|standard dev)"
        r"|^\W*\(?s\.?d\.?\)?$"
        r"|standard deviations? (?:are |is )?in (?:parenthes|bracket)", re.IGNORECASE)),
    ("percent_count", re.compile(r"%\s*\(\s*(?:n|no)\b", re.IGNORECASE)),
    ("fraction", re.compile(r"\bn\s*/\s*(?:total\s*)?n\b", re.IGNORECASE)),
    ("count_percent", re.compile(
        r"\b(?:n|no\.?|nr\.?|number|numbers|freq\w*|events?|patients|participants|subjects"
        r"|cases|count)\b"
        r"[^|()]{0,25}(?:\(\s*(?:and )?(?:%|percent|in %)|,\s*%|\bpercent|\band %)",
        re.IGNORECASE)),
    ("percent", re.compile(r"^\s*%|,\s*%\s*$|\(%\)|\bpercent", re.IGNORECASE)),
    ("mean", re.compile(r"\bmeans?\b|\baverage\b", re.IGNORECASE)),
    ("count", re.compile(
        r"^\W*(?:n|no\.?|number|events?|frequency|cases?)\W*$|\(\s*(?:n|cases?)\s*\)\s*$"
        r"|\bnumber of (?:\w+ ){0,3}(?:patients|participants|subjects|children"
        r"|women|men|cases|people|infants)|\bnumber of (?:positive|new) ", re.IGNORECASE)),
)  # fmt: skip


def layout_of(texts: Iterable[str]) -> Layout | None:
    """What a cell's numbers are, from the wordings over it, the nearest first."""
    for text in texts:
        for layout, pattern in _LAYOUTS:
            if text and pattern.search(flatten(text)):
                return layout
    return None


def read_cell(text: str, layout: Layout | None) -> Reading | None:
    """The numbers of a cell, or None when what they are is not certain."""
    bare = _MARK.sub("", flatten(text).strip()).strip()
    bare = _MARK_INSIDE.sub("", bare)
    if layout == "other":
        return None
    own_n = _OWN_N.search(bare)
    if own_n is not None:
        bare = bare[: own_n.start()].strip()
    for shape, pattern in _CELLS:
        found = pattern.fullmatch(bare)
        if found:
            reading = _reading(shape, found, layout)
            if reading is None or own_n is None or reading.total is not None:
                return reading
            return _with_total(reading, int(own_n.group(1)))
    return None


def _with_total(reading: Reading, total: int) -> Reading | None:
    """A reading with the n that its cell prints; nothing where a percentage contradicts it."""
    if reading.events is not None and (
        not 0 <= reading.events <= total
        or total == 0
        or (
            reading.percent is not None
            and not percent_agrees(reading.events, total, reading.percent, reading.decimals)
        )
    ):
        return None
    return reading._replace(total=total)


def read_cells(first: str, second: str, layout: Layout | None) -> Reading | None:
    """A count with its percentage or a mean with its SD, printed in neighbouring cells."""
    left, right = (_MARK.sub("", flatten(t).strip()).strip("()% ") for t in (first, second))
    if layout == "count" and re.fullmatch(_PCT, right):
        return _count_percent(left, right)
    if layout == "mean" and re.fullmatch(_DEC, left) and re.fullmatch(r"\d+(?:\.\d+)?", right):
        return Reading("mean", mean=float(left), sd=float(right), spread="SD")
    return None


def _reading(shape: str, m: re.Match[str], layout: Layout | None) -> Reading | None:
    if shape == "fraction":
        return _fraction(m, layout)
    if shape == "plus_minus":
        if layout in ("count_percent", "count", "fraction", "percent_count"):
            return None
        spread: Literal["SD", "SE"] | None = None
        spread = "SE" if layout == "mean_se" else "SD" if layout == "mean_sd" else None
        return Reading("mean", mean=float(m["m"]), sd=float(m["s"]), spread=spread)
    if shape == "named":
        named: Literal["SD", "SE"] = "SD" if m["name"].lower().replace(".", "") == "sd" else "SE"
        return Reading("mean", mean=float(m["m"]), sd=float(m["s"]), spread=named)
    if shape in ("bracket", "comma"):
        return _bracket(m, layout)
    if layout in ("count_percent", "count", "fraction") and whole(m["a"]) is not None:
        return None if m["a_pct"] else Reading("count", events=whole(m["a"]))
    if layout == "mean" and not m["a_pct"]:
        return Reading("mean", mean=float(m["a"].replace(",", "")))
    return None


def _fraction(m: re.Match[str], layout: Layout | None) -> Reading | None:
    events, total = whole(m["e"]), whole(m["n"])
    percent = m["p"]
    if layout in ("mean", "mean_sd", "mean_se") or events is None or not total or events > total:
        return None
    if percent is None:
        return Reading("count", events=events, total=total) if layout else None
    if m.groupdict().get("less"):
        below = 100 * events / total < float(percent)
        return Reading("count", events=events, total=total) if below else None
    value, decimals = float(percent), decimals_of(percent)
    if not percent_agrees(events, total, value, decimals):
        return None
    return Reading("count", events=events, total=total, percent=value, decimals=decimals)


def _bracket(m: re.Match[str], layout: Layout | None) -> Reading | None:
    first, second = m["a"], m["b"]
    if m["b_pct"] or layout == "count_percent" or (layout == "fraction" and not m["a_pct"]):
        return _count_percent(first, second)
    if m["a_pct"] or layout == "percent_count":
        return _count_percent(second, first)
    if layout in ("mean_sd", "mean_se") and not second.startswith("-"):
        spread: Literal["SD", "SE"] = "SD" if layout == "mean_sd" else "SE"
        return Reading("mean", mean=float(first.replace(",", "")), sd=float(second), spread=spread)
    if "." not in first and (layout == "percent" or (layout is None and "." in second)):
        # 43 (58.9) without a heading: taken for a count only where a total confirms it later.
        return _count_percent(first, second)
    return None


def _count_percent(count: str, percent: str) -> Reading | None:
    events = whole(count)
    if events is None or percent.startswith("-") or float(percent) > 100:
        return None
    return Reading("count", events=events, percent=float(percent), decimals=decimals_of(percent))


def whole(text: str) -> int | None:
    """A whole number that is not negative, thousands commas allowed; None for others."""
    bare = text.replace(",", "").replace(" ", "")
    return int(bare) if bare.isdecimal() and len(bare) <= _MOST_DIGITS else None


def decimals_of(text: str) -> int:
    """The printed decimals."""
    return len(text.partition(".")[2])


def percent_agrees(events: int, total: int, percent: float, decimals: int) -> bool:
    """Whether a printed percentage is that of events in total, at its printed precision.

    Rounding (twice, too: 67.347 → 67.35 → 67.4) and cutting off are both met in reports.
    """
    unit = 10.0**-decimals
    difference = 100 * events / total - percent
    return abs(difference) < 0.56 * unit or 0 <= difference < unit
