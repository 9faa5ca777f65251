"""The demo: the shipped question, from the shipped trials to a drafted recommendation."""

from __future__ import annotations

from pathlib import Path

from evidence.config import Settings, data_folder
from evidence.errors import StoreError
from evidence.project import Project
from evidence.question import load_question
from evidence.review import new_project


def demo_project(folder: Path) -> Project:
    """The demo's project in `folder`, made when it is not there yet.

    Raises:
        ProjectError: `folder` holds something else.
    """
    path = folder / "project"
    if path.is_dir() and any(path.iterdir()):
        return Project.open(path)
    store = folder / "store"
    build_demo_store(store)
    return new_project(path, load_question(demo_question()), Settings(), store)


def demo_question() -> Path:
    """The shipped question."""
    return data_folder() / "demo" / "question.toml"


def build_demo_store(path: Path) -> None:
    """A store over the shipped trials, unless it is there already.

    The shipped vectors are used as long as they fit the encoder and the records; else the
    records are embedded anew.
    """
    from indexers.encoder import minilm_encoder
    from indexers.full_text import full_text_files
    from indexers.references import read_records
    from indexers.store import Store
    from indexers.vectors import load_vectors

    try:
        Store.open(path)
    except StoreError:
        corpus = data_folder() / "corpus"
        records = read_records(corpus / "records.jsonl.gz")
        encoder = minilm_encoder()
        Store.build(
            path,
            records,
            encoder,
            vectors=load_vectors(corpus / "vectors.npz", records, encoder),
            full_text=full_text_files(corpus / "full_text"),
        )
