from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import BaseModel

from evidence.config import OpenAIEngine
from evidence.errors import EngineError, SettingsError
from evidence.llm.protocol import json_schema
from evidence.llm.server import ServerModel
from tests.evidence.llm.openai_server import KEY, Turn, completion, need_llama_index, serving
from tests.evidence.llm.server_factory import RED, Colour, error_of, model


def test_asks_deterministically_and_returns_a_checked_value() -> None:
    with serving(RED) as fake:
        reply = model(fake, seed=7, max_tokens=99).complete("Which colour?", Colour)
    assert reply.value == Colour(name="red")
    assert (reply.model, reply.prompt_tokens, reply.reply_tokens) == ("fake-model-1", 11, 7)
    assert len(reply.request_digest) == 64
    sent = fake.requests[0]
    assert (sent["temperature"], sent["seed"], sent["max_tokens"]) == (0.0, 7, 99)
    assert sent["response_format"]["json_schema"]["schema"] == json_schema(Colour)
    assert fake.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_schema_has_no_words_that_were_written_for_people() -> None:
    class Trial(BaseModel):
        """A docstring."""

        title: str
        description: Colour

    sent = json_schema(Trial)
    assert sent["properties"] == {
        "title": {"type": "string"},
        "description": {"$ref": "#/$defs/Colour"},
    }
    assert "docstring" not in str(sent)
    assert "Colour" in sent["$defs"]
    assert "title" not in sent["$defs"]["Colour"]


def test_sends_no_key_or_header_from_variables_of_other_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "from-elsewhere")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: from-elsewhere")
    with serving(RED) as fake:
        ServerModel(fake.engine(), None).complete("Which colour?", Colour)
    assert "from-elsewhere" not in str(fake.headers)
    assert "authorization" not in fake.headers[0]


@pytest.mark.parametrize(
    ("refuses", "tried"),
    [
        (("json_schema",), ["json_schema", "json_object"]),
        (("json_schema", "json_object"), ["json_schema", "json_object", "plain"]),
    ],
)
def test_falls_back_to_the_format_that_the_server_takes_and_remembers_it(
    refuses: tuple[str, ...], tried: list[str]
) -> None:
    with serving(RED, refuses=refuses) as fake:
        asked = model(fake)
        first = asked.complete("Which colour?", Colour)
        asked.complete("Which other colour?", Colour)
    assert first.value.name == "red"
    assert fake.formats == [*tried, tried[-1]]
    assert all('"enum": ["red", "green"]' in prompt for prompt in fake.prompts)


def test_a_refusal_in_every_format_says_what_the_server_said() -> None:
    with serving(RED, refuses=("json_schema", "json_object", "plain")) as fake:
        error = error_of(fake)
    assert "HTTP 400" in str(error)
    assert "response_format is not supported" in str(error)
    assert not error.retryable


def test_a_refusal_by_a_server_whose_format_is_known_is_not_tried_in_other_formats() -> None:
    with serving(RED, Turn({"detail": "context length exceeded"}, 400)) as fake:
        asked = model(fake)
        asked.complete("Which colour?", Colour)
        with pytest.raises(EngineError, match="context length exceeded"):
            asked.complete("A long one?", Colour)
    assert fake.formats == ["json_schema", "json_schema"]


def test_a_reply_that_does_not_fit_is_shown_its_problem_once() -> None:
    with serving(completion({"name": "blue"}), RED) as fake:
        reply = model(fake).complete("Which colour?", Colour)
    assert reply.value.name == "red"
    assert (reply.prompt_tokens, reply.reply_tokens) == (22, 14)
    assert "could not be used: name: Input should be 'red' or 'green'" in fake.prompts[1]
    assert "blue" not in fake.prompts[1]


@pytest.mark.parametrize(
    "content",
    [
        "I think the colour is red.",
        '```json\n{"name": "red"}\n```',
        '{"name": "red"} and more',
        '{"name": "red", "mood": "good"}',
        '{"name": ["red"]}',
        "[]",
        "null",
        '{"name": "re',
    ],
)
def test_a_reply_that_fits_twice_not_is_an_error_and_never_repaired(content: str) -> None:
    with serving(completion(content)) as fake:
        error = error_of(fake)
    assert len(fake.requests) == 2
    assert "did not fit Colour twice" in str(error)


@pytest.mark.parametrize(("use_proxy", "asked"), [(False, (1, 0)), (True, (0, 1))])
def test_a_proxy_of_the_environment_is_used_when_the_settings_say_so(
    monkeypatch: pytest.MonkeyPatch, use_proxy: bool, asked: tuple[int, int]
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(RED) as fake, serving(RED) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        model(fake, use_proxy=use_proxy).complete("Which colour?", Colour)
        assert (len(fake.requests), len(proxy.requests)) == asked


def test_threads_share_the_format_and_keep_to_the_number_at_once() -> None:
    slow = Turn(RED.body, delay=0.05)
    with serving(slow, refuses=("json_schema",)) as fake:
        asked = model(fake, n_at_once=3)
        with ThreadPoolExecutor(8) as threads:
            replies = list(threads.map(lambda n: asked.complete(f"No. {n}?", Colour), range(12)))
        assert fake.most_at_once == 3
        assert fake.formats.count("json_schema") == 1
    assert len({reply.request_digest for reply in replies}) == 12
    assert asked.schema_format == "json_object"


def test_odd_fields_around_the_message_do_no_harm() -> None:
    odd = completion({"name": "red"}, message={"tool_calls": ["x"], "audio": 7}, logprobs="none")
    assert isinstance(odd.body, dict)
    with serving(Turn(odd.body | {"usage": None, "created": "yesterday"})) as fake:
        reply = model(fake).complete("Which colour?", Colour)
    assert (reply.value.name, reply.prompt_tokens) == ("red", 0)


def test_missing_llama_index_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "llama_index.llms.openai_like", None)
    engine = OpenAIEngine(base_url="http://127.0.0.1:1/v1", model="m")
    with pytest.raises(SettingsError, match=r"pip install 'evidence-synthesis\[llm\]'"):
        ServerModel(engine, None)


@pytest.mark.parametrize("base_url", ["127.0.0.1:8000/v1", "file:///etc/passwd", ""])
def test_a_base_url_without_http_is_a_setting_to_correct(base_url: str) -> None:
    need_llama_index()
    with pytest.raises(SettingsError, match="expected http"):
        ServerModel(OpenAIEngine(base_url=base_url, model="m"), None)


def test_a_format_that_is_refused_with_500_is_refused_all_the_same() -> None:
    fault = {"error": {"message": "1 validation error: {'loc': ('body', 'response_format')}"}}
    with serving(Turn(fault, 500), RED) as fake:
        assert model(fake).complete("Which colour?", Colour).value.name == "red"
        assert fake.formats == ["json_schema", "json_object"]
