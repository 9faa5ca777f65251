"""Where the fields of a query stand in the index (indexers.exact_fields), and names as patterns."""

from __future__ import annotations

from indexers.exact_fields import language_code
from retrievers.boolean.tree import Field, Term
from retrievers.boolean.words import word_regex

TEXTS = {
    Field.TITLE: "words_title",
    Field.ABSTRACT: "words_abstract",
    Field.KEYWORDS: "words_keywords",
    Field.MESH_WORDS: "words_mesh",
}
WORDS = TEXTS | {
    Field.PUBLICATION_TYPE: "words_publication_types",
    Field.JOURNAL: "words_journal",
    Field.AUTHOR: "words_authors",
    Field.SUBHEADING: "words_subheadings",
    Field.SUBSTANCE: "words_chemicals",
    Field.REGISTRY_NUMBER: "words_chemicals",
}
NAMES = {
    Field.PUBLICATION_TYPE: "name_publication_type",
    Field.JOURNAL: "name_journal",
    Field.AUTHOR: "name_author",
    Field.FIRST_AUTHOR: "name_first_author",
    Field.LAST_AUTHOR: "name_last_author",
    Field.LANGUAGE: "name_language",
    Field.PMID: "name_pmid",
    Field.PMCID: "name_pmcid",
    Field.DOI: "name_doi",
    Field.SUBHEADING: "name_subheading",
    Field.SUBSTANCE: "name_chemical",
    Field.REGISTRY_NUMBER: "name_chemical",
}
# By major topic, by subheading.
HEADINGS = {
    (False, False): "name_mesh",
    (True, False): "name_major_topic",
    (False, True): "name_heading_subheading",
    (True, True): "name_major_subheading",
}
_AUTHORS = (Field.AUTHOR, Field.FIRST_AUTHOR, Field.LAST_AUTHOR)
# Abbreviations of journals (ISO 4) that are no beginnings of their words.
_CONTRACTED = {"natl": "nat(?:iona)?l", "dtsch": "d(?:eu)?tsch"}
_SMALL_WORDS = "(?:(?:the|of|and|in|for|on|a|an|de|la|et) )*"


def names_regex(term: Term, field: Field) -> str:
    """A regular expression for the whole names that a term stands for.

    Authors: `smith` has any given name; `smith j` also more initials and full names, unless it is
    quoted. Journals: several words may be beginnings of the name's, as in `n engl j med`; PubMed
    takes abbreviation and full name alike, in quotation marks or not.
    """
    text = " ".join(word_regex(word) for word in term.words)
    if field in _AUTHORS and not term.quoted:
        return f"{text}.*" if len(term.words) > 1 else f"{text}( .*)?"
    if field is Field.JOURNAL and len(term.words) > 1:
        starts = [f"{_CONTRACTED.get(word, word)}[^ ]*" for word in text.split()]
        return _SMALL_WORDS + f" {_SMALL_WORDS}".join(starts)
    if field is Field.JOURNAL:
        return f"(?:the )?{text}"
    if field is Field.LANGUAGE:
        return language_code(term.text)
    return text
