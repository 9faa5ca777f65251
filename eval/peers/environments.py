"""Virtual environments of peers: each in one of its own, so that no package changes another's."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.errors import EngineError, EvidenceError, SettingsError

_VERSION = "from importlib.metadata import version as v; import sys; print(v(sys.argv[1]))"


def python_of(venv: Path, package: str, version: str, again: str) -> Path:
    """The interpreter of an environment that holds the pinned version of a package.

    Args:
        venv: The environment.
        package: Its name at PyPI.
        version: The version that is compared.
        again: What to do where it is not so.

    Raises:
        SettingsError: The environment is not there or holds another version.
    """
    python = (venv / "bin" / "python").absolute()
    if not python.is_file():
        raise SettingsError(f"{venv}: expected an environment with {package}; {again}")
    found = run([str(python), "-c", _VERSION, package]).stdout.strip()
    if found != version:
        raise SettingsError(f"{venv}: expected {package} {version}, found {found!r}; {again}")
    return python


def install(venv: Path, package: str, version: str) -> None:
    """Make a virtual environment with a package; needs the network.

    Raises:
        SettingsError: The environment could not be made.
    """
    for command in (
        [sys.executable, "-m", "venv", str(venv)],
        [str(venv / "bin" / "python"), "-m", "pip", "install", f"{package}=={version}"],
    ):
        ran = run(command)
        if ran.returncode != 0:
            raise SettingsError(f"{venv}: cannot install {package} {version} ({last_line(ran)})")


def install_command(
    arguments: Sequence[str] | None, module: str, package: str, version: str, venv: Path
) -> int:
    """`install VENV` on the command line of a peer's module; returns the exit code.

    Args:
        arguments: Those of the command line unless given.
        module: The peer's module.
        package: Its name at PyPI.
        version: The version that is compared.
        venv: Where the environment is made unless told otherwise.
    """
    told = f"Make an environment with {package} {version}; needs the network."
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=told)
    parser.add_argument("command", choices=("install",))
    parser.add_argument("venv", type=Path, nargs="?", default=venv)
    options = parser.parse_args(arguments)
    try:
        install(options.venv, package, version)
        python_of(options.venv, package, version, "install it again")
    except EvidenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{package} {version} is in {options.venv}")
    return 0


def answered(
    python: Path, program: str, given: object, settings: Mapping[str, str] | None = None
) -> Any:
    """What a program of the peer's environment writes as JSON, given a value as JSON.

    Args:
        python: The interpreter.
        program: Its text; `sys.argv` names the file to read and the file to write.
        given: What it reads.
        settings: Environment variables to set for it.

    Raises:
        EngineError: It failed, or wrote no JSON.
    """
    with tempfile.TemporaryDirectory() as folder:
        read, written = Path(folder) / "given.json", Path(folder) / "written.json"
        read.write_text(json.dumps(given), encoding="utf-8")
        ran = run([str(python), "-c", program, str(read), str(written)], folder, settings)
        if ran.returncode != 0 or not written.is_file():
            raise EngineError(last_line(ran))
        try:
            return json.loads(written.read_text(encoding="utf-8"))
        except ValueError as error:
            raise EngineError(f"expected JSON from it ({error})") from error


def last_line(ran: subprocess.CompletedProcess[str]) -> str:
    """The last line that a command told of its failure."""
    return f"{(ran.stderr.strip().splitlines() or ['no word of why'])[-1]:.200}"


def run(
    command: Sequence[str], cwd: str | None = None, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command, its output as text."""
    return subprocess.run(  # noqa: S603 - our own words, no shell
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **settings} if settings else None,
    )
