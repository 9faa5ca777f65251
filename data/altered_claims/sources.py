"""Claims about trials, with the sentences that support them, from the abstracts that ship."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.reading.mentions import PEOPLE
from evidence.reading.sentences import read_sentences
from indexers.records import Record, abstract_document

_LABEL = re.compile(r"^(?:[A-Z][A-Za-z ,/&()'-]{1,60}|[A-Z ]+):\s+")
_SAYS = re.compile(
    r"\d|signific|differ|effect|increas|decreas|reduc|improv|higher|lower|better|worse|greater|less"
    r"|more|fewer|similar|superior|associat|prevent|safe|benefi",
    re.IGNORECASE,
)
_LEANS_ON_OTHERS = re.compile(
    r"^(?:This|These|Those|It|They|He|She|However|Moreover|Furthermore|Also|Further|Trial|Clinical"
    r"[Tt]rial|ISRCTN|NCT|Registr|Current Controlled)\b"
)
_POPULATION = re.compile(
    r"\b(?:in|among|for) (?P<phrase>(?:(?!(?:the|both|each|all|which|one|two|intervention|control"
    r"|study|trial|these|this|that|our|of|to|and|or|with|than|number|either|any|some|most|\d+)\b)"
    r"[A-Za-z][\w'-]+ ){0,4}"
    rf"{PEOPLE}(?: (?:with|undergoing|who have|suffering from|after|on|at risk of|living with)"
    r" (?:(?!(?:and|or|is|was|were|are|has|had|the|a|who|that|which|treated|receiving|compared|in"
    r"|on|at|by|for|from|to|than|can|may|could|should)\b)[\w'-]+ ?){1,5})?)(?=\s*(?:[.,;:(]|$| "
    r"(?:who|treated|receiving|compared|in|at|by|for|from|is|was|were|are|can|may|could|than)\b))"
)
_NO_RESULT = re.compile(
    r"further (?:stud|research|trial)|warrant|ClinicalTrials|should|\b(?:will|would|expect\w*"
    r"|aim\w*|hypothes\w+|randomi[sz]ed to|randomly|enrolled|recruited|to our knowledge|needed)\b",
    re.IGNORECASE,
)
_TELLING_PEOPLE = frozenset({"children", "women", "infants", "adolescents", "students", "elderly"})
_GENERIC_PEOPLE = re.compile(rf"^{PEOPLE}$")


@dataclass(frozen=True)
class Claim:
    """A sentence of an article as a claim, with the quotes that support it."""

    pmcid: str
    text: str
    quotes: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """An article with its claims and the phrases that name its participants.

    Attributes:
        populations: Phrases with the sentence that each stands in.
    """

    pmcid: str
    title: str
    abstract: str
    claims: tuple[Claim, ...]
    populations: tuple[tuple[str, str], ...]


def read_trial(record: Record) -> Trial | None:
    """The claims of an abstract; None when it has none."""
    if record.pmcid is None:
        return None
    document = abstract_document(record)
    claims, populations = [], []
    for sentence in read_sentences(document):
        text = document.text[sentence.start : sentence.end]
        text = _LABEL.sub("", text)
        populations += [(phrase, text) for phrase in population_phrases(text)]
        if sentence.role in ("results", "conclusion") and _is_claim(text):
            claims.append(Claim(record.pmcid, text, (text,)))
    if not claims:
        return None
    return Trial(
        record.pmcid, record.title, record.abstract or "", tuple(claims), tuple(populations)
    )


def population_phrases(text: str) -> list[str]:
    """The phrases of a sentence that name participants by more than `patients`."""
    found = [m["phrase"].strip() for m in _POPULATION.finditer(text)]
    return [phrase for phrase in found if not _GENERIC_PEOPLE.match(phrase)]


def names_people(text: str) -> bool:
    """Whether a text names people at all."""
    return re.search(rf"\b{PEOPLE}\b", text, re.IGNORECASE) is not None


def content(text: str) -> set[str]:
    """The longer words of a text in lower case."""
    return {w.lower() for w in re.findall(r"[A-Za-z]{4,}", text)}


def beginnings(text: str) -> frozenset[str]:
    """The first five letters of the longer words, those for people in general left out."""
    words = {w for w in content(text) if re.fullmatch(PEOPLE, w) is None or w in _TELLING_PEOPLE}
    return frozenset(w[:5] for w in words)


def nearest(claim: Claim, others: Sequence[Trial], among: Sequence[int]) -> Claim:
    """The claim of another article that shares the most words with this one.

    Args:
        claim: The claim.
        others: All articles.
        among: Those of `others` that are near the claim's article.
    """
    words = content(claim.text)
    candidates = [c for row in among for c in others[row].claims if c.pmcid != claim.pmcid]
    return max(candidates, key=lambda c: len(words & content(c.text)) / (len(content(c.text)) + 8))


def _is_claim(text: str) -> bool:
    n_words = len(text.split())
    return (
        8 <= n_words <= 45
        and text.endswith(".")
        and text[0].isupper()
        and text.count("(") == text.count(")")
        and text.count("[") == text.count("]")
        and _SAYS.search(text) is not None
        and _LEANS_ON_OTHERS.search(text) is None
        and _NO_RESULT.search(text) is None
    )
