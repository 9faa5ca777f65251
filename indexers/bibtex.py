"""BibTeX in (by pybtex) and out."""

from __future__ import annotations

import gzip
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from indexers.control_characters import ControlTally, without_controls
from indexers.errors import SourceError
from indexers.records import Record
from indexers.tagged import bare_doi, with_distinct_ids, year_in
from indexers.written_files import write_packed

LARGEST_BYTES = 256 * 1024 * 1024  # unpacked: a small .gz can hold any amount
LARGEST_EXPANSION = 64 * 1024 * 1024
"""Characters put in for names of @string; a few lines that double each other could ask for any."""

_MARKS = {
    **{"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307"},
    **{'"': "\u0308", "v": "\u030c", "u": "\u0306", "c": "\u0327", "H": "\u030b", "k": "\u0328"},
    **{"r": "\u030a", "d": "\u0323", "b": "\u0331"},
}
_ESCAPES = {
    **{"\\": r"{\textbackslash}", "{": r"{\textbraceleft}", "}": r"{\textbraceright}"},
    **{"~": r"{\textasciitilde}", "^": r"{\textasciicircum}"},
    **{character: f"\\{character}" for character in "%&$#_"},
}
_SYMBOLS = {
    **{v[2:-1]: k for k, v in _ESCAPES.items() if v.startswith("{")},
    **{"ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ"},
    **{"OE": "Œ", "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ", "textless": "<", "textgreater": ">"},
    **{"geq": "≥", "leq": "≤", "ge": "≥", "le": "≤", "pm": "±", "times": "×", "mu": "μ"},
    **{"alpha": "α", "beta": "β", "gamma": "γ", "textendash": "–", "textemdash": "—"},
}
_SYMBOLS = {name.lstrip("\\"): value for name, value in _SYMBOLS.items()}
_LATEX = re.compile(
    r"\\(?P<mark>[`'^~=.\"])\s*(?:\{\s*\\?(?P<a>[^\W\d_])\s*\}|\\?(?P<b>[^\W\d_]))"
    r"|\\(?P<letter>[vucHkrdb])(?:\s*\{\s*\\?(?P<c>[^\W\d_])\s*\}|\s+(?P<d>[^\W\d_]))"
    r"|\$\\(?P<math>[A-Za-z]+)\$|\\(?P<name>[A-Za-z]+)(?:\{\}|[ ]*)"
    r"|\\(?P<escaped>[%&$#_{} ])|(?P<brace>[{}])|(?P<tie>~)"
)
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]*\Z")
_LIST_SEPARATOR = re.compile(r"[;,]")
_AUTHOR_SEPARATOR = re.compile(r"\s+and\s+", re.IGNORECASE)
_LISTS = (
    *("publication_types", "mesh", "mesh_headings", "chemicals", "keywords", "retraction_pmids"),
)


def read_bibtex(path: Path, tally: ControlTally | None = None) -> list[Record]:
    """Records of a .bib file (also .gz); each entry's key becomes the record_id.

    Args:
        path: The file.
        tally: Counts the control characters that were dropped.

    Raises:
        SourceError: The file cannot be read or is not BibTeX.
    """
    from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro, month_names
    from pybtex.scanner import PybtexSyntaxError

    def refuse(error: PybtexSyntaxError) -> None:
        if not isinstance(error, UndefinedMacro):  # an undefined @string is empty, as in BibTeX
            raise error

    text = without_controls(_text(path), tally)
    parser = LowLevelParser(text, macros=_Macros(month_names), handle_error=refuse)
    records = []
    try:
        for command, body in parser:
            if command.lower() not in ("string", "preamble"):
                fields: dict[str, str] = {}
                for name, parts in body[1]:
                    fields.setdefault(name.lower(), "".join(parts))
                records.append(_record(body[0], fields))
    except PybtexSyntaxError as error:
        raise SourceError(path, f"expected BibTeX: {error}", error.lineno) from error
    except ValueError as error:
        raise SourceError(path, f"expected BibTeX: {error}", parser.lineno) from error
    if not records and text.strip():
        raise SourceError(path, "expected a BibTeX file, found no entry such as '@article{key, …}'")
    return with_distinct_ids(records)


def write_bibtex(records: Iterable[Record], path: Path) -> None:
    """Write records as @article entries in UTF-8; every field but `source` is kept.

    White space within a field becomes single spaces. Fields that BibTeX does not define (pmid,
    mesh, …) stand under our names, which other programs pass over.

    Raises:
        SourceError: The file cannot be written.
    """
    used: set[str] = set()
    lines = [line for record in records for line in _entry(record, used)]
    write_packed(path, "".join(f"{line}\n" for line in lines).encode())


class _Macros(dict[str, str]):
    """The values of @string.

    Raises:
        ValueError: More than `LARGEST_EXPANSION` characters were asked for.
    """

    _n_characters = 0

    def __getitem__(self, name: str) -> str:
        value = super().__getitem__(name)
        self._n_characters += len(value)
        if self._n_characters > LARGEST_EXPANSION:
            raise ValueError(
                f"@string {name:.40} puts in more than {LARGEST_EXPANSION:,} characters"
            )
        return value


def _text(path: Path) -> str:
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            raw = stream.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable file ({error})") from error
    if len(raw) > LARGEST_BYTES:
        raise SourceError(path, f"expected a file under {LARGEST_BYTES:,} bytes")
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise SourceError(path, "expected text in UTF-8, UTF-16 or Windows-1252")


def _record(key: str, fields: dict[str, str]) -> Record:
    def one(*names: str) -> str:
        return next((v for v in (_plain(fields.get(name, "")) for name in names) if v), "")

    lists = {name: _split(fields.get(name, ""), ";") for name in _LISTS}
    if len(lists["keywords"]) == 1:
        lists["keywords"] = _split(fields["keywords"], ",")
    return Record(
        record_id=one("record_id") or key,
        source="bibtex",
        title=one("title"),
        abstract=one("abstract"),
        pmid=one("pmid") or None,
        doi=bare_doi(one("doi")) or None,
        pmcid=one("pmcid") or None,
        year=year_in(one("year", "date")),
        journal=one("journal", "journaltitle", "booktitle") or None,
        authors=_split(fields.get("author", ""), "and"),
        language=one("language", "langid") or None,
        licence=one("licence") or None,
        retracted=one("retracted") == "true",
        database=one("database") or None,
        accession=one("accession") or None,
        volume=one("volume") or None,
        issue=one("number", "issue") or None,
        pages=one("pages").replace("--", "-") or None,
        **lists,
    )


def _entry(record: Record, used: set[str]) -> Iterator[str]:
    own = record.record_id
    key = stem = own if _KEY.match(own) else re.sub(r"[^A-Za-z0-9]+", "-", own).strip("-") or "key"
    number = 1
    while key.lower() in used:
        number += 1
        key = f"{stem}-{number}"
    used.add(key.lower())
    fields = [("record_id", _escaped(own) if key != own else "")]
    fields += [("title", _escaped(record.title))]
    fields += [
        ("author", " and ".join(_item(author, _AUTHOR_SEPARATOR) for author in record.authors))
    ]
    fields += [("year", "" if record.year is None else str(record.year))]
    for name in ("journal", "doi", "pmid", "pmcid", "language", "licence", "abstract"):
        fields.append((name, _escaped(getattr(record, name) or "")))
    fields += [("number", _escaped(record.issue or ""))]  # BibTeX's name of an issue
    for name in ("volume", "pages", "database", "accession"):
        fields.append((name, _escaped(getattr(record, name) or "")))
    fields += [(name, "; ".join(map(_item, getattr(record, name)))) for name in _LISTS]
    fields += [("retracted", "true" if record.retracted else "")]
    yield f"@article{{{key},"
    yield from (f"  {name} = {{{value}}}," for name, value in fields if value)
    yield "}"
    yield ""


def _item(value: str, separator: re.Pattern[str] = _LIST_SEPARATOR) -> str:
    """A list's item, in braces where it would be split."""
    escaped = _escaped(value)
    return f"{{{escaped}}}" if separator.search(f" {value} ") else escaped


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in " ".join(text.split()))


def _split(value: str, separator: str) -> tuple[str, ...]:
    """The items between separators that stand outside braces."""
    between = r"\s+and\s+" if separator == "and" else re.escape(separator)
    depth, start, items = 0, 0, []
    for match in re.finditer(rf"\\.|[{{}}]|{between}", value, re.IGNORECASE | re.DOTALL):
        if match.group() in ("{", "}"):
            depth += 1 if match.group() == "{" else -1
        elif depth == 0 and not match.group().startswith("\\"):
            items.append(value[start : match.start()])
            start = match.end()
    return tuple(filter(None, map(_plain, [*items, value[start:]])))


def _plain(latex: str) -> str:
    """The text that LaTeX prints; commands that are not known stay as they are."""
    return " ".join(_LATEX.sub(_printed, latex).split())


def _printed(match: re.Match[str]) -> str:
    group = match.groupdict()
    mark = group["mark"] or group["letter"]
    if mark:
        letter = group["a"] or group["b"] or group["c"] or group["d"]
        return unicodedata.normalize("NFC", letter + _MARKS[mark])
    if group["math"]:
        return _SYMBOLS.get(group["math"], match.group())
    if group["name"]:
        return _SYMBOLS.get(group["name"], match.group())
    return group["escaped"] or (" " if group["tie"] else "")
