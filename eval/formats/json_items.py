"""JSON whose items are read one by one, so that a broken or cut-off one loses itself alone.

Three forms: a list, an object whose values are the items (or that holds them in one list), and one
item a line; each also gzipped. A file that was cut off gives the items before the cut. What stands
behind the first broken item of a list or object cannot be told apart, and is one failure with it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from evidence.errors import SourceError

_LARGEST_BYTES = 1 << 30
_BLANK = " \t\r\n,"
_LONGEST_LETTER = 4  # bytes of a letter in UTF-8


class JsonItem(NamedTuple):
    """An item: its 1-based line and entry, its key in an object (else empty), what it holds."""

    line: int
    entry: int
    key: str
    value: Any


class Broken(NamedTuple):
    """What could not be read: its 1-based line and entry, and what was expected."""

    line: int
    entry: int
    expected: str

    def told(self, path: Path) -> str:
        """One line: file, line, what was expected."""
        return str(SourceError(path, f"entry {self.entry}: {self.expected}", self.line))


def read_json_items(path: Path, inside: str = "") -> tuple[list[JsonItem], list[Broken]]:
    """The items that can be read, in order, and what is broken.

    Args:
        path: The file.
        inside: The key of the list that holds the items, where an object may hold one.

    Raises:
        SourceError: It is not there, not text in UTF-8, or larger than 1 GiB.
    """
    text, whole = read_cut_text(path)
    items, broken = _read(text, inside)
    if not whole and not broken:
        line = text.count("\n") + 1
        broken.append(Broken(line, len(items) + 1, "expected a file that is not cut off here"))
    return items, broken


def _read(text: str, inside: str) -> tuple[list[JsonItem], list[Broken]]:
    try:
        value = json.loads(text)
    except RecursionError:
        return [], [Broken(1, 1, "expected JSON that is not nested so deeply")]
    except ValueError:
        lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        return _of_lines(lines) if _is_lines(lines) else _one_by_one(text, inside)
    if _holds_items(value, inside):
        return _one_by_one(text, inside)
    return [JsonItem(1, 1, "", value)], []


def read_cut_text(path: Path) -> tuple[str, bool]:
    """The text of a plain or gzipped file as far as it goes, and whether it is whole.

    Raises:
        SourceError: It is not there, not text in UTF-8, or larger than 1 GiB.
    """
    try:
        raw, whole = _unpacked(path.read_bytes())
    except (OSError, zlib.error) as error:
        raise SourceError(path, f"expected a readable file ({error})") from error
    if len(raw) > _LARGEST_BYTES:
        raise SourceError(path, "expected at most 1 GiB")
    try:
        return raw.decode("utf-8-sig"), whole
    except UnicodeDecodeError as error:
        if error.end < len(raw) - _LONGEST_LETTER:
            line = raw.count(b"\n", 0, error.start) + 1
            raise SourceError(path, f"expected text in UTF-8 ({error.reason})", line) from error
        return raw[: error.start].decode("utf-8-sig"), False


def _unpacked(raw: bytes) -> tuple[bytes, bool]:
    if raw[:2] != b"\x1f\x8b":
        return raw, True
    found, whole = bytearray(), True
    while raw and len(found) <= _LARGEST_BYTES:  # a file may hold several members
        member = zlib.decompressobj(wbits=31)
        found += member.decompress(raw, _LARGEST_BYTES + 1)
        whole, raw = member.eof, member.unused_data
        if not whole:
            break
    return bytes(found), whole


def _holds_items(value: Any, inside: str) -> bool:
    """Whether JSON is a list of items, or an object of them, and not one item."""
    if not isinstance(value, dict):
        return isinstance(value, list)
    if inside and isinstance(value.get(inside), list):
        return True
    return bool(value) and all(isinstance(member, dict) for member in value.values())


def _is_lines(lines: list[tuple[int, str]]) -> bool:
    """Whether most lines are an object each; a list or object over lines has none such."""
    read = sum(isinstance(_value(line), dict) for _, line in lines)
    return 2 * read >= len(lines) or (read > 0 and lines[0][1].lstrip().startswith('{"'))


def _value(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _of_lines(lines: list[tuple[int, str]]) -> tuple[list[JsonItem], list[Broken]]:
    items, broken = [], []
    for entry, (number, line) in enumerate(lines, 1):
        value = _value(line)
        if isinstance(value, dict):
            items.append(JsonItem(number, entry, "", value))
        else:
            broken.append(Broken(number, entry, "expected a whole JSON object in this line"))
    return items, broken


def _one_by_one(text: str, inside: str) -> tuple[list[JsonItem], list[Broken]]:
    """The members of a list or object; the first fault ends them."""
    walk = _Walk(text, inside)
    items: list[JsonItem] = []
    for key, start, value in walk.members():
        if isinstance(value, dict) or not inside or not key:
            items.append(JsonItem(walk.line_of(start), len(items) + 1, key, value))
    if walk.is_whole:
        return items, []
    told = "expected whole JSON here; the rest is not read"
    return items, [Broken(walk.line_of(walk.place), len(items) + 1, told)]


class _Walk:
    """Goes through a list or object, as far as it is JSON; `place` is where it stands."""

    def __init__(self, text: str, inside: str) -> None:
        self.text, self.inside = text, inside
        self.place = self._after_blank(0)
        self.is_whole = False
        self._counted, self._line = 0, 1

    def line_of(self, place: int) -> int:
        """The 1-based line of a place, which never lies before the last one asked for."""
        self._line += self.text.count("\n", self._counted, place)
        self._counted = place
        return self._line

    def members(self) -> Iterator[tuple[str, int, Any]]:
        """Key, start and value of each member."""
        decoder = json.JSONDecoder()
        opened = self.text[self.place : self.place + 1]
        self.place = self._after_blank(self.place + 1)
        while opened in ("[", "{") and self.place < len(self.text):
            if self.text[self.place] in "]}":
                self.is_whole = self._ends(opened)
                return
            key = ""
            try:
                if opened == "{":
                    key, after = decoder.raw_decode(self.text, self.place)
                    after = self._after_blank(after)
                    if not isinstance(key, str) or self.text[after : after + 1] != ":":
                        return
                    self.place = self._after_blank(after + 1)
                    if key == self.inside and self.text[self.place : self.place + 1] == "[":
                        opened, self.place = "[", self._after_blank(self.place + 1)
                        continue
                value, end = decoder.raw_decode(self.text, self.place)
            except (ValueError, RecursionError):
                return
            yield key, self.place, value
            self.place = self._after_blank(end)

    def _ends(self, opened: str) -> bool:
        """Whether nothing is missing after the closing bracket."""
        rest = self.text[self.place :].strip()
        try:
            json.loads(self.text)
        except (ValueError, RecursionError):
            return False
        return rest[:1] == ("]" if opened == "[" else "}")

    def _after_blank(self, place: int) -> int:
        while place < len(self.text) and self.text[place] in _BLANK:
            place += 1
        return place
