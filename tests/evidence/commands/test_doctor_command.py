"""`evidence doctor`: each thing that can be wrong is told with what to do, and keys are not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from evidence.cli import app
from evidence.config import OpenAIEngine, ReplayEngine, TransformersEngine
from evidence.errors import SettingsError
from evidence.llm.checkup import check_engine
from evidence.llm.models import build_language_model
from indexers.encoder import EncoderError
from indexers.records import Record
from indexers.store import Store
from tests.evidence.llm.openai_server import (
    KEY,
    KEY_VARIABLE,
    SELF_SIGNED,
    Turn,
    completion,
    serving,
)
from tests.evidence.llm.optional import need
from tests.evidence.llm.tiny_model import save_tiny_model
from tests.indexers.fake_encoder import FakeEncoder

YES = completion({"randomised": "yes"})
"""As a server that calls its model fake-model-1 and counts 11 + 7 tokens."""
MINILM = "all-MiniLM-L6-v2"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no keyring of this machine, and no encoder that takes seconds to load."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr("indexers.encoders.minilm_encoder", lambda _: FakeEncoder(MINILM))


def doctor(folder: Path, engine: OpenAIEngine | str | None = None, *more: str) -> Result:
    arguments = ["doctor", *more]
    if engine is not None:
        text = engine if isinstance(engine, str) else toml(engine)
        (folder / "settings.toml").write_text(text, encoding="utf-8")
        arguments += ["--settings", str(folder / "settings.toml")]
    return CliRunner().invoke(app, arguments)


def toml(engine: OpenAIEngine) -> str:
    values = engine.model_dump(mode="json", exclude_none=True)
    return "[engine]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in values.items())


def checks(result: Result) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(result.stdout)["checks"]}


def test_without_settings_the_offline_engine_is_fine(tmp_path: Path) -> None:
    result = doctor(tmp_path, None, "--json")
    assert result.exit_code == 0, result.output
    found = checks(result)
    assert "no language model is asked" in found["engine"]["told"]
    assert found["encoder"]["told"].startswith(f"{MINILM}, 64 dimensions")
    assert {check["state"] for check in found.values()} <= {"fine", "note"}
    assert "torch" in found["cuda"]["told"]
    assert json.loads(result.stdout)["findings"] == 0


def test_a_server_that_works_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    prices = {"price_per_million_prompt_tokens": 1.0, "price_per_million_completion_tokens": 2.0}
    with serving(YES, refuses=("json_schema",)) as fake:
        result = doctor(tmp_path, fake.engine(**prices), "--json")
        assert len(fake.requests) == 2  # json_schema was refused
    assert result.exit_code == 0, result.output
    found = checks(result)
    assert found["key"]["told"] == f"found in the environment variable {KEY_VARIABLE}"
    assert found["server"]["told"] == "reachable, and names fake-model"
    assert "answered by fake-model-1 in " in found["call"]["told"]
    assert '{"randomised":"yes"}' in found["call"]["told"]
    assert found["schema"]["told"] == "the server takes it as json_object"
    assert found["use"]["told"] == ("1 call, 11 + 7 tokens; 0.000025 USD; 1 turned away")
    assert KEY not in result.output
    assert not list(tmp_path.glob("calls"))


def test_what_is_found_is_printed_a_line_each(tmp_path: Path) -> None:
    assert isinstance(YES.body, dict)
    with serving(Turn(YES.body | {"model": "fake\x1b]0;model"})) as fake:
        fake.models = ("other\x1b[31m", "another")
        result = doctor(tmp_path, fake.engine())
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    server = next(n for n, line in enumerate(lines) if line.startswith("-- server"))
    assert "names other [31m, another and not fake-model" in lines[server]
    assert "→ set model to one of these" in lines[server + 1]
    assert f"-- key            none in the environment variable {KEY_VARIABLE}" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("turn", "told", "n_asked"),
    [
        (Turn({"error": "bad key"}, 401), f"set it in {KEY_VARIABLE}", 1),
        (Turn(b"busy", 429), "HTTP 429", 1),  # one try: nobody waits for it to pass
        (completion("nonsense"), "did not fit TrialAnswer twice", 2),
        (completion({"randomised": "maybe"}), "did not fit TrialAnswer twice", 2),
        (completion(None), "empty reply", 1),
    ],
)
def test_a_call_without_a_usable_answer_is_a_finding(
    tmp_path: Path, turn: Turn, told: str, n_asked: int
) -> None:
    with serving(turn) as fake:
        result = doctor(tmp_path, fake.engine(), "--json")
        assert len(fake.requests) == n_asked
    assert result.exit_code == 1, result.output
    call = checks(result)["call"]
    assert (call["state"], told in call["told"]) == ("finding", True), call
    assert "stays unclear" in call["todo"]


def test_a_server_that_takes_no_schema_is_told(tmp_path: Path) -> None:
    with serving(YES, refuses=("json_schema", "json_object")) as fake:
        fake.models = None
        result = doctor(tmp_path, fake.engine(), "--json")
    assert result.exit_code == 0, result.output
    found = checks(result)
    assert found["schema"]["state"] == "note"
    assert "takes no schema" in found["schema"]["told"]
    assert "keeps no list of models" in found["server"]["told"]


def test_a_server_that_is_not_there_is_a_finding_and_is_not_asked(tmp_path: Path) -> None:
    with serving(YES) as fake:
        pass
    result = doctor(tmp_path, fake.engine(), "--json")
    assert result.exit_code == 1, result.output
    found = checks(result)
    assert found["server"]["state"] == "finding"
    assert "start the server" in found["server"]["told"]
    assert "call" not in found


def test_a_certificate_that_is_not_trusted_is_a_finding(tmp_path: Path) -> None:
    with serving(YES, https=True) as fake:
        assert doctor(tmp_path, fake.engine(), "--json").exit_code == 1
        result = doctor(tmp_path, fake.engine(ca_file=SELF_SIGNED), "--json")
    assert result.exit_code == 0, result.output


def test_a_budget_too_small_for_one_call_is_a_finding(tmp_path: Path) -> None:
    with serving(YES) as fake:
        result = doctor(tmp_path, fake.engine(max_total_tokens=10), "--json")
        assert not fake.requests
    assert result.exit_code == 1
    assert "max_total_tokens = 10" in checks(result)["call"]["told"]


def test_wrong_settings_exit_with_2(tmp_path: Path) -> None:
    result = doctor(tmp_path, '[engine]\nkind = "telepathy"\n')
    assert isinstance(result.exception, SettingsError)  # `evidence` turns it into exit code 2
    with serving(YES) as fake:
        engine = fake.engine(ca_file=tmp_path / "missing.pem")
        result = doctor(tmp_path, engine, "--json")
    assert result.exit_code == 2, result.output
    assert "missing.pem: expected certificates" in checks(result)["settings"]["told"]


def test_a_bad_file_of_settings_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[engine")
    command = [sys.executable, "-m", "evidence", "doctor", "--settings", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith(f"error: {path}: expected a readable TOML file")


def test_stores_are_looked_at(tmp_path: Path) -> None:
    record = Record(record_id="r1", source="test", title="A trial", abstract="Of aspirin.")
    for name, dimension in (("own", 64), ("other", 32)):
        Store.build(tmp_path / name, [record], FakeEncoder(MINILM, dimension))
    fine = doctor(tmp_path, None, "--store", str(tmp_path / "own"), "--json")
    assert (fine.exit_code, checks(fine)["store"]["state"]) == (0, "fine")
    assert "1 records, 0 full texts" in checks(fine)["store"]["told"]
    for name, told in (
        ("other", "by another version of all-MiniLM-L6-v2"),
        ("none", "expected a store"),
    ):
        result = doctor(tmp_path, None, "--store", str(tmp_path / name), "--json")
        assert result.exit_code == 1
        assert told in checks(result)["store"]["told"]


def test_an_encoder_that_is_missing_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> FakeEncoder:
        raise EncoderError("the encoder's package is missing; run: pip install it")

    monkeypatch.setattr("indexers.encoders.minilm_encoder", missing)
    result = doctor(tmp_path, None, "--json")
    assert (result.exit_code, checks(result)["encoder"]["state"]) == (1, "finding")


def test_a_local_model_is_asked_once(tmp_path: Path) -> None:
    need("llguidance", "local")
    folder = save_tiny_model(tmp_path / "tiny")
    engine = TransformersEngine(folder=folder, device="cpu", max_tokens=32)
    found = {check.name: check for check in check_engine(engine)}
    assert {check.state for check in found.values()} == {"fine"}
    assert "answered by tiny sha256:" in found["call"].told
    assert found["schema"].told == "enforced by llguidance"
    missing = check_engine(TransformersEngine(folder=tmp_path / "none"))
    assert missing[-1].state == "bad setting"


def test_recorded_calls_are_counted(tmp_path: Path) -> None:
    from evidence.llm.checkup import PROMPT, TrialAnswer

    with serving(YES) as fake:
        build_language_model(fake.engine(), tmp_path / "calls").complete(PROMPT, TrialAnswer)
    check = check_engine(ReplayEngine(calls=tmp_path / "calls", model="fake-model"))[0]
    assert (check.state, "1 recorded calls of fake-model" in check.told) == ("fine", True)
    assert check_engine(ReplayEngine(calls=tmp_path, model="m"))[0].state == "bad setting"
    (path,) = (p for p in (tmp_path / "calls").iterdir() if p.name != "engine.json")
    call = json.loads(path.read_text())
    path.write_text(json.dumps(call | {"model": "another"}))
    changed = check_engine(ReplayEngine(calls=tmp_path / "calls", model="fake-model"))[0]
    assert (changed.state, "does not match its digest" in changed.told) == ("finding", True)
    path.write_text(json.dumps(call | {"call_digest": None}))
    old = check_engine(ReplayEngine(calls=tmp_path / "calls", model="fake-model"))[0]
    assert (old.state, "1 of them carry no digest" in old.told) == ("note", True)


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, evidence.cli; print([m for m in sys.modules if m in sys.argv])"
    heavy = ["torch", "transformers", "pydantic", "httpx", "llama_index", "evidence.config"]
    command = [sys.executable, "-c", code, *heavy]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
