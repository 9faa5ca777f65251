from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import BaseModel

from evidence.config import OpenAIEngine, ReplayEngine
from evidence.errors import EngineError, SettingsError
from evidence.llm import build_language_model
from evidence.llm.faults import UnusableAnswer
from evidence.llm.protocol import Reply, request_digest
from evidence.llm.recorded import RecordingModel, ReplayModel
from evidence.llm.recorded_calls import RecordedCalls
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, Turn, completion, serving
from tests.evidence.llm.scripted import SETTINGS, Scripted


class Colour(BaseModel):
    name: str


def test_a_recorded_call_is_replayed_as_it_was(tmp_path: Path) -> None:
    reply = RecordingModel(Scripted('{"name": "réd"}'), tmp_path).complete("Which?", Colour)
    replayed = ReplayModel(tmp_path, "m").complete("Which?", Colour)
    assert replayed == reply
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [f"{reply.request_digest}.json", "engine.json"]
    )


def test_the_same_call_writes_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        RecordingModel(Scripted('{"name": "red"}'), tmp_path / folder).complete("Which?", Colour)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / f).iterdir()} for f in ("one", "two"))
    assert one == two


def test_an_answered_call_is_not_made_again(tmp_path: Path) -> None:
    asked = RecordingModel(Scripted('{"name": "red"}'), tmp_path)
    first = asked.complete("Which?", Colour)
    assert asked.complete("Which?", Colour) == first
    assert RecordingModel(Scripted(), tmp_path).complete("Which?", Colour) == first


def test_a_call_that_comes_again_while_it_is_under_way_is_not_made_twice(tmp_path: Path) -> None:
    with serving(Turn(completion({"name": "red"}).body, delay=0.1)) as fake:
        model = build_language_model(fake.engine(n_at_once=4), tmp_path)
        with ThreadPoolExecutor(4) as threads:
            replies = list(threads.map(lambda _: model.complete("Which?", Colour), range(4)))
        assert len(fake.requests) == 1
    assert all(reply == replies[0] for reply in replies)


def test_a_failed_call_fails_alike_in_a_replay_and_is_asked_again_by_the_recorder(
    tmp_path: Path,
) -> None:
    failure = EngineError("no answer within 5 s", retryable=True)
    asked = RecordingModel(Scripted(failure, '{"name": "red"}'), tmp_path)
    with pytest.raises(EngineError):
        asked.complete("Which?", Colour)
    with pytest.raises(EngineError, match=r"^no answer within 5 s$") as caught:
        ReplayModel(tmp_path, "m").complete("Which?", Colour)
    assert caught.value.retryable
    assert asked.complete("Which?", Colour).value.name == "red"
    assert ReplayModel(tmp_path, "m").complete("Which?", Colour).value.name == "red"


def test_an_answer_of_no_use_is_not_asked_for_again(tmp_path: Path) -> None:
    asked = RecordingModel(Scripted(UnusableAnswer("the model gave an empty reply")), tmp_path)
    with pytest.raises(UnusableAnswer):
        asked.complete("Which?", Colour)
    unasked = RecordingModel(Scripted(), tmp_path)
    for model in (unasked, ReplayModel(tmp_path, "m")):
        with pytest.raises(UnusableAnswer, match=r"^the model gave an empty reply$"):
            model.complete("Which?", Colour)


def test_an_answer_that_ran_out_of_time_is_asked_for_again(tmp_path: Path) -> None:
    slow = UnusableAnswer("no answer within 5 s", retryable=True)
    asked = RecordingModel(Scripted(slow, '{"name": "red"}'), tmp_path)
    with pytest.raises(UnusableAnswer):
        asked.complete("Which?", Colour)
    assert asked.complete("Which?", Colour).value.name == "red"


def test_a_call_that_was_not_recorded_is_named_by_its_digest(tmp_path: Path) -> None:
    RecordingModel(Scripted('{"name": "red"}'), tmp_path).complete("Which?", Colour)
    digest = request_digest(SETTINGS, "Which other?", Colour)
    with pytest.raises(EngineError, match=f"no recorded call {digest}"):
        ReplayModel(tmp_path, "m").complete("Which other?", Colour)


@pytest.mark.parametrize("content", [b"", b"{", b'{"name": "red"}', b"\xff\xfe"])
def test_a_damaged_call_is_an_error_that_names_its_file(tmp_path: Path, content: bytes) -> None:
    reply = RecordingModel(Scripted('{"name": "red"}'), tmp_path).complete("Which?", Colour)
    path = tmp_path / f"{reply.request_digest}.json"
    path.write_bytes(content)
    with pytest.raises(EngineError, match=str(path)):
        ReplayModel(tmp_path, "m").complete("Which?", Colour)


def test_a_call_under_the_name_of_another_is_an_error(tmp_path: Path) -> None:
    asked = RecordingModel(Scripted('{"name": "red"}', '{"name": "blue"}'), tmp_path)
    first, second = asked.complete("Which?", Colour), asked.complete("And now?", Colour)
    (tmp_path / f"{first.request_digest}.json").replace(tmp_path / f"{second.request_digest}.json")
    with pytest.raises(EngineError, match="holds another call"):
        ReplayModel(tmp_path, "m").complete("And now?", Colour)


def test_a_recorded_reply_must_still_fit_its_schema(tmp_path: Path) -> None:
    reply = RecordingModel(Scripted('{"name": "red"}'), tmp_path).complete("Which?", Colour)
    path = tmp_path / f"{reply.request_digest}.json"
    call = json.loads(path.read_text())
    path.write_text(json.dumps(call | {"reply": {"name": 3}}))
    with pytest.raises(EngineError, match="does not match its digest"):
        ReplayModel(tmp_path, "m").complete("Which?", Colour)
    path.write_text(json.dumps(call | {"reply": {"name": 3}, "call_digest": None}))
    with pytest.raises(EngineError, match="does not fit Colour"):
        ReplayModel(tmp_path, "m").complete("Which?", Colour)


@pytest.mark.parametrize("change", [{"seed": 2}, {"max_tokens": 9}, {"model": "other"}])
def test_calls_of_other_settings_do_not_mix(tmp_path: Path, change: dict[str, object]) -> None:
    RecordingModel(Scripted('{"name": "red"}'), tmp_path).complete("Which?", Colour)
    other = SETTINGS.model_copy(update=change)
    with pytest.raises(SettingsError, match="other settings"):
        RecordingModel(Scripted(settings=other), tmp_path)
    assert request_digest(other, "Which?", Colour) != request_digest(SETTINGS, "Which?", Colour)


def test_a_replay_needs_the_calls_of_its_model(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no engine\.json"):
        ReplayModel(tmp_path, "m")
    RecordingModel(Scripted('{"name": "red"}'), tmp_path).complete("Which?", Colour)
    with pytest.raises(SettingsError, match="model 'm', not 'other'"):
        ReplayModel(tmp_path, "other")


def test_the_key_comes_from_its_variable_and_is_in_no_recorded_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, f" {KEY}\n")
    echo = Turn({"error": {"message": f"{KEY} has no quota"}}, 400)
    with serving(completion({"name": "red"}), echo) as fake:
        model = build_language_model(fake.engine(), tmp_path)
        model.complete("Which?", Colour)
        with pytest.raises(EngineError, match="has no quota"):
            model.complete("Which other?", Colour)
    assert fake.headers[0]["authorization"] == f"Bearer {KEY}"
    files = list(tmp_path.iterdir())
    assert len(files) == 3
    assert all(KEY not in path.read_text() for path in files)


def test_a_replay_needs_no_server_no_key_and_no_llama_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with serving(completion({"name": "red"})) as fake:
        engine = fake.engine()
        reply = build_language_model(engine, tmp_path).complete("Which?", Colour)
    monkeypatch.setitem(sys.modules, "llama_index.llms.openai_like", None)
    replay = build_language_model(ReplayEngine(calls=tmp_path, model=engine.model), tmp_path / "x")
    assert replay.complete("Which?", Colour) == reply
    assert not (tmp_path / "x").exists()


def test_a_key_that_cannot_stand_in_a_header_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sk-ключ")
    engine = OpenAIEngine(base_url="http://127.0.0.1:1", model="m", api_key_variable=KEY_VARIABLE)
    with pytest.raises(SettingsError, match=KEY_VARIABLE) as caught:
        build_language_model(engine, tmp_path)
    assert "ключ" not in str(caught.value)


def test_every_flipped_byte_of_a_call_is_found_by_replay_or_verification(tmp_path: Path) -> None:
    reply = RecordingModel(Scripted('{"name": "réd"}'), tmp_path).complete("Which?", Colour)
    for name in (f"{reply.request_digest}.json", "engine.json"):
        path = tmp_path / name
        whole = path.read_bytes()
        for at in range(len(whole)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert _found(tmp_path, reply), (name, at)
        path.write_bytes(whole)
    assert not _found(tmp_path, reply)


def _found(folder: Path, reply: Reply[Colour]) -> bool:
    """Whether a change is named, and never answered with something else."""
    try:
        assert ReplayModel(folder, "m").complete("Which?", Colour) == reply
    except (EngineError, SettingsError) as error:
        return str(folder) in str(error)
    told = list(RecordedCalls(folder).problems())
    return bool(told) and all(str(folder) in problem for problem in told)


def test_a_call_of_an_earlier_version_is_replayed_without_a_digest(tmp_path: Path) -> None:
    reply = RecordingModel(Scripted('{"name": "red"}'), tmp_path).complete("Which?", Colour)
    path = tmp_path / f"{reply.request_digest}.json"
    call = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in call.items() if k != "call_digest"}))
    assert ReplayModel(tmp_path, "m").complete("Which?", Colour) == reply
    calls = RecordedCalls(tmp_path)
    assert (calls.n_without_digest(), list(calls.problems())) == (1, [])


@pytest.mark.parametrize(
    ("failure", "asked_again"),
    [
        ("http://h: HTTP 401, the key was refused; set it in EVIDENCE_API_KEY", True),
        ("http://h: HTTP 404; check base_url (it often ends in /v1) and the model", True),
        ("http://h: HTTP 400, the request was refused: the reply was cut off", True),
        ("http://h: the reply was cut off at its length limit; raise max_tokens", False),
        ("http://h:80: the model refused to answer (no)", False),
        ("model m: its answer did not fit Colour twice: name: Field required", False),
    ],
)
def test_a_fault_of_an_earlier_recording_is_mended_by_going_on(
    tmp_path: Path, failure: str, asked_again: bool
) -> None:
    first = RecordingModel(Scripted(EngineError(failure)), tmp_path / "before")
    with pytest.raises(EngineError):
        first.complete("Which?", Colour)
    asked = Scripted('{"name": "red"}')
    second = RecordingModel(asked, tmp_path / "after", earlier=RecordedCalls(tmp_path / "before"))
    if asked_again:
        assert second.complete("Which?", Colour).value.name == "red"
    else:
        with pytest.raises(EngineError):
            second.complete("Which?", Colour)
        assert asked.prompts == []


def test_a_recording_goes_on_from_an_earlier_one(tmp_path: Path) -> None:
    before = tmp_path / "before"
    answers = ['{"name": "red"}', UnusableAnswer("it refused"), EngineError("away", retryable=True)]
    first = RecordingModel(Scripted(*answers), before)
    red = first.complete("Which?", Colour)
    for prompt in ("refused", "away"):
        with pytest.raises(EngineError):
            first.complete(prompt, Colour)
    kept = RecordedCalls(before)
    asked = Scripted('{"name": "blue"}', '{"name": "green"}')
    second = RecordingModel(asked, tmp_path / "after", earlier=kept)
    assert second.complete("Which?", Colour) == red
    with pytest.raises(EngineError, match="it refused"):
        second.complete("refused", Colour)
    assert asked.prompts == []
    assert second.complete("away", Colour).value.name == "blue"
    assert second.complete("new", Colour).value.name == "green"
    assert asked.prompts == ["away", "new"]
    names = {path.name for path in (tmp_path / "after").iterdir()}
    assert len(names) == 5  # each call that was used, and how they were asked
    assert list(RecordedCalls(tmp_path / "after").problems()) == []
    other = SETTINGS.model_copy(update={"seed": 7})
    unlike = Scripted('{"name": "grey"}', settings=other)
    third = RecordingModel(unlike, tmp_path / "other", earlier=kept)
    assert third.complete("Which?", Colour).value.name == "grey"
