"""Every pattern of the program on long texts made to exhaust it, each within a budget.

    python -m tests.security.long_texts [PACKAGE...] [--characters N]

For each repetition in a pattern there is a text: what comes before it, then what it repeats, many
times, then a character that fits nothing. A pattern that tries in vain every way to part such a
text needs time without end. The budget is of the processor's time of this process, not of a
clock on the wall, so a busy machine fails nothing. Exit code 1 names the patterns over it.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import pkgutil
import re
import signal
import sys
from collections.abc import Iterator
from re import _constants, _parser  # the tree of a pattern; the standard library has no other
from types import ModuleType
from typing import Any, NamedTuple

from evidence.reading.sentences import LONGEST_SPACE

PACKAGES = ("prompts", "indexers", "retrievers", "evidence")
BUDGET_SECONDS = 4.0
N_CHARACTERS = 2_000
_NOT_READ_HERE = ("evidence.migrations", "evidence.__main__", "evidence.ui")
_OF_SENTENCES = ("evidence.extraction", "evidence.reading")
"""Read sentences and cells, in which no run of spaces is as long as `LONGEST_SPACE`."""
_GENERAL = ("a", "1", " ", "\t", ", ", "a b ", "1.1,", "(", "<a ", "[x](", "&#", "'", "--", "é")
_END = "\x00\x7f"
_UNBOUNDED = 20
"""A repetition of at most this many times cannot take long on its own."""
_OF_CATEGORY = {
    _constants.CATEGORY_DIGIT: "1",
    _constants.CATEGORY_SPACE: " ",
    _constants.CATEGORY_WORD: "a",
    _constants.CATEGORY_NOT_DIGIT: "a",
    _constants.CATEGORY_NOT_SPACE: "a",
    _constants.CATEGORY_NOT_WORD: " ",
}


class NamedPattern(NamedTuple):
    """A pattern, where it stands, and the ways in which its module asks it."""

    place: str
    pattern: re.Pattern[Any]
    ways: tuple[str, ...] = ("search",)


class OverBudgetError(Exception):
    """A search took longer than its budget."""


def patterns(packages: tuple[str, ...]) -> Iterator[NamedPattern]:
    """The patterns that modules hold by name, alone or in a collection, each once."""
    seen: set[tuple[str | bytes, int]] = set()
    for module in map(importlib.import_module, sorted(_modules(packages))):
        asked = _ways(module)
        for name, value in sorted(vars(module).items()):
            for pattern in _patterns_in(value):
                key = (pattern.pattern, pattern.flags)
                if key not in seen:
                    seen.add(key)
                    ways = asked.get(name, ("search",))
                    yield NamedPattern(f"{module.__name__}.{name}", pattern, ways)


def hostile_texts(pattern: re.Pattern[Any], n_characters: int, longest_space: int) -> Iterator[str]:
    """Texts for one pattern, none twice, with shorter runs of white space than `longest_space`."""
    source = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin1")
    )
    tree = _parser.parse(source, pattern.flags & ~re.DEBUG & (re.I | re.M | re.S | re.X | re.A))
    found = [*_repeated("", tree), *(("", unit) for unit in _GENERAL)]
    for before, unit in dict.fromkeys(found):
        if unit:
            n = longest_space - 1 if unit.isspace() else n_characters // len(unit)
            yield before + unit * min(n, n_characters) + _END


def exhausted(found: NamedPattern, n_characters: int, seconds: float) -> str | None:
    """The beginning of the first text on which a search takes longer than its budget."""
    of_sentences = found.place.startswith(_OF_SENTENCES)
    longest_space = LONGEST_SPACE if of_sentences else n_characters
    for text in hostile_texts(found.pattern, n_characters, longest_space):
        given = text if isinstance(found.pattern.pattern, str) else text.encode("latin1", "replace")
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            for way in found.ways:
                getattr(found.pattern, way)(given)
        except OverBudgetError:
            return text[:40]
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def main() -> int:
    """Search all; prints a line a pattern over its budget, and how many there were."""
    parser = argparse.ArgumentParser()
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--characters", type=int, default=N_CHARACTERS)
    parser.add_argument("--seconds", type=float, default=BUDGET_SECONDS)
    given = parser.parse_args()
    signal.signal(signal.SIGVTALRM, _over)
    n_patterns = n_over = 0
    for found in patterns(tuple(given.packages)):
        n_patterns += 1
        text = exhausted(found, given.characters, given.seconds)
        if text is not None:
            n_over += 1
            print(f"{found.place}: over {given.seconds:g} s on {text!r}…", flush=True)
    print(f"{n_patterns} patterns, {n_over} over {given.seconds:g} s")
    return 1 if n_over or not n_patterns else 0


def _over(_signal: int, _frame: object) -> None:
    raise OverBudgetError


def _modules(packages: tuple[str, ...]) -> Iterator[str]:
    for package in packages:
        yield package
        for found in pkgutil.walk_packages(
            importlib.import_module(package).__path__, f"{package}."
        ):
            if not found.name.startswith(_NOT_READ_HERE):
                yield found.name


def _ways(module: ModuleType) -> dict[str, tuple[str, ...]]:
    """`match` or `fullmatch` for private names that are asked in no other way."""
    tree = ast.parse(inspect.getsource(module))
    ways: dict[str, set[str]] = {}
    plain: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            ways.setdefault(node.value.id, set()).add(node.attr)
            plain[node.value.id] = plain.get(node.value.id, 0) - 1
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            plain[node.id] = plain.get(node.id, 0) + 1
    return {
        name: tuple(sorted(found))
        for name, found in ways.items()
        if name.startswith("_") and found <= {"match", "fullmatch"} and not plain.get(name)
    }


def _patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for part in (*value.keys(), *value.values()):
            yield from _patterns_in(part)
    elif type(value) in (tuple, list, frozenset, set):
        for part in value:  # type: ignore[attr-defined]
            yield from _patterns_in(part)


def _repeated(before: str, tree: Any) -> Iterator[tuple[str, str]]:
    """What stands before each long repetition in a pattern, and what it repeats."""
    for operation, argument in tree:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, item = argument
            yield from _repeated(before, item)
            if most > _UNBOUNDED:
                yield before, _example(item) or "a"
        elif operation is _constants.SUBPATTERN:
            yield from _repeated(before, argument[-1])
        elif operation is _constants.BRANCH:
            for branch in argument[1]:
                yield from _repeated(before, branch)
        elif operation in (_constants.ASSERT, _constants.ASSERT_NOT):
            yield from _repeated(before, argument[1])
        before += _example([(operation, argument)])


def _example(tree: Any) -> str:
    """A short text that fits a pattern, or nearly."""
    return "".join(_one(operation, argument) for operation, argument in tree)


def _one(operation: Any, argument: Any) -> str:
    if operation is _constants.LITERAL:
        return chr(argument)
    if operation in (_constants.ANY, _constants.NOT_LITERAL):
        return "a" if argument != ord("a") else "b"
    if operation is _constants.IN:
        return _of_class(argument)
    if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
        least, _, item = argument
        return _example(item) * max(1, least)
    if operation is _constants.SUBPATTERN:
        return _example(argument[-1])
    if operation is _constants.BRANCH:
        return _example(argument[1][0])
    return ""


def _of_class(parts: Any) -> str:
    if parts[0][0] is _constants.NEGATE:
        refused = {chr(value) for kind, value in parts[1:] if kind is _constants.LITERAL}
        return next(c for c in "a1 .xyz~" if c not in refused)
    kind, value = parts[0]
    if kind is _constants.RANGE:
        return chr(value[0])
    if kind is _constants.CATEGORY:
        return _OF_CATEGORY.get(value, "a")
    return chr(value)


if __name__ == "__main__":
    sys.exit(main())
