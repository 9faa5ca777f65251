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
_NEARNESS = re.compile(r"(?<!\S)(?:adj(\d{0,3})|near\d{1,3}|(?:near|n|w|pre)/\d{1,3})(?!\S)", re.I)
_OVID_NEARNESS = re.compile(r"(?<!\S)(?:near\d{1,3}|(?:near|n|w|pre)/\d{1,3})(?!\S)", re.I)
_WILDCARD = re.compile(r"\w+(?:\?(?=\w)|#|\$(?!\d\d))\w*")
_EXPLODED = re.compile(r"exp\s+\S[^/]*/.*", re.I | re.S)


def foreign_tags(source: Source, syntax: Literal["pubmed", "ovid"]) -> Iterator[QueryNotice]:
    """Ovid's suffixes in PubMed's syntax, PubMed's tags in Ovid's."""
    tag = _PUBMED_TAG if syntax == "ovid" else _OVID_SUFFIX
    ours, theirs = ("Ovid", "PubMed") if syntax == "ovid" else ("PubMed", "Ovid")
    for found in tag.finditer(source.text):
        message = f"{found[0]} is {theirs}'s syntax; {ours} does not know it"
        yield QueryNotice(source.place(found.start()), message)


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
