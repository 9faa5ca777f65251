"""Design of a trial: its words for it, allocation, intervention model, blinding, centres, aim."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.extraction.characteristic_text import (
    OWN_PARTS,
    Cue,
    StudyText,
    cue_in,
    of_another_study,
)

_DESIGN_WORD = (
    r"(?:cluster|multi-?cent(?:er|re)|single-?cent(?:er|re)|open(?:[ -]label(?:l?ed)?)?"
    r"|(?:double|single|triple|assessor|observer|investigator)(?:-blind(?:ed)?|-masked)?"
    r"|blind(?:ed)?|masked"
    r"|parallel(?:[ -](?:group|arm)s?)?|(?:two|three|four|2|3|4)-(?:arm|group|way|period)"
    r"|placebo|controlled|(?:placebo|sham|active|wait-?list)-controlled|non-?inferiority"
    r"|phase|I{1,3}[VAab]?|IV|[1-4][ab]?|pragmatic|exploratory|preliminary"
    r"|pilot|cross[ -]?over|prospective|factorial|clinical|feasibility|comparative|label|group"
    r"|double-dummy|stratified|block|balanced|proof-of-concept|intervention(?:al)?|field"
    r"|randomi[sz]ed|randomi[sz]ed-controlled|superiority|equivalence|community-based"
    r"|multi-?country|multi-?national|international|dose-ranging|efficacy|treatment|prevention)"
)
_RANDOM = r"(?<!non)(?<!non-)(?<!not )(?<!quasi-)(?<!quasi )(?<!pseudo-)random"
_DESIGN = re.compile(
    rf"\b(?:{_DESIGN_WORD}(?:[ ,-]{{1,3}}|, and | and )){{0,9}}"
    rf"{_RANDOM}i[sz]ed(?:(?:[ ,-]{{1,3}}|, and | and ){_DESIGN_WORD}){{0,9}}"
    r"\s+(?:trial|study)\b",
    re.IGNORECASE,
)
_ALLOCATION = re.compile(
    r"(?P<not>\b(?:non-?randomi[sz]ed|quasi-?randomi[sz]ed|quasi-experimental"
    r"|not randomi[sz]ed|single-arm)\b)"
    rf"|\b{_RANDOM}i[sz]ed,? (?:[\w-]+,? ){{0,8}}(?:trial|study|design)\b"
    rf"|\b(?:were|was) (?:\w+ ){{0,3}}{_RANDOM}(?:i[sz]ed|ly)\b"
    rf"|\b{_RANDOM}ly (?:allocated|assigned|divided|received|selected to receive)\b"
    rf"|\b{_RANDOM}i[sz]ed (?:to|into|in a|between|in blocks)\b|\bwe {_RANDOM}(?:i[sz]ed|ly)\b",
    re.IGNORECASE,
)
_WORD_OF_ALLOCATION = re.compile(
    r"non-?randomi[sz]ed|quasi-[a-z]+|not randomi[sz]ed|single-arm|random(?:i[sz]ed|ly)", re.I
)
_KIND = r"(?:trial|study|design|fashion|manner|method|comparison|protocol|experiment|RCT)"
_MODELS = re.compile(
    rf"(?P<crossover>\bcross(?:ed)?[ -]?over)\b(?=,?(?: [\w-]+,?){{0,5}} {_KIND}\b"
    r"|[ ,]+(?:randomi[sz]|double|single|placebo))"
    r"|(?<=randomi[sz]ed )(?P<crossover2>cross[ -]?over)\b"
    r"|\b(?P<cluster>cluster(?:ed)?[- ](?:and )?(?:\w+[- ])?randomi[sz](?:ed|ation)\b"
    r"|(?<!-)(?:community|group|practice|school|village|stepped[- ]wedge)[- ]"
    r"(?:cluster[- ])?randomi[sz]ed\b|cluster (?:trial|RCT|design))"
    rf"|\b(?P<factorial>(?:\d ?[x×] ?\d )?factorial)(?= (?:[\w-]+,? ){{0,4}}{_KIND}\b"
    r"|,? randomi[sz])"
    r"|\b(?P<parallel>(?:two-|three-|2-|3-)?parallel[- ](?:groups?|arms?|design|trial"
    r"|(?:(?:two|three)[- ])?(?:group|arm)))\b"
    r"|\b(?P<parallel2>parallel)(?=(?:,? [\w-]+){0,3} (?:trial|study|design)\b)",
    re.IGNORECASE,
)
_WHO = (
    r"double|single|triple|quadruple|assessor|observer|investigator|rater|evaluator|examiner"
    r"|patient|participant|subject|researcher|partial(?:ly)?|analyst|operator"
)
_BLINDING = re.compile(
    rf"\b(?P<blind>(?:{_WHO})s?(?:(?:[ -]| and (?:{_WHO})[ -])(?:blind(?:ed|ing)?|mask(?:ed|ing)?))"
    r")\b(?! (?:review|read|peer|data entry))"
    r"|\b(?P<open>open[ -]label(?:l?ed)?\b(?!,? (?:extension|phase|run|period|follow|treatment"
    r"|rescue|continuation|lead|stage|part\b))"
    r"|(?<!having )(?<!been )un-?blinded\b(?=,? (?:\w+,? ){0,3}(?:trial|study|design|randomi))"
    r"|(?:un-?masked|non-?blind(?:ed)?)\b|open(?= (?:randomi[sz]ed|controlled|trial|study)\b)"
    r"|(?<=randomi[sz]ed )open\b(?! (?:surg|reduc|repair|abdom|heart|colect|chole))"
    r"|(?:not (?:be )?(?:blinded|masked)|(?:blinding|masking) was not (?:possible|feasible))"
    r"(?= (?:to|due|because|as|for|in)\b|[.,;)]))"
    r"|\b(?P<doubly>(?:patients|participants|subjects)(?: and|,) (?:[\w-]+,? (?:and )?){1,5}"
    r"(?:were|remained|was) (?:all )?(?:blinded|masked|unaware))\b",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    r"\bwould (?:have|require|be)\b|\bimpossible\b|\bnot (?:possible|feasible)\b"
)
_CENTRES = re.compile(
    r"\b(?P<v>multi-?cent(?:er|re|ric)|multi-?site|multi-?hospital|(?:single|one)[- ]"
    r"(?:cent(?:er|re)|site)\b(?! (?:pain|infection))"
    r"|(?:(?:at|in|from|across) )(?:\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|fifteen|twenty) (?:[a-z-]+ ){0,3}(?:cent(?:er|re)s|hospitals|sites|clinics"
    r"|practices|study sites))\b",
    re.IGNORECASE,
)
_HYPOTHESIS = re.compile(
    r"\b(?P<v>non-?inferiority|superiority|equivalence)\b"
    r"(?=,? (?:[\w-]+,? ){0,3}(?:trial|study|design|margin|comparison|hypothesis)\b|$)",
    re.IGNORECASE,
)


def design_code(field: str, value: str) -> str:
    """The kind that a value of `blinding` or `intervention_model` names.

    Blinding is double, triple, open or single; blinding of assessors or of one party is single.
    """
    words = value.lower()
    if field == "intervention_model":
        kinds = ("factorial", "parallel", "over")
        kind = next((name for name in kinds if name in words), "cluster")
        return "crossover" if kind == "over" else kind
    if re.match(r"open|un-?(?:blind|mask)|non-?blind|not |(?:blind|mask)ing was not", words):
        return "open"
    if re.match(r"quadruple|triple", words):
        return "triple"
    both = re.search(r"patient|participant|subject", words) and " and " in words
    return "double" if words.startswith("double") or both else "single"


def design_cues(study: StudyText) -> Iterator[Cue]:
    """Design, allocation, intervention model, blinding, centres and hypothesis."""
    yield from _fullest_design(study)
    yield from _allocation(study)
    yield from _every_kind(study, "intervention_model", _MODELS)
    yield from _every_kind(study, "blinding", _BLINDING)
    yield from _first(study, "centres", _CENTRES)
    yield from _first(study, "hypothesis", _HYPOTHESIS)


def _fullest_design(study: StudyText) -> Iterator[Cue]:
    """The longest of the phrases that name the design."""
    found = [
        cue_in("design", sentence, m.span())
        for part in OWN_PARTS
        for sentence in study.parts[part]
        if not of_another_study(sentence)
        for m in _DESIGN.finditer(sentence.text)
    ]
    if found:
        yield max(found, key=lambda c: (len(study.text(c).split()), -c.start))


def _allocation(study: StudyText) -> Iterator[Cue]:
    for part in OWN_PARTS:
        for sentence in study.parts[part]:
            m = None if of_another_study(sentence) else _ALLOCATION.search(sentence.text)
            if m is None or re.search(r"\brandom(?:ly)? (?:sampl|select)", m.group()):
                continue
            word = _WORD_OF_ALLOCATION.search(sentence.text, m.start(), m.end())
            yield cue_in("allocation", sentence, (word or m).span())
            return


def _every_kind(study: StudyText, field: str, pattern: re.Pattern[str]) -> Iterator[Cue]:
    """One cue for each kind that the first part with any of them names."""
    for part in OWN_PARTS[:3]:
        kinds: dict[str, Cue] = {}
        for sentence in study.parts[part]:
            if of_another_study(sentence):
                continue
            for m in pattern.finditer(sentence.text):
                kind = design_code(field, m.group())
                if kind != "open" and _NOT_DONE.search(sentence.text):
                    continue
                kinds.setdefault(kind, cue_in(field, sentence, m.span()))
        if kinds:
            yield from kinds.values()
            return


def _first(study: StudyText, field: str, pattern: re.Pattern[str]) -> Iterator[Cue]:
    for part in OWN_PARTS[:3]:
        for sentence in study.parts[part]:
            m = None if of_another_study(sentence) else pattern.search(sentence.text)
            if m is not None:
                yield cue_in(field, sentence, m.span("v"))
                return
