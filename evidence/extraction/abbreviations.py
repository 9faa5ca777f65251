"""Abbreviations that an article defines, in its text and in its table notes.

Source: A. S. Schwartz, M. A. Hearst, A simple algorithm for identifying abbreviation definitions
in biomedical text, Pac. Symp. Biocomput. 2003, 451-462.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.extraction.wording import flatten, has_capital
from indexers.records import Document

_BRACKET = re.compile(r"\(([^()]{1,120})\)")
_NOTE = re.compile(
    r"(?:^|[;.,:]\s*|\*+\s*)(?P<short>[A-Z][A-Za-z0-9]*(?:\s?[+/-]\s?[A-Z][A-Za-z0-9]*)*)"
    r"(?P<sign>\s*[=:]\s*|,\s+|\s+)(?P<long>[A-Za-z][^;.=|]{3,80}?)(?=\s*(?:[;.]|$|,\s*\*|\*"
    r"|,\s*[A-Z][A-Z0-9]+\b))"
)
_SHORT = re.compile(r"[A-Za-z0-9][\w+./ -]{1,11}")


class Abbreviation(NamedTuple):
    """A short form and what it stands for, with the place of the definition."""

    short: str
    long: str
    start: int
    end: int


def abbreviations(document: Document) -> tuple[Abbreviation, ...]:
    """The definitions of a document, each short form once per long form, in order."""
    found: dict[tuple[str, str], Abbreviation] = {}
    for item in (*_in_text(document.text), *_in_notes(document)):
        found.setdefault((item.short, item.long.lower()), item)
    return tuple(found.values())


def written_out(text: str, definitions: tuple[Abbreviation, ...]) -> list[str]:
    """A text of abbreviations written out, once per meaning.

    Nothing where one is unknown: in `AL+PQ` the words of AL would outweigh what PQ is.
    """
    pieces = re.split(r"([^\W_]+)", text)
    longs = [[d.long for d in definitions if d.short == piece] for piece in pieces]
    unknown = any(
        len(p) > 1 and p.isupper() and not m for p, m in zip(pieces[1::2], longs[1::2], strict=True)
    )
    if unknown or not any(longs):
        return []
    most = max(len(meanings) for meanings in longs)
    return [
        "".join(m[min(i, len(m) - 1)] if m else p for p, m in zip(pieces, longs, strict=True))
        for i in range(most)
    ] + [d.long for d in definitions if d.short == text]


def _in_text(text: str) -> list[Abbreviation]:
    flat = flatten(text)
    found = []
    for m in _BRACKET.finditer(flat):
        inside = re.split(r"[;,]|\bor\b", m.group(1))[0].strip().strip("\"'“”")
        before = flat[max(0, m.start() - 140) : m.start()].rstrip()
        before = re.split(r"[.;:()\n]\s", before)[-1]
        if _is_short(inside):
            long_form = _best_long_form(inside, _window(inside, before))
            if long_form:
                start = m.start() - (len(flat[: m.start()]) - len(flat[: m.start()].rstrip()))
                begin = flat.rindex(long_form, 0, start)
                found.append(
                    Abbreviation(inside, text[begin : begin + len(long_form)], begin, m.end())
                )
                continue
        short = before.rsplit(" ", 1)[-1]
        if short and _is_short(short) and short.upper() == short and len(inside) > len(short):
            long_form = _best_long_form(short, inside)
            if long_form == inside:
                found.append(Abbreviation(short, inside, m.start() - 1 - len(short), m.end()))
    return found


def _is_short(text: str) -> bool:
    return (
        _SHORT.fullmatch(text) is not None
        and has_capital(text)
        and any(c.isalpha() for c in text)
        and not re.match(r"[nNpP]\s*[=<>]", text)
        and len(re.findall(r"[A-Za-z0-9]+", text)) <= 3
        and not re.match(r"(?:Fig|Table|SD|CI|IQR)\b", text)
    )


def _window(short: str, before: str) -> str:
    size = sum(c.isalnum() for c in short)
    limit = min(size + 5, size * 2)
    pieces = list(re.finditer(r"\S+", before))
    return before[pieces[-limit].start() :] if len(pieces) > limit else before


def _best_long_form(short: str, long_form: str) -> str | None:
    """What a short form stands for, at the end of `long_form`.

    Words whose first letters spell the short form come first: TT is `total thyroidectomy`, though
    `thyroidectomy` has both letters. Else it is the shortest ending in which the letters stand in
    order; the first letter has to begin a word (Schwartz and Hearst 2003, figure 1).
    """
    return spelled_by_initials(short, long_form) or _shortest_ending(short, long_form)


_LINK = frozenset({"a", "an", "and", "by", "for", "in", "of", "on", "or", "the", "to", "with"})


def spelled_by_initials(short: str, long_form: str) -> str | None:
    """The end of a text whose words begin with the short form's letters, links left out."""
    letters = [c.lower() for c in re.sub(r"(?<=[A-Z])s$", "", short) if c.isalnum()]
    pieces = list(re.finditer(r"[^\W_]+", long_form))
    if len(letters) < 2 or any(c.isdigit() for c in letters) or not pieces:
        return None
    if long_form[pieces[-1].end() :].strip() or pieces[-1].group()[0].lower() != letters[-1]:
        return None
    left = letters[:-1]
    for piece in reversed(pieces[:-1]):
        if piece.group()[0].lower() == left[-1]:
            left.pop()
        elif piece.group().lower() not in _LINK:
            return None
        if not left:
            return long_form[piece.start() :].strip()
    return None


def _shortest_ending(short: str, long_form: str) -> str | None:
    at = len(long_form) - 1
    for i in range(len(short) - 1, -1, -1):
        letter = short[i].lower()
        if not letter.isalnum():
            continue
        while at >= 0 and (
            long_form[at].lower() != letter or (i == 0 and at > 0 and long_form[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
        at -= 1
    begin = max(long_form.rfind(" ", 0, at + 2), -1) + 1
    best = long_form[begin:].strip()
    size = sum(c.isalnum() for c in short)
    if len(best) <= len(short) or len(best.split()) > min(size + 5, size * 2):
        return None
    return best


def _in_notes(document: Document) -> list[Abbreviation]:
    found = []
    for table in document.tables:
        for note in table.footnotes:
            place = document.text.find(note, table.start, table.end)
            for m in _NOTE.finditer(flatten(note)):
                short, long_form = m["short"].strip(), m["long"].strip()
                named = m["sign"].strip() in ("=", ":")
                fits = _best_long_form(short, long_form) == long_form
                if len(short) >= 2 and (fits or (named and len(long_form) > len(short) + 2)):
                    begin = max(place, 0) + m.start("short")
                    found.append(Abbreviation(short, long_form, begin, begin + len(m.group())))
    return found
