"""How many participants each arm has, from headings of tables and from sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from evidence.extraction.arm_labels import header_n
from evidence.extraction.arm_mentions import Mention, Size, TrialArm, mentions
from evidence.extraction.wording import Span, flatten, sentences
from indexers.records import Document, Table

_PEOPLE = (
    r"(?:patients|participants|subjects|children|women|men|infants|people|individuals|adults|pts"
    r"|cases|volunteers|knees|hips|eyes|members)"
)
_RANDOMISED = re.compile(r"\brandom|\ballocat|\bassign", re.I)
_LOST = re.compile(
    r"\blost\b|\bexclud|\bwithdr|\bdiscontinu|\bdied\b|\bdropp|\bdid not\b|\bper site", re.I
)
_N_AFTER = re.compile(
    rf"\W{{0,2}}(?:[\w-]+\s+)?(?:group|arm|treatment|therapy|regimen|{_PEOPLE})?\s*"
    r"[(\[,]?\s*n\s*=\s*(?P<n>\d{1,3}(?:,\d{3})+|\d+)", re.I,
)  # fmt: skip
_BRACKET_AFTER = re.compile(
    rf"\s*(?:group|arm)?\s*\(\s*(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+)\s*{_PEOPLE}?\s*\)", re.I
)
_N_BEFORE = re.compile(
    rf"(?<![\w.,/])(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+)\s+(?:\(\d+(?:\.\d+)?%\)\s+)?(?:{_PEOPLE}\s+)?"
    r"(?:were\s+|was\s+)?(?:randomly\s+)?(?:allocated|assigned|randomi[sz]ed|enrolled)?\s*"
    r"(?:to|into|in|received|receiving|with)?\s*(?:receive\s+|the\s+|an?\s+|treatment"
    r" with\s+)*$", re.I,
)  # fmt: skip
_BLOCK = re.compile(r"\b(?:blocks?|sizes?|ratio) of\s*$", re.I)
_NOT_PEOPLE = re.compile(
    r"\s*-?(?:m?g|mcg|µg|μg|m?l|iu|kg|%|mm|units?|weeks?|days?|months?|hours?|h|min)\b"
    r"|\s*(?:\w+\s+){0,2}(?:arms|groups|conditions|sessions|times|doses)\b", re.I,
)  # fmt: skip
# Where these are randomised, a bare number counts them and not participants.
_CLUSTERS = re.compile(
    r"\b(?:schools|clusters|practices|villages|class(?:es|rooms)|wards|hospitals|clinics|cent(?:er|re)s"
    r"|communities|districts|households|famil(?:ies|y units)|nursing homes|kindergartens|pharmacies"
    r"|health facilities|sites)\b[^.;]{0,60}\b(?:random|allocat|assign)", re.I,
)  # fmt: skip
_OF_TREATED = re.compile(
    rf"\b(?:of|all)\s+(?:the\s+)?(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+)\s+{_PEOPLE}\s+(?:were\s+)?"
    r"(?:treated with|receiving|who received|in|given)\s+(?:the\s+)?$", re.I,
)  # fmt: skip
# `Thirty of the 32 members of the learning therapy group`
_OF_MEMBERS = re.compile(
    rf"\bof\s+(?:the\s+)?(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+)\s+{_PEOPLE}\s+(?:of|in|from)\s+(?:the\s+)?$",
    re.I,
)


def with_sizes(document: Document, arms: list[TrialArm]) -> tuple[TrialArm, ...]:
    """The arms with all the sizes that the report prints for them.

    Table headings give sizes outright; a sentence does where it tells of assignment or treatment.
    """
    found: dict[int, list[Size]] = {i: [] for i in range(len(arms))}
    places = {id(arm): i for i, arm in enumerate(arms)}
    for table in document.tables:
        for cell in table.cells:
            count = header_n(cell.text)
            named = {id(m.arm) for m in mentions(cell.text, arms)} if count else set()
            if count and len(named) == 1:
                found[places[named.pop()]].append(Size(count, "table", cell.start, cell.end))
    inside = _table_spans(document.tables)
    flat = flatten(document.text)
    for mention in mentions(document.text, arms):
        if not any(s.start <= mention.start < s.end for s in inside):
            found[places[id(mention.arm)]] += _sizes_at(document, flat, mention)
    return tuple(
        replace(arm, sizes=tuple(dict.fromkeys(_uncrossed(found, i)))) for i, arm in enumerate(arms)
    )


def _uncrossed(found: dict[int, list[Size]], arm: int) -> list[Size]:
    """An arm's sizes without those that a sentence mixed up with another arm's.

    Crossed: the tables give the sentence's number to the other arm, and the other arm's to this.
    """

    def counts(which: int, *, in_tables: bool) -> set[int]:
        return {s.count for s in found[which] if (s.source == "table") == in_tables}

    own = counts(arm, in_tables=True)
    crossed = {
        count
        for other in found
        if other != arm and counts(other, in_tables=False) & own - counts(other, in_tables=True)
        for count in counts(other, in_tables=True) - own
    }
    return [s for s in found[arm] if s.source == "table" or s.count not in crossed]


def _table_spans(tables: tuple[Table, ...]) -> list[Span]:
    return [Span(t.start, t.end) for t in tables]


_NOT_THIS_TRIAL = re.compile(
    r"introduction|background|discussion|sample size|statistic|power", re.I
)


def _sizes_at(document: Document, text: str, mention: Mention) -> list[Size]:
    path = " ".join(document.section_at(mention.start))
    if not document.sections or not _NOT_THIS_TRIAL.search(path) or path.startswith("Abstract"):
        low, high = max(0, mention.start - 240), min(len(text), mention.end + 160)
        span = next(
            (s for s in sentences(text, low, high) if s.start <= mention.start < s.end), None
        )
        if span is not None:
            return _sizes_in(text, span, mention)
    return []


def _sizes_in(text: str, sentence: Span, mention: Mention) -> list[Size]:
    whole = text[sentence.start : sentence.end]
    randomised = bool(_RANDOMISED.search(whole)) and not _LOST.search(whole)
    source: Literal["randomised", "treated"] = "randomised" if randomised else "treated"
    after = _N_AFTER.match(text, mention.end, sentence.end)
    if after:
        return [_size(after, source)]
    before = _OF_TREATED.search(text, sentence.start, mention.start) or _OF_MEMBERS.search(
        text, sentence.start, mention.start
    )
    if before:
        return [_size(before, "treated")]
    if not randomised:
        return []
    found = _BRACKET_AFTER.match(text, mention.end, sentence.end) or _N_BEFORE.search(
        text, sentence.start, mention.start
    )
    if found and _CLUSTERS.search(whole) and not re.search(_PEOPLE, found.group(), re.I):
        return []
    if found and _BLOCK.search(text, sentence.start, found.start()):
        return []
    if found and _NOT_PEOPLE.match(text, found.end("n")):
        return []
    return [_size(found, "randomised")] if found else []


def _size(m: re.Match[str], source: Literal["randomised", "treated"]) -> Size:
    return Size(int(m["n"].replace(",", "")), source, m.start("n"), m.end("n"))
