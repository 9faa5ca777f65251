"""Honest rewordings: what a claim says stays, its words do not. Every rule is listed here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Rewrite = Callable[[str], str | None]


@dataclass(frozen=True)
class Rule:
    """A named rewording; `test_only` rules make no case of the development part."""

    name: str
    rewrite: Rewrite
    test_only: bool = False


# Written forms on both sides of the slash mean the same in a trial's results.
_SYNONYMS = (
    ("compared with", "versus"),
    ("compared to", "compared with"),
    ("vs.", "versus"),
    ("higher than", "greater than"),
    ("significantly higher", "significantly greater"),
    ("significantly greater", "significantly higher"),
    ("significantly lower", "significantly smaller"),
    ("significantly reduced", "significantly decreased"),
    ("significantly decreased", "significantly reduced"),
    ("significantly increased", "significantly raised"),
    ("a significant reduction", "a significant decrease"),
    ("a significant decrease", "a significant reduction"),
    ("a significant increase", "a significant rise"),
    ("reduction in", "decrease in"),
    ("decrease in", "reduction in"),
    ("increase in", "rise in"),
    ("effective", "efficacious"),
    ("efficacious", "effective"),
    ("adverse events", "side effects"),
    ("side effects", "adverse events"),
    ("adverse effects", "side effects"),
    ("participants", "subjects"),
    ("subjects", "participants"),
    ("elderly", "older"),
    ("similar", "comparable"),
    ("improvement in", "gain in"),
    ("showed", "demonstrated"),
    ("demonstrated", "showed"),
    ("was found to be", "was"),
    ("were found to be", "were"),
    ("control group", "control arm"),
    ("intervention group", "intervention arm"),
    ("placebo group", "placebo arm"),
    ("treatment group", "treatment arm"),
    ("there was no significant difference in", "no significant difference was seen in"),
    ("There was no significant difference in", "No significant difference was seen in"),
    ("There were no significant differences in", "No significant differences were found in"),
    ("did not differ significantly", "were not significantly different"),
    ("mortality rate", "death rate"),
    ("in patients with", "in people with"),
    ("well tolerated", "tolerated well"),
    ("prior to", "before"),
    ("following", "after"),
    ("at baseline", "at the start"),
    ("resulted in", "led to"),
    ("led to", "resulted in"),
    ("more effective than", "superior to"),
    ("superior to", "better than"),
    ("approximately", "about"),
    ("respectively", "in that order"),
    ("received", "were given"),
    ("physicians", "doctors"),
    ("duration of", "length of"),
    ("length of", "duration of"),
    ("efficacy", "effectiveness"),
    ("beneficial", "helpful"),
    ("per cent", "percent"),
    ("body mass index", "BMI"),
    ("randomised", "randomized"),
    ("randomized", "randomised"),
    ("may be", "might be"),
    ("may reduce", "could lower"),
    ("may improve", "might improve"),
)
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_UNITS = (
    (r"\b12[ -]months?\b", "1 year"),
    (r"\b24[ -]months\b", "2 years"),
    (r"\b1[ -]year\b", "12 months"),
    (r"\b7 days\b", "1 week"),
    (r"\b14 days\b", "2 weeks"),
    (r"\b28 days\b", "4 weeks"),
    (r"\b24 ?h(?:ours|rs?)?\b", "1 day"),
    (r"\b48 ?h(?:ours|rs?)?\b", "2 days"),
)
_LEAD_IN = re.compile(
    r"^(?:In conclusion|In summary|Overall|To conclude|Finally|Interestingly|Importantly|Of note"
    r"|Our (?:results|findings|data) (?:show|demonstrate|indicate) that|We found that|We conclude"
    r" that|We showed that|The results show(?:ed)? that|The present study (?:showed|demonstrated)"
    r" that|Results showed that),? (?P<rest>.+)$"
)
_OPENING = re.compile(
    r"^(?P<lead>(?:After|At|During|Among|In|Within|Following) [^,;.()]{4,60}), (?P<rest>[A-Za-z]"
    r"[^,;]*[^,;.])\.$"
)
_CONTRAST = re.compile(
    r"^(?P<a>[A-Z][^;]{15,}?)(?:, (?P<j>whereas|while|but)|;) (?P<b>[^;]{15,})\.$"
)
_ENDING = re.compile(
    r"^(?P<rest>[A-Z][^,;]{25,}) (?P<lead>(?:after|at) (?:the end of )?(?:\d+|\w+)[- ](?:days?"
    r"|weeks?|months?|years?|hours?)(?: (?:post-?\w+|of (?:follow-up|treatment)))?)\.$"
)
_HIGHER = re.compile(
    r"\b(?P<v>was|were) (?P<s>significantly )?(?P<c>higher|lower|greater|longer|shorter|larger"
    r"|smaller) in (?P<a>[^,;().\d]{3,50}?) (?:than|compared (?:with|to)) (?:in )?"
    r"(?P<b>[^,;().\d]{3,50}?)(?P<end>[.,;]| \()"
)
_OPPOSITE = {"higher": "lower", "lower": "higher", "greater": "smaller", "longer": "shorter"}
_OPPOSITE |= {"shorter": "longer", "larger": "smaller", "smaller": "larger"}
_ACTIVE = re.compile(
    r"^(?P<a>(?:The )?[A-Za-z][\w -]{2,50}?) (?P<s>significantly )?(?P<v>reduced|improved|increased"
    r"|decreased|prevented|attenuated|enhanced) (?P<o>(?:the )?[a-z][\w -]{3,60}?)"
    r"(?P<end>\.| (?:in|at|after|during|among|compared|versus)\b.*\.)$"
)
_PAIR = re.compile(
    r"(?P<x>\d+(?:\.\d+)? ?%|\d+\.\d+) in (?P<a>(?:the )?[\w-]+(?: group| arm)?) and "
    r"(?P<y>\d+(?:\.\d+)? ?%|\d+\.\d+) in (?P<b>(?:the )?[\w-]+(?: group| arm)?)(?=[,.; ])"
)


def _synonym(old: str, new: str) -> Rewrite:
    pattern = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])")
    return lambda text: pattern.sub(new, text, count=1) if pattern.search(text) else None


def _sub(pattern: str, new: str) -> Rewrite:
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(new, text, count=1) if compiled.search(text) else None


def _number_word(text: str) -> str | None:
    m = re.search(r"\b(two|three|four|five|six|seven|eight|nine|ten)\b(?= [a-z])", text)
    if m is None or m.start() == 0:
        return None
    return f"{text[: m.start()]}{_WORDS.index(m.group())}{text[m.end() :]}"


def _digit_word(text: str) -> str | None:
    m = re.search(r"(?<![\w.,/=<>±-])([2-9])(?= (?:weeks|months|years|days|hours|patients))", text)
    if m is None or m.start() == 0:
        return None
    return f"{text[: m.start()]}{_WORDS[int(m.group())]}{text[m.end() :]}"


def _half(text: str) -> str | None:
    m = re.search(r"(?<![\d.])(50|25|75)(?:\.0+)? ?% of", text)
    if m is None:
        return None
    share = {"50": "half", "25": "a quarter", "75": "three quarters"}[m.group(1)]
    return f"{text[: m.start()]}{share} of{text[m.end() :]}"


def _share(text: str) -> str | None:
    """`35.2% of` as `a share of 0.352 of`."""
    m = re.search(r"(?<![\d.,-])(\d{1,2}(?:\.\d)?) ?% of\b", text)
    if m is None:
        return None
    digits = m.group(1).replace(".", "").rjust(len(m.group(1).partition(".")[2]) + 2, "0")
    return f"{text[: m.start()]}a share of 0.{digits} of{text[m.end() :]}"


def _lead_in(text: str) -> str | None:
    m = _LEAD_IN.match(text)
    return _capital(m["rest"]) if m else None


def _opening_last(text: str) -> str | None:
    m = _OPENING.match(text)
    if m is None or len(m["rest"].split()) < 5 or " that " in m["rest"]:
        return None
    return f"{_capital(m['rest'])} {_small(m['lead'])}."


def _ending_first(text: str) -> str | None:
    m = _ENDING.match(text)
    return f"{_capital(m['lead'])}, {_small(m['rest'])}." if m else None


def _clauses_turned(text: str) -> str | None:
    m = _CONTRAST.match(text)
    if m is None or re.search(r"respectively|\b(?:it|they|this|these|both|the latter)\b", m["b"]):
        return None
    if not re.search(r"\b(?:was|were|is|are|did|had|has|\w+ed)\b", m["b"].split(",")[0]):
        return None
    return f"{_capital(m['b'])}, {m['j'] or 'and'} {_small(m['a'])}."


def _comparison_turned(text: str) -> str | None:
    m = _HIGHER.search(text)
    if m is None or len(re.findall(r"\d[\d.]*", text[m.end() :])) > 1:
        return None
    if re.search(r"\b(?:and|than|but|that)\b", m["a"] + " " + m["b"]) or " no " in text:
        return None
    turned = f"{m['v']} {m['s'] or ''}{_OPPOSITE[m['c']]} in {m['b']} than in {m['a']}{m['end']}"
    return text[: m.start()] + turned + text[m.end() :]


def _passive(text: str) -> str | None:
    m = _ACTIVE.match(text)
    if m is None or re.search(r"\b(?:and|that|which|not|than|we|was|were|by)\b", m["a"] + m["o"]):
        return None
    verb = f"were {m['s'] or ''}{m['v']} by {_small(m['a'])}"
    return f"{_capital(m['o'])} {verb}{m['end']}"


def _pair_turned(text: str) -> str | None:
    m = _PAIR.search(text)
    if m is None:
        return None
    return f"{text[: m.start()]}{m['y']} in {m['b']} and {m['x']} in {m['a']}{text[m.end() :]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if first[1:] != first[1:].lower() or len(first) == 1 else text[0].lower() + text[1:]


RULES: tuple[Rule, ...] = (
    *(
        Rule(f"synonym: {old} → {new}", _synonym(old, new), test_only=i % 3 == 2)
        for i, (old, new) in enumerate(_SYNONYMS)
    ),
    *(
        Rule(f"unit: {new}", _sub(pattern, new), test_only=i % 3 == 2)
        for i, (pattern, new) in enumerate(_UNITS)
    ),
    Rule("percent as a word", _sub(r"(?<=\d) ?%(?= [a-z])", " percent")),
    Rule("number word as digits", _number_word),
    Rule("digits as number word", _digit_word),
    Rule("percent as half or quarter", _half),
    Rule("percent as a share", _share),
    Rule("thousands without comma", _sub(r"\b(\d{1,3}),(\d{3})\b", r"\1\2")),
    Rule("p-value in words", _sub(r"\b[pP] ?< ?(?=0?\.\d)", "P value below ")),
    Rule("lead-in left out", _lead_in),
    Rule("opening moved last", _opening_last),
    Rule("ending moved first", _ending_first),
    Rule("clauses turned", _clauses_turned),
    Rule("comparison turned", _comparison_turned),
    Rule("passive voice", _passive),
    Rule("pair of values turned", _pair_turned),
)
_STRUCTURAL = frozenset(rule.name for rule in RULES if ":" not in rule.name)


def paraphrase(text: str, random: Random, *, test: bool) -> tuple[str, tuple[str, ...]] | None:
    """The text reworded by one to three rules, and their names; None when none fits.

    A rule that moves parts of the sentence goes first: the others are many and small.
    """
    rules = [rule for rule in RULES if test or not rule.test_only]
    random.shuffle(rules)
    rules.sort(key=lambda rule: rule.name not in _STRUCTURAL)
    wanted = random.randint(1, 3)
    used: list[str] = []
    for rule in rules:
        changed = rule.rewrite(text) if len(used) < wanted else None
        if changed is not None and changed != text:
            text = changed
            used.append(rule.name)
    return (text, tuple(used)) if used else None
