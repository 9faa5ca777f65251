"""Who took part in a trial: number randomised and analysed, age, and share of women."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.extraction.characteristic_text import (
    OWN_PARTS,
    Cue,
    Part,
    StudyText,
    cue_in,
    of_another_study,
    value_of,
)

_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_BELOW_HUNDRED = rf"(?:(?:{_TENS})(?:[- ](?:{_ONES}))?|{_TEENS}|{_ONES})"
NUMBER_IN_WORDS = (
    rf"(?:(?:{_ONES}) )?hundred(?: (?:and )?{_BELOW_HUNDRED})?"
    rf"|(?:{_TENS})(?:[- ](?:{_ONES}))?|{_TEENS}"
)
_NUMBER = (
    rf"(?:\d{{1,3}}(?:[, ]\d{{3}})+|\d+|{NUMBER_IN_WORDS})"
    r"(?! ?(?:%|months?\b|years?\b|days?\b|weeks?\b|hours?\b|min\b|mg\b))"
)
_PEOPLE = (
    r"(?:patients|participants|subjects|children|women|men|infants|people|persons|individuals"
    r"|adults|volunteers|students|adolescents|neonates|newborns|mothers|boys|girls|females|males"
    r"|families|couples|residents|pupils|caregivers|smokers|workers|nurses|cases|dyads|toddlers"
    r"|veterans|survivors|athletes|primigravida|parturients|householders|households|youths?)"
)
_ADJECTIVES = r"(?:(?:[a-z][\w-]*|[A-Z]{2,6}\d?|\(?[\d.]+%\)?),? ){0,5}?"
_BEHIND = (
    r"(?:,? \([^()]{1,60}\)| ?\[[^\[\]]{1,200}\])?"
    r"(?:,? (?:with|aged|from|undergoing|who|in|scheduled"
    r"|suffering|admitted|attending|diagnosed|requiring|receiving|at|on|having|presenting|meeting"
    r"|fulfilling) "
    r"(?:(?!\b(?:screened|whom|which|total|assessed|and \d+)\b)(?:[^.;:]|\.\d)){3,150}?)?,?"
)
_RANDOMLY = (
    r"(?:(?:were|was|underwent|had been|have been) )?(?:(?:then|subsequently|finally|also"
    r"|successfully|all) )*(?:(?:enrolled|included|recruited|entered|eligible),? (?:and|then) "
    r"(?:were )?)?(?:(?:in a )?(?:randomly|random)\b"
    r"(?! (?:select|sampl|chosen|pick|arm|group|number))|randomi[sz](?:ed|ation)\b|allocated\b"
    r"|(?:assigned|divided|allocated|grouped|(?:selected|recruited) and assigned) "
    r"(?:at random|randomly)\b)"
)
_RANDOMISED = re.compile(
    rf"(?<![\w.,/=<>^-])(?P<v>{_NUMBER}) {_ADJECTIVES}{_PEOPLE}{_BEHIND} {_RANDOMLY}"
    rf"|(?<![\w.,/=<>^-])(?P<v2>{_NUMBER}) (?:were (?:then |subsequently |finally )?"
    r"(?:randomi[sz]ed|randomly (?:assigned|allocated|divided))|underwent randomi[sz]ation)\b"
    r"|\b(?:randomi[sz]ed|randomly (?:assigned|allocated|divided)|assigned) (?:a total of )?"
    rf"(?P<v3>{_NUMBER}) {_ADJECTIVES}{_PEOPLE}\b"
    rf"|\b{_PEOPLE}[^.;:()]{{0,60}} \((?:n|N) ?= ?(?P<v5>\d[\d,]*)\) (?:were|was) "
    r"(?:randomi[sz]ed|randomly (?:assigned|allocated|divided))"
    rf"|\b(?P<v4>{_NUMBER}) {_ADJECTIVES}randomi[sz]ed {_PEOPLE}\b",
    re.IGNORECASE,
)
_ENROLLED = re.compile(
    rf"(?<![\w.,/=<>^-])(?P<v>{_NUMBER}) {_ADJECTIVES}{_PEOPLE}{_BEHIND} "
    r"(?:(?:were|was|have been|had been) )?(?:enrolled|included|recruited|entered|participated"
    r"|took part)\b"
    rf"|\b(?:enrolled|included|recruited) (?:a total of )?(?P<v2>{_NUMBER}) {_ADJECTIVES}"
    rf"{_PEOPLE}\b",
    re.IGNORECASE,
)
_ANALYSED = re.compile(
    rf"(?<![\w.,/=<>^-])(?P<v>{_NUMBER})(?: \([\d.]+\s?%\))? (?:{_ADJECTIVES}{_PEOPLE} )?"
    r"(?:\([^()]{1,40}\) )?(?:were|was) (?:finally |then )?"
    r"(?:analy[sz]ed|evaluable|(?:available|included|eligible) (?:for|in) (?:the )?"
    r"(?:[\w-]+ ){0,4}analys[ei]s)\b",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\bwill\b|\bwould\b|\bplan(?:ned|s)?\b|\brequired?\b|\bneeded\b|\bsample size\b|\bpower\b"
    r"|\baim(?:ed)? to (?:recruit|enrol)|\btarget\b",
    re.IGNORECASE,
)
# Behind a number that belongs to one arm or one part of the participants.
_OF_A_PART = re.compile(
    r" (?:(?:in|into|to|per) )?(?:each|every) |"
    r"[^.;]{0,80}\b(?:arm|group)\b[^.;]{0,20}\band\b\s+\d"
    rf"|[^.;]{{0,80}}\b(?:and|while|whereas|,) (?:the other |another )?(?:{_NUMBER})"
    rf" (?:{_PEOPLE} )?(?:were (?:\w+ )?)?(?:to|in|into|received|as)\b"
    r"|(?: (?:to|into|in))? (?:the |an? )?(?:[\w-]+ ){0,3}(?:group|arm) \((?:group )?[A-Z1-9]\)",
    re.IGNORECASE,
)
_PART_BEFORE = re.compile(
    rf"\b(?:{_NUMBER}) (?:{_PEOPLE} )?(?:were |was )?(?:randomly )?(?:\w+ )?(?:to|in|received)"
    r" [^.;]{0,60}\b(?:and|while|,) (?:the other )?$"
    r"|\b(?:other|remaining|each|per|every|(?<!total )of|class|type|grade|stage|phase|group|arm"
    r"|step|level|day|week|table|cohort|study|trial|than|least) $"
    r"|\d and $",
    re.IGNORECASE,
)
_UNIT = r"(?:years?|yrs?|y|months?|mo|weeks?|days?|d|wk)"
_AGE = re.compile(
    rf"(?P<v>\b(?:aged?(?: between| from)?|ages(?: of)?|age range:?)\s+"
    rf"(?:[≥>≤<]?\s*\d+(?:\.\d+)?\s*{_UNIT}?\s*(?:-|to|and|through)\s*)"
    rf"[≥>≤<]?\s*\d+(?:\.\d+)?\s*{_UNIT}?(?:\s+of age)?\b"
    rf"|\baged?\s*[≥>≤<]\s*\d+\s*{_UNIT}?\b"
    rf"|\b\d+(?:\.\d+)?\s*{_UNIT}?\s*(?:-|to)\s*\d+(?:\.\d+)?[\s-]*{_UNIT}[\s-]+(?:old|of age)\b"
    rf"|\baged?\s+(?:at least\s+)?\d+\s*{_UNIT}(?:\s+(?:or|and)\s+(?:over|older|above|more))?"
    rf"(?!\s*(?:-|to)\s*\d)|\b(?:over|above|older than|at least) \d+ {_UNIT} (?:old|of age)\b)",
    re.IGNORECASE,
)
_MEAN_AGE = re.compile(
    r"(?P<v>\b(?:mean|median|average)(?: \((?:SD|±\s?SD|range|IQR)\))? (?:patient |maternal )?age"
    r"(?: \((?:±\s?)?(?:SD|range|IQR)\))?(?: of (?:the |all )?(?:[\w-]+ )?(?:patients|participants"
    r"|subjects|children|women|men|infants|mothers|students|cohort|sample|population|group))?"
    r"(?: at (?:\w+ ){1,2}?)?(?:,? (?:was|of|is)|:|,|=)? ?(?:was )?\d+(?:\.\d+)?"
    r"(?: ?(?:±|\+/-) ?(?:SD )?\d+(?:\.\d+)?)?"
    rf"(?: ?{_UNIT}\b)?(?: ?[(\[][^()\[\]]{{0,40}}\d[^()\[\]]{{0,20}}[)\]])?(?: {_UNIT}\b)?)",
    re.IGNORECASE,
)
_SEX = re.compile(
    r"(?P<v>\b\d{1,3}(?:\.\d+)?\s?% (?:\(n ?= ?\d+\) )?"
    r"(?:(?:of (?:the )?\w+ |of whom )?(?:were|was) )?(?:female|women|girls|males?|men|boys)\b"
    r"|(?<![/.\d])\b\d+ (?:\(\d{1,3}(?:\.\d+)?\s?%\) )(?:were )?"
    r"(?:female|women|girls|males?|men|boys)\b"
    r"|\b\d+ (?:female|women|girls|males?|men|boys) \(\d{1,3}(?:\.\d+)?\s?%\)"
    r"(?! (?:[a-z]+ed|had|with|who)\b)"
    r"|\b\d+ (?:females?|women|girls|males?|men|boys)(?:,| and) \d+ (?:females?|women|girls"
    r"|males?|men|boys)\b|\b(?:female|women|males?|men): ?\d{1,3}(?:\.\d+)?\s?%)",
    re.IGNORECASE,
)
_DONE_TO = re.compile(
    r"\b(?:were|was|underwent|been|we|assigned|randomi[sz]ed [\d,]+)\b", re.IGNORECASE
)
_ONE_GROUP = re.compile(
    r" (?:to|into|in) (?:the |an? )?(?:(?!or\b|and\b|either\b)[\w-]+ ){0,3}"
    r"(?:(?:group|arm|condition)\b(?!,?(?: ?\([^()]*\),?)? (?:or|and|versus)\b)|group [A-C1-3]\b)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(?:and(?! \d)|or|versus|vs|either|groups|arms|one of|two|three)\b", re.IGNORECASE
)
_OF_AN_ARM = re.compile(r"\b(?:group|arm)\b|\brespectively\b|\bvs\.?\b|\bversus\b", re.IGNORECASE)


def people_cues(study: StudyText) -> Iterator[Cue]:
    """Numbers, age and sex of the participants, where a sentence gives them for all of them."""
    randomised = _number(study, "number_randomised", _RANDOMISED, ("v", "v2", "v3", "v4", "v5"))
    if randomised is None:
        randomised = _number(study, "number_enrolled", _ENROLLED, ("v", "v2"))
    analysed = _number(study, "number_analysed", _ANALYSED, ("v",))
    yield from (cue for cue in (randomised, analysed) if cue is not None)
    for part in OWN_PARTS[:3]:
        cue = _age(study, part)
        if cue is not None:
            yield cue
            break
    yield from _of_all(study, "age_observed", _MEAN_AGE)
    yield from _of_all(study, "sex", _SEX)


def _number(
    study: StudyText, field: str, pattern: re.Pattern[str], names: tuple[str, ...]
) -> Cue | None:
    """The first number told for the whole trial: in the abstract, the results, the methods."""
    parts: tuple[Part, ...] = ("abstract", "results", "methods")
    # Methods tell of pilot samples that were enrolled for something else.
    for part in parts if field != "number_enrolled" else parts[:2]:
        for sentence in study.parts[part]:
            if _PLANNED.search(sentence.text) or of_another_study(sentence):
                continue
            for m in pattern.finditer(sentence.text):
                start, end = value_of(m, *names)
                before = sentence.text[max(0, start - 120) : start]
                if _OF_A_PART.match(sentence.text, m.end()) or _PART_BEFORE.search(before):
                    continue
                if field == "number_randomised" and _of_one_arm(sentence.text, m):
                    continue
                return cue_in(field, sentence, (start, end))
    return None


def _of_one_arm(text: str, m: re.Match[str]) -> bool:
    """Whether `28 infants randomised to X` or `who were randomised to X` names one arm alone."""
    told_of_all = _DONE_TO.search(m.group()) and not re.search(r"\bwho (?:were|was)\b", m.group())
    behind = re.sub(r"^ (?:assigned|allocated)\b", "", text[m.end() : m.end() + 90]).split(",")[0]
    if _ONE_GROUP.match(behind):
        return True
    return not told_of_all and behind.startswith(" to ") and _SEVERAL.search(behind) is None


def _age(study: StudyText, part: Part) -> Cue | None:
    for sentence in study.parts[part]:
        m = None if of_another_study(sentence) else _AGE.search(sentence.text)
        if m is not None:
            return cue_in("age", sentence, value_of(m))
    return None


def _of_all(study: StudyText, field: str, pattern: re.Pattern[str]) -> Iterator[Cue]:
    """The first statement in a sentence that compares no arms."""
    parts: tuple[Part, ...] = ("abstract", "results", "methods")
    for part in parts:
        for sentence in study.parts[part]:
            found = list(pattern.finditer(sentence.text))
            if _OF_AN_ARM.search(sentence.text) or of_another_study(sentence):
                continue
            if len(found) == 1:
                yield cue_in(field, sentence, value_of(found[0]))
                return


_BELOW_TWENTY = f"{_ONES}|{_TEENS}"
_WORD_VALUES = {word: value for value, word in enumerate(_BELOW_TWENTY.split("|"), 1)}
_WORD_VALUES |= {word: 10 * value for value, word in enumerate(_TENS.split("|"), 2)}


def number_named(value: str) -> int | None:
    """The whole number that digits or words name; None where they name none."""
    digits = re.sub(r"[, ]", "", value)
    if digits.isdecimal():
        return int(digits)
    total, known = 0, False
    for word in re.findall(r"[a-z]+", value.lower()):
        if word == "hundred":
            total, known = max(total, 1) * 100, True
        elif word in _WORD_VALUES:
            total, known = total + _WORD_VALUES[word], True
        elif word != "and":
            return None
    return total if known else None
