"""Subject headings of queries, looked up in the table of descriptors."""

from __future__ import annotations

from indexers.mesh import Mesh, plain_words
from retrievers.boolean.errors import Place, QueryError, QueryNotice
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
) -> MeshHeading:
    """The heading of `Masks/adverse effects`; one that the table lacks is kept, with a notice.

    Raises:
        QueryError: There is no word in it.
    """
    heading, *behind = text.split("/")
    if not plain_words(heading):
        raise QueryError(place, f"{text[:40]!r} holds no word; expected a heading")
    if not behind and text.endswith("*"):
        return MeshHeading(f"{plain_words(text)}*", exploded, major, subheadings, "", place)
    found = mesh.descriptor(heading)
    if found is None:
        notices.append(
            QueryNotice(
                place,
                f"{heading.strip()[:60]} is no MeSH heading or entry term of the shipped table; "
                "searched as it stands",
            )
        )
    subheadings += tuple(name for part in behind if (name := plain_words(part)))
    name = found.name if found else ""
    text = " ".join(heading.split()).rstrip(" *")
    return MeshHeading(text, exploded, major, subheadings, name, place)
