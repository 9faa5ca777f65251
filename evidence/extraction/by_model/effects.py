"""Effects that a language model reads with their confidence interval, checked by their words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evidence.extraction.arm_mentions import Role, TrialArm, mentions
from evidence.extraction.arm_results import ArmResult, Value
from evidence.extraction.by_model.claims import Claim
from evidence.extraction.wording import flatten
from evidence.findings import Measure

_NAMES: Mapping[Measure, re.Pattern[str]] = {
    "OR": re.compile(r"\bodds ratios?\b|\ba?ORs?\b"),
    "RR": re.compile(r"\b(?:risk|rate) ratios?\b|\brelative risks?\b|\ba?RRs?\b|\bIRRs?\b"),
    "HR": re.compile(r"\bhazards? ratios?\b|\ba?HRs?\b"),
    "RD": re.compile(r"\b(?:risk|absolute|rate) (?:\w+ )?difference\b|\bRDs?\b|\bpercentage point"),
    "MD": re.compile(r"\bdifferences?\b|\bMDs?\b|\bW?MD\b|\btreatment effect\b"),
    "SMD": re.compile(r"\bstandardi[sz]ed\b|\bSMDs?\b|\bCohen|\bHedges|\beffect sizes?\b"),
}
_ADJUSTED = re.compile(r"(?<!un)\badjust|\ba[OHR]R\b", re.IGNORECASE)
_OTHER_LEVEL = re.compile(r"\b(?:80|90|97\.5|98|99)\s*%\s*(?:CI|confidence)", re.IGNORECASE)
_PERCENT = re.compile(r"%|percentage point|per cent", re.IGNORECASE)
_VERSUS = re.compile(
    r"\b(?:compared (?:with|to)|versus|vs\.?|than|relative to|in comparison (?:with|to))", re.I
)
RATIOS: tuple[Measure, ...] = ("OR", "RR", "HR")


def effect_result(
    measure: Measure,
    claims: Mapping[str, Claim],
    adjusted: bool,
    own: Mapping[Role, TrialArm],
    arms: tuple[TrialArm, ...],
) -> ArmResult:
    """An effect and its interval; a risk difference in percent becomes a fraction, as pooled.

    Args:
        measure: What the model says it is.
        claims: Estimate and limits.
        adjusted: Whether the model says that it is adjusted.
        own: The arms compared.
        arms: All arms of the report.
    """
    known = {name: claims[name] for name in ("estimate", "ci_low", "ci_high") if name in claims}
    if "estimate" not in known:
        return ArmResult({})
    texts = [flatten(text) for text in known["estimate"].wordings]
    text = " | ".join((*texts, *_own_texts(known)))
    flags = []
    if not _NAMES[measure].search(text):
        flags.append(f"the words beside the estimate name no {measure}")
    if adjusted or _ADJUSTED.search(text):
        flags.append("an adjusted estimate")
    if _OTHER_LEVEL.search(text):
        flags.append("the interval is not one of 95%")
    if measure in RATIOS and any(claim.number <= 0 for claim in known.values()):
        return ArmResult({}, (f"a {measure} cannot be 0 or less",))
    if not _in_order(known["estimate"], own, arms):
        flags.append("which arm the effect compares with which cannot be told by its words")
    scale = 100 if measure == "RD" and _in_percent(known, text) else 1
    words = "percentage points as a fraction" if scale == 100 else None
    values = {
        name: Value(round(claim.number / scale, 8) + 0.0, (claim.span,), words)
        for name, claim in known.items()
    }
    return ArmResult(values, tuple(flags))


def _own_texts(claims: Mapping[str, Claim]) -> list[str]:
    return [flatten(c.cell.text) for c in claims.values() if c.cell is not None]


def _in_percent(claims: Mapping[str, Claim], text: str) -> bool:
    """Whether a risk difference is in percentage points: the words say so, or its size does."""
    if any(abs(claim.number) > 1 for claim in claims.values()):
        return True
    return _PERCENT.search(re.sub(r"\d+\s*%\s*(?:CI|confidence)", "", text)) is not None


def _in_order(claim: Claim, own: Mapping[Role, TrialArm], arms: tuple[TrialArm, ...]) -> bool:
    """Whether a wording compares the intervention with the comparator, in this order."""
    for text in claim.wordings:
        named = mentions(text, arms)
        if [id(m.arm) for m in named] == [id(own["intervention"]), id(own["comparator"])]:
            between = flatten(text)[named[0].end : named[1].start]
            if _VERSUS.search(between) or re.fullmatch(r"\W*[-/:–]\W*", between):
                return True
    return False
