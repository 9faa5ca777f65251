"""The house's one rule: a folder imports only from what stands left of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "prompts": set[str](),
    "indexers": set[str](),
    "retrievers": {"indexers"},
    "evidence": {"prompts", "indexers", "retrievers"},
    "eval": {"prompts", "indexers", "retrievers", "evidence"},
    "app": {"prompts", "indexers", "retrievers", "evidence"},
    "docs": {"indexers", "retrievers"},
}


def modules() -> list[Path]:
    folders = [ROOT / name for name in MAY_IMPORT if name != "app"]
    return [ROOT / "app.py", *(path for folder in folders for path in folder.rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere, lazily too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_import_points_back(path: Path) -> None:
    here = room(path)
    for module in imported(path):
        there = module.split(".")[0]
        if there in MAY_IMPORT and there != here:
            assert there in MAY_IMPORT[here], f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_app_imports_streamlit(path: Path) -> None:
    place = path.relative_to(ROOT)
    if place.parts[:2] != ("evidence", "ui") and place != Path("app.py"):
        assert not any(module.split(".")[0] == "streamlit" for module in imported(path))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "evidence" / "stages").glob("*.py")), ids=lambda p: p.name
)
def test_no_stage_imports_another(path: Path) -> None:
    own = path.stem.split("_")[0]  # screen_model may use what screen defines
    for module in imported(path):
        if module.startswith("evidence.stages."):
            assert module.split(".")[2].split("_")[0] == own, f"{path.name} imports {module}"


def test_the_rules_cover_every_folder_with_code() -> None:
    with_code = {
        path.relative_to(ROOT).parts[0]
        for path in ROOT.glob("*/**/*.py")
        if not path.relative_to(ROOT).parts[0].startswith((".", "build", "tests", "data"))
    }
    assert with_code <= set(MAY_IMPORT)
