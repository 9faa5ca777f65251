"""The demo: the shipped question, from the shipped trials to a drafted recommendation."""

from __future__ import annotations

from pathlib import Path

from evidence.config import Settings, data_folder
from evidence.project import Project
from evidence.question import load_question
from evidence.review import new_project


def demo_store(path: Path) -> Path:
    """A store over the shipped trials, built with the shipped vectors; kept when it is whole."""
    from indexers.shipped import build_shipped_store
    from indexers.store import Store

    from indexers.errors import StoreError

    try:
        Store.open(path)
    except StoreError:
        build_shipped_store(data_folder() / "corpus", path)
    return path


def demo_project(folder: Path) -> Project:
    """The demo's project in `folder`, made when it is not there yet."""
    path = folder / "project"
    if path.is_dir() and any(path.iterdir()):
        return Project.open(path)
    store = demo_store(folder / "store")
    question = load_question(data_folder() / "demo" / "question.toml")
    return new_project(path, question, Settings(), store)
