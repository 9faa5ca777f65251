"""The names of fields: PubMed's tags and Ovid's suffixes, and what each searches.

PubMed: https://pubmed.ncbi.nlm.nih.gov/help/#search-tags; Ovid: the field guide of MEDLINE.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

from retrievers.boolean.tree import Field

ALL_FIELDS = tuple(Field)
TITLE_ABSTRACT = (Field.TITLE, Field.ABSTRACT, Field.KEYWORDS)  # PubMed's [tiab] has keywords
TEXT_WORD = (
    *TITLE_ABSTRACT,
    Field.MESH_WORDS,
    Field.PUBLICATION_TYPE,
    Field.SUBHEADING,
    Field.SUBSTANCE,
    Field.CORPORATE_AUTHOR,
)
MULTI_PURPOSE = (
    *TITLE_ABSTRACT,
    Field.MESH_WORDS,
    Field.SUBHEADING,
    Field.SUBSTANCE,
    Field.ORIGINAL_TITLE,
)

# The first name of each list is the one written.
_PUBMED: dict[tuple[Field, ...], str] = {
    ALL_FIELDS: "all|all fields",
    TITLE_ABSTRACT: "tiab|title/abstract",
    TEXT_WORD: "tw|text word|text words",
    (Field.TITLE,): "ti|title",
    (Field.ABSTRACT,): "ab|abstract",
    (Field.KEYWORDS,): "ot|other term",
    (Field.PUBLICATION_TYPE,): "pt|ptyp|publication type",
    (Field.AUTHOR,): "au|author|auth|author name|fau|full author name",
    (Field.FIRST_AUTHOR,): "1au|first author|author - first|first author name",
    (Field.LAST_AUTHOR,): "lastau|last author|author - last|last author name",
    (Field.JOURNAL,): "ta|jour|journal|so",
    (Field.LANGUAGE,): "la|lang|language",
    (Field.PMID,): "pmid|uid|ui",
    (Field.PMCID,): "pmcid|pmc",
    (Field.DOI,): "doi",
    (Field.IDENTIFIER,): "aid|article identifier|lid|location id|si|secondary source id",
    (Field.SUBHEADING,): "sh|mesh subheading|mesh subheadings|subheading|subheadings",
    (Field.SUBSTANCE,): "nm|supplementary concept|substance name|substance",
    (Field.PHARMACOLOGICAL_ACTION,): "pa|pharmacological action",
    (Field.ORIGINAL_TITLE,): "tt|transliterated title",
    (Field.AFFILIATION,): "ad|affiliation|affl",
    (Field.REGISTRY_NUMBER,): "rn|ec/rn number",
    (Field.GRANT,): "gr|grant number|grants and funding",
    (Field.SUBJECT_NAME,): "ps|personal name as subject",
    (Field.CORPORATE_AUTHOR,): "cn|corporate author",
    (Field.INVESTIGATOR,): "ir|investigator",
    (Field.ISSN,): "is|issn",
    (Field.VOLUME,): "vi|volume",
    (Field.ISSUE,): "ip|issue",
    (Field.PAGES,): "pg|pagination",
    (Field.COUNTRY,): "pl|place of publication",
    (Field.SUBSET,): "sb|subset|filter",
}
PUBMED_TAGS = {name: fields for fields, names in _PUBMED.items() for name in names.split("|")}
PUBMED_NAMES = {fields: names.partition("|")[0] for fields, names in _PUBMED.items()}

PUBMED_EXPLODED = ((Field.PUBLICATION_TYPE,), (Field.SUBHEADING,))  # unless with :noexp

# MeSH tags: exploded, major.
PUBMED_MESH = {
    "mh": (True, False), "mesh": (True, False), "mesh terms": (True, False),
    "mesh term": (True, False), "mh:noexp": (False, False), "mesh:noexp": (False, False),
    "mesh terms:noexp": (False, False),
    "majr": (True, True), "mesh major topic": (True, True), "mesh majr": (True, True),
    "majr:noexp": (False, True), "mesh major topic:noexp": (False, True),
}  # fmt: skip

DateKind = Literal["publication", "electronic", "entry", "create", "mesh", "completion"]
DATE_TAGS: dict[str, DateKind] = {
    "dp": "publication", "pdat": "publication", "date - publication": "publication",
    "publication date": "publication", "date of publication": "publication",
    "ppdat": "publication", "dep": "electronic", "epdat": "electronic",
    "electronic publication date": "electronic", "edat": "entry", "date - entry": "entry",
    "entry date": "entry", "entrez date": "entry", "crdt": "create", "date - create": "create",
    "create date": "create", "mhda": "mesh", "date - mesh": "mesh", "mesh date": "mesh",
    "dcom": "completion", "date - completion": "completion", "completion date": "completion",
}  # fmt: skip
DATE_NAMES: dict[DateKind, str] = {
    "publication": "dp", "electronic": "dep", "entry": "edat", "create": "crdt",
    "mesh": "mhda", "completion": "dcom",
}  # fmt: skip

OVID_SUFFIXES: dict[str, tuple[Field, ...]] = {
    "ti": (Field.TITLE,), "ab": (Field.ABSTRACT,), "tw": (Field.TITLE, Field.ABSTRACT),
    "mp": MULTI_PURPOSE, "af": ALL_FIELDS, "kf": (Field.KEYWORDS,), "kw": (Field.KEYWORDS,),
    "hw": (Field.MESH_WORDS,), "pt": (Field.PUBLICATION_TYPE,),
    "au": (Field.AUTHOR,), "fa": (Field.FIRST_AUTHOR,), "la": (Field.LANGUAGE,),
    "jn": (Field.JOURNAL,), "ja": (Field.JOURNAL,), "jw": (Field.JOURNAL,), "lg": (Field.LANGUAGE,),
    "ui": (Field.PMID,), "an": (Field.PMID,), "pm": (Field.PMCID,), "do": (Field.DOI,),
    "fs": (Field.SUBHEADING,), "xs": (Field.SUBHEADING,), "nm": (Field.SUBSTANCE,),
    "rx": (Field.PHARMACOLOGICAL_ACTION,), "ot": (Field.ORIGINAL_TITLE,),
    "in": (Field.AFFILIATION,), "rn": (Field.REGISTRY_NUMBER,), "rw": (Field.REGISTRY_NUMBER,),
    "id": (Field.IDENTIFIER,), "si": (Field.IDENTIFIER,), "no": (Field.GRANT,),
    "gi": (Field.GRANT,), "pn": (Field.SUBJECT_NAME,), "ca": (Field.CORPORATE_AUTHOR,),
    "ir": (Field.INVESTIGATOR,), "is": (Field.ISSN,), "vo": (Field.VOLUME,), "ip": (Field.ISSUE,),
    "pg": (Field.PAGES,), "cp": (Field.COUNTRY,), "sb": (Field.SUBSET,),
}  # fmt: skip
OVID_NAMES = {
    field: name
    for name, fields in reversed(OVID_SUFFIXES.items())
    for field in fields
    if len(fields) == 1
}
OVID_WHOLE = {ALL_FIELDS: "af", MULTI_PURPOSE: "mp"}
OVID_EXPLODED_SUBHEADING = "xs"


def ovid_fields(suffixes: list[str]) -> tuple[Field, ...]:
    """The fields of a suffix such as `.ti,ab.`, in the order of `Field`.

    Raises:
        KeyError: A suffix is not known; its argument is the suffix.
    """
    found = {field for suffix in suffixes for field in OVID_SUFFIXES[suffix]}
    return tuple(field for field in Field if field in found)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that is nearest, or an empty string."""
    close = difflib.get_close_matches(name[:60], list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
