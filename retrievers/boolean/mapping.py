"""PubMed's automatic term mapping, approximated with MeSH."""

from __future__ import annotations

import re

from indexers.mesh import Mesh
from retrievers.boolean.errors import Place
from retrievers.boolean.fields import ALL_FIELDS
from retrievers.boolean.tree import AutomaticTerm, MeshHeading, Query, Term, all_of, any_of
from retrievers.boolean.written import term_text

_PLAIN = re.compile(r"\w[\w ,.'+-]*")
OPERATOR_WORD = re.compile(r"\b(?:and|or|not)\b", re.I)
# PubMed's stopwords (PubMed Help, appendix), which it drops from untagged words.
STOPWORDS = frozenset(
    [
        "a",
        "about",
        "again",
        "all",
        "almost",
        "also",
        "although",
        "always",
        "among",
        "an",
        "and",
        "another",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "done",
        "due",
        "during",
        "each",
        "either",
        "enough",
        "especially",
        "etc",
        "for",
        "found",
        "from",
        "further",
        "had",
        "has",
        "have",
        "having",
        "here",
        "how",
        "however",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "kg",
        "km",
        "made",
        "mainly",
        "make",
        "may",
        "mg",
        "might",
        "ml",
        "mm",
        "most",
        "mostly",
        "must",
        "nearly",
        "neither",
        "no",
        "nor",
        "obtained",
        "of",
        "often",
        "on",
        "our",
        "overall",
        "perhaps",
        "pmid",
        "quite",
        "rather",
        "really",
        "regarding",
        "seem",
        "seen",
        "several",
        "should",
        "show",
        "showed",
        "shown",
        "shows",
        "significantly",
        "since",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "theirs",
        "them",
        "then",
        "there",
        "therefore",
        "these",
        "they",
        "this",
        "those",
        "through",
        "thus",
        "to",
        "upon",
        "use",
        "used",
        "using",
        "various",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "which",
        "while",
        "with",
        "within",
        "without",
        "would",
    ]
)


def automatic_term(text: str, words: tuple[str, ...], mesh: Mesh, place: Place) -> AutomaticTerm:
    """What stands for untagged words: headings where they are known, and the words themselves."""
    parts: list[Query] = []
    rest = list(words)
    while rest:
        match = mesh.longest_match(rest)
        if match is None:
            word = rest.pop(0)
            if word not in STOPWORDS:
                parts.append(_anywhere(word, place))
            continue
        length, found = match
        heading = MeshHeading(found.name, descriptor=found.name, place=place)
        matched = [_anywhere(word, place) for word in rest[:length] if word not in STOPWORDS]
        parts.append(any_of([heading, all_of(matched)] if matched else [heading]))
        rest = rest[length:]
    if not parts:  # nothing but stopwords: search them
        parts = [_anywhere(word, place) for word in words]
    text = " ".join(text.split())
    if not _PLAIN.fullmatch(text) or OPERATOR_WORD.search(text):
        text = term_text(words, OPERATOR_WORD)  # signs in it could be read as syntax
    return AutomaticTerm(text, all_of(parts), place)


def _anywhere(word: str, place: Place) -> Term:
    return Term((word,), ALL_FIELDS, place=place)
