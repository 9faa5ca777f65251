"""Random trees over the words of real records, and the tree of a strategy."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy as Drawn

from indexers.exact_fields import words
from indexers.records import Record
from retrievers.boolean import fields
from retrievers.boolean.tree import (
    DateRange,
    Field,
    MeshHeading,
    Near,
    Not,
    Query,
    SearchStrategy,
    Term,
    all_of,
    any_of,
)

CORPUS = Path(__file__).resolve().parents[3] / "data" / "corpus" / "records.jsonl.gz"
HEADINGS = ("Malaria", "Malaria, Falciparum", "Asthma", "Humans", "Animals", "Infant, Newborn",
            "Surveys and Questionnaires", "Neoplasms", "Plasmodium", "Female")  # fmt: skip
SUBHEADINGS = ("drug therapy", "therapy", "prevention & control", "mortality", "epidemiology")
CHEMICALS = ("Quinine", "Tumor Necrosis Factor-alpha", "Quinine Sulfate", "Oxygen")
TYPES = ("Randomized Controlled Trial", "Clinical Trial", "Review", "Journal Article")
LANGUAGES = ("eng", "fre", "German", None)
OPERATORS = {"and", "or", "not", "exp", "adj", "limit", "use", "line", "remove"}
PUBMED_FIELDS = (fields.TITLE_ABSTRACT, fields.TEXT_WORD, fields.ALL_FIELDS, (Field.TITLE,),
                 (Field.ABSTRACT,), (Field.KEYWORDS,), (Field.JOURNAL,))  # fmt: skip
OVID_FIELDS = ((Field.TITLE, Field.ABSTRACT), fields.MULTI_PURPOSE, (Field.TITLE,),
               (Field.TITLE, Field.MESH_WORDS), (Field.ABSTRACT, Field.KEYWORDS))  # fmt: skip


def only(strategy: SearchStrategy) -> Query:
    """The query of a strategy of one line."""
    assert len(strategy.lines) == 1
    return strategy.lines[0].query


@cache
def records(number: int = 300) -> tuple[Record, ...]:
    """Records of the shipped corpus, with made-up headings, types, … on some.

    Every fourth has headings that tell neither major topics nor subheadings.
    """
    found = []
    with gzip.open(CORPUS, "rt", encoding="utf-8") as file:
        for at, line in enumerate(file):
            if at >= number:
                break
            mesh = tuple(h for i, h in enumerate(HEADINGS) if (at * 7 + i * 3) % 5 == 0)
            made_up = {
                "mesh": mesh,
                "mesh_headings": tuple(_printed(h, at + i) for i, h in enumerate(mesh) if at % 4),
                "chemicals": tuple(c for i, c in enumerate(CHEMICALS) if (at + i) % 6 == 0),
                "publication_types": (TYPES[at % 4],) if at % 3 else (),
                "language": LANGUAGES[at % 4],
            }
            found.append(Record.model_validate_json(line).model_copy(update=made_up))
    return tuple(found)


def _printed(heading: str, at: int) -> str:
    """The heading with up to two subheadings and a star on it, on one of them, or on none."""
    parts = [heading, *(SUBHEADINGS[(at + i) % 5] for i in range(at % 3))]
    star = at % 4
    return "/".join(f"*{part}" if i == star else part for i, part in enumerate(parts))


@cache
def _texts() -> list[list[str]]:
    texts = [text for r in records() for text in (r.title, r.abstract, *r.keywords)]
    return [[w for w in words(text) if w not in OPERATORS] for text in texts if words(text)]


@cache
def _openings() -> list[str]:
    return sorted({w[:4] for text in _texts() for w in text if len(w) > 5 and w.isascii()})


@st.composite
def phrases(draw: st.DrawFn, longest: int = 3) -> tuple[str, ...]:
    text = draw(st.sampled_from(_texts()))
    first = draw(st.integers(0, max(len(text) - 1, 0)))
    return tuple(text[first : first + draw(st.integers(1, longest))]) or ("trial",)


@st.composite
def wild_words(draw: st.DrawFn, *, ovid: bool) -> str:
    word = draw(st.sampled_from(_openings()))
    if not ovid:
        return f"{word}*"
    sign = draw(st.sampled_from(("*", "*1", "*3", "?*", "#*", "?")))
    return word[:2] + draw(st.sampled_from(("", "#", "?"))) + word[3:] + sign


@st.composite
def terms(draw: st.DrawFn, *, ovid: bool) -> Term:
    found = draw(phrases())
    if draw(st.booleans()):
        found = (*found[:-1], draw(wild_words(ovid=ovid)))
    where = draw(st.sampled_from(OVID_FIELDS if ovid else PUBMED_FIELDS))
    return Term(found, where, quoted=draw(st.booleans()))


@st.composite
def names(draw: st.DrawFn) -> Term:
    record = draw(st.sampled_from(records()))
    field = draw(st.sampled_from((Field.AUTHOR, Field.PMID, Field.LANGUAGE, Field.JOURNAL,
                                  Field.PUBLICATION_TYPE, Field.SUBHEADING, Field.SUBSTANCE,
                                  Field.REGISTRY_NUMBER)))  # fmt: skip
    substance = draw(st.sampled_from(("quinine", *CHEMICALS)))
    texts = {
        Field.AUTHOR: record.authors[0] if record.authors else "nobody",
        Field.PMID: record.pmid or "1",
        Field.LANGUAGE: record.language or "english",
        Field.JOURNAL: record.journal or "none",
        Field.PUBLICATION_TYPE: (record.publication_types or ("Review",))[0],
        Field.SUBHEADING: draw(st.sampled_from((*SUBHEADINGS, "dt", "no such subheading"))),
        Field.SUBSTANCE: substance,
        Field.REGISTRY_NUMBER: substance,
    }
    found = tuple(w for w in words(texts[field]) if w not in OPERATORS) or ("none",)
    if field is Field.AUTHOR and len(found) > 1:
        found = (found[0], found[1][:1])
    exploded = field is Field.SUBHEADING and draw(st.booleans())
    return Term(found, (field,), quoted=draw(st.booleans()), exploded=exploded)


@st.composite
def headings(draw: st.DrawFn, *, ovid: bool) -> MeshHeading:
    name = draw(st.sampled_from((*HEADINGS, "No Such Heading")))
    descriptor = "" if name.startswith("No") else name
    known = [subheading.replace("&", "and") for subheading in SUBHEADINGS]
    behind = st.lists(st.sampled_from(known), max_size=2 if ovid else 1, unique=True)
    subheadings = tuple(draw(behind))
    exploded = draw(st.booleans())
    with_narrower = exploded and bool(subheadings) and not ovid
    major = draw(st.booleans())
    return MeshHeading(name, exploded, major, subheadings, descriptor, with_narrower)


@st.composite
def dates(draw: st.DrawFn) -> DateRange:
    first = draw(st.integers(1995, 2024))
    last = draw(st.one_of(st.none(), st.integers(first, 2025)))
    return DateRange(str(first), str(last) if last else None)


@st.composite
def nears(draw: st.DrawFn, *, ovid: bool) -> Near:
    where = (Field.TITLE, Field.ABSTRACT) if ovid else fields.TITLE_ABSTRACT
    text = draw(st.sampled_from([text for text in _texts() if len(text) > 8]))
    first = draw(st.integers(0, len(text) - 7))
    picked = [text[first], text[first + draw(st.integers(1, 5))], text[first + 6]]
    if not ovid:
        chosen = picked[: draw(st.integers(2, 3))]
        return Near(tuple(Term((w,), where) for w in chosen), draw(st.integers(1, 5)))
    left: Query = Term((picked[0],), where)
    if draw(st.booleans()):
        left = any_of([left, Term(tuple(text[first + 2 : first + 4]), where)])
    right: Query = Term((picked[1] if draw(st.booleans()) else picked[1][:4] + "*",), where)
    distance = draw(st.integers(1, 5))
    near = Near((left, right), distance, distance == 1 and draw(st.booleans()))
    if draw(st.booleans()):
        return near
    return Near((near, Term((picked[2],), where)), draw(st.integers(1, 4)))


def trees(*, ovid: bool) -> Drawn[Query]:
    """Trees that the syntax can write, in canonical form."""
    leaves = st.one_of(terms(ovid=ovid), names(), headings(ovid=ovid), dates(), nears(ovid=ovid))

    def compounds(inner: Drawn[Query]) -> Drawn[Query]:
        several = st.lists(inner, min_size=2, max_size=4)
        return st.one_of(several.map(all_of), several.map(any_of), st.builds(Not, inner, inner))

    return st.recursive(leaves, compounds, max_leaves=8)
