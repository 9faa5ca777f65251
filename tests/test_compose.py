"""compose.yaml: read as YAML, pinned, without default passwords, and with commands that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from evidence.cli import app
from evidence.databases.address import parse_address

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KEYS = {
    *("build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck"),
    *("image", "ports", "profiles", "read_only", "restart", "security_opt", "tmpfs", "volumes"),
}
_ASKED = re.compile(r"\$\{(\w+)(:\?[^}]*|:-[^}]*)?\}")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= KEYS
    assert ("image" in service) != ("build" in service)
    if "image" in service:
        _, _, tag = service["image"].rpartition(":")
        assert re.search(r"\d", tag)
    assert service["healthcheck"]["test"][0] == "CMD"
    assert all(other in SERVICES for other in service.get("depends_on", {}))
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_every_volume_is_declared_and_used() -> None:
    used = {v.partition(":")[0] for s in SERVICES.values() for v in s.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_no_password_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for name, how in _ASKED.findall(text):
        if re.search("PASSWORD|KEY|TOKEN", name):
            assert how.startswith(":?"), name
    secrets = [
        value
        for service in SERVICES.values()
        for key, value in service["environment"].items()
        if re.search("PASSWORD|KEY|TOKEN", key)
    ]
    assert len(secrets) == 6
    assert all("${" in value for value in secrets)


def test_the_example_names_what_is_asked_for() -> None:
    asked = {name for name, _ in _ASKED.findall((ROOT / "compose.yaml").read_text())}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == asked


def test_the_app_is_started_as_the_command_line_has_it() -> None:
    program, command, project, *options = SERVICES["app"]["command"]
    assert (program, command) == ("evidence", "serve")
    parse_address(_ASKED.sub("x", project))
    told = CliRunner().invoke(app, ["serve", "--help"]).output
    assert all(option in told for option in options if option.startswith("--"))


def test_the_image_copies_what_is_there() -> None:
    for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY "):
            *sources, _ = line.split()[1:]
            assert all((ROOT / source).exists() for source in sources), line
