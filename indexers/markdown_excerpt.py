"""Articles as Markdown, as Pandoc writes them from JATS: captions in fences, tables by columns.

A table's columns are the runs of hyphens below its header; a cell is what stands between two of
their starts. Cells that spanned several columns in the article stand in the first. Headings begin a
paragraph: where their words end is not written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from indexers.errors import SourceError
from indexers.jats import article_bytes, document_of, parse_article
from indexers.records import Document

_RULE = re.compile(r"\s*-{3,}(?:\s+-+)*\s*")
_RUN = re.compile(r"-+")
_FENCE = re.compile(r"\s*:{3,}.*")
_CAPTION = re.compile(r"\s*:{3,}\s*caption\s*")
_TABLE_END = "::::"
_HEADING = re.compile(r"(?:^| )#{1,6} ")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\([^()\s]*\)|\{[^{}]*\})")
_RAISED = re.compile(r"\^([^^]+)\^")
_MARK = re.compile(r"\\([^\w\s])|\*{1,3}")
_MOST_LINES = 200  # of a caption, a header or a table's notes
_NO_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Table(NamedTuple):
    """A table's caption, cells by row, how many rows are its header, and what stands below it."""

    caption: str
    rows: Sequence[Sequence[str]]
    n_header: int
    foot: str


def read_markdown_excerpt(path: Path, record_id: str) -> Document:
    """Read an article's Markdown, or a part of one, as a document with its tables.

    Raises:
        SourceError: The file cannot be read, or is not UTF-8.
    """
    try:
        text = article_bytes(path).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SourceError(path, "expected Markdown in UTF-8") from error
    body = "".join(_blocks(_NO_XML.sub(" ", text).split("\n")))
    xml = f"<article><body><sec>{body}</sec></body></article>"
    return document_of(parse_article(xml.encode(), path), record_id)


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """Paragraphs and tables as JATS, in order."""
    words: list[str] = []
    caption = ""
    number = place = 0
    while place < len(lines):
        if _CAPTION.fullmatch(lines[place]):
            yield from _paragraphs(words)
            end = _first(lines, place + 1, lambda line: bool(_FENCE.fullmatch(line)))
            words, caption = [], _HEADING.sub("", _one_line(lines[place + 1 : end]))
            place = end + 1
        elif (columns := _columns(lines, place)) and lines[place].strip():
            yield from _paragraphs(words)
            number += 1
            table, rest, place = _table(lines, place, columns, caption)
            words, caption = [rest], ""
            yield _table_xml(table, number)
        else:
            if lines[place].strip():
                words.append(lines[place])
            else:
                yield from _paragraphs(words)
                words = []
            place += 1
    yield from _paragraphs([caption, *words])


def _columns(lines: Sequence[str], place: int) -> list[int]:
    """Where columns start, if a table begins here: its rule is this line, or one soon below.

    A rule of one run opens a table whose header takes several lines, and another rule ends it.
    """
    if _RULE.fullmatch(lines[place]):
        starts = _starts(lines[place])
        if len(starts) > 1:
            return starts
        below = _first(lines, place + 1, lambda line: bool(_RULE.fullmatch(line)))
        return _starts(lines[below]) if below < len(lines) else []
    following = lines[place + 1] if place + 1 < len(lines) else ""
    is_header = bool(_RULE.fullmatch(following)) and not _FENCE.fullmatch(lines[place])
    return _starts(following) if is_header else []


def _starts(line: str) -> list[int]:
    """Where the runs of a rule start; none in a line that is no rule."""
    return [run.start() for run in _RUN.finditer(line)] if _RULE.fullmatch(line) else []


def _table(
    lines: Sequence[str], place: int, columns: Sequence[int], caption: str
) -> tuple[_Table, str, int]:
    """The table that begins here, what follows it in its last line, and the line after it."""
    is_open = bool(_RULE.fullmatch(lines[place])) and len(_RUN.findall(lines[place])) == 1
    rule = _first(lines, place + is_open, lambda line: bool(_RULE.fullmatch(line)))
    header = [_cells(lines[place + is_open : rule], columns)] if rule > place + is_open else []
    rows: list[list[str]] = []
    group: list[str] = []
    place, rest, ended = rule + 1, "", False
    while place < len(lines) and not ended:
        line, mark, rest = lines[place].partition(_TABLE_END)
        closes = bool(_RULE.fullmatch(line))
        ended = bool(mark) or closes or (not line and not is_open) or bool(_CAPTION.fullmatch(line))
        if line.strip() and not closes and not _CAPTION.fullmatch(line):
            group.append(line)  # a row without words is blank, but not empty
        if group and (ended or not is_open or not line.strip()):
            rows.append(_cells(group, columns))
            group = []
        place += not _CAPTION.fullmatch(line)
    if group:
        rows.append(_cells(group, columns))
    foot = ""
    if not rest and ended:
        foot, rest, place = _foot(lines, place)
    return _Table(caption, [*header, *rows], len(header), foot), rest, place


def _foot(lines: Sequence[str], place: int) -> tuple[str, str, int]:
    """The notes up to the end of the table, where one is marked before the next table."""
    end = _first(lines, place, lambda line: _TABLE_END in line or bool(_CAPTION.fullmatch(line)))
    again = any(lines[n].strip() and _columns(lines, n) for n in range(place, end))
    if again or end == len(lines) or _TABLE_END not in lines[end]:
        return "", "", place
    last, _, rest = lines[end].partition(_TABLE_END)
    return " ".join([*lines[place:end], last]), rest, end + 1


def _first(lines: Sequence[str], place: int, is_it: Callable[[str], bool]) -> int:
    """The next line that is it, or where looking for it ends."""
    end = min(place + _MOST_LINES, len(lines))
    return next((n for n in range(place, end) if is_it(lines[n])), end)


def _cells(lines: Sequence[str], columns: Sequence[int]) -> list[str]:
    """The cells of a row, which may take several lines."""
    ends = [*columns[1:], None]
    return [
        " ".join(line[start:end].strip() for line in lines).strip()
        for start, end in zip([0, *columns[1:]], ends, strict=True)
    ]


def _paragraphs(words: Sequence[str]) -> Iterator[str]:
    text = _one_line(words).replace(f"{_TABLE_END}table-wrap", " ")
    for part in _HEADING.split(f"{text} "):
        if plain := _inline(part.replace(_TABLE_END, " ")):
            yield f"<p>{plain}</p>"


def _table_xml(table: _Table, number: int) -> str:
    rows = [
        "<tr>" + "".join(f"<{kind}>{_inline(cell)}</{kind}>" for cell in row) + "</tr>"
        for place, row in enumerate(table.rows)
        for kind in ("th" if place < table.n_header else "td",)
    ]
    head, body = "".join(rows[: table.n_header]), "".join(rows[table.n_header :])
    foot = f"<table-wrap-foot><p>{_inline(table.foot)}</p></table-wrap-foot>" if table.foot else ""
    return (
        f"<table-wrap><label>Table {number}</label><caption><p>{_inline(table.caption)}</p>"
        f"</caption><table><thead>{head}</thead><tbody>{body}</tbody></table>{foot}</table-wrap>"
    )


def _inline(text: str) -> str:
    """Words as XML: without marks of emphasis and links, what is raised as `sup`."""
    plain = _MARK.sub(lambda mark: mark[1] or "", _LINK.sub(r"\1", _one_line([text])))
    plain = plain.replace("---", "—").replace("--", "–")
    return _RAISED.sub(r"<sup>\1</sup>", escape(plain, quote=False)).strip()


def _one_line(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())
