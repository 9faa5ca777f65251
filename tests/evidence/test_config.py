from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.config import OpenAIEngine, Settings, TransformersEngine
from evidence.errors import SettingsError
from evidence.settings_toml import load_settings

SERVER = '[engine]\nkind = "openai"\nbase_url = "http://localhost:1/v1"\nmodel = "m"\n'
PEOPLE = '[screening]\ndecided_by = "people"\n'


def loaded(folder: Path, toml: str) -> Settings:
    path = folder / "settings.toml"
    path.write_text(toml, encoding="utf-8")
    return load_settings(path)


def test_an_engine_is_told_its_prices_and_how_many_at_once(tmp_path: Path) -> None:
    engine = loaded(
        tmp_path,
        f"{SERVER}n_at_once = 16\nprice_per_million_prompt_tokens = 0.5\n"
        'price_per_million_completion_tokens = 2\nprice_currency = "EUR"\n',
    ).engine
    assert isinstance(engine, OpenAIEngine)
    assert (engine.n_at_once, engine.price_currency) == (16, "EUR")
    assert (engine.price_per_million_prompt_tokens, engine.price_per_million_completion_tokens) == (
        0.5,
        2.0,
    )


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("n_at_once = 0", "n_at_once"),
        ("n_at_once = 65", "n_at_once"),
        ("price_per_million_prompt_tokens = 1", "price_per_million_completion_tokens is missing"),
        ("price_per_million_completion_tokens = 1", "price_per_million_prompt_tokens is missing"),
        ("price_per_million_prompt_tokens = -1", "-1.0: expected a price"),
        ("price_per_million_prompt_tokens = nan", "nan: expected a price"),
        ("price_per_million_prompt_tokens = inf", "inf: expected a price"),
        ("max_cost = 5", "max_cost = 5 needs price_per_million_prompt_tokens and"),
        ("max_cost = 0", "max_cost"),
        ("max_cost = inf", "max_cost"),
        ("max_total_tokens = 0", "max_total_tokens"),
        ("max_tries = 0", "max_tries"),
        ("retry_seconds = nan", "retry_seconds"),
        ("verify = false", "verify"),
        ('price_currency = ""', "'': expected a currency"),
        ('price_currency = "US dollars"', "'US dollars': expected a currency"),
    ],
)
def test_a_wrong_setting_of_an_engine_is_named(tmp_path: Path, setting: str, expected: str) -> None:
    with pytest.raises(SettingsError, match=expected) as caught:
        loaded(tmp_path, SERVER + setting + "\n")
    assert "settings.toml: engine.openai" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_local_model_is_an_engine(tmp_path: Path) -> None:
    engine = loaded(
        tmp_path, '[engine]\nkind = "transformers"\nfolder = "models/m"\nquantisation = "4bit"\n'
    ).engine
    assert isinstance(engine, TransformersEngine)
    assert (engine.model, engine.device) == ("m (4bit)", "auto")


def test_an_engine_that_was_frozen_earlier_still_opens() -> None:
    frozen = {
        "kind": "openai",
        "base_url": "http://localhost:1/v1",
        "model": "m",
        "api_key_variable": "EVIDENCE_API_KEY",
        "timeout_seconds": 120.0,
        "context_window_tokens": 8192,
        "max_tokens": 1024,
        "seed": 0,
    }
    engine = Settings.model_validate_json(json.dumps({"engine": frozen})).engine
    assert isinstance(engine, OpenAIEngine)
    assert engine.price_per_million_prompt_tokens is None


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("calibration_records = 50", "calibration_records = 50 needs reviewers = 2"),
        ('adjudicators = ["Cy", "Di"]', r"adjudicators \(Cy, Di\) need reviewers = 2"),
        ("passages_a_criterion = 0", "passages_a_criterion"),
    ],
)
def test_what_one_reviewer_cannot_use_is_refused(
    tmp_path: Path, setting: str, expected: str
) -> None:
    with pytest.raises(SettingsError, match=expected) as caught:
        loaded(tmp_path, f"{PEOPLE}{setting}\n")
    assert "\n" not in str(caught.value)
    assert "Value error" not in str(caught.value)


def test_two_reviewers_use_them(tmp_path: Path) -> None:
    screening = loaded(
        tmp_path, f'{PEOPLE}reviewers = 2\ncalibration_records = 50\nadjudicators = ["Cy"]\n'
    ).screening
    assert (screening.calibration_records, screening.passages_a_criterion) == (50, 8)


def test_an_address_with_a_password_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        '[engine]\nkind = "openai"\nbase_url = "http://ada:secret@host/v1"\nmodel = "m"\n',
        encoding="utf-8",
    )
    with pytest.raises(SettingsError, match="without name and password") as refused:
        load_settings(path)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ({"kind": "openai", "base_url": "https://h/v1", "model": "m", "ca_file": "x"}, "ca_file"),
        ({"kind": "transformers", "folder": "x"}, "folder"),
        ({"kind": "replay", "calls": "x", "model": "m"}, "calls"),
    ],
)
def test_relative_paths_are_meant_beside_the_file(
    tmp_path: Path, engine: dict[str, str], name: str
) -> None:
    for path, expected in (("x", tmp_path / "x"), ("/x", Path("/x"))):
        lines = [f"{key} = {value!r}" for key, value in (engine | {name: path}).items()]
        settings = tmp_path / "settings.toml"
        settings.write_text("\n".join(["[engine]", *lines]))
        assert getattr(load_settings(settings).engine, name) == expected
