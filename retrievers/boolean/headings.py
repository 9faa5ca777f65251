"""Subject headings of queries, looked up in the table of descriptors."""

from __future__ import annotations

from indexers.mesh import Mesh, plain_words
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.fields import nearest
from retrievers.boolean.qualifiers import subheading_name
from retrievers.boolean.tree import MeshHeading


def mesh_heading(
    text: str,
    mesh: Mesh,
    place: Place,
    notices: list[QueryNotice],
    *,
    exploded: bool,
    major: bool,
    subheadings: tuple[str, ...] = (),
    explodes_subheadings: bool = False,
    wants_heading_itself: bool = False,
) -> MeshHeading:
    """The heading of `Masks/adverse effects`; one that the table lacks is kept, with a notice.

    Subheadings may be named by their codes. With `explodes_subheadings`, exploding takes in
    narrower subheadings, too. With `wants_heading_itself`, as in Ovid, an entry term gives a
    notice; PubMed maps it.

    Raises:
        QueryError: There is no word in it.
    """
    heading, *behind = text.split("/")
    if not plain_words(heading):
        raise QueryError(place, f"{text[:40]!r} holds no word; expected a heading")
    if not behind and text.endswith("*"):
        start = f"{plain_words(text)}*"
        return MeshHeading(start, exploded, major, subheadings, place=place)
    found = mesh.descriptor(heading)
    if found is None:
        notices.append(
            QueryNotice(
                place,
                f"{heading.strip()[:60]} is no MeSH heading or entry term of the shipped table; "
                "searched as it stands",
            )
        )
    elif wants_heading_itself and plain_words(heading) != plain_words(found.name):
        notices.append(
            QueryNotice(
                place,
                f"{heading.strip()[:60]} is an entry term; Ovid wants the heading itself; read as "
                f"{found.name}/",
            )
        )
    subheadings += tuple(_subheading(part, place, notices) for part in behind if plain_words(part))
    return MeshHeading(
        " ".join(heading.split()).rstrip(" *"),
        exploded,
        major,
        subheadings,
        found.name if found else "",
        exploded and explodes_subheadings and bool(subheadings),
        place,
    )


def note_unknown_type(text: str, mesh: Mesh, place: Place, notices: list[QueryNotice]) -> None:
    """Add a notice when a publication type is not one of MeSH."""
    if any(sign in text for sign in "*?#"):
        return
    found = mesh.descriptor(text)
    if found is None or not any(number.startswith("V") for number in found.tree_numbers):
        near = nearest(text, map(plain_words, mesh.publication_types()))
        notices.append(
            QueryNotice(
                place, f"{text[:60]} is no publication type of MeSH; searched as it stands{near}"
            )
        )


def _subheading(text: str, place: Place, notices: list[QueryNotice]) -> str:
    name = subheading_name(text)
    if name is None:
        name = plain_words(text)
        notices.append(
            QueryNotice(place, f"{name[:60]} is no MeSH subheading; searched as it stands")
        )
    return name
