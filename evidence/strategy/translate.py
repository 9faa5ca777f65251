"""A strategy in the syntax of other databases; what one cannot say is named, never dropped.

Ovid MEDLINE is written by `retrievers.boolean`, Web of Science by the search-query library
(Eckhardt & Wagner, https://github.com/CoLRev-Environment/search-query), which reads no Embase,
Cochrane Library or Scopus; for these, the field rules of their help pages are applied here:

    Embase.com        'heart failure*':ti,ab; [2000-2020]/py; [english]/lim
    Cochrane Library  (heart NEXT failure*):ti,ab; [mh "Heart Failure"], [mh ^"Heart Failure"]
    Scopus            TITLE-ABS("heart failure*"); INDEXTERMS("heart failure"); PUBYEAR; LANGUAGE
"""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from typing import Literal, NamedTuple

from evidence.errors import SettingsError
from evidence.strategy.filters import FILTERS, published_filter
from evidence.strategy.lines import EARLIEST_YEAR, LATEST_YEAR, term_text
from evidence.strategy.types import Concept, Limits, NamedFilter, Strategy, StrategyTerm
from retrievers.boolean.errors import QueryError
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.to_ovid import to_ovid

Platform = Literal["ovid", "embase", "central", "wos", "scopus"]
NAMES: dict[Platform, str] = {
    "ovid": "Ovid MEDLINE",
    "embase": "Embase.com",
    "central": "Cochrane Library (CENTRAL)",
    "wos": "Web of Science",
    "scopus": "Scopus",
}
_NO_EMTREE = "MeSH heading; Embase is indexed with Emtree: look its descriptor up"
_NO_MESH = "MeSH heading; Web of Science has no MeSH"
_NOT_EXPLODED = "MeSH heading; Scopus searches the heading alone, without narrower ones"
_NOT_MAJOR = "major topics are searched as any heading"
_CENTRAL_FILTER = "CENTRAL holds trials; the Cochrane Handbook (4.4.7) asks for no filter there"
_FIELDS: dict[Platform, dict[str, str]] = {
    "embase": {"tiab": "ti,ab", "ti": "ti", "tw": "ti,ab,kw"},
    "central": {"tiab": "ti,ab", "ti": "ti", "tw": "ti,ab,kw", "pt": "pt"},
    "scopus": {"tiab": "TITLE-ABS", "ti": "TITLE", "tw": "TITLE-ABS-KEY", "nm": "CHEMNAME"},
    "wos": {"tiab": "tiab", "ti": "ti", "tw": "tiab"},
}


class Untranslated(NamedTuple):
    """What a database cannot say, or says with less.

    Attributes:
        text: The term, filter or limit as PubMed has it.
        place: The concept it stands in, or `filter` or `limit`.
        reason: Why, and what is done about it.
    """

    text: str
    place: str
    reason: str


class Translation(NamedTuple):
    """A strategy for one database.

    Attributes:
        lines: As they are typed in, each with its number; the last one is the result.
    """

    platform: Platform
    lines: tuple[str, ...]
    untranslated: tuple[Untranslated, ...]

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


def translate(strategy: Strategy, platform: Platform) -> Translation:
    """The strategy in a database's own syntax.

    Raises:
        SettingsError: A filter is not known, nothing of a concept can be said there, or the
            search-query library is not installed.
    """
    lost: list[Untranslated] = []
    mark = "" if platform == "ovid" else "#"
    texts = [_concept(concept, platform, lost) for concept in strategy.concepts]
    result = 1
    if len(texts) > 1 or strategy.combination:
        combined = re.sub(r"\d+", rf"{mark}\g<0>", strategy.combined)
        texts.append(combined.lower() if platform == "ovid" else combined)
        result = len(texts)
    for named in strategy.filters:
        found = _filter(named, platform, lost)
        if found is not None:
            query, operator = found
            texts.append(query)
            texts.append(f"{mark}{result} {operator} {mark}{len(texts)}")
            result = len(texts)
    limits = _limits(strategy.limits, platform, lost)
    if limits:
        first = len(texts) + 1
        texts += limits
        numbers = [result, *range(first, len(texts) + 1)]
        joiner = " and " if platform == "ovid" else " AND "
        texts.append(joiner.join(f"{mark}{n}" for n in numbers))
    numbered = f"{mark}{{}}. {{}}" if platform == "ovid" else f"{mark}{{}} {{}}"
    lines = tuple(numbered.format(n, text) for n, text in enumerate(texts, 1))
    return Translation(platform, lines, tuple(lost))


def _concept(concept: Concept, platform: Platform, lost: list[Untranslated]) -> str:
    if platform == "wos":
        return _web_of_science(concept, lost)
    said: dict[str, None] = {}
    for term in concept.terms:
        text, reason = _term(term, platform)
        if text:
            said.setdefault(text)
        if reason:
            lost.append(Untranslated(term_text(term), concept.name, reason))
    if not said:
        raise _nothing(concept, platform)
    return (" or " if platform == "ovid" else " OR ").join(said)


def _term(term: StrategyTerm, platform: Platform) -> tuple[str, str]:
    """A term in the platform's words, and what is lost; each may be empty."""
    if platform == "ovid":
        try:
            return to_ovid(parse_pubmed(term_text(term))), ""
        except QueryError as error:
            return "", error.message
    if term.field in ("mesh", "majr"):
        return _heading(term, platform)
    field = _FIELDS[platform].get(term.field)
    if field is None:
        return "", f"{NAMES[platform]} has no field like PubMed's [{term.field}] here"
    words = " ".join(re.sub(r"[^\w*\s]", " ", term.text).split())
    if platform == "scopus":
        return f'{field}("{words}")', ""
    if platform == "embase":
        return f"'{words}':{field}" if " " in words else f"{words}:{field}", ""
    if " " not in words:
        return f"{words}:{field}", ""
    if "*" in words:
        return f"({words.replace(' ', ' NEXT ')}):{field}", ""
    return f'"{words}":{field}', ""


def _heading(term: StrategyTerm, platform: Platform) -> tuple[str, str]:
    match platform:
        case "central":
            text = f'[mh {"" if term.exploded else "^"}"{term.text}"]'
            return text, "" if term.field == "mesh" else _NOT_MAJOR
        case "scopus":
            lost = _NOT_EXPLODED if term.exploded else ""
            return f'INDEXTERMS("{term.text.lower()}")', lost or (
                _NOT_MAJOR if term.field == "majr" else ""
            )
        case _:
            return "", _NO_EMTREE


def _web_of_science(concept: Concept, lost: list[Untranslated]) -> str:
    """The words of a concept through the search-query library."""
    try:
        from search_query.exception import (
            SearchQueryException,
        )
        from search_query.parser import parse
    except ImportError as error:
        raise SettingsError(
            "Web of Science needs the search-query library: pip install search-query"
        ) from error
    fields = _FIELDS["wos"]
    words = []
    for term in concept.terms:
        if term.field in fields:
            said = term.model_copy(update={"field": fields[term.field]})
            words.append(f'"{said.text}"[{said.field}]')
            if term.field == "tw":
                lost.append(Untranslated(term_text(term), concept.name, "title and abstract only"))
        else:
            reason = _NO_MESH if term.field in ("mesh", "majr") else "no such field"
            lost.append(Untranslated(term_text(term), concept.name, reason))
    if not words:
        raise _nothing(concept, "wos")
    try:
        with redirect_stdout(StringIO()):  # the library prints advice on every term
            query = parse(" OR ".join(dict.fromkeys(words)), platform="pubmed")
            return str(query.translate("wos").to_string())
    except (SearchQueryException, ValueError) as error:
        raise SettingsError(
            f"concept {concept.name!r} cannot be written for Web of Science ({error})"
        ) from error


def _nothing(concept: Concept, platform: Platform) -> SettingsError:
    return SettingsError(
        f"concept {concept.name!r} holds nothing that {NAMES[platform]} can search; "
        "add words of titles and abstracts"
    )


def _filter(
    named: NamedFilter, platform: Platform, lost: list[Untranslated]
) -> tuple[str, str] | None:
    """The filter's query and how it is joined; only as published for the platform."""
    asked = published_filter(named.name, named.version)
    told = f"{named.name} {named.version}"
    if platform == "central":
        lost.append(Untranslated(told, "filter", _CENTRAL_FILTER))
        return None
    if platform == "ovid":
        for other in (asked, *FILTERS):
            if other.name == named.name and other.ovid:
                if other.version != named.version:
                    reason = f"published for Ovid as version {other.version}; that is used"
                    lost.append(Untranslated(told, "filter", reason))
                return other.ovid_query, "not" if other.excludes else "and"
    reason = f"not published for {NAMES[platform]}; choose one that is"
    lost.append(Untranslated(told, "filter", reason))
    return None


def _limits(limits: Limits, platform: Platform, lost: list[Untranslated]) -> list[str]:
    """The limits as lines of their own."""
    found = []
    start, end = limits.year_from or EARLIEST_YEAR, limits.year_to or LATEST_YEAR
    languages = limits.languages
    if limits.year_from or limits.year_to:
        years = {
            "ovid": f"{limits.year_from or EARLIEST_YEAR}:{limits.year_to or 'current'}.yr.",
            "embase": f"[{start}-{end}]/py",
            "scopus": f"PUBYEAR > {start - 1} AND PUBYEAR < {end + 1}",
            "wos": f"PY={start}-{end}",
        }
        if platform in years:
            found.append(years[platform])
        else:
            reason = "set the years in the Cochrane Library's search limits"
            lost.append(Untranslated(f"{start}:{end}[dp]", "limit", reason))
    if languages:
        by_platform = {
            "ovid": " or ".join(f"{name.lower()}.la." for name in languages),
            "embase": " OR ".join(f"[{name.lower()}]/lim" for name in languages),
            "scopus": " OR ".join(f"LANGUAGE({name.lower()})" for name in languages),
            "wos": " OR ".join(f"LA={name}" for name in languages),
        }
        if platform in by_platform:
            found.append(by_platform[platform])
        else:
            reason = "the Cochrane Library has no limit by language"
            lost.append(Untranslated(", ".join(languages), "limit", reason))
    return found
