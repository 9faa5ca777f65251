"""docs/SECURITY.md names tests that exist, for every threat."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    table = PAGE.split("## Threats")[1].split("## Not covered")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_named_test_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 40
    missing = [
        f"{place}::{name}"
        for place, name in named
        if not (ROOT / place).is_file() or name not in functions(ROOT / place)
    ]
    assert missing == []


def test_every_threat_has_a_test_or_says_why_there_is_none() -> None:
    assert len(rows()) > 15
    for row in rows():
        assert len(row) == 3, row
        assert NAMED.search(row[2]) or row[2].startswith("none: "), row[0]


def test_every_test_of_the_folder_is_named_by_file() -> None:
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert {name for name in files if f"tests/security/{name}" not in PAGE} == set()
