"""`evidence people` and `evidence serve`: what is asked, told, refused and passed on."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.commands import serve
from evidence.errors import ProjectError, SettingsError
from evidence.people import passwords
from evidence.people.passwords import is_password
from evidence.people.register import PEOPLE_FILE, find_person, read_people
from evidence.project import Project
from evidence.serve_options import ServeOptions, serve_options
from tests.evidence.ui.people_factory import PEOPLE, make_project, says

WORDS = "correct horse battery"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST_N", 2**4)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", PEOPLE, 2)


def told(*words: object, typed: str | None = None) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert WORDS not in result.output
    return result.output


def add(project: Project, name: str, *roles: str) -> str:
    words = [word for role in roles for word in ("--role", role)]
    return told("people", "add", project.path, name, *words, "--password-stdin", typed=f"{WORDS}\n")


def kept(project: Project, name: str, password: str) -> bool:
    person = find_person(read_people(project.path) or (), name)
    return person is not None and is_password(person.password, password)


def test_a_person_is_added_listed_changed_and_removed(project: Project) -> None:
    assert "trust" in told("people", "list", project.path)
    assert add(project, "Ada Okoro", "admin", "reviewer") == (
        "Ada Okoro may sign in as reviewer and admin\n"
    )
    assert kept(project, "Ada Okoro", WORDS)
    told("people", "add", project.path, "Ben Quist", "--no-password")
    listed = json.loads(told("people", "list", project.path, "--json"))
    assert listed == {
        "sign_in": True,
        "people": [
            {"name": "Ada Okoro", "roles": ["reviewer", "admin"], "password": True},
            {"name": "Ben Quist", "roles": ["reviewer"], "password": False},
        ],
    }
    assert "through a proxy alone" in told("people", "list", project.path)
    told("people", "password", project.path, "ben quist", "--password-stdin", typed="ten letters\n")
    assert kept(project, "Ben Quist", "ten letters")
    told("people", "roles", project.path, "Ben Quist", "--role", "adjudicator")
    assert [p.roles for p in read_people(project.path) or ()][1] == ("adjudicator",)
    assert "stays in the log" in told("people", "remove", project.path, "Ben Quist")
    assert len(read_people(project.path) or ()) == 1


def test_removing_a_person_takes_nothing_from_the_log(project: Project) -> None:
    add(project, "Ada Okoro", "admin")
    add(project, "Ben Quist")
    project.append(says("Ben Quist", "include", "r0"))
    before = project.head()
    told("people", "remove", project.path, "Ben Quist")
    assert project.head() == before


def test_a_first_person_who_is_no_admin_is_told_so(project: Project) -> None:
    assert "nobody is admin yet" in add(project, "Ada Okoro")


@pytest.mark.parametrize("typed", ["short\n", "", "\n"])
def test_a_short_password_writes_nothing(project: Project, typed: str) -> None:
    with pytest.raises(SettingsError, match="10 to 200"):
        told("people", "add", project.path, "Ada", "--password-stdin", typed=typed)
    assert not (project.path / PEOPLE_FILE).exists()


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Passwords are typed; the prompts come back."""
    prompts: list[str] = []
    waiting = iter(answers)

    def asked(prompt: str) -> str:
        prompts.append(prompt)
        return next(waiting)

    monkeypatch.setattr("getpass.getpass", asked)
    monkeypatch.setattr("evidence.commands.people._at_a_terminal", lambda: True)
    return prompts


def test_the_password_is_asked_twice(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = at_a_terminal(monkeypatch, WORDS, WORDS)
    told("people", "add", project.path, "Ada Okoro", "--role", "admin")
    assert prompts == ["Password for Ada Okoro: ", "The same again: "]
    assert kept(project, "Ada Okoro", WORDS)


def test_two_that_differ_write_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, WORDS, WORDS + "!")
    with pytest.raises(SettingsError, match="the two passwords differ"):
        told("people", "add", project.path, "Ada Okoro")
    assert read_people(project.path) is None


def test_a_name_that_is_taken_is_told_before_a_password_is_asked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(project, "Ada Okoro", "admin")
    prompts = at_a_terminal(monkeypatch)
    with pytest.raises(ProjectError, match="is there already"):
        told("people", "add", project.path, "ada okoro")
    with pytest.raises(ProjectError, match="'Zed' is not there"):
        told("people", "password", project.path, "Zed")
    assert prompts == []


@pytest.mark.parametrize(
    "words",
    [
        ("add", "Ada", "--role", "boss"),
        ("add", "Ada", "--password-stdin", "--no-password"),
        ("add", "Ada", "--password", WORDS),
        ("roles", "Ada"),
    ],
)
def test_bad_use_is_exit_code_two(project: Project, words: tuple[str, ...]) -> None:
    command, *rest = words
    result = CliRunner().invoke(app, ["people", command, str(project.path), *rest])
    assert result.exit_code == 2
    assert not (project.path / PEOPLE_FILE).exists()


def test_a_folder_that_is_no_project_gets_no_people(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="expected a project folder"):
        told("people", "add", tmp_path, "Ada", "--no-password")
    assert not list(tmp_path.iterdir())


def test_without_a_terminal_and_in_a_real_process_the_error_is_one_line(project: Project) -> None:
    command = [sys.executable, "-m", "evidence", "people", "add", str(project.path), "Ada"]
    ran = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "error: expected a terminal to ask for the password; or use --password-stdin\n"
    )
    ran = subprocess.run(
        [*command, "--password-stdin"], cwd=ROOT, input=WORDS, capture_output=True, text=True
    )
    assert ran.returncode == 0
    assert WORDS not in ran.stdout + ran.stderr
    assert stat.S_IMODE((project.path / PEOPLE_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "options",
    [
        ServeOptions(),
        ServeOptions(Path("/a b/p")),
        ServeOptions(Path("/p"), "X-Remote-User", 30),
        ServeOptions(None, None, 5),
    ],
)
def test_the_options_come_back_from_the_command_line(options: ServeOptions) -> None:
    assert serve_options(options.arguments()) == options


@pytest.mark.parametrize(
    "words",
    [
        ["p", "--session-minutes", "soon"],
        ["p", "--session-minutes", "0"],
        ["p", "--session-minutes"],
        ["p", "--user-header", " "],
    ],
)
def test_options_without_a_value_are_refused_not_left_out(words: list[str]) -> None:
    with pytest.raises(SettingsError, match="expected"):
        serve_options(words)


def started(monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[list[str], str]:
    """What `evidence serve` starts, and what it says."""
    seen: list[list[str]] = []
    monkeypatch.setattr(serve, "_become", seen.append)
    monkeypatch.setattr(serve, "refuse_taken", lambda _address, _port: None)
    said = told("serve", *words)
    return seen[0], said


def test_serve_passes_its_options_on(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    add(project, "Ada Okoro", "admin")
    words = (project.path, "--user-header", "X-User", "--session-minutes", "20", "--port", "9000")
    command, said = started(monkeypatch, *words)
    assert command[1:4] == ["-m", "streamlit", "run"]
    assert Path(command[4]) == serve._ENTRY
    assert command[5:9] == ["--server.port", "9000", "--server.address", "127.0.0.1"]
    at = command.index("--")
    assert serve_options(command[at + 1 :]) == ServeOptions(project.path.resolve(), "X-User", 20)
    assert said == ""


def test_serve_without_a_project_starts_the_page_that_opens_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command, said = started(monkeypatch)
    assert "--" not in command
    assert said == ""


def test_a_header_is_trusted_only_where_people_are_known(project: Project) -> None:
    for words in ((project.path, "--user-header", "X-User"), ("--user-header", "X-User")):
        with pytest.raises(SettingsError, match="expected a header’s name and a PROJECT"):
            told("serve", *words)
    add(project, "Ada Okoro", "admin")
    with pytest.raises(SettingsError, match="expected a header’s name"):
        told("serve", project.path, "--user-header", "")


def test_serve_refuses_a_list_of_people_that_cannot_be_read(project: Project) -> None:
    (project.path / PEOPLE_FILE).write_text("{")
    with pytest.raises(ProjectError, match=r"people\.json"):
        told("serve", project.path)


def test_an_address_that_others_reach_is_warned_of(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = (project.path, "--address", "0.0.0.0")  # noqa: S104 - nothing listens
    assert "under any name" in started(monkeypatch, *everywhere)[1]
    add(project, "Ada Okoro", "admin")
    assert "TLS" in started(monkeypatch, *everywhere)[1]
    behind = (*everywhere, "--user-header", "X-User")
    assert "can write any name into X-User" in started(monkeypatch, *behind)[1]
