"""A new review as a person fills it in: question, settings and store, turned into a project.

Everything goes through the functions behind `evidence formulate`, `evidence index build` and
`evidence new`; this module only turns what stands in a form into what they take.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

from pydantic import ValidationError

from evidence.config import ScreeningSettings, Settings
from evidence.errors import EvidenceError, ProjectError, SettingsError
from evidence.project import Project
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico, load_question
from evidence.review import new_project
from evidence.strategy.types import Strategy
from indexers.encoders import EncoderName

Progress = Callable[[int, int], None]


class DroppedFile(NamedTuple):
    """A file that was handed over, not one on this computer's disk."""

    name: str
    body: bytes


class CriterionRow(NamedTuple):
    """A row of the table of criteria; a new row has no id yet."""

    kind: Literal["inclusion", "exclusion"]
    text: str
    criterion_id: str = ""


@dataclass(frozen=True)
class QuestionForm:
    """What stands in the form; outcomes one a line, the critical one first."""

    text: str = ""
    population: str = ""
    intervention: str = ""
    comparator: str = ""
    outcomes: str = ""
    criteria: tuple[CriterionRow, ...] = ()
    strategy: Strategy | None = None


@dataclass(frozen=True)
class ShippedTrials:
    """The trials that the program ships; their store is made beside the project."""


@dataclass(frozen=True)
class ExistingStore:
    """A store on this computer."""

    path: Path


@dataclass(frozen=True)
class NewStore:
    """A store to be built from files; it is made beside the project.

    All its records are screened; with `by_strategy` only those that the question's strategy finds.
    """

    files: tuple[DroppedFile, ...]
    encoder: EncoderName = "minilm"
    by_strategy: bool = False


StoreChoice = ShippedTrials | ExistingStore | NewStore


def form_of(question: ClinicalQuestion) -> QuestionForm:
    """A question as the form shows it."""
    pico = question.pico
    return QuestionForm(
        text=question.text,
        population=pico.population,
        intervention=pico.intervention,
        comparator=pico.comparator,
        outcomes="\n".join(pico.outcomes),
        criteria=tuple(CriterionRow(c.kind, c.text, c.criterion_id) for c in question.criteria),
        strategy=question.strategy,
    )


def question_of(form: QuestionForm) -> ClinicalQuestion:
    """The question that a form holds; rows without text are left out, new rows get an id.

    Raises:
        SettingsError: The question is empty.
    """
    if not form.text.strip():
        raise SettingsError("the question is empty; expected a clinical question in words")
    outcomes = (" ".join(line.split()) for line in form.outcomes.splitlines())
    try:
        return ClinicalQuestion(
            text=" ".join(form.text.split()),
            pico=Pico(
                population=" ".join(form.population.split()),
                intervention=" ".join(form.intervention.split()),
                comparator=" ".join(form.comparator.split()),
                outcomes=tuple(dict.fromkeys(filter(None, outcomes))),
            ),
            criteria=tuple(_criteria(form.criteria)),
            strategy=form.strategy,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "question"
        raise SettingsError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error


def _criteria(rows: Sequence[CriterionRow]) -> Iterator[EligibilityCriterion]:
    taken = {row.criterion_id for row in rows}
    for number, row in enumerate(rows, 1):
        text = " ".join(row.text.split())
        if not text:
            continue
        name = row.criterion_id
        if not name:
            name = next(
                n for i in range(len(rows)) if (n := f"{row.kind}-{number + i}") not in taken
            )
            taken.add(name)
        yield EligibilityCriterion(criterion_id=name, kind=row.kind, text=text)


def proposed(text: str) -> tuple[QuestionForm, tuple[str, ...]]:
    """PICO, criteria and strategy as the offline engine reads them from a question, and its notes.

    Raises:
        SettingsError: The text is empty.
    """
    from evidence.formulation import draft_question

    drafted = draft_question(text)
    return form_of(drafted.question), drafted.notices


def read_question(file: DroppedFile) -> ClinicalQuestion:
    """The question in a question.toml.

    Raises:
        SettingsError: It is no question.toml; the line names the file and its line.
    """
    with _on_disk([file]) as (path,):
        return load_question(path)


def screening_settings(
    chosen: Settings,
    *,
    decided_by: Literal["machine", "people"],
    reviewers: Literal[1, 2] = 1,
    blind: bool = True,
    hide_machine: bool = False,
    adjudicators: str = "",
    calibration_records: int = 0,
) -> Settings:
    """Settings with the choices on who decides; what a single reviewer cannot have is left out.

    Args:
        chosen: The settings that say the rest.
        decided_by: Whose verdict counts.
        reviewers: How many people judge each record.
        blind: A reviewer sees the other's verdict only after giving one.
        hide_machine: People do not see what the engine thinks.
        adjudicators: Names, parted by commas.
        calibration_records: How many records both reviewers screen first.

    Raises:
        SettingsError: The choices do not go together.
    """
    two = decided_by == "people" and reviewers == 2
    names = (" ".join(name.split()) for name in adjudicators.split(",")) if two else ()
    told = chosen.screening.model_dump() | {
        "decided_by": decided_by,
        "reviewers": 2 if two else 1,
        "blind": blind,
        "hide_machine": hide_machine and decided_by == "people",
        "adjudicators": tuple(dict.fromkeys(filter(None, names))),
        "calibration_records": calibration_records if two else 0,
    }
    try:
        return chosen.model_copy(update={"screening": ScreeningSettings.model_validate(told)})
    except ValidationError as error:
        told_by = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise SettingsError(f"screening: {told_by}") from error


def create_review(
    path: Path,
    question: ClinicalQuestion,
    settings: Settings,
    store: StoreChoice,
    progress: Progress = lambda _done, _total: None,
) -> Project:
    """Make the project, and before it the store that it searches.

    Args:
        path: The project's folder, which must not exist or be empty.
        question: Of the review.
        settings: Frozen in the project.
        store: What is searched; a new store is made in `path` with `-store` behind its name.
        progress: Is told how many records are embedded, of how many (0 while that is not known).

    Raises:
        ProjectError: There is something at one of the paths already, or nothing can be written.
        SourceError: A file cannot be read as records.
        StoreError: A file holds no record, or the store cannot be opened or built.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ProjectError(f"{path}: expected a new or empty folder for the project")
    if isinstance(store, NewStore) and not store.by_strategy:
        search = settings.search.model_copy(update={"all_records": True})
        settings = settings.model_copy(update={"search": search})
    try:
        return new_project(path, question, settings, _store_path(path, store, progress))
    except OSError as error:
        where = error.filename or path
        raise ProjectError(
            f"{where}: cannot be written ({error.strerror or error}); choose another folder"
        ) from error


def _store_path(path: Path, store: StoreChoice, progress: Progress) -> Path:
    """Where the store is; one that has to be made is."""
    if isinstance(store, ExistingStore):
        return store.path
    beside = path.with_name(f"{path.name}-store")
    if isinstance(store, ShippedTrials):
        from evidence.demo import build_demo_store

        _refuse(beside)
        build_demo_store(beside)
        return beside
    from evidence.stores import build_store

    if not store.files:
        raise SettingsError("no files were dropped; expected RIS, NBIB, CSV or PubMed XML")
    _refuse(beside)
    with _on_disk(store.files) as paths:
        build_store(
            paths, beside, kind="auto", encoder=store.encoder, device="cpu", progress=progress
        )
    return beside


def _refuse(beside: Path) -> None:
    """Somebody's store is never replaced."""
    if beside.exists():
        raise ProjectError(
            f"{beside}: expected no such folder, for the store is made there; choose another "
            "folder for the project, or take this one as a store on this computer"
        )


@contextmanager
def _on_disk(files: Sequence[DroppedFile]) -> Iterator[list[Path]]:
    """The files under their own names in a folder for the moment; errors name them alone."""
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        paths = []
        for number, file in enumerate(files):
            place = Path(folder) / str(number)
            place.mkdir()
            paths.append(place / _name(file.name))
            paths[-1].write_bytes(file.body)
        try:
            yield paths
        except EvidenceError as error:
            told = str(error)
            for path in paths:
                told = told.replace(str(path), path.name)
            raise SettingsError(told) from error


def _name(given: str) -> str:
    """A file's own name, whatever folders somebody wrote before it."""
    name = PurePath(given.replace("\\", "/")).name
    return name if name.isprintable() and name not in ("", ".", "..") else "file"
