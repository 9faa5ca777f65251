"""Topics of CLEF's Technologically Assisted Reviews: Boolean queries as review authors wrote them.

Source: Kanoulas et al., CLEF TAR 2017, 2018 and 2019; the repository CLEF-TAR/tar.

Protocol. A file is a topic: `Topic:` (its Cochrane id), `Title:`, `Query:` and the lines of the
strategy, `Pids:` (not read). The unit is the topic that has a query; topics that give an objective
instead (sub-task 1) have nothing to parse, and are counted and left out. A query is read in the
syntax that it is written in: PubMed's where a field stands in square brackets, else Ovid's. It
counts as parsed when the parser takes all of it; what the lines find is not measured, for the
records are not part of the release. The ceiling is 1 but for queries that the release has garbled
(joined lines, lost brackets): their authors' own text is not there to tell. A file without a topic,
or that is not text, is a failure.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from evidence.errors import SourceError

CLEF_EXPECTED = "a topic of CLEF TAR (Topic:, Title:, Query:), or a folder of them"
_NAMED = re.compile(r"(?:CD\d{6}(?:\.\w+)?|.+\.(?:topic|txt))", re.IGNORECASE)
_HEADING = re.compile(r"^(Topic|Title|Objective|Query|Pids):[ \t]*", re.MULTILINE)
_FIELD = re.compile(r"\[\s*[A-Za-z][\w /:~-]*\]")
_FIRST_BYTES = 4096


class ClefTopic(NamedTuple):
    """A topic; `query` is empty where it has none, `line` is the query's first line in the file.

    `failure` tells why the file cannot be read.
    """

    topic_id: str
    title: str
    query: str
    line: int = 1
    failure: str | None = None

    @property
    def syntax(self) -> str:
        """`pubmed` or `ovid`, by the marks of the query."""
        return "pubmed" if _FIELD.search(self.query) else "ovid"


def is_clef_topics(data: Path) -> bool:
    """Whether a path is a topic, or holds one."""
    return any(_begins_as_topic(path) for path in _files(data))


def load_topics(data: Path) -> tuple[list[Path], list[ClefTopic]]:
    """The files read and their topics, by name.

    Raises:
        SourceError: There is no file, or none that can be read.
    """
    files = _files(data)
    topics = [_topic(path) for path in files]
    if all(topic.failure is not None for topic in topics):
        why = f"; {topics[0].failure}" if topics else ""
        raise SourceError(data, f"expected {CLEF_EXPECTED}{why}")
    return files, topics


def _files(data: Path) -> list[Path]:
    """The file; those of a folder that are named like topics; or those of its folders `topics`."""
    if data.is_file():
        return [data]
    here = [path for path in data.glob("*") if _NAMED.fullmatch(path.name) and path.is_file()]
    inside = [path for path in data.rglob("topics/*") if path.is_file()]
    return sorted({*here, *inside})


def _begins_as_topic(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"Topic:" in file.read(_FIRST_BYTES)
    except OSError:
        return False


def _topic(path: Path) -> ClefTopic:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return _failed(path, "expected a topic as text in UTF-8")
    parts: dict[str, str] = {}
    places: dict[str, int] = {}
    headings = list(_HEADING.finditer(text))
    for number, heading in enumerate(headings, 1):
        end = headings[number].start() if number < len(headings) else len(text)
        part = text[heading.end() : end]
        blank = len(part) - len(part.lstrip())
        parts.setdefault(heading[1], part.strip())
        places.setdefault(heading[1], text.count("\n", 0, heading.end() + blank) + 1)
    if not parts.get("Topic"):
        return _failed(path, "expected a line that begins with Topic:")
    if "Query" not in parts and "Objective" not in parts:
        return _failed(path, "expected a Query: or an Objective: after the topic's title")
    if parts.get("Query") == "":
        return _failed(path, "expected the lines of a strategy after Query:", places["Query"])
    query = parts.get("Query", "")
    return ClefTopic(parts["Topic"], parts.get("Title", ""), query, places.get("Query", 1))


def _failed(path: Path, expected: str, line: int = 1) -> ClefTopic:
    return ClefTopic(path.name, "", "", failure=str(SourceError(path, expected, line)))
