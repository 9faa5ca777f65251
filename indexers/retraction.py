"""Whether a record of another program's file says that its report was retracted."""

from __future__ import annotations

import re
from collections.abc import Iterable

RETRACTED = "Retracted Publication"
"""MEDLINE's publication type, which Web of Science has too."""

_TYPES = {RETRACTED.lower(), "retracted", "retracted article"}  # the other two are Scopus'
# Publishers put it before the title in capitals, Web of Science behind it in brackets. `Retracted:`
# in small letters is the title of a notice.
_TITLE = re.compile(r"\W*RETRACTED(?: ARTICLE)?\s*[:.\])]|.*\((?:Retracted [Aa]rticle|RETRACTED)\b")


def says_retracted(publication_types: Iterable[str], title: str) -> bool:
    """Whether a publication type or the title says so."""
    known = any(kind.lower() in _TYPES for kind in publication_types)
    return (
        known or _TITLE.match(title.replace("Retracted Article", "Retracted article")) is not None
    )
