"""PubMed's filters that stand for headings, types or languages: `humans[filter]`, `hasabstract`.

Source: PubMed Help, "Filters" (https://pubmed.ncbi.nlm.nih.gov/help/#help-filters): species, sex,
ages, article types, languages, abstract. Filters that are whole strategies (`systematic[sb]`) and
subsets of records are not here; a store keeps no subsets, and a search for one says so.
"""

from __future__ import annotations

from indexers.exact_fields import is_language
from indexers.mesh import Mesh, plain_words
from retrievers.boolean.errors import Place
from retrievers.boolean.tree import AllRecords, Field, MeshHeading, Query, Term, any_of

_ALL = "all"
_ABSTRACT = {"hasabstract", "fha"}
# The headings of a filter; exploded unless a `-` stands before them.
_HEADINGS = {
    "humans": "Humans",
    "animals": "-Animals",
    "animal": "-Animals",
    "female": "Female",
    "male": "Male",
    "newborn": "Infant, Newborn",
    "allinfant": "Infant",
    "infant": "-Infant",
    "allchild": "Infant|Child|Adolescent",
    "preschoolchild": "Child, Preschool",
    "child": "-Child",
    "adolescent": "Adolescent",
    "alladult": "Adult",
    "youngadult": "Young Adult",
    "adult": "-Adult",
    "middleagedaged": "Middle Aged|Aged",
    "middleaged": "Middle Aged",
    "aged": "Aged",
    "80andover": "Aged, 80 and over",
}


def has_abstract(text: str, name: str) -> bool:
    """Whether it is PubMed's `hasabstract`, without a tag or with one that does not narrow it."""
    return text.lower() == "hasabstract" and name in (
        "",
        "text",
        "tw",
        "all",
        "all fields",
        "filter",
    )


def filter_query(text: str, mesh: Mesh, place: Place) -> Query | None:
    """What a filter finds; None for one that is not known."""
    name = text.lower().strip()
    if name == _ALL or name in _ABSTRACT:
        return AllRecords(with_abstract=name in _ABSTRACT, place=place)
    if name in _HEADINGS:
        return any_of([_heading(heading, place) for heading in _HEADINGS[name].split("|")])
    if len(name) > 3 and is_language(name):
        return Term((plain_words(name),), (Field.LANGUAGE,), place=place)
    for kind in mesh.publication_types():
        if plain_words(kind).replace(" ", "") == plain_words(name).replace(" ", ""):
            found = tuple(plain_words(kind).split())
            return Term(found, (Field.PUBLICATION_TYPE,), exploded=True, place=place)
    return None


def _heading(name: str, place: Place) -> MeshHeading:
    plain = name.lstrip("-")
    return MeshHeading(plain, plain == name, descriptor=plain, place=place)
