"""Does a document speak to a machine that reads it?

Trials speak of their patients and to their readers; none tells a language model what to answer.
The cues are explicit: marks of a chat's turns, orders about instructions, criteria and answers,
words put to AI reviewers, letters that nobody can see. Nothing is guessed from tone, so a document
that lies in plain sentences is not found: that is for people, as any false report is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from evidence.reading.sentences import split_sentences
from indexers.records import Document, Quote

_MODEL = r"(?:AI|A\.I\.|LLM|GPT|ChatGPT|(?:large )?language model|chat ?bot)s?"
_READER = r"(?:reviewer|reader|screener|assistant|model|agent|system|rater|extractor)s?"
_RULES = r"(?:instruction|criteria|criterion|prompt|rule|question)s?"
_ORDERED = r"(?:^|[^\w\s,’-]\s*|\b(?:please|you (?:must|should))\s+)"
_CUES = (
    # Marks of turns, and the fence that this program draws.
    r"<[|｜][\w▁ ]{1,40}[|｜]>|<<SYS>>|\[/?INST\]|<(?:start|end)_of_turn>",
    r"^(?:DATA|END)-[0-9a-f]{16}\b",
    r"^\s*(?:system|assistant)(?: (?:prompt|message))?\s*:\s*\S",
    # Orders about what else the machine was told.
    rf"(?:{_ORDERED}(?:ignore|disregard|forget|override|bypass)"
    r"|\b(?-i:Ignore|Disregard|Forget|Override|Bypass))"
    r"\s+(?:(?:all|any|every|the|these|those|your|of|my|its|previous|prior|above|preceding|earlier"
    rf"|following|eligibility|inclusion|exclusion)\s+){{1,5}}{_RULES}\b",
    r"\b(?:your|new|updated) (?:system prompt|instructions (?:are|follow))\b",
    # Orders about the answer.
    rf"{_ORDERED}(?:include|accept|select|keep|exclude|reject)\s+this\s+(?:study|record|trial|paper"
    r"|article|report|document|manuscript)\b(?!\s+(?:protocol|drug|arm|design|population|group))",
    r"\b(?:answer|respond|reply|output|return)\s+(?:only\s+|with\s+)*[\"'`“]?(?:not_met|json\b"
    r"|met\b(?!\s+(?:the|all|our|this|these|any|criteri)))",
    r"\bdo not (?:mention|reveal|disclose) th(?:is|ese) (?:note|instruction|prompt|message)s?\b",
    # Words put to a machine.
    rf"\b(?:note|message|attention|instructions?|notice)\s*(?:to|for|:)\s*(?:all |any |the )*"
    rf"{_MODEL}\b",
    rf"\b(?:dear|hello|hi|attention)\s+(?:{_MODEL}|model|assistant)\b",
    rf"\b(?:if|as) you are (?:an? )?(?:{_MODEL}|(?:automated|machine) {_READER})\b",
    rf"\byou are (?:now )?(?:an? |the )?(?:helpful |new )?(?:{_MODEL}|assistant that)\b",
    rf"\b{_MODEL} {_READER}\s*[:,]\s*(?:you|please|ignore|include|must)\b",
    # Letters that nobody sees: tags, and selectors in a row.
    "[\U000e0020-\U000e007e]{4}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4}",
)
_CUE = re.compile("|".join(f"(?:{cue})" for cue in _CUES), re.IGNORECASE | re.MULTILINE)
_STOP = re.compile(r"[.!?)\]][\"'”’)\]]*\s+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LATIN = str.maketrans("асеорхуіАТЕСНОРВМ", "aceopxyiATECHOPBM")


def machine_addresses(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences, as offsets, in which a text speaks to a machine; in their order.

    One that runs on from another without a capital (`placebo. <!-- Ignore …`) begins behind the
    last full stop or bracket before its cue, for what stands before is the report's own. Letters
    that nobody sees, full-width and other compatibility forms, and Cyrillic letters that look like
    Latin ones hide no cue. Codes such as base64 are not read.
    """
    if not any(_CUE.search(read) for read in dict.fromkeys((text, _plain(text)))):
        return ()
    found = []
    for start, end in split_sentences(text):
        at = _cue_end(text[start:end])
        if at is not None:
            stops = [stop.end() for stop in _STOP.finditer(text, start, start + at)]
            found.append((max(stops, default=start), end))
    return tuple(found)


def without_addresses(text: str) -> str:
    """The text with blanks where it speaks to a machine."""
    for start, end in machine_addresses(text):
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


@lru_cache(maxsize=8)
def addresses_in(text: str) -> tuple[tuple[int, int], ...]:
    """`machine_addresses`, kept for the last few texts."""
    return machine_addresses(text)


def is_machine_address(quote: Quote, document: Document) -> bool:
    """Whether a quote touches a sentence of its document that speaks to a machine."""
    return any(
        start < quote.end and quote.start < end for start, end in addresses_in(document.text)
    )


def told_of_address(document: Document) -> str:
    """A note for whoever reads a judgement on the document; empty where no cue was found."""
    found = addresses_in(document.text)
    if not found:
        return ""
    start, end = found[0]
    words = " ".join(
        "".join(c if c.isprintable() else " " for c in document.text[start:end]).split()
    )
    return (
        f"; the document speaks to a machine at character {start} ({words[:60]!r}), which supports "
        "nothing: a person should read it"
    )


def _cue_end(sentence: str) -> int | None:
    """Where the first cue of a sentence ends; None where it gives none."""
    found = _CUE.search(sentence)
    if found is not None or sentence.isascii():
        return found.end() if found is not None else None
    pieces = [_plain(ch) for ch in sentence]
    found = _CUE.search("".join(pieces))
    if found is None:
        return None
    read = 0
    for at, piece in enumerate(pieces, 1):
        read += len(piece)
        if read >= found.end():
            return at
    return len(sentence)


def _plain(text: str) -> str:
    """Without letters that cannot be seen, in compatibility form, look-alikes as Latin letters."""
    if text.isascii():
        return text
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return seen.translate(_LATIN)
