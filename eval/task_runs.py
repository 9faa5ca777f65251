"""How each task is run on each kind of data: what is read, who is asked, what fails to load."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.bars import Bars
from eval.language_models import language_model
from evidence.errors import SettingsError

if TYPE_CHECKING:
    from eval.asked_once import AskedOnce
    from eval.results import TaskResult
    from evidence.config import ModelEngine
    from indexers.encoder import Encoder


class Ran(NamedTuple):
    """What a task found, the files it read, and a line for each item that could not be read.

    `asked` is the language model, where there was one and the result does not tell of it itself.
    """

    result: TaskResult
    files: list[Path]
    unreadable: Sequence[str] = ()
    asked: AskedOnce | None = None


def score_screening(
    options: argparse.Namespace, encoder: Encoder | None, engine: ModelEngine | None
) -> Ran:
    """Simulated screening of labelled reviews."""
    from eval.datasets import SCREENING_EXPECTED, load_reviews
    from eval.encoding import KeepingEncoder
    from eval.peers.asreview import asreview_peer
    from eval.tasks.screening import SimulationSettings, run_screening
    from evidence.stages.screen_model import ModelScreener

    files, reviews = load_reviews(data_of(options, SCREENING_EXPECTED))
    peer = None
    if not options.no_peers:
        required = "asreview" in (options.peer or ())
        peer = asreview_peer(options.asreview, options.cache, required=required)
    keeping = KeepingEncoder(encoder or embedded(options), options.cache)
    settings = SimulationSettings(
        seed=options.seed, n_seeds=options.seeds, n_samples=options.samples
    )
    model = language_model(engine, options.calls) if engine else None
    screener = ModelScreener(model) if model is not None else None
    with Bars() as bars:
        result = run_screening(reviews, keeping, settings, bars.advance, peer, screener)
    return Ran(result, files, [r.failure for r in reviews if r.failure is not None], model)


def score_duplicates(options: argparse.Namespace) -> Ran:
    """Records of several databases that tell of one report."""
    from eval.baselines.same_citation import same_title_or_doi
    from eval.formats.duplicate_records import DUPLICATES_EXPECTED, load_duplicates
    from eval.peers.bib_dedupe import ENGINE, bib_dedupe_peer
    from eval.tasks.duplicates import Merge, merged_offline, run_duplicates

    files, data = load_duplicates(data_of(options, DUPLICATES_EXPECTED))
    systems: dict[str, Merge] = {
        "offline": merged_offline,
        "baseline:same_title_or_doi": same_title_or_doi,
    }
    if not options.no_peers:
        required = "bib-dedupe" in (options.peer or ())
        peer = bib_dedupe_peer(options.bib_dedupe, required=required)
        systems |= {ENGINE: peer} if peer is not None else {}
    with Bars() as bars:
        result = run_duplicates(data, systems, options.seed, bars.advance)
    return Ran(result, files, list(data.failures.values()))


def score_pico(options: argparse.Namespace, engine: ModelEngine | None) -> Ran:
    """Spans of population, intervention and outcome."""
    from eval.baselines.span_words import baseline_readers
    from eval.conll import CONLL_EXPECTED, read_abstracts
    from eval.model_readers import ModelReader
    from eval.tasks.pico import PicoReader, run_pico
    from evidence.reading.span_heads import shipped_reader

    files, abstracts = read_abstracts(data_of(options, CONLL_EXPECTED))
    model = language_model(engine, options.calls) if engine else None
    by_model: dict[str, PicoReader] = {"llm": ModelReader(model)} if model is not None else {}
    readers: dict[str, PicoReader] = {"offline": shipped_reader(), **by_model, **baseline_readers()}
    with Bars() as bars:
        result = run_pico(abstracts, readers, options.seed, bars.advance, options.last)
    unreadable = [str(a.failure) for _, a in abstracts if a.failure is not None]
    return Ran(result, files, unreadable, model)


def holds_directions(options: argparse.Namespace) -> bool:
    """Whether the data are a release of Evidence Inference."""
    from eval.evidence_inference import release_folder

    folder = release_folder(options.data) if options.data is not None else None
    if folder is not None:
        options.data = folder
    return folder is not None


def score_direction(options: argparse.Namespace) -> Ran:
    """Directions of effects in the articles of Evidence Inference."""
    from eval.evidence_inference import direction_files, load_directions
    from eval.tasks.direction import run_direction

    data = load_directions(options.data, "validation")
    with Bars() as bars:
        result = run_direction(data, options.seed, bars.advance)
    return Ran(result, direction_files(options.data, "validation"), list(data.failures.values()))


def holds_characteristics(options: argparse.Namespace) -> bool:
    """Whether the data are labelled characteristics of studies."""
    from eval.tasks.characteristics_data import holds_characteristics

    return options.data is not None and holds_characteristics(options.data)


def score_characteristics(options: argparse.Namespace, engine: ModelEngine | None) -> Ran:
    """Characteristics of studies."""
    from eval.model_readers import model_characteristics
    from eval.tasks.characteristics import Extract, run_characteristics
    from eval.tasks.characteristics_data import load_labelled_studies
    from evidence.extraction.characteristics import characteristics

    files, studies = load_labelled_studies(options.data)
    extractors: dict[str, Extract] = {"offline": characteristics}
    model = language_model(engine, options.calls) if engine else None
    if model is not None:
        extractors["llm"] = partial(model_characteristics, model)
    with Bars() as bars:
        result = run_characteristics(studies, options.seed, bars.advance, extractors)
    return Ran(result, files, [study.problem for study in studies if study.problem], model)


def score_numbers(options: argparse.Namespace, engine: ModelEngine | None) -> Ran:
    """Numbers of results, by rules and by a language model if there is one."""
    from eval.numeric_data import NUMBERS_EXPECTED, load_numbers
    from eval.sureness_claims import NotingExtractor
    from eval.tasks.numbers import run_numbers
    from evidence.stages.extract import Extractor

    extractors: dict[str, Extractor] = {"offline": NotingExtractor(read_pico=False)}
    model = language_model(engine, options.calls) if engine else None
    if model is not None:
        from evidence.stages.extract_model import ModelExtractor

        extractors |= {
            "llm": ModelExtractor(model),
            "llm_beside_offline": ModelExtractor(model, beside=extractors["offline"]),
        }
    expected = (
        f"{NUMBERS_EXPECTED}, or the folder of Evidence Inference for the direction of effect"
    )
    files, data = load_numbers(data_of(options, expected))
    with Bars() as bars:
        result = run_numbers(data, extractors, options.seed, bars.advance)
    broken = [q.failure for q in data.questions if q.failure is not None]
    return Ran(result, files, [*broken, *data.problems.values()], model)


def score_synthesis(options: argparse.Namespace) -> Ran:
    """Pooled against published estimates."""
    from eval.tasks.synthesis import run_synthesis
    from eval.tasks.synthesis_data import SYNTHESIS_EXPECTED, load_outcomes

    files, outcomes = load_outcomes(data_of(options, SYNTHESIS_EXPECTED))
    unreadable = [outcome.failure for outcome in outcomes if outcome.failure is not None]
    return Ran(run_synthesis(outcomes), files, unreadable)


def holds_closed_questions(options: argparse.Namespace) -> bool:
    """Whether the data are closed questions of MedEvidence."""
    from eval.formats.med_evidence import is_med_evidence

    return options.data is not None and options.data.exists() and is_med_evidence(options.data)


def score_closed_questions(options: argparse.Namespace) -> Ran:
    """Closed questions over source studies."""
    from eval.formats.med_evidence import load_closed_questions
    from eval.tasks.closed_questions import run_closed_questions

    files, questions = load_closed_questions(options.data)
    with Bars() as bars:
        result = run_closed_questions(questions, options.seed, bars.advance)
    return Ran(result, files, [q.failure for q in questions if q.failure is not None])


def score_certainty(options: argparse.Namespace) -> Ran:
    """GRADE ratings against a panel's."""
    from eval.tasks.certainty import run_certainty
    from eval.tasks.certainty_data import CERTAINTY_EXPECTED, load_profiles

    files, profiles = load_profiles(data_of(options, CERTAINTY_EXPECTED))
    unreadable = [profile.failure for profile in profiles if profile.failure is not None]
    return Ran(run_certainty(profiles, options.seed), files, unreadable)


def score_grounding(options: argparse.Namespace, engine: ModelEngine | None) -> Ran:
    """Claims that their quotes support, and altered ones."""
    from eval.tasks.grounding import run_grounding
    from eval.tasks.grounding_data import default_claims, load_claims

    options.data = options.data or default_claims()
    files, cases = load_claims(data_of(options, "claims with their quotes"))
    model = language_model(engine, options.calls) if engine else None
    with Bars() as bars:
        result = run_grounding(cases, options.seed, bars.advance, model)
    return Ran(result, files, [case.failure for case in cases if case.failure is not None], model)


def data_of(options: argparse.Namespace, expected: str) -> Path:
    """Where the data are.

    Raises:
        SettingsError: Nothing is named, or nothing is there.
    """
    data: Path | None = options.data
    if data is None:
        raise SettingsError(f"task {options.task} needs --data: {expected}")
    if not data.exists():
        raise SettingsError(f"--data {data}: no such file; expected {expected}")
    return data


def embedded(options: argparse.Namespace) -> Encoder:
    """The encoder that the options name."""
    from indexers.encoders import named_encoder

    return named_encoder(options.encoder)
