from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from evidence.errors import SettingsError
from evidence.llm.keys import KEYRING_SERVICE, find_key
from evidence.llm.models import build_language_model
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, completion, serving
from tests.evidence.llm.optional import need


class Colour(BaseModel):
    name: str


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[tuple[str, str], str]]:
    """What the system's keyring holds."""
    need("keyring", "keyring")
    import keyring
    from keyring.backend import KeyringBackend

    passwords: dict[tuple[str, str], str] = {}

    class InMemory(KeyringBackend):  # type: ignore[misc]
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return passwords.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            passwords[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del passwords[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    yield passwords
    keyring.set_keyring(before)


def test_the_environment_comes_before_the_keyring(
    held: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_key(KEY_VARIABLE).source == "nowhere"
    held[KEYRING_SERVICE, KEY_VARIABLE] = f" {KEY}\n"
    assert (find_key(KEY_VARIABLE).value, find_key(KEY_VARIABLE).source) == (KEY, "keyring")
    monkeypatch.setenv(KEY_VARIABLE, "from-the-environment")
    found = find_key(KEY_VARIABLE)
    assert (found.value, found.source) == ("from-the-environment", "environment")
    monkeypatch.setenv(KEY_VARIABLE, "  ")
    assert find_key(KEY_VARIABLE).value == KEY


def test_what_is_printed_of_a_key_does_not_hold_it(held: dict[tuple[str, str], str]) -> None:
    held[KEYRING_SERVICE, KEY_VARIABLE] = KEY
    found = find_key(KEY_VARIABLE)
    assert KEY not in repr(found)
    assert KEY not in str(found)


def test_a_key_of_the_keyring_is_sent_and_recorded_nowhere(
    held: dict[tuple[str, str], str], tmp_path: Path
) -> None:
    held[KEYRING_SERVICE, KEY_VARIABLE] = KEY
    with serving(completion({"name": "red"})) as fake:
        build_language_model(fake.engine(), tmp_path).complete("Which?", Colour)
    assert fake.headers[0]["authorization"] == f"Bearer {KEY}"
    assert all(KEY not in path.read_text() for path in tmp_path.iterdir())


def test_a_key_of_the_keyring_that_cannot_be_sent_is_not_shown(
    held: dict[tuple[str, str], str],
) -> None:
    held[KEYRING_SERVICE, KEY_VARIABLE] = "sk-ключ"
    with pytest.raises(SettingsError, match=f"{KEY_VARIABLE} in the keyring") as caught:
        find_key(KEY_VARIABLE)
    assert "ключ" not in str(caught.value)


def test_without_the_package_there_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    found = find_key(KEY_VARIABLE)
    assert (found.value, found.note) == (None, "the package keyring is not installed")


def test_a_locked_keyring_gives_no_key_and_says_so(
    held: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring
    from keyring.errors import KeyringLocked

    def locked(*_: Any) -> str:
        raise KeyringLocked("/home/someone/secrets is locked")

    monkeypatch.setattr(keyring, "get_password", locked)
    found = find_key(KEY_VARIABLE)
    assert (found.value, found.note) == (None, "the keyring gives nothing (KeyringLocked)")


@pytest.mark.parametrize(
    "variable", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PGPASSWORD", "HOME", "evidence_key", ""]
)
def test_settings_name_no_other_secret(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if variable:
        monkeypatch.setenv(variable, KEY)
    with serving(completion({"name": "red"})) as fake:
        engine = fake.engine().model_copy(update={"api_key_variable": variable})
        with pytest.raises(
            SettingsError, match="ends in _API_KEY or begins with EVIDENCE_"
        ) as told:
            build_language_model(engine, None).complete("Which?", Colour)
    assert KEY not in str(told.value)
    assert "\n" not in str(told.value)
    assert fake.headers == []


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "EVIDENCE_API_KEY", "EVIDENCE_KEY_2"])
def test_a_variable_for_keys_is_read(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, KEY)
    assert find_key(variable).value == KEY
