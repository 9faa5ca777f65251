"""Volume, issue and pages of articles, as their own JATS prints them: they are not in the corpus.

    python -m data.benchmark.printed_places ARTICLES.tar.xz    (from the project's root)

writes printed_places.json for the records that the set of duplicates is made of.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from pathlib import Path

from data.benchmark.duplicate_sets import PLACES, drawn_sources

_FRONT = re.compile(r"<article-meta>.*?</article-meta>", re.DOTALL)
_RELATED = re.compile(r"<(related-article|related-object|product)\b.*?</\1>", re.DOTALL)


def printed_place(jats: str) -> dict[str, str]:
    """Volume, issue and pages of an article; what it does not print is left out."""
    front = _FRONT.search(jats)
    meta = _RELATED.sub("", front.group()) if front else ""
    found = {
        name: match[1].strip()
        for name in ("volume", "issue", "fpage", "lpage", "elocation-id")
        if (match := re.search(rf"<{name}\b[^>]*>([^<]+)</{name}>", meta))
    }
    first, last = found.pop("fpage", ""), found.pop("lpage", "")
    number = found.pop("elocation-id", "")
    pages = f"{first}-{last}" if first and last and first != last else first or number
    return {**found, **({"pages": pages} if pages else {})}


def main(archive: Path) -> None:
    """Write the places of the drawn records."""
    drawn = {record.record_id for record in drawn_sources()}
    places = {}
    with tarfile.open(archive) as packed:
        for member in packed:
            name = Path(member.name).stem
            file = packed.extractfile(member) if name in drawn else None
            if file is not None:
                places[name] = printed_place(file.read().decode("utf-8"))
    lines = (f"{json.dumps(name)}: {json.dumps(places[name])}" for name in sorted(places))
    PLACES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
