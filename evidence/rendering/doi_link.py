"""Links of DOIs."""

from __future__ import annotations

import re
from urllib.parse import quote as url_quote

_DOI = re.compile(r"10\.\d{4,9}/\S+")


def doi_url(doi: str | None) -> str | None:
    """The address of a DOI at doi.org, if it has the form of a DOI."""
    if doi is None or not _DOI.fullmatch(doi):
        return None
    return "https://doi.org/" + url_quote(doi, safe="/().;:_-")
