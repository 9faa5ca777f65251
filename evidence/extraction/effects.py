"""Effects that a report prints with their confidence interval: risk differences and ratios."""

from __future__ import annotations

import re

from evidence.extraction.arm_mentions import Mention
from evidence.extraction.arm_results import Value
from evidence.extraction.effect_cells import ADJUSTMENT_NOTES
from evidence.extraction.outcomes import OutcomeConcept, OutcomeMatch, find_outcome
from evidence.extraction.populations import population
from evidence.extraction.results import Finding
from evidence.extraction.sentence_clauses import Clause, outcome_in, sentence_flags
from evidence.extraction.sentences import ResultSentence
from evidence.extraction.time_points import TimePoint, same_time, time_points
from evidence.extraction.wording import flatten
from evidence.findings import Measure

_NUMBER = r"-?\d+(?:\.\d+)?"
_CI = (
    r"\s*[,;:(\[]?\s*\(?\s*(?:95\s*%\s*)?(?:(?:confidence interval"
    r"|CI)s?\s*(?:\[CI\]|\(CI\))?)\s*[=:,]?\s*"
    rf"[(\[]?\s*(?P<low>{_NUMBER})\s*%?\s*(?:-|to|,|;|and)\s*(?P<high>{_NUMBER})\s*%?"
)
_DIFFERENCE = re.compile(
    rf"(?P<a>\d+(?:\.\d+)?)\s*%\s*(?:versus|vs\.?|compared (?:with|to)"
    rf"|and)\s*(?P<b>\d+(?:\.\d+)?)\s*%\s*"
    r"[;,)]?\s*\(?\s*(?:absolute\s+)?(?:risk difference|difference"
    r"|RD)\s*(?:\[RD\]|\(RD\))?\s*(?:of|was|[=:,])?"
    rf"\s*(?P<estimate>{_NUMBER})\s*%{_CI}", re.I,
)  # fmt: skip
_RATIO = re.compile(
    r"\b(?:(?P<hr>hazard ratio|HR)|(?P<rr>risk ratio|relative risk|RR)|(?P<or>odds ratio|OR))\b"
    r"(?:\s*[\[(](?:HR|RR|OR)[\])])?\s*(?:of|was|for \w+|[=:,])?\s*"
    rf"(?P<estimate>\d+(?:\.\d+)?){_CI}"
)
_VERSUS = re.compile(
    r"\b(?:compared (?:with|to)|versus|vs\.?|than|relative to|in comparison (?:with|to))", re.I
)
_LESS = re.compile(r"\b(?:reduc|lower|decreas|fewer|less)\w*", re.I)
_MORE = re.compile(r"\b(?:increas|higher|greater|more|rais)\w*", re.I)


def effect_findings(
    sentences: list[ResultSentence], concepts: tuple[OutcomeConcept, ...]
) -> list[Finding]:
    """Risk differences whose sign the arms' percentages fix, and ratios with a stated direction."""
    found: list[Finding | None] = []
    for sentence in sentences:
        order = _order(sentence)
        if order is None:
            continue
        clause = Clause(sentence, sentence.span, sentence.named, ())
        found += _differences(clause, concepts, order)
        found.append(_ratio(clause, concepts, order))
    return [f for f in found if f is not None]


def _order(sentence: ResultSentence) -> tuple[Mention, Mention] | None:
    """The two arms of a sentence in the order in which it compares them, once each."""
    first: dict[int, Mention] = {}
    for mention in sentence.mentions:
        first.setdefault(id(mention.arm), mention)
    arms = list(first.values())
    if len(arms) != 2 or {m.arm.role for m in arms} != {"intervention", "comparator"}:
        return None
    between = sentence.text[arms[0].end - sentence.span.start : arms[1].start - sentence.span.start]
    return (arms[0], arms[1]) if _VERSUS.search(between) else None


def _differences(
    clause: Clause, concepts: tuple[OutcomeConcept, ...], order: tuple[Mention, Mention]
) -> list[Finding | None]:
    flat = flatten(clause.text)
    found: list[Finding | None] = []
    for m in _DIFFERENCE.finditer(flat):
        if clause.span.start + m.start() < order[1].end:
            continue
        points = [p for p in time_points(clause.text) if p.end <= m.start()]
        time = points[-1] if points else None
        choice = _choice(clause, concepts, time)
        if choice is not None:
            found.append(_difference(clause, m, order, time, *choice))
    return found


def _choice(
    clause: Clause, concepts: tuple[OutcomeConcept, ...], time: TimePoint | None
) -> tuple[OutcomeConcept, OutcomeMatch] | None:
    """The outcome of a sentence with several time points, each beside its numbers."""
    one_time = Clause(clause.sentence, clause.span, clause.named, ())
    found = []
    for place, concept in enumerate(concepts):
        if concept.days is not None and not same_time(concept.days, time.days if time else None):
            continue
        match = find_outcome(concept, one_time.text)
        if match is None or _spoilt(one_time.text, match):
            continue
        found.append(((match.exact, match.length, -place), concept, match))
    if not found or (time is not None and time.days == 0):
        return None
    return max(found, key=lambda f: f[0])[1:]


def _spoilt(text: str, match: OutcomeMatch) -> bool:
    return bool(
        re.match(r"\s*(?:due to|because of|caused by|requiring|related to)", text[match.span.end :])
    )


def _difference(
    clause: Clause,
    m: re.Match[str],
    order: tuple[Mention, Mention],
    time: TimePoint | None,
    concept: OutcomeConcept,
    match: OutcomeMatch,
) -> Finding | None:
    first, second = float(m["a"]), float(m["b"])
    mine, theirs = (first, second) if order[0].arm.role == "intervention" else (second, first)
    if match.complement:
        return None
    printed, low, high = (float(m[name]) for name in ("estimate", "low", "high"))
    truth = mine - theirs
    # 1.1: both percentages and the difference are rounded to whole numbers at worst.
    if truth == 0 or abs(abs(truth) - abs(printed)) > 1.1 or not low <= printed <= high:
        return None
    if (printed > 0) != (truth > 0):
        printed, low, high = -printed, -high, -low
    words = (
        f"intervention {mine:g}% - comparator {theirs:g}% fixes the sign; "
        "percentage points as a fraction"
    )
    names = ("estimate", "ci_low", "ci_high")
    span = clause.sentence.span
    values = {
        name: Value(round(number / 100, 6) + 0.0, (span,), words)
        for name, number in zip(names, (printed, low, high), strict=True)
    }
    return _generic("RD", clause, concept, match, time, order, values)


def _ratio(
    clause: Clause, concepts: tuple[OutcomeConcept, ...], order: tuple[Mention, Mention]
) -> Finding | None:
    flat = flatten(clause.text)
    ratios = list(_RATIO.finditer(flat))
    choice = outcome_in(clause, concepts)
    if len(ratios) != 1 or choice is None or order[0].arm.role != "intervention":
        return None
    concept, match, time = choice
    m = ratios[0]
    estimate, low, high = (float(m[name]) for name in ("estimate", "low", "high"))
    if not 0 < low <= estimate <= high or match.complement:
        return None
    less, more = bool(_LESS.search(flat)), bool(_MORE.search(flat))
    # A direction in words that the ratio contradicts means that it is of the other arm.
    if less == more or (less and estimate > 1) or (more and estimate < 1):
        return None
    measure: Measure = "HR" if m["hr"] else "RR" if m["rr"] else "OR"
    span = clause.sentence.span
    values = {
        "estimate": Value(estimate, (span,)),
        "ci_low": Value(low, (span,)),
        "ci_high": Value(high, (span,)),
    }
    return _generic(measure, clause, concept, match, time, order, values)


def _generic(
    measure: Measure,
    clause: Clause,
    concept: OutcomeConcept,
    match: OutcomeMatch,
    time: TimePoint | None,
    order: tuple[Mention, Mention],
    values: dict[str, Value],
) -> Finding:
    arms = sorted((m.arm for m in order), key=lambda a: a.role != "intervention")
    adjusted = re.search(r"\badjust", clause.text, re.I) and not re.search(
        r"\bunadjust", clause.text, re.I
    )
    flags = sentence_flags(clause, match, (arms[0], arms[1]))
    return Finding(
        concept=concept,
        reported_as=clause.text.strip(),
        intervention=arms[0],
        comparator=arms[1],
        kind="generic",
        values=values,
        start=clause.span.start,
        exact=match.exact,
        time_text=time.text if time else None,
        days=time.days if time else None,
        population=population(clause.text),
        qualifier="adjusted" if adjusted else "",
        measure=measure,
        flags=flags,
        notes=ADJUSTMENT_NOTES["adjusted" if adjusted else ""],
    )
