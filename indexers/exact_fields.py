"""Fields for Boolean search: words as they stand, without stemming, and whole names.

    words_*     the words of a field with their positions: phrases, truncation, nearness
    name_*      whole values in plain words: headings, authors, journals, languages

Both are folded alike when records are indexed and when a query is read: lower case, no accents,
no punctuation. Where a field has several values, they lie one word apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from indexers.mesh import plain_words
from indexers.records import Record

if TYPE_CHECKING:
    import tantivy

WORD_FIELDS = (
    "words_title",
    "words_abstract",
    "words_keywords",
    "words_mesh",
    "words_publication_types",
    "words_journal",
    "words_authors",
)
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
)
YEAR_FIELD = "exact_year"
_LONGEST_WORD = 39  # the analyser drops longer ones, in bytes
_WORD = re.compile(r"[^\W_]+")
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
        text = "".join(c for c in text if not unicodedata.combining(c))
    return text.lower()


def words(text: str) -> list[str]:
    """The folded words of a text; an overlong one is cut, not dropped."""
    return [cut(word) for word in _WORD.findall(folded(text))]


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
            document.add_text(name, " ".join(words(text)))
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
    }


def name_values(record: Record) -> dict[str, list[str]]:
    """The plain names of each field of names; empty ones are left out."""
    language = record.language or ""
    values = {
        "name_mesh": map(plain_words, record.mesh),
        "name_publication_type": map(plain_words, record.publication_types),
        "name_journal": [plain_words(record.journal or "")],
        "name_language": [language_code(part) for part in re.split(r"[;,/]", language)],
        "name_author": _author_names(record.authors),
        "name_first_author": _author_names(record.authors[:1]),
        "name_last_author": _author_names(record.authors[-1:]),
        "name_pmid": [record.pmid or ""],
        "name_pmcid": [plain_words(record.pmcid or "")],
        "name_doi": [plain_words(record.doi or "")],
    }
    return {name: [value for value in found if value] for name, found in values.items()}


def _author_names(authors: Iterable[str]) -> Iterator[str]:
    """Each author in full (`memis dilek a`) and with initials (`memis da`)."""
    for author in authors:
        family, comma, given = author.partition(",")
        yield plain_words(author)
        if comma:
            initials = "".join(word[0] for word in plain_words(given).split())
            yield f"{plain_words(family)} {initials}".rstrip()
