"""Headings that name a group of participants, and the wording by which two of them agree.

A label is what stays of a heading when its statistics, numbers of participants and time points are
taken off: `MI group (n = 35), mean ± SD` and `MI` bear one label.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from evidence.extraction.time_points import time_points
from evidence.extraction.wording import Span, Word, flatten, stem, words

Kind = Literal["control", "intervention", "own"]
Key = tuple[str, ...]

_HEADER_N = re.compile(
    r"(?<!mea)\bn[*†‡§¶]?\s*[=:]\s*(\d{1,3}(?:,\d{3})+|\d+)|[a-z)\]]n\s*=\s*(\d+)", re.I
)
_BARE = {
    "intervention": re.compile(r"\b(?:intervention|experimental|treatment group|active)\b", re.I),
    "comparator": re.compile(
        r"\b(?:controls?|placebo|usual care|standard care|comparison group)\b", re.I
    ),
}


def header_n(text: str) -> int | None:
    """The number in `(n = 73)`, when exactly one such number is there."""
    found = {m.group(1) or m.group(2) for m in _HEADER_N.finditer(flatten(text))}
    return int(found.pop().replace(",", "")) if len(found) == 1 else None


def bare_role(text: str) -> Literal["intervention", "comparator"] | None:
    """The role that a table's heading names in general words (`Intervention`, `Controls`)."""
    mine, theirs = (_BARE[r].search(text) is not None for r in ("intervention", "comparator"))
    if mine == theirs:
        return None
    return "intervention" if mine else "comparator"


class Label(NamedTuple):
    """What a heading calls a group: the key, a second one in brackets, and where both stand.

    `marked` headings show that they head a group: by `(n = 35)` or by the word group or arm.
    """

    key: Key
    aside: Key
    span: Span
    marked: bool

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that the label has."""
        return tuple(k for k in (self.key, self.aside) if k)

    @property
    def kind(self) -> Kind:
        """Whether the label is a general name of a control or of an intervention."""
        return kind_of(self.key)


def stems(listed: str) -> frozenset[str]:
    """The stems of words listed in one line."""
    return frozenset(stem(w) for w in listed.split())


_CONTROL_WORDS = stems(
    "control controls comparison comparator reference placebo sham usual standard routine"
    " conventional care no none treatment intervention waitlist waiting wait list only"
    " untreated tau uc sc cg con ctrl ctl"
)
_CONTROL_MARKS = stems(
    "control controls comparison comparator reference placebo sham usual standard routine"
    " conventional no none waitlist waiting wait untreated tau uc cg con ctrl ctl"
)
# A control diet or a placebo cream is a control, a standard diet may be the treatment.
_PLAIN_MARKS = stems("control controls controlled placebo sham")
_WHAT_IS_GIVEN = stems(
    "diet drink beverage cream gel tablet capsule solution training exercise session meal program"
    " programme activity message food product supplement milk injection controlled"
)
_INTERVENTION_WORDS = stems(
    "intervention interventional experimental experiment treatment treated active study"
    " test trial ig eg exp int"
)


@lru_cache(maxsize=4096)
def kind_of(key: Key) -> Kind:
    """Whether a key says no more than control or intervention."""
    bare = set(key) - _WHAT_IS_GIVEN if set(key) & _PLAIN_MARKS else set(key)
    if bare and bare <= _CONTROL_WORDS and bare & _CONTROL_MARKS:
        return "control"
    if key and set(key) <= _INTERVENTION_WORDS:
        return "intervention"
    return "own"


_NO_GROUP = re.compile(
    r"^\W*(?:p|t|f|z|q|r|β|b|df|or|rr|hr|ci|md|smd|e\.?s|d|η2?|χ2?|se|sd|n|sig|n\.s|ns)"
    r"(?:\W*\d|[\s^(]{0,2}\b[a-h])?\W*$"
    r"|\bp\s*[-<=]|\bp[- ]?values?|\bp for\b|\bp trend\b|\bdiff(?:s|\b|erenc)"
    r"|\bratio\b|\b(?:OR|RR|HR|CI|MD|SMD|ANOVA|GLM)\b"
    r"|^\W*(?:total|all|overall|combined|both|whole|entire)\b|\bvs?\.?\s|\bversus\b|\beffect|χ"
    r"|\bstatistic|\binteraction|\bchange|\btests?\b(?! group)|\breference\b|\bcoefficient"
    r"|\bNN[TH]B?\b|\bICC\b|\b(?:un)?adjusted\b|\bcrude\b|\bper[- ]protocol\b"
    r"|\b(?:ITT|PP) (?:population|analysis|set)\b"
    r"|\bmissing\b|\bsignifican|\bcharacteristic|\bvariables?\b|\bparameters?\b|\boutcomes?\b"
    r"|\b(?:intervention|experimental|treatment|controls?|placebo)\s*(?:[-/&]|minus|and)\s*"
    r"(?:intervention|experimental|treatment|controls?|placebo)\b"
    r"|\bmeasures?\b|\bmen\b|\bwomen\b|\bmales?\b|\bfemales?\b|\bboys\b|\bgirls\b|\bitems?\b", re.I,
)  # fmt: skip
_LETTERED = re.compile(r"\W*[A-Z]\s*\(")
_TAKEN_OFF = re.compile(
    r"[(\[]?\s*(?<!mea)\bn\s*[=:]?\s*\d[\d, ]*(?:\s*%)?\s*[)\]]?"
    r"|\^\w+|(?<=[)\]])[a-h]\b|\bf\s*[(\[]\s*%\s*[)\]]|[(\[]?\s*\b(?:n|no\.?|number|mean|median|m)\W*[(\[,]?\s*"
    r"(?:%|percent|sd|se|sem|iqr|range|s\.d\.)\s*[)\]]?"
    r"|[(\[]\s*(?:%|sd|se|sem|iqr|range|units?|n)\s*[)\]]|±\s*(?:sd|sem?)\b"
    r"|\b(?:mean|median|average|sd|sem|iqr|percent|n)\b(?!-)|[(\[]\s*[\d.,]+\s*%?\s*[)\]]", re.I,
)  # fmt: skip
_TIME_WORDS = re.compile(
    r"\b(?:before|after|pre|post|end of|during|at|prior to)[- ]*(?:the )?(?:treatment|intervention"
    r"|tests?|therapy|training|surgery|operation|program(?:me)?|study)\b|\bbaseline\b"
    r"|\bfollow-? ?up"
    r"|\b(?:pre|post)-?(?:test|treatment|intervention)\b|\b(?:end|final|initial|before|after)\b"
    r"|\b\d+\s*-\s*\d+\s*(?:days?|weeks?|months?|years?)\b|\b(?:day|week|month)s?\s*\d+\b", re.I,
)  # fmt: skip
_GROUP_WORD = re.compile(r"\b(?:groups?|arms?|cohort)\b", re.I)
PLAIN = stems(
    "group groups arm arms cohort condition patients patient participants subjects"
    " children infants women men people individuals practices the a of in for with and"
    " plus to or by + / % < > ≤ ≥ an from at per"
)
_UNIT = re.compile(r"\s*-?(?:mg|g|µg|μg|ug|mcg|ml|iu|kg|%|mm|cm|min|h|hz|k|times|x)\b|\s*%", re.I)


_DOSED = re.compile(r"\d\s*-?(?:mg|g|µg|μg|ug|mcg|ml|iu|gy)\b", re.I)


@lru_cache(maxsize=16384)
def read_label(text: str) -> Label | None:
    """The label of a heading; None where it heads a statistic, a time or nothing."""
    flat = flatten(text)
    if not 0 < len(flat) <= 160:
        return None
    lettered = _LETTERED.match(flat) is not None and header_n(flat) is not None
    if not lettered and _NO_GROUP.search(_TAKEN_OFF.sub(" ", flat)):
        return None
    marked = header_n(flat) is not None or _GROUP_WORD.search(flat) is not None
    bare = _blank(_blank(flat, _TAKEN_OFF), _TIME_WORDS)
    for point in time_points(bare):
        bare = bare[: point.start] + " " * (point.end - point.start) + bare[point.end :]
    inside = [m for m in re.finditer(r"[(\[]([^()\[\]]{1,40})[)\]]", bare) if m.group(1).strip()]
    # A dose in brackets belongs to the name: the 30 mg group is not the 60 mg group.
    inside = [m for m in inside if not _DOSED.search(m.group(1))]
    outside = re.sub(r"[(\[][^()\[\]]*[)\]]", _unless_dosed, bare)
    key, span = _key(outside, flat)
    aside: Key = ()
    for m in inside:
        other, place = _key(" " * m.start(1) + m.group(1), flat)
        if other and len(other) <= 3 and not aside:
            aside = other
            span = Span(min(span.start, m.start()), m.end()) if key else place
    if not key:
        key, aside = aside, ()
    if not key or span.end <= span.start or not any(c.isalnum() for c in "".join(key)):
        return None
    if not marked and all(not k.isalpha() for k in key) and not _UNIT.search(flat):
        return None
    return Label(key, aside, span, marked)


def _unless_dosed(m: re.Match[str]) -> str:
    return m.group() if _DOSED.search(m.group()) else " " * len(m.group())


def _blank(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda m: " " * len(m.group()), text)


def _key(text: str, whole: str) -> tuple[Key, Span]:
    """The key of a stretch and its place; the words group and arm beside it belong to the place."""
    found = words(text)
    core = [
        w for w in found
        if stem(w.folded) not in PLAIN or _names_group(text, w) or in_capitals(text, w)
    ]  # fmt: skip
    while len(core) > 1 and re.fullmatch(r"[a-h]", text[core[-1].start : core[-1].end]):
        core = core[:-1]  # a footnote's letter
    core = [_unmarked(text, w) for w in core]
    if not core:
        return (), Span(0, 0)
    start, end = core[0].start, core[-1].end
    before = re.search(r"(?:\bgroup|\barm)\W{1,2}$", whole[:start], re.I)
    after = re.match(r"\W{1,2}(?:groups?|arms?|condition|patients|participants)\b", whole[end:])
    low = before.start() if before else start
    return tuple(stem(w.folded) for w in core), Span(low, end + (after.end() if after else 0))


def in_capitals(text: str, word: Word) -> bool:
    """Whether two letters are an abbreviation (`AT`, `TO`) and no plain word."""
    said = text[word.start : word.end]
    return len(said) == 2 and said.isupper() and re.search(r"[A-Z]{5}", text) is None


def _unmarked(text: str, word: Word) -> Word:
    """A word in capitals without the letter of a footnote behind it: `EUCa` is EUC."""
    if re.fullmatch(r"[A-Z]{2,}[a-h]", text[word.start : word.end]):
        return Word(word.folded[:-1], word.start, word.end - 1)
    return word


def _names_group(text: str, word: Word) -> bool:
    """Whether a letter is a group's name (`Group A`), not an article."""
    letter = text[word.start : word.start + 2].strip()
    return letter == "A" and (len(text.strip()) == 1 or bool(_GROUP_WORD.search(text)))
