"""The demo: the shipped question, from the shipped trials to a drafted recommendation.

With a language model it runs on the same question, asked now or answered from a recorded run:

    data/recorded_run/
      settings.toml       the settings that the calls were recorded with
      run.json            the stages that the model went through (RecordedStages)
      engine.json         the model and how it was asked
      calls.jsonl.gz      every call with its reply, or why there was none
      SHA256SUMS          checksums of these four files
      README.md           the model, its licence, and how well it did
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from evidence.config import OfflineEngine, OpenAIEngine, ReplayEngine, Settings, data_folder
from evidence.errors import ProjectError, SettingsError, StoreError
from evidence.judgements import RecommendationEdit
from evidence.llm.call_archive import pack_calls, write_checksums
from evidence.llm.protocol import ENGINE
from evidence.project import Project
from evidence.question import load_question
from evidence.review import new_project
from evidence.screening.engine_queue import own_document
from evidence.settings_toml import load_settings
from evidence.stages.screen import OfflineScreener
from evidence.state import read_state
from indexers.records import Frozen

STANDS_IN = "left unclear by the language model; the offline rules stand in for the demo"


def demo_project(folder: Path, settings: Settings | None = None) -> Project:
    """The demo's project in `folder`, made when it is not there yet.

    Raises:
        ProjectError: `folder` holds something else, or the demo with another engine.
    """
    chosen = settings or Settings()
    path = folder / "project"
    if path.is_dir() and any(path.iterdir()):
        project = Project.open(path)
        if project.manifest.settings.engine != chosen.engine:
            kind = project.manifest.settings.engine.kind
            raise ProjectError(
                f"{path}: holds the demo with another engine ({kind}); name another folder"
            )
        return project
    store = folder / "store"
    build_demo_store(store)
    return new_project(path, load_question(demo_question()), chosen, store)


def demo_question() -> Path:
    """The shipped question."""
    return data_folder() / "demo" / "question.toml"


def recorded_run() -> Path:
    """The shipped run of a small language model."""
    return data_folder() / "recorded_run"


def replay_settings(folder: Path) -> Settings:
    """The settings of a recorded run, its calls answered from `folder`.

    Raises:
        SettingsError: There is no recorded run, or its settings name no server.
    """
    path = folder / "settings.toml"
    if not path.is_file():
        raise SettingsError(f"{folder}: expected a recorded run (there is no settings.toml)")
    settings = load_settings(path)
    if not isinstance(settings.engine, OpenAIEngine):
        raise SettingsError(f'{path}: expected engine.kind = "openai", the server that was asked')
    replay = ReplayEngine(calls=folder.resolve(), model=settings.engine.model)
    return settings.model_copy(update={"engine": replay})


def demo_settings(engine: str, settings: Path | None, replay: Path | None) -> Settings:
    """The settings of a demo.

    Args:
        engine: `offline` or `llm`.
        settings: A file of settings with a language model that is asked now.
        replay: A recorded run that answers instead; the shipped one where neither is given.

    Raises:
        SettingsError: They do not go together, or one of them is wrong.
    """
    if engine not in ("offline", "llm"):
        raise SettingsError(f"engine {engine!r}: expected offline or llm")
    if settings is not None and replay is not None:
        raise SettingsError("settings and replay: one asks a model, the other does not; name one")
    if engine == "offline":
        if settings is not None or replay is not None:
            raise SettingsError("settings and replay are for a language model: add --engine llm")
        return Settings()
    if settings is None:
        return replay_settings(replay or recorded_run())
    chosen = load_settings(settings)
    if isinstance(chosen.engine, OfflineEngine):
        raise SettingsError(f"{settings}: expected [engine] with a language model for --engine llm")
    return chosen


class RecordedStages(Frozen):
    """How far the model went in a recorded run: `screen` leaves what follows to the offline rules.

    A run ends at `screen` when the model took too long for more.
    """

    until: Literal["screen", "recommend"]


def recorded_until(settings: Settings) -> Literal["screen", "recommend"]:
    """The last stage that the language model of a demo judges.

    Raises:
        SettingsError: The file of a recorded run that says so is damaged.
    """
    if not isinstance(settings.engine, ReplayEngine):
        return "recommend"
    path = settings.engine.calls / "run.json"
    try:
        return RecordedStages.model_validate_json(path.read_bytes()).until
    except (OSError, ValidationError):
        raise SettingsError(
            f'{path}: expected {{"until": "screen"}} or "recommend"; record the run again'
        ) from None


def keep_recorded_run(project: Project, settings: Path, target: Path) -> int:
    """Pack the calls of a demo with their settings for `replay_settings`; gives their number.

    Raises:
        SettingsError: The project asked no model.
    """
    n_calls = pack_calls(project.path / "calls", target)
    if settings.resolve() != (target / "settings.toml").resolve():
        shutil.copyfile(settings, target / "settings.toml")
    drafted = any(e.provenance.engine == ENGINE for e in project.entries(RecommendationEdit))
    stages = RecordedStages(until="recommend" if drafted else "screen")
    (target / "run.json").write_text(f"{stages.model_dump_json()}\n", encoding="utf-8")
    write_checksums(target)
    return n_calls


def let_offline_stand_in(project: Project) -> int:
    """Judge by the offline rules what the model left to a person, and say so in the log.

    A small model decides on few records; in a review they wait for a person. The demo has none, and
    its later stages would have nothing to read. Gives the number of records.
    """
    state = read_state(project)
    waiting = state.with_fate("awaiting")
    for record_id in waiting:
        document = own_document(project, record_id, state.text_digest(record_id))
        judged = OfflineScreener().screen(project.manifest.question, document, "full_text")
        told = judged.provenance.model_copy(update={"reason": STANDS_IN})
        project.append(judged.model_copy(update={"provenance": told}))
    return len(waiting)


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
