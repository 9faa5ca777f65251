"""Subject headings and free text: each concept needs both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.query_debugger.common_words import CHECK_TAGS
from evidence.query_debugger.concept_groups import Group, texts_in
from evidence.query_debugger.finding import Finding, finding, listed
from indexers.mesh import Descriptor, Mesh, plain_words
from retrievers.boolean.tree import Field, MeshHeading, Term

_STEM = 5  # letters that two words of one concept share
_PUBLICATION_TYPES = "V"
# Words of everyday use that are headings, too; with them, nothing is said of a concept.
_EVERYDAY = "Life|Risk|Knowledge|Beds|Patients|Compliance|Emergencies|Women|Men|Fires|Work"
_LEFT_ALONE = CHECK_TAGS | set(_EVERYDAY.split("|"))
_DISCIPLINES = "H"  # `Epidemiology` is the science; the word in an abstract means the occurrence


def heading_findings(groups: Sequence[Group], mesh: Mesh) -> Iterator[Finding]:
    """Missing headings, missing free text, headings without their narrower ones."""
    for group in groups:
        if group.excluded or group.within or group.is_trial_filter():
            continue
        yield from _missing_headings(group, mesh)
        yield from _missing_free_text(group, mesh)
        yield from _unexploded(group, mesh)


def _missing_headings(group: Group, mesh: Mesh) -> Iterator[Finding]:
    if group.beside_heading:
        return
    covered = covered_names(group.headings(), mesh)
    missing: dict[str, Term] = {}
    for term in group.terms():
        found = named_heading(term, mesh)
        if found is None or found.name in covered:
            continue
        if not covered & set(mesh.exploded(found)):  # else a narrower one was chosen on purpose
            missing.setdefault(found.name, term)
    if not missing:
        return
    place = next(iter(missing.values())).place
    pairs = [f"{term.text} → {name}" for name, term in missing.items()]
    some = "no heading stands" if not covered else "these headings do not stand"
    yield finding(
        "missing-heading",
        place,
        f"free text that names MeSH headings, but {some} in its OR: {listed(pairs)}",
        "add the headings that fit the concept, exploded: "
        + listed([f'"{name}"[mh]' for name in missing]),
    )


def named_heading(term: Term, mesh: Mesh) -> Descriptor | None:
    """The descriptor that a free-text term is a name of.

    None for types of publication, for disciplines and for what stands at the top of the tree.
    """
    if Field.ABSTRACT not in term.fields or "*" in term.text.rstrip("*"):
        return None
    text = term.text.rstrip("*")
    found = mesh.descriptor(text)
    if found is None and term.text.endswith("*"):
        found = mesh.descriptor(f"{text}s")
    if found is None or found.name in _LEFT_ALONE:
        return None
    topical = [n for n in found.tree_numbers if n[0] not in _PUBLICATION_TYPES + _DISCIPLINES]
    return found if topical and all("." in number for number in topical) else None


def covered_names(headings: Sequence[MeshHeading], mesh: Mesh) -> set[str]:
    """The names of descriptors that headings find, narrower ones with those that are exploded."""
    names: set[str] = set()
    for heading in headings:
        found = mesh.descriptor(heading.descriptor or heading.heading)
        if found is not None:
            names.update(mesh.exploded(found) if heading.exploded else [found.name])
    return names


def _missing_free_text(group: Group, mesh: Mesh) -> Iterator[Finding]:
    if group.beside_heading:
        return
    stems = {word[:_STEM] for words in texts_in(group) for word in words if len(word) >= _STEM}
    short = {word for words in texts_in(group) for word in words}
    missing = [
        heading
        for heading in group.headings()
        if (found := mesh.descriptor(heading.descriptor or heading.heading)) is not None
        and found.name not in _LEFT_ALONE
        and any(not number.startswith(_PUBLICATION_TYPES) for number in found.tree_numbers)
        and not _named_in(found, stems, short)
    ]
    if missing:
        names = list(dict.fromkeys(heading.heading for heading in missing))
        yield finding(
            "missing-free-text",
            missing[0].place,
            f"headings without a free-text term in their OR: {listed(names)}",
            "add words of title and abstract: records that are not indexed yet have no headings",
        )


def _named_in(descriptor: Descriptor, stems: set[str], words: set[str]) -> bool:
    """Whether a word of the texts is of one of the descriptor's names."""
    for name in (plain_words(descriptor.name), *descriptor.entry_terms):
        for word in name.split():
            if word in words or (len(word) >= _STEM and word[:_STEM] in stems):
                return True
    return False


def _unexploded(group: Group, mesh: Mesh) -> Iterator[Finding]:
    covered = covered_names(group.headings(), mesh)
    for heading in group.headings():
        found = mesh.descriptor(heading.descriptor or heading.heading)
        if heading.exploded or found is None:
            continue
        narrower = [name for name in mesh.exploded(found) if name not in covered]
        if narrower and not any(n.startswith(_PUBLICATION_TYPES) for n in found.tree_numbers):
            yield finding(
                "unexploded-heading",
                heading.place,
                f"{found.name} is not exploded; its narrower headings are left out "
                f"({len(narrower)}): {listed(narrower)}",
                "explode it, unless the narrower headings are meant to be left out",
            )
