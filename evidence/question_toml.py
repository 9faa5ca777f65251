"""A question as TOML for people: comments and order of a file survive a change of its values."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from evidence.errors import SettingsError

_TABLE_LISTS = ("criteria", "concepts", "filters")  # lists written as [[tables]]
_SPARSE = "strategy"  # the table in which what is not set is not written
_LINES = ("terms",)  # lists of one inline table a line


def written_over(values: Mapping[str, Any], over: str = "") -> str:
    """Values as TOML, in the file `over` where it has them already.

    Args:
        values: Strings, whole numbers, booleans, lists and tables; None is left out.
        over: A TOML file, or nothing.

    Raises:
        SettingsError: `over` is no TOML.
    """
    import tomlkit
    from tomlkit.exceptions import ParseError

    try:
        document = tomlkit.parse(over)
    except (ParseError, RecursionError) as error:
        raise SettingsError(f"question.toml: expected TOML ({error})") from error
    told = {key: _told(value) if key == _SPARSE else value for key, value in values.items()}
    _update(document, told)
    return tomlkit.dumps(document)


def _told(value: Any) -> Any:
    """A value without what says nothing: empty texts and lists, what is not set."""
    if isinstance(value, dict):
        inner = {key: _told(item) for key, item in value.items()}
        return {k: v for k, v in inner.items() if v not in (None, False, "", [], {})}
    if isinstance(value, list):
        return [_told(item) for item in value]
    return value


def _update(table: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    """Make a table hold the values and nothing else; what is equal already is not touched."""
    for key in [key for key in table if values.get(key) is None]:
        if _told(_plain(table[key])) not in (None, False, "", [], {}):
            del table[key]
    for key, value in values.items():
        if value is None:
            continue
        if key in table and value in (_plain(table[key]), _told(_plain(table[key]))):
            continue
        if key in table and isinstance(value, dict) and isinstance(table[key], MutableMapping):
            _update(table[key], value)
        elif key in table and _is_table_list(key, value) and len(table[key]) == len(value):
            for old, new in zip(table[key], value, strict=True):
                _update(old, new)
        elif key in table and key in _LINES:
            _update_lines(table[key], value)
        elif value != [] or key in table or key not in _TABLE_LISTS:
            table[key] = _item(key, value)


def _update_lines(array: Any, values: list[dict[str, Any]]) -> None:
    """Change a list of inline tables by its lines, so that the comments of the others stay."""
    old = [_told(_plain(item)) for item in array]
    for place in reversed(range(len(old))):
        if old[place] not in values:
            del array[place]
    kept = [_told(_plain(item)) for item in array]
    if kept != [value for value in values if value in kept]:
        for place in reversed(range(len(kept))):
            del array[place]
        kept = []
    for place, value in enumerate(values):
        if place >= len(kept) or kept[place] != value:
            array.insert(place, _inline(value))
            kept.insert(place, value)


def _item(key: str, value: Any) -> Any:
    import tomlkit

    if isinstance(value, dict):
        table = tomlkit.table()
        for name, inner in value.items():
            if inner is not None:
                table[name] = _item(name, inner)
        return table
    if _is_table_list(key, value):
        tables = tomlkit.aot()
        for row in value:
            tables.append(_item("", row))
        return tables
    if key in _LINES:
        array = tomlkit.array()
        for row in value:
            array.append(_inline(row))
        return array.multiline(True)
    if isinstance(value, list):
        array = tomlkit.array()
        array.extend(value)
        return array.multiline(len(value) > 1)
    return value


def _inline(row: Mapping[str, Any]) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    table.update(row)
    return table


def _is_table_list(key: str, value: Any) -> bool:
    return key in _TABLE_LISTS and isinstance(value, list) and bool(value)


def _plain(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item
