"""Concepts as a question writes them: terms, alternatives, and what does not count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from evidence.reading.matching import content_words, is_abbreviation

_DETERMINER = re.compile(r"^(?:[Aa]n?|(?i:the|any|all|either|another|other|some))\s+(?=[A-Za-z])")


@dataclass(frozen=True)
class Concept:
    """What a criterion names: `terms` say it, `contrasts` say what does not count.

    `others` are terms the question writes as `another …` or `other …`: they name a class that the
    intervention may belong to as well.
    """

    terms: tuple[str, ...] = ()
    contrasts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def read_concept(text: str) -> Concept:
    """The terms of a concept as a question writes it.

    Brackets hold synonyms, `or`, `;` and comma lists hold alternatives, `such as` introduces
    examples, `(not: …)` and `(…; not: …)` hold what does not count.
    """
    contrasts: list[str] = []

    def keep(found: re.Match[str]) -> str:
        contrasts.extend(_alternatives(found[1]))
        return " "

    rest = re.sub(r"\(\s*(?:but\s+)?not\s*:?\s+([^()]*)\)", keep, text, flags=re.IGNORECASE)
    rest = re.sub(r";\s*(?:but\s+)?not\s*:\s*([^()]*)(?=\))", keep, rest, flags=re.IGNORECASE)
    inside = re.findall(r"\(([^()]*)\)", rest)
    outside = re.sub(r"\([^()]*\)", " ", rest)
    names = [n for part in (outside, *inside) for n in _alternatives(part)]
    others = [n for n in names if re.match(r"(?:an)?other\b", n, re.IGNORECASE)]
    return Concept(
        terms=_cleaned(n for n in names if n not in others),
        contrasts=_cleaned(contrasts),
        others=_cleaned(others),
    )


def _alternatives(text: str) -> list[str]:
    """The alternatives of a list; a lone adjective takes the noun of the one behind it."""
    flat = re.sub(r"\b(?:such as|including|for example|e\.g\.|namely|like)\b,?", ";", text)
    parts: list[str] = []
    for place, piece in enumerate(re.split(r";", flat)):
        # `A and B` is a combination, but `such as A and B` and `A, B and C` are lists.
        listed = "," in piece or (place > 0 and ";" not in text)
        pattern = r",\s*(?:and|or)\s+|,|\bor\b" + (r"|\band\b" if listed else "")
        parts += [p.strip(" .") for p in re.split(pattern, piece)]
    parts = [p for p in parts if p]
    for i in range(len(parts) - 2, -1, -1):
        following = parts[i + 1].split()
        if re.fullmatch(r"[\w-]+(?:al|ic|ous|ive|ary|oid)", parts[i]) and len(following) > 1:
            parts[i] = " ".join((parts[i], *following[1:]))
    return parts


def _cleaned(names: Iterable[str]) -> tuple[str, ...]:
    cleaned = []
    for name in names:
        plain = _DETERMINER.sub("", " ".join(name.split()).strip(" .,:"))
        if content_words(plain) or is_abbreviation(plain):
            cleaned.append(plain)
    return tuple(dict.fromkeys(cleaned))


def joined(*concepts: Concept) -> Concept:
    """The terms of all concepts, in order and without repeats."""
    return Concept(
        terms=tuple(dict.fromkeys(t for c in concepts for t in c.terms)),
        contrasts=tuple(dict.fromkeys(t for c in concepts for t in c.contrasts)),
        others=tuple(dict.fromkeys(t for c in concepts for t in c.others)),
    )
