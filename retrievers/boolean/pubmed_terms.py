"""Terms of PubMed's syntax: words with their tag become leaves of the tree."""

from __future__ import annotations

import re

from indexers.mesh import Mesh
from retrievers.boolean.dates import date_range, read_date
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.fields import (
    ALL_FIELDS,
    DATE_TAGS,
    PUBMED_EXPLODED,
    PUBMED_MESH,
    PUBMED_TAGS,
    nearest,
)
from retrievers.boolean.foreign import foreign_to_pubmed
from retrievers.boolean.headings import mesh_heading, note_unknown_type
from retrievers.boolean.mapping import automatic_term
from retrievers.boolean.pubmed_filters import filter_query, has_abstract
from retrievers.boolean.pubmed_tokens import Token
from retrievers.boolean.source import Source
from retrievers.boolean.tree import (
    AllRecords,
    AutomaticTerm,
    DateRange,
    Field,
    Near,
    Query,
    Term,
    all_of,
    any_of,
)
from retrievers.boolean.words import has_wildcard, pubmed_words

WIDEST_NEARNESS = 30
MOST_NEAR_WORDS = 4
_NEARNESS = re.compile(r"(.+?)\s*:\s*~\s*(.*)")
_SHORTEST_STEM = 4  # PubMed asks for four characters before *


class PubmedTerms:
    """Makes leaves; what is doubtful goes to `notices`.

    Args:
        source: The text the tokens come from.
        mesh: Finds headings.
        notices: Is added to.

    Attributes:
        only_numbers: Whether the line that is being read holds nothing but numbers.
    """

    def __init__(self, source: Source, mesh: Mesh, notices: list[QueryNotice]) -> None:
        self._source = source
        self._mesh = mesh
        self._notices = notices
        self.only_numbers = False

    def term(self, words: list[Token], tag: Token | None) -> Query | None:
        """The leaf of words or of one quoted phrase; None when there is no word in it.

        Raises:
            QueryError: The tag is unknown, or the words do not fit it.
        """
        place = self._source.place(words[0].start)
        quoted = words[0].kind == "quoted"
        text = " ".join(token.value for token in words).strip()
        name = "" if tag is None else " ".join(tag.value.lower().split())
        name = re.sub(r"\s*:\s*", ":", name)
        tag_place = place if tag is None else self._source.place(tag.start)
        if name in DATE_TAGS:
            return self._dates(text, name, place)
        for message in foreign_to_pubmed(text, quoted=quoted):
            self._note(place, message)
        text = self._without_leading_star(text, place)
        if not pubmed_words(text, place):
            if tag is not None and text:
                raise QueryError(place, f"{text[:40]} holds no word; expected letters or digits")
            self._note(place, f"{text[:40] or 'an empty phrase'} holds no word; ignored")
            return None
        if name in PUBMED_MESH:
            exploded, major = PUBMED_MESH[name]
            if text.count("/") > 1:
                raise QueryError(place, "expected one subheading behind a heading")
            return mesh_heading(
                text,
                self._mesh,
                place,
                self._notices,
                exploded=exploded,
                major=major,
                explodes_subheadings=True,
            )
        if has_abstract(text, name):
            return AllRecords(with_abstract=True, place=place)
        if tag is None:
            return self._untagged(text, place, quoted=quoted)
        nearness = _NEARNESS.fullmatch(name)
        if nearness is not None:
            return self._near(text, nearness[1], nearness[2], place, tag_place)
        return self._tagged(text, name, place, tag_place, quoted=quoted)

    def date_range(
        self, first: Token, first_tag: Token | None, last: Token, last_tag: Token | None
    ) -> DateRange:
        """The range of `"2000/01/01"[dp] : "3000"[dp]`.

        Raises:
            QueryError: There is no date tag, or two different ones, or no date.
        """
        place = self._source.place(first.start)
        names = [t.value.strip().lower() for t in (first_tag, last_tag) if t is not None]
        kinds = {DATE_TAGS.get(name) for name in names}
        kind = DATE_TAGS.get(names[0]) if len(kinds) == 1 else None
        if kind is None:
            raise QueryError(place, "expected the same date tag, as [dp], behind both dates")
        start = read_date(first.value, place)
        end = read_date(last.value, self._source.place(last.start))
        return date_range(start, end, kind, place)

    def _note(self, place: Place, message: str) -> None:
        self._notices.append(QueryNotice(place, message))

    def _without_leading_star(self, text: str, place: Place) -> str:
        stripped = re.sub(r"(^|[\s-])\*+(?=\w)", r"\1", text)
        if stripped != text:
            self._note(place, "a * before a word is ignored, as PubMed does")
        return stripped

    def _words(self, text: str, place: Place) -> tuple[str, ...]:
        found = pubmed_words(text, place)
        for word in found:
            if has_wildcard(word) and len(word) <= _SHORTEST_STEM:
                self._note(place, f"{word}: PubMed wants {_SHORTEST_STEM} characters before *")
        return found

    def _dates(self, text: str, name: str, place: Place) -> DateRange:
        kind = DATE_TAGS[name]
        first, colon, last = text.partition(":")
        start = read_date(first, place)
        end = read_date(last, place) if colon else start
        return date_range(start, end, kind, place)

    def _untagged(self, text: str, place: Place, *, quoted: bool) -> Query:
        found = self._words(text, place)
        if quoted or any(has_wildcard(word) for word in found):
            return Term(found, ALL_FIELDS, quoted=quoted, place=place)
        if "hasabstract" in found:
            rest = text.lower().replace("hasabstract", " ", 1)
            others = self._untagged(rest, place, quoted=False)
            return all_of([AllRecords(with_abstract=True, place=place), others])
        if all(word.isdigit() for word in found):
            return self._numbers(text, found, place)
        return automatic_term(text, found, self._mesh, place)

    def _numbers(self, text: str, numbers: tuple[str, ...], place: Place) -> Query:
        """Numbers that are the whole query are PMIDs; beside other terms they are words.

        Source: PubMed Help, "How do I search by PMID or PMCID?".
        """
        if self.only_numbers:
            pmids = [Term((number,), (Field.PMID,), place=place) for number in numbers]
            return AutomaticTerm(" ".join(numbers), any_of(pmids), place)
        for number in numbers:
            line = f"write #{number} for line {number}, " if len(number) < 5 else "write "
            self._note(place, f"{number} is searched as a word; {line}{number}[pmid] for a PMID")
        return automatic_term(text, numbers, self._mesh, place)

    def _tagged(
        self, text: str, name: str, place: Place, tag_place: Place, *, quoted: bool
    ) -> Query:
        exploded = name.removesuffix(":noexp") == name
        fields = PUBMED_TAGS.get(name.removesuffix(":noexp"))
        if fields is None or not (exploded or fields in PUBMED_EXPLODED):
            known = [*PUBMED_TAGS, *PUBMED_MESH, *DATE_TAGS]
            raise QueryError(
                tag_place,
                f"[{name[:40]}] is no field tag{nearest(name, known)} (expected one such as "
                "[tiab], [ti], [mh], [pt], [au], [dp])",
            )
        if fields == (Field.SUBSET,):
            known_filter = filter_query(text, self._mesh, place)
            if known_filter is not None:
                return known_filter
        found = self._words(text, place)
        if fields == (Field.PUBLICATION_TYPE,):
            note_unknown_type(" ".join(found), self._mesh, place, self._notices)
        return Term(
            found,
            fields,
            quoted=quoted,
            exploded=exploded and fields in PUBMED_EXPLODED,
            place=place,
        )

    def _near(self, text: str, name: str, distance: str, place: Place, tag_place: Place) -> Query:
        fields = PUBMED_TAGS.get(name)
        if name not in ("ti", "title", "tiab", "title/abstract", "ad", "affiliation"):
            raise QueryError(tag_place, "nearness works with [ti:~N], [tiab:~N] and [ad:~N] only")
        if not distance.isdigit() or len(distance) > 4:
            raise QueryError(tag_place, f"expected a number of words behind ~, not {distance!r}")
        found = self._words(text, place)
        if any(has_wildcard(word) for word in found):
            raise QueryError(place, "PubMed takes no * with nearness; write the words out")
        if int(distance) > WIDEST_NEARNESS or not 2 <= len(found) <= MOST_NEAR_WORDS:
            raise QueryError(
                place,
                f"expected 2 to {MOST_NEAR_WORDS} words at most {WIDEST_NEARNESS} words apart",
            )
        terms = tuple(Term((word,), fields or (), place=place) for word in found)
        return Near(terms, int(distance) + 1, ordered=False, place=place)
