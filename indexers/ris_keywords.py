"""KW lines of RIS: MeSH headings first, as MEDLINE prints them, then keywords.

RIS has one tag for both. Our own files say in a note (N1) how many of the lines are headings, so
that nothing is guessed when they are read again. In files of others, a line is taken for a heading
if its descriptor is spelt as in MeSH and it has a star or a subheading; next to such a line, a
descriptor that stands alone is one too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from indexers.exact_fields import heading_parts
from indexers.mesh import shipped_mesh
from indexers.records import Record

_NOTE = re.compile(r"MeSH headings(, major topics not told)?: the first (\d{1,6}) keywords")
_NOT_TOLD = ", major topics not told"
# MEDLINE prints subheadings in small letters: `drug therapy`, never the AIDS of `HIV/AIDS`.
_SUBHEADING = re.compile(r"[a-z][a-z ,&'-]*")
# Ovid prints one subheading a line, by code and name: `*Malaria/dt [Drug Therapy]`.
_OVIDS = re.compile(r"([^/]+)/[a-z]{2} \[([^\[\]/]+)\]")


class Keywords(NamedTuple):
    """What the KW lines of a reference tell, in the terms of `Record`."""

    mesh: tuple[str, ...]
    mesh_headings: tuple[str, ...]
    keywords: tuple[str, ...]


def keyword_lines(record: Record) -> tuple[list[str], str]:
    """The values of KW, and of the note that parts them; the note is empty without headings.

    Where `mesh` is not what `mesh_headings` names, the headings are written.
    """
    headings = _whole(record.mesh_headings or record.mesh)
    kind = "" if record.mesh_headings else _NOT_TOLD
    note = f"MeSH headings{kind}: the first {len(headings)} keywords" if headings else ""
    return [*headings, *_whole(record.keywords)], note


def read_keywords(values: Sequence[str], notes: Sequence[str]) -> Keywords:
    """The headings and the keywords among the values of KW."""
    values = [value for value in values if value]
    for found in filter(None, map(_NOTE.fullmatch, notes)):
        n = int(found[2])
        return _keywords(values[:n], values[n:], told=found[1] is None)
    values = [_from_ovid(value) for value in values]
    if not any(_is_heading(value) and set(value) & set("*/") for value in values):
        return _keywords([], values, told=True)
    headings = [value for value in values if _is_heading(value)]
    return _keywords(headings, [v for v in values if v not in headings], told=True)


def _keywords(headings: Sequence[str], keywords: Sequence[str], *, told: bool) -> Keywords:
    descriptors = (heading_parts(heading)[0] for heading in headings)
    mesh = _once(descriptors if told else headings)
    return Keywords(mesh, _once(headings) if told else (), _once(keywords))


def _from_ovid(value: str) -> str:
    """A heading as Ovid prints it, in MEDLINE's way; any other value as it is."""
    found = _OVIDS.fullmatch(value)
    if found is None or not _is_heading(found[1]):
        return value
    return f"{found[1]}/{found[2].lower()}"


def _is_heading(value: str) -> bool:
    name, _, subheadings = heading_parts(value)
    if not all(_SUBHEADING.fullmatch(subheading) for subheading, _ in subheadings):
        return False
    found = shipped_mesh().descriptor(name)
    return found is not None and found.name == name


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _whole(values: Sequence[str]) -> list[str]:
    """The values on one line each; a blank one would not be counted by a reader."""
    return list(filter(None, (" ".join(value.split()) for value in values)))
