"""Grounding: is a quote in its source, and is each number in its quotes?

Matching is exact after NFKC, hyphen and white-space normalisation; nothing fuzzy decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from evidence.findings import Sentence, values
from evidence.judgements import ExtractedOutcome
from indexers.records import Document, Quote

_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣-"), "-")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
_NUMBER_WORDS |= {"none": 0, "no": 0}
_NUMERAL = re.compile(r"(?<![\w.])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?")


def normalised(text: str) -> str:
    """NFKC, one kind of hyphen, single spaces; case is kept."""
    flat = unicodedata.normalize("NFKC", text).translate(_HYPHENS)
    return " ".join(flat.replace("\u00b7", ".").split())


def quote_problem(quote: Quote, document: Document | None) -> str | None:
    """Why a quote is not in its document; None when it is."""
    if document is None:
        return f"the quoted document {quote.document_digest[:12]} is not in the project"
    if quote.end > len(document.text):
        return f"the quote ends at {quote.end}, the document at {len(document.text)}"
    if normalised(document.text[quote.start : quote.end]) != normalised(quote.text):
        return f"the quote {quote.text[:60]!r} is not at {quote.start}-{quote.end} of its document"
    return None


def numerals(text: str) -> list[float]:
    """The numbers of a text in order, number words up to twenty included."""
    flat = normalised(text)
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
        return [f"no quote and no computed value supports {sentence.text[:60]!r}"]
    text = normalised(sentence.text)
    for value in sorted(sentence.computed, key=lambda v: -len(v.text)):
        printed = normalised(value.text)
        if printed not in text:
            return [f"the computed value {value.text!r} is not in {sentence.text[:60]!r}"]
        text = text.replace(printed, " ")
    return [
        f"{number:g} is neither quoted nor computed in {sentence.text[:60]!r}"
        for number in _digits(text)
        if not is_quoted(number, sentence.quotes)
    ]


def _digits(text: str) -> Sequence[float]:
    return [float(m.group().replace(",", "")) for m in _NUMERAL.finditer(text)]
