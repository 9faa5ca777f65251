"""Fields for Boolean search: words as they stand, without stemming, and whole names.

    words_*     the words of a field with their positions: phrases, truncation, nearness; those of
                title and abstract also together, since most terms are looked for in both
    name_*      whole values in plain words: headings, authors, journals, languages

Major topics and subheadings come from `Record.mesh_headings` alone: a heading with a star anywhere
is a major topic, a subheading is major when it or its descriptor has the star. `name_told` says
what else a record tells, so that a search can be read right where records tell less.

Both are folded alike when records are indexed and when a query is read: lower case, no accents,
no punctuation. Where a field has several values, they lie one word apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import filterfalse
from typing import TYPE_CHECKING

from indexers.mesh import plain_words
from indexers.records import Record

if TYPE_CHECKING:
    import tantivy

WORD_FIELDS = (
    "words_title_abstract",
    "words_title",
    "words_abstract",
    "words_keywords",
    "words_mesh",
    "words_publication_types",
    "words_journal",
    "words_authors",
    "words_subheadings",
    "words_chemicals",
)
TITLE_ABSTRACT = ("words_title", "words_abstract")
NAME_FIELDS = (
    "name_mesh",
    "name_publication_type",
    "name_journal",
    "name_language",
    "name_author",
    "name_first_author",
    "name_last_author",
    "name_pmid",
    "name_pmcid",
    "name_doi",
    "name_major_topic",
    "name_subheading",
    "name_heading_subheading",
    "name_major_subheading",
    "name_chemical",
    "name_told",
)
TOLD_FIELD = "name_told"
TELLS_HEADINGS = "headings"  # major topics and subheadings, as `mesh_headings` has them
LACKS_HEADINGS = "descriptors only"  # `mesh` without `mesh_headings`
TELLS_CHEMICALS = "chemicals"
TOLD = (TELLS_HEADINGS, LACKS_HEADINGS, TELLS_CHEMICALS)
YEAR_FIELD = "exact_year"
_LONGEST_WORD = 39  # the analyser drops longer ones, in bytes
_WORD = re.compile(r"[^\W_]+")
_ADDED_TO_JOURNAL = re.compile(r" [:=] .*|\([^()]*\)$")
# ISO 639-2 codes as MEDLINE writes them, by English name and two-letter code.
_LANGUAGES = {
    "eng": "english en", "fre": "french fr fra", "ger": "german de deu", "spa": "spanish es",
    "ita": "italian it", "por": "portuguese pt", "dut": "dutch nl nld", "rus": "russian ru",
    "chi": "chinese zh zho", "jpn": "japanese ja", "kor": "korean ko", "pol": "polish pl",
    "cze": "czech cs ces", "dan": "danish da", "swe": "swedish sv", "nor": "norwegian no",
    "fin": "finnish fi", "hun": "hungarian hu", "gre": "greek el ell", "tur": "turkish tr",
    "heb": "hebrew he", "ara": "arabic ar", "per": "persian fa fas", "ukr": "ukrainian uk",
    "rum": "romanian ro ron", "bul": "bulgarian bg", "hrv": "croatian hr", "srp": "serbian sr",
    "slo": "slovak sk slk", "slv": "slovenian sl", "lit": "lithuanian lt",
    "ice": "icelandic is isl",
    "cat": "catalan ca", "afr": "afrikaans af", "tha": "thai th", "vie": "vietnamese vi",
    "hin": "hindi hi", "ind": "indonesian id", "est": "estonian et", "lav": "latvian lv",
}  # fmt: skip
_LANGUAGE_CODES = {name: code for code, names in _LANGUAGES.items() for name in names.split()}


def folded(text: str) -> str:
    """The text in lower case, without accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(filterfalse(unicodedata.combining, text))
    return text.lower()


def words(text: str) -> list[str]:
    """The folded words of a text; an overlong one is cut, not dropped."""
    plain = folded(text)
    found: list[str] = _WORD.findall(plain)
    if plain.isascii():
        return [word[:_LONGEST_WORD] for word in found]
    return [cut(word) for word in found]


def cut(word: str) -> str:
    """The word, at most as long as the index keeps words."""
    if len(word.encode()) <= _LONGEST_WORD:
        return word
    return word.encode()[:_LONGEST_WORD].decode(errors="ignore")


def language_code(text: str) -> str:
    """MEDLINE's code of a language (`english`, `en`, `eng` → `eng`); else the words themselves."""
    plain = plain_words(text)
    return _LANGUAGE_CODES.get(plain, plain)


def is_language(text: str) -> bool:
    """Whether the text names a language: `english`, `en`, `eng`."""
    plain = plain_words(text)
    return plain in _LANGUAGE_CODES or plain in _LANGUAGES


def subheading_words(text: str) -> str:
    """A subheading in plain words: `prevention & control` and `… and control` are the same."""
    return " ".join(word for word in plain_words(text).split() if word != "and")


def heading_parts(printed: str) -> tuple[str, bool, list[tuple[str, bool]]]:
    """A heading as MEDLINE prints it: descriptor, its star, and subheadings with theirs."""
    descriptor, *subheadings = printed.split("/")
    stars = [(name.lstrip("*").strip(), name.startswith("*")) for name in subheadings]
    return descriptor.lstrip("*").strip(), descriptor.startswith("*"), stars


def add_exact_fields(builder: tantivy.SchemaBuilder) -> None:
    """Declare the fields in a schema."""
    for name in WORD_FIELDS:
        builder.add_text_field(name)
    for name in NAME_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field(YEAR_FIELD, indexed=True, fast=True)


def fill_exact_fields(document: tantivy.Document, record: Record) -> None:
    """Add a record's values to its document."""
    if record.year is not None:
        document.add_integer(YEAR_FIELD, record.year)
    for name, texts in word_values(record).items():
        for text in texts:
            folded_words = " ".join(words(text))
            document.add_text(name, folded_words)
            if name in TITLE_ABSTRACT:
                document.add_text("words_title_abstract", folded_words)
    for name, values in name_values(record).items():
        for value in dict.fromkeys(values):
            document.add_text(name, value)


def word_values(record: Record) -> dict[str, tuple[str, ...]]:
    """The texts of each field of words."""
    return {
        "words_title": (record.title,),
        "words_abstract": (record.abstract,),
        "words_keywords": record.keywords,
        "words_mesh": record.mesh,
        "words_publication_types": record.publication_types,
        "words_journal": (record.journal,) if record.journal else (),
        "words_authors": record.authors,
        "words_subheadings": tuple(_subheadings(record)),
        "words_chemicals": record.chemicals,
    }


def name_values(record: Record) -> dict[str, list[str]]:
    """The plain names of each field of names; empty ones are left out."""
    language = record.language or ""
    values = {
        "name_mesh": map(plain_words, record.mesh),
        "name_publication_type": map(plain_words, record.publication_types),
        "name_journal": _journal_names(record.journal or ""),
        "name_language": [language_code(part) for part in re.split(r"[;,/]", language)],
        "name_author": _author_names(record.authors),
        "name_first_author": _author_names(record.authors[:1]),
        "name_last_author": _author_names(record.authors[-1:]),
        "name_pmid": [record.pmid or ""],
        "name_pmcid": [plain_words(record.pmcid or "")],
        "name_doi": [plain_words(record.doi or "")],
        "name_chemical": map(plain_words, record.chemicals),
        "name_told": _told(record),
        **_heading_names(record),
    }
    return {name: [value for value in found if value] for name, found in values.items()}


def _subheadings(record: Record) -> dict[str, None]:
    """The subheadings of all headings, each once."""
    parts = (name for printed in record.mesh_headings for name, _ in heading_parts(printed)[2])
    return dict.fromkeys(parts)


def _heading_names(record: Record) -> dict[str, list[str]]:
    """Major topics, subheadings, and both joined to their descriptor: `asthma/drug therapy`."""
    majors, pairs, major_pairs = [], [], []
    for printed in record.mesh_headings:
        name, starred, subheadings = heading_parts(printed)
        descriptor = plain_words(name)
        if starred or any(star for _, star in subheadings):
            majors.append(descriptor)
        for subheading, star in subheadings:
            pair = f"{descriptor}/{subheading_words(subheading)}"
            pairs.append(pair)
            if star or starred:
                major_pairs.append(pair)
    return {
        "name_major_topic": majors,
        "name_subheading": [subheading_words(name) for name in _subheadings(record)],
        "name_heading_subheading": pairs,
        "name_major_subheading": major_pairs,
    }


def _told(record: Record) -> list[str]:
    headings = TELLS_HEADINGS if record.mesh_headings else LACKS_HEADINGS if record.mesh else ""
    return [headings, TELLS_CHEMICALS if record.chemicals else ""]


def _journal_names(journal: str) -> list[str]:
    """The journal's name, and it without what MEDLINE adds: a place, a subtitle.

    `Lancet (London, England)`, `Heart & lung : the journal of critical care`.
    """
    return [plain_words(journal), plain_words(_ADDED_TO_JOURNAL.sub("", journal))]


def _author_names(authors: Iterable[str]) -> Iterator[str]:
    """Each author in full (`memis dilek a`) and with initials (`memis da`)."""
    for author in authors:
        family, comma, given = author.partition(",")
        yield plain_words(author)
        if comma:
            initials = "".join(word[0] for word in plain_words(given).split())
            yield f"{plain_words(family)} {initials}".rstrip()
