"""Grounding: is a quote in its source, and is each number in its quotes?

Matching is exact after NFKC, hyphen and white-space normalisation; nothing fuzzy decides.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable

from pydantic import BaseModel

from evidence.entries import Entry
from evidence.findings import Sentence, values
from evidence.judgements import (
    ExtractedOutcome,
    RecommendationEdit,
    RiskOfBiasJudgement,
    ScreeningDecision,
    StatedDirection,
)
from indexers.records import Document, Quote

_OPENING = 70
"""Characters of a text that a message shows at most."""
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣-"), "-")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
            *("seventeen", "eighteen", "nineteen", "twenty"),
        )
    )
}
_NUMBER_WORDS |= {"none": 0, "no": 0}
_NUMERAL = re.compile(  # not the digits inside a name such as HbA1c
    r"(?<![^\W_])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\d)"
)

_UNSEEN = re.compile(  # Unicode's Default_Ignorable_Code_Point, as far as NFKC leaves it
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_TURNED_ROUND = re.compile("[\u202d\u202e]")
"""Overrides of the direction of writing: a reader sees 0.65 where 56.0 stands."""


def normalised(text: str) -> str:
    """NFKC, one kind of hyphen, single spaces; case is kept."""
    flat = unicodedata.normalize("NFKC", text).translate(_HYPHENS)
    return " ".join(flat.replace("\u00b7", ".").split())


def shown(text: str) -> str:
    """`normalised` without what no reader sees, so that `6` and `5` side by side are 65."""
    return _UNSEEN.sub("", normalised(text))


def quote_problem(quote: Quote, document: Document | None) -> str | None:
    """Why a quote is not in its document; None when it is."""
    if document is None:
        return f"the quoted document {quote.document_digest[:12]} is not in the project"
    if quote.end > len(document.text):
        return f"the quote ends at {quote.end}, the document at {len(document.text)}"
    if normalised(document.text[quote.start : quote.end]) != normalised(quote.text):
        place = f"{quote.start}-{quote.end}"
        return f"the quote {_opening(quote.text)!r} is not at {place} of its document"
    return None


def numerals(text: str) -> list[float]:
    """The numbers of a text in order, number words up to twenty included."""
    flat = shown(text)
    found = [(m.start(), float(m.group().replace(",", ""))) for m in _NUMERAL.finditer(flat)]
    found += [
        (m.start(), float(_NUMBER_WORDS[m.group().lower()]))
        for m in re.finditer(r"\b[A-Za-z]+\b", flat)
        if m.group().lower() in _NUMBER_WORDS
    ]
    return [number for _, number in sorted(found)]


def is_quoted(number: float, quotes: Iterable[Quote]) -> bool:
    """Whether a number stands in one of the quotes, its sign aside (hyphens join ranges)."""
    return any(abs(n) == abs(number) for quote in quotes for n in numerals(quote.text))


def value_problems(outcome: ExtractedOutcome) -> list[str]:
    """The numbers of an extracted outcome that lack evidence."""
    evidence = {item.field: item for item in outcome.evidence}
    problems = []
    for name, value in values(outcome.data).items():
        if value is None:
            continue
        if name not in evidence:
            problems.append(f"{name} = {value:g} has no quote")
        elif evidence[name].derivation is None and not is_quoted(value, evidence[name].quotes):
            problems.append(f"{name} = {value:g} is not in its quote")
    return problems


def sentence_problems(sentence: Sentence) -> list[str]:
    """The numbers of a sentence that are neither quoted nor computed, and missing support."""
    if not sentence.quotes and not sentence.computed:
        return [f"no quote and no computed value supports {_opening(sentence.text)!r}"]
    if _TURNED_ROUND.search(sentence.text):
        return [f"the direction of writing is turned round in {_opening(sentence.text)!r}"]
    text = whole = shown(sentence.text)
    for value in sorted(sentence.computed, key=lambda v: -len(v.text)):
        place = printed_place(shown(value.text))
        if not place.search(whole):
            return [f"the computed value {value.text!r} is not in {_opening(sentence.text)!r}"]
        text = place.sub(" ", text)
    return [
        f"{number:g} is neither quoted nor computed in {_opening(sentence.text)!r}"
        for number in numerals_in_digits(text)
        if not is_quoted(number, sentence.quotes)
    ]


def printed_place(*printed: str) -> re.Pattern[str]:
    """Where one of these values is printed, the longest first: never inside a longer number.

    So `2 studies` is not in `32 studies`, `0.65` not in `0.653`, and `650` not in `1,650`.
    """
    longest_first = sorted(printed, key=lambda text: (-len(text), text))
    values = "|".join(map(re.escape, longest_first))
    before = r"(?<!\d)(?<!\d\.)(?:(?<!\d,)|(?!\d{3}(?!\d)))"
    after = r"(?!\d)(?!\.\d)(?!,\d{3}(?!\d))"
    return re.compile(f"{before}(?:{values}){after}")


def _opening(text: str) -> str:
    """The first words of a text, for a message; none is cut."""
    return textwrap.shorten(text, _OPENING, placeholder=" …")


def numerals_in_digits(text: str) -> list[float]:
    """The numbers that a text writes in digits, in order."""
    return [float(m.group().replace(",", "")) for m in _NUMERAL.finditer(shown(text))]


def quotes_in(value: object) -> list[Quote]:
    """Every quote inside a value of ours, in the order of its fields."""
    if isinstance(value, Quote):
        return [value]
    if isinstance(value, BaseModel):
        return [q for name in type(value).model_fields for q in quotes_in(getattr(value, name))]
    if isinstance(value, tuple | list):
        return [quote for item in value for quote in quotes_in(item)]
    return []


def entry_problems(entry: Entry, document_of: Callable[[str], Document | None]) -> list[str]:
    """Why an entry may not enter the log: quotes that are not in their source, values without."""
    problems = []
    for quote in quotes_in(entry):
        problem = quote_problem(quote, document_of(quote.document_digest))
        if problem is not None:
            problems.append(problem)
    match entry:
        case ExtractedOutcome():
            problems += value_problems(entry)
        case ScreeningDecision() if not entry.provenance.by_person:
            problems += [
                f"criterion {c.criterion_id} is {c.verdict} without a quote"
                for c in entry.criteria
                if c.verdict != "unclear" and not c.quotes
            ]
        case StatedDirection() if entry.direction != "unclear" and not entry.quotes:
            problems.append(f"{entry.outcome} is {entry.direction} without a quote")
        case RiskOfBiasJudgement() if not entry.provenance.by_person:
            if entry.judgement != "unclear" and not entry.quotes:
                problems.append(f"{entry.domain} is {entry.judgement} without a quote")
            problems += [
                f"question {a.question_id} is answered {a.answer} without a quote"
                for a in entry.answers
                if a.answer not in ("NI", "NA") and not a.by_person and not a.quotes
            ]
        case RecommendationEdit(recommendation=draft) if not draft.abstained:
            problems += [p for s in draft.every_sentence for p in sentence_problems(s)]
        case RecommendationEdit(recommendation=draft):
            problems += [
                p
                for sentence in draft.every_sentence
                if numerals_in_digits(sentence.text) or sentence.quotes or sentence.computed
                for p in sentence_problems(sentence)
            ]
        case _:
            pass
    return problems
