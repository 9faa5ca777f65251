"""The numbers of a sentence: counts, percentages, means with what follows them, and medians."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evidence.extraction.arm_results import Printed
from evidence.extraction.derivations import Quantiles
from evidence.extraction.numbers import Reading, decimals_of, percent_agrees, whole
from evidence.extraction.wording import Span, flatten


def _counted(words: str) -> dict[str, int]:
    return {word: n for n, word in enumerate(words.split())}


_WORDS = _counted(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
_WORDS["none"] = 0
_SPELLED = "|".join(sorted(_WORDS, key=len, reverse=True))
_N = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_E = rf"(?<![\w.,/±-])(?P<e>{_N}|{_SPELLED})(?![\w.]*\d)"
_P = r"(?P<p>\d{1,3}(?:\.\d+)?)\s*(?:%|per\s?cent\b)(?!\s*(?:C\.?I|confidence))"
_NOUN = r"(?:\s+(?!of\b|in\b|and\b|with\b)[a-z-]+){0,3}"
_OF = r"\s*(?:/|(?:out\s+)?of)\s*(?:the\s+)?(?:all\s+)?"
_PEOPLE = (
    r"(?:patients|participants|subjects|children|women|men|infants|people|individuals|adults|pts"
    r"|cases|neonates|babies|students|girls|boys|mothers|volunteers|completers|residents)"
)
_D = r"\d+(?:,\d{3})*(?:\.\d+)?|\.\d+"
_M = rf"(?<![\w.,/±-])(?:[£$€]\s?)?(?P<m>[-+]?\s?(?:{_D}))(?![,.]?\d)"
_UNIT = r"(?:\s?(?:%|[€£$]|[a-zA-Zμµ°/^]+\d?(?:/[a-zA-Z\d.]+)*))?"
_TO = r"\s*(?:-|to|,|;|and)\s*"
_LIMITS = rf"(?P<low>-?(?:{_D}))\s*%?{_TO}(?P<high>-?(?:{_D}))\s*%?{_UNIT}\s*[)\]]"
_COUNTS = (
    rf"{_E}{_NOUN}\s*[(\[]\s*{_P}\s*[)\]]{_OF}(?P<n>{_N})(?![\d.]*%)",
    rf"(?<![\w.]){_P}\s*[,;]\s*(?:n\s*=\s*)?(?P<e>{_N}|{_SPELLED}){_OF}(?P<n>{_N})(?![\d.]*%)",
    rf"{_E}{_OF}(?P<n>{_N}){_NOUN}\s*[(\[,;]\s*{_P}",
    rf"(?<![\w.]){_P}\s*[(\[]\s*(?:n\s*=\s*)?(?P<e>{_N}|{_SPELLED}){_OF}(?P<n>{_N})\s*[)\]]",
    rf"(?<![\w.]){_P}\s*[(\[]\s*(?:n\s*=\s*)?(?P<e>{_N}){_NOUN}\s*[)\]]",
    rf"{_E}{_NOUN}\s*[(\[,;]\s*(?:n\s*=\s*\d+[;,]\s*)?{_P}\s*[)\]]?",
    rf"{_E}\s*/\s*(?P<n>{_N})(?![\d/]|\.\d|\s*(?:mm|mg|μ))",
    rf"{_E}\s+(?:{_PEOPLE}\s+)?(?:out\s+)?of\s+(?:the\s+|a total of\s+)?(?P<n>{_N})\s+"
    rf"(?:[\w-]+\s+){{0,2}}?{_PEOPLE}\b",
    rf"(?<![\w.]){_P}\s*of\s*(?:the\s+)?(?P<n>{_N})\s+(?:[\w-]+\s+){{0,2}}?{_PEOPLE}\b",
)
_SPREADS = (
    rf"{_M}{_UNIT}\s*[(\[]?\s*(?:±|\+/-|\+-)\s*(?P<s>{_D})(?![,.]?\d)\s*[)\]]?",
    rf"{_M}{_UNIT}\s*[(\[,;]\s*(?:±\s*)?(?P<name>S\.?D\.?|S\.?E\.?M?\.?|standard deviation|"
    rf"standard error)\s*(?:\[SD\]\s*)?[=:,]?\s*(?:±\s*)?(?P<s>{_D})\s*[)\]]?",
    rf"{_M}{_UNIT}\s*[(\[]\s*(?P<name>IQR|interquartile range|inter-quartile range|range)"
    rf"\s*(?:\[IQR\])?[=:,]?\s*{_LIMITS}",
    rf"{_M}{_UNIT}\s*[(\[]\s*(?P<level>\d\d)\s*%\s*(?:CI|confidence interval)s?"
    rf"\s*[=:,]?\s*{_LIMITS}",
    rf"{_M}{_UNIT}\s*[(\[]\s*{_LIMITS}",
    rf"{_M}{_UNIT}\s*[(\[]\s*(?P<s>{_D})\s*[)\]]",
)
_PERCENT = rf"(?<![\w.,±/-]){_P}(?!\s*[a-z]+ interval)"
_NO_COUNT = re.compile(
    r"(?:\d+|[a-z]+)\s*-?(?:hours?|days?|weeks?|months?|years?|hrs?|h|min\w*|seconds?|m?g|kg|m?l|mm"
    r"|cm|points?|times|centers?|centres?|hospitals)\b", re.I,
)  # fmt: skip
_NO_COUNT_BEFORE = re.compile(
    r"\b(?:day|week|month|year|visit|table|grade|groups?|phase|stage|score|type|class|fig\w*|arm"
    r"|(?<!compared )to|least|than|version|within|after|at)\s*(?:of\s*)?$", re.I,
)  # fmt: skip
_BARE_MEAN = re.compile(
    rf"(?:\b(?:was|were|of|and|to|vs|versus|with|than|averaged)\b\.?|[(=:])\s*{_M}"
    r"(?=\s*(?:[€£$]|[a-zA-Zμ°/]+\d?(?:/[a-zA-Z]+)?\s*)?(?:[(),;.]|in\b|for\b|with\b|vs|versus|and\b"
    r"|compared|among|at\b|after|respectively|points|$))(?!\s*%|\d|\.\d)", re.I,
)  # fmt: skip
_COUNT_PATTERNS = tuple(re.compile(p, re.IGNORECASE) for p in _COUNTS)
_SPREAD_PATTERNS = tuple(re.compile(p, re.IGNORECASE) for p in _SPREADS)
_PERCENT_PATTERN = re.compile(_PERCENT, re.IGNORECASE)
_OWN_N = re.compile(r"\s*(?:[a-zμ/%]+\d?)?\s*[;,(\[]?\s*n\s*=\s*(?P<n>\d+)\s*[)\]]?", re.I)
_EFFECT_BEFORE = re.compile(
    r"(?:\b(?:difference|ratio|OR|RR|HR|aOR|MD|SMD|RD|NNT|effect size|reduction|risk|interval|CI"
    r"|coefficient|kappa|adjusted|β|beta|d|t|F|r|p|chi[- ]square|χ2|version|age[ds]?|curve|AUC)\b"
    r"(?:\s*[(\[][^()\[\]]*[)\]])?\s*(?:of|was|=|:|,|is)?\s*[(\[]?\s*|[<>≤≥=]\s*)$", re.I,
)  # fmt: skip
# `33% lower` and `5 ± 1 kg more` are differences.
_COMPARED_AFTER = re.compile(
    r"\s*(?:[a-zμ/]{1,7}\s+)?(?:lower|higher|less|more|fewer|greater|smaller|larger|longer|shorter"
    r"|reductions?|decreases?|increases?|improvements?|declines?|drops?)\b",
    re.I,
)
_SD = re.compile(r"\bS\.?D\.?s?\b|standard deviation", re.I)
_SE = re.compile(r"\bS\.?E\.?M?\b|standard error", re.I)
_MEDIAN = re.compile(r"\bmedian", re.I)
_MEAN = re.compile(r"\bmean|\baverage", re.I)


@dataclass(frozen=True)
class Group:
    """Numbers that a sentence prints for one arm, with their place in the document.

    A `count` and a `percent` have a reading (a percentage alone has no events); a `mean` and a
    `median` have what is printed. `n` is the number of participants printed beside them.
    """

    kind: Literal["count", "percent", "mean", "median"]
    span: Span
    reading: Reading | None = None
    printed: Printed | None = None
    n: int | None = None


def groups_in(text: str, offset: int) -> tuple[Group, ...]:
    """The numbers of a sentence in order; a number is read once, by the fullest pattern."""
    flat = flatten(text)
    taken: list[Span] = []
    found: list[Group] = []

    def free(span: Span) -> bool:
        return not any(t.start < span.end and span.start < t.end for t in taken)

    def keep(group: Group | None) -> None:
        if group is not None:
            taken.append(group.span)
            found.append(group)

    for pattern in _COUNT_PATTERNS:
        for m in pattern.finditer(flat):
            if (
                free(Span(*m.span()))
                and not _EFFECT_BEFORE.search(flat, 0, m.start())
                and not _is_no_count(m, flat)
            ):
                group = _count(m)
                keep(group)
                if group is None:  # what contradicts itself is not read in another way
                    taken.append(Span(*m.span()))
    compared = False
    for pattern in (*_SPREAD_PATTERNS, _PERCENT_PATTERN):
        for m in pattern.finditer(flat):
            compared |= _COMPARED_AFTER.match(flat, m.end()) is not None
            if free(Span(*m.span())) and not _is_effect(m, flat):
                keep(_percent(m) if pattern is _PERCENT_PATTERN else _summary(m, flat))
    if not found and not compared and _MEAN.search(flat) and not _MEDIAN.search(flat):
        for group in _bare_means(flat):
            keep(group)
    ordered = sorted(found, key=lambda g: g.span.start)
    return tuple(_moved(g, offset) for g in _without_starts(ordered, flat))


def _bare_means(flat: str) -> list[Group]:
    """`the mean x was 4.5 in A and 4.3 in B`: only where no other number could be meant."""
    hits = [
        m for m in _BARE_MEAN.finditer(flat) if not _EFFECT_BEFORE.search(flat, 0, m.start("m"))
    ]
    hits = [m for m in hits if not _NO_COUNT_BEFORE.search(flat, 0, m.start("m"))
            or re.search(r"\b(?:than|to)\s*$", flat[: m.start("m")])]  # fmt: skip
    if len(hits) != 2:
        return []
    return [Group("mean", Span(*m.span("m")), printed=Printed(mean=_number(m["m"]))) for m in hits]


def _is_no_count(m: re.Match[str], flat: str) -> bool:
    """Whether the number in the place of a count is a day, a dose or a table's."""
    if m.groupdict().get("e") is None:
        return False
    at = m.start("e")
    return bool(_NO_COUNT.match(flat, at) or (
        m.groupdict().get("n") is None and _NO_COUNT_BEFORE.search(flat, 0, at)
    ))  # fmt: skip


def _moved(group: Group, offset: int) -> Group:
    span = Span(group.span.start + offset, group.span.end + offset)
    return Group(group.kind, span, group.reading, group.printed, group.n)


def _without_starts(groups: list[Group], flat: str) -> list[Group]:
    """Of `from 7.2 ± 1 to 6.8 ± 1` the second number: where the change ended."""
    kept = []
    for i, group in enumerate(groups):
        after = groups[i + 1] if i + 1 < len(groups) else None
        starts = re.search(r"\bfrom\s+(?:a |an )?(?:(?:mean|median|baseline)\s+)*(?:of\s+)?$",
                           flat[: group.span.start], re.I)  # fmt: skip
        if starts and after and re.match(r"\W*(?:at baseline |[a-z/]+ )?to\b",
                                         flat[group.span.end : after.span.start]):  # fmt: skip
            continue
        kept.append(group)
    return kept


def _count(m: re.Match[str]) -> Group | None:
    groups = m.groupdict()
    percent = groups.get("p")
    decimals = decimals_of(percent) if percent else 0
    total = whole(groups["n"]) if groups.get("n") else None
    if percent is not None and float(percent) > 100:
        return None
    if groups.get("e") is None:
        reading = Reading("count", total=total, percent=float(percent or 0), decimals=decimals)
        return Group("percent", Span(*m.span()), reading) if total else None
    spelled = groups["e"].lower()
    events = _WORDS[spelled] if spelled in _WORDS else whole(spelled)
    if events is None or (total is not None and (events > total or total == 0)):
        return None
    if total and percent and not percent_agrees(events, total, float(percent), decimals):
        return None
    reading = Reading("count", events=events, total=total,
                      percent=float(percent) if percent else None, decimals=decimals)  # fmt: skip
    return Group("count", Span(*m.span()), reading)


def _is_effect(m: re.Match[str], flat: str) -> bool:
    """Whether the words beside a number make it a difference or a ratio."""
    before, after = _EFFECT_BEFORE.search(flat, 0, m.start()), _COMPARED_AFTER.match(flat, m.end())
    return before is not None or after is not None


def _percent(m: re.Match[str]) -> Group | None:
    percent = float(m["p"])
    if percent > 100:
        return None
    reading = Reading("count", percent=percent, decimals=decimals_of(m["p"]))
    return Group("percent", Span(*m.span()), reading)


def _summary(m: re.Match[str], flat: str) -> Group | None:
    """A mean or a median with what stands behind it; None where it is not clear what that is."""
    groups = m.groupdict()
    centre = _number(m["m"])
    own_n = _OWN_N.match(flat, m.end())
    end = own_n.end() if own_n else m.end()
    n = int(own_n["n"]) if own_n else None
    median = _is_median(flat, m.start())
    name = (groups.get("name") or "").lower().replace(".", "")
    if groups.get("low") is not None:
        printed = _between(centre, _number(m["low"]), _number(m["high"]), name, median=median,
                           level=groups.get("level"), before=flat[: m.start()],
                           percent=flat[m.end("m") :].lstrip().startswith("%"))  # fmt: skip
    elif name.startswith(("se", "standard error")):
        printed = Printed(mean=centre, se=_number(m["s"]))
    elif name:
        printed = Printed(mean=centre, sd=_number(m["s"]))
    else:
        printed = None if median else _with_spread(centre, _number(m["s"]), flat, m)
    if printed is None:
        return None
    kind: Literal["mean", "median"] = "median" if printed.quantiles else "mean"
    return Group(kind, Span(m.start(), end), printed=printed, n=n)


def _with_spread(centre: float, spread: float, flat: str, m: re.Match[str]) -> Printed | None:
    """`12.3 ± 4.5` and, where the sentence speaks of a mean, `12.3 (4.5)`."""
    plus_minus = re.search(r"±|\+/?-", m.group()[1:]) is not None
    if not plus_minus and not (_MEAN.search(flat) or _SD.search(flat) or _SE.search(flat)):
        return None
    if not plus_minus and ("%" in m.group() or re.search(r"n\s*=\s*$", flat[: m.start()])):
        return None
    deviation, error = _SD.search(flat), _SE.search(flat)
    if deviation and not error:
        return Printed(mean=centre, sd=spread)
    if error and not deviation:
        return Printed(mean=centre, se=spread)
    return Printed(mean=centre, unnamed=spread)


def _between(
    centre: float,
    low: float,
    high: float,
    name: str,
    *,
    median: bool,
    level: str | None,
    before: str,
    percent: bool,
) -> Printed | None:
    """What two numbers in a bracket are: limits of a median, or of a mean's interval."""
    if not low <= centre <= high or low == high:
        return None
    if percent and not _MEAN.search(before) and not median:
        return None
    said = re.findall(r"\b(IQR|inter-?quartile|quartiles?|range|min|CI|confidence)", before, re.I)
    nearest = name or (said[-1].lower() if said else "")
    if level is not None or nearest.startswith(("ci", "conf")):
        if median or re.search(r"\bmedian|\bgeometric", before, re.I):
            return None
        if not _MEAN.search(before):
            return None
        return Printed(mean=centre, ci=(low, high), ci_level=float(level or 95))
    if not median:
        return Printed(mean=centre) if name == "range" and _MEAN.search(before) else None
    if nearest.startswith(("iqr", "inter", "quart")):
        return Printed(quantiles=Quantiles(centre, low, high))
    if nearest.startswith(("range", "min")):
        return Printed(quantiles=Quantiles(centre, minimum=low, maximum=high))
    return None


def _is_median(flat: str, start: int) -> bool:
    """Whether the last word of means or medians before a number is one of medians."""
    medians = [m.start() for m in _MEDIAN.finditer(flat, 0, start)]
    means = [m.start() for m in _MEAN.finditer(flat, 0, start)]
    return bool(medians) and (not means or medians[-1] > means[-1])


def _number(text: str) -> float:
    return float(text.replace(",", "").replace(" ", ""))
