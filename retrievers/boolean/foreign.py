"""Signs of one syntax in a query of the other, which would be searched as words or passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from retrievers.boolean.errors import QueryNotice
from retrievers.boolean.source import Source

_OVID_SUFFIX = re.compile(
    r"(?<=[\w)\"*$])\.(?:ti|ab|tw|mp|af|kf|kw|hw|pt|sh|fs)(?:,\w\w)*\.(?!\w)", re.I
)
_PUBMED_TAG = re.compile(r"\[(?:tiab|ti|ab|tw|mh|mesh|majr|pt|au|all fields)(?::[^\]]*)?\]", re.I)
# The Cochrane Library writes NEAR and NEXT in capitals; in small letters they are words.
_OTHER_NEARNESS = r"near\d{1,3}|(?:near|next|n|w|pre)/\d{1,3}|(?-i:NEAR|NEXT)"
_NEARNESS = re.compile(rf"(?<!\S)(?:adj(\d{{0,3}})|{_OTHER_NEARNESS})(?!\S)", re.I)
_OVID_NEARNESS = re.compile(rf"(?<!\S)(?:{_OTHER_NEARNESS})(?!\S)", re.I)
_OTHER_PLATFORMS = {
    "the Cochrane Library and Embase.com": re.compile(
        r"(?<=[\w)\"'*]):(?:ti|ab|kw|au|pt)(?:,(?:ti|ab|kw|au|pt))*(?![\w,])"
        r"|\bMeSH descriptor: ?\[|(?<=[\w'])/exp(?!\w)"
    ),
    "EBSCOhost": re.compile(
        r"(?:^|(?<=\()|(?<=\d )|(?<=\d\. )|(?<=\bAND )|(?<=\bOR )|(?<=\bNOT ))"
        r"(?:TI|AB|TX|MH|SU)(?= ?[(\"]| \w)",
        re.M,
    ),
    "Scopus": re.compile(r"\b(?:TITLE|ABS|KEY)(?:-(?:TITLE|ABS|KEY))*(?=\()"),
}
_WILDCARD = re.compile(r"\w+(?:\?(?=\w)|#|\$(?!\d\d))\w*")
_EXPLODED = re.compile(r"exp\s+\S[^/]*/.*", re.I | re.S)


def foreign_tags(source: Source, syntax: Literal["pubmed", "ovid"]) -> Iterator[QueryNotice]:
    """Ovid's suffixes in PubMed's syntax, PubMed's tags in Ovid's, other platforms' in both."""
    tag = _PUBMED_TAG if syntax == "ovid" else _OVID_SUFFIX
    ours, theirs = ("Ovid", "PubMed") if syntax == "ovid" else ("PubMed", "Ovid")
    for found in tag.finditer(source.text):
        message = f"{found[0]} is {theirs}'s syntax; {ours} does not know it"
        yield QueryNotice(source.place(found.start()), message)
    for platform, sign in _OTHER_PLATFORMS.items():
        for found in sign.finditer(source.text):
            message = f"{found[0]} is the syntax of {platform}; {ours} reads it as words"
            yield QueryNotice(source.place(found.start()), message)


def has_signs_of(syntax: Literal["pubmed", "ovid"], text: str) -> bool:
    """Whether a query has field tags or suffixes that only that syntax has."""
    return (_OVID_SUFFIX if syntax == "ovid" else _PUBMED_TAG).search(text) is not None


def foreign_to_pubmed(text: str, *, quoted: bool) -> Iterator[str]:
    """What PubMed does not read in a term as other platforms do: nearness, wildcards, `exp`."""
    for found in _WILDCARD.finditer(text):
        yield f"{found[0][:40]}: PubMed's only wildcard is * at the end of a word; read as a blank"
    if quoted:
        return
    if _EXPLODED.fullmatch(text):
        yield "exp and / are Ovid's; PubMed searches the words; write the heading with [mh]"
    for found in _NEARNESS.finditer(text):
        width = f"~{max(int(found[1]) - 1, 0)}" if found[1] else "~N"
        yield (
            f"{found[0]} is no operator of PubMed but searched as a word; write the words of "
            f'both sides as "..."[tiab:{width}]'
        )


def foreign_to_ovid(text: str) -> Iterator[str]:
    """Nearness of other platforms in a term of Ovid's."""
    for found in _OVID_NEARNESS.finditer(text):
        yield f"{found[0]} is no operator of Ovid but searched as a word; write adjN"
