"""What README.md and the other pages name exists: files, modules, commands and their options."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from evidence.cli import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "data/README.md")),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "data").glob("*/README.md"),
        *(ROOT / "tests").rglob("*.md"),
    ]
)
OWN = ("data", "docs", "eval", "evidence", "indexers", "prompts", "retrievers", "tests")
LINK = re.compile(r"\]\(([^)#\s]+)")
PLACE = re.compile(rf"(?:\.\./)*(?:{'|'.join(OWN)})/[\w./*-]*")
COMMAND = re.compile(r"^(?:OMP_NUM_THREADS=1 )?(?:evidence|python -m|make) .*")
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_of(page: Path) -> list[str]:
    """What stands in backticks, in fences or indented, a line each; lines that go on are joined."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^(?: {4}|> ?)(\S.*)$", text, re.MULTILINE)
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in fenced for line in block.splitlines()]
    return [*re.findall(r"`([^`\n]+)`", text), *blocks, *lines]


def commands_of(page: Path) -> list[list[str]]:
    """The words of each command, its comment left out."""
    commands = (code.split(" #")[0] for code in code_of(page) if COMMAND.match(code))
    return [shlex.split(command.replace("'", "")) for command in commands]


@cache
def sources(module: str) -> str:
    """The text of a module and of those that lie beside it or in folders below."""
    path = ROOT / module.replace(".", "/")
    folder = path if path.is_dir() else path.parent
    return "".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))


@pages
def test_links_lead_to_files(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if ":" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pages
def test_places_in_the_project_exist(page: Path) -> None:
    places = {match for code in code_of(page) for match in PLACE.findall(code.split("::")[0])}
    beside = {place for place in places if place.startswith("../")}
    missing = [place for place in places - beside if not any(ROOT.glob(place.rstrip("./")))]
    missing += [place for place in beside if not (page.parent / place).exists()]
    assert missing == []


@pages
def test_commands_and_their_options_exist(page: Path) -> None:
    wrong = [" ".join(words) for words in commands_of(page) if not _runs(words)]
    assert wrong == []


def test_every_folder_of_data_is_named() -> None:
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "data").glob("*/*") if path.is_file()}
    assert {folder for folder in folders - {"__pycache__"} if f"`{folder}/" not in page} == set()


def _runs(words: list[str]) -> bool:
    options = {word.split("=")[0] for word in words if re.match(r"--\w", word)}
    if words[0] == "make":
        return f"\n{words[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    if words[0] == "evidence":
        return _is_command(words[1:], options)
    module = words[words.index("-m") + 1]
    if module.split(".")[0] not in OWN:
        return True
    path = ROOT / module.replace(".", "/")
    named = path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
    said = sources(module)
    return named and all(f'"{o}"' in said or f'"{o[2:]}"' in said for o in options)


def _is_command(words: list[str], options: set[str]) -> bool:
    command = typer.main.get_command(app)
    for word in words:
        if not isinstance(command, TyperGroup) or word.startswith("-"):
            break
        if word not in command.commands:
            return False
        command = command.commands[word]
    known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    return options <= {*known, "--help"}


def test_what_does_not_exist_is_found() -> None:
    assert not _runs(["evidence", "no-such-command"])
    assert not _runs(["evidence", "screening", "no-such-command"])
    assert not _runs(["evidence", "run", "review", "--no-such-option"])
    assert not _runs(["python", "-m", "eval.no_such_module"])
    assert not _runs(["python", "-m", "eval.trialreview", "--no-such-option"])
    assert not _runs(["make", "no-such-target"])
    assert len([words for page in PAGES for words in commands_of(page)]) > 60
