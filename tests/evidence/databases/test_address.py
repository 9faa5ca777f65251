import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.databases.address import (
    POINTER,
    DatabaseAddress,
    address_of,
    is_address,
    parse_address,
    project_folder,
)
from evidence.errors import ProjectError

PLAIN = "postgresql://ada@db.example.org/evidence?project=statins"
PART = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (PLAIN, DatabaseAddress("ada", "db.example.org", 5432, "evidence", "statins")),
        (
            "postgres://db:6000/e?project=a_1&sslmode=verify-full",
            DatabaseAddress(None, "db", 6000, "e", "a_1", (("sslmode", "verify-full"),)),
        ),
        (
            "postgresql://a%40b@/e?host=/run/pg&project=x",
            DatabaseAddress("a@b", "/run/pg", 5432, "e", "x"),
        ),
        ("postgresql://[::1]/e?project=x", DatabaseAddress(None, "::1", 5432, "e", "x")),
    ],
)
def test_an_address_is_read_and_written_again(word: str, expected: DatabaseAddress) -> None:
    assert parse_address(word) == expected
    assert parse_address(expected.text) == expected


def test_the_usual_form_is_kept() -> None:
    assert parse_address(PLAIN).text == PLAIN


@given(user=st.none() | PART, database=PART.filter(lambda d: "/" not in d))
def test_whatever_the_names_are_they_come_back(user: str | None, database: str) -> None:
    address = DatabaseAddress(user, "db", 5432, database, "x")
    assert parse_address(address.text) == address


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_one_clear_line(text: str) -> None:
    for word in (text, f"postgresql:{text}", f"postgresql://{text}", f"{PLAIN}{text}"):
        if is_address(word):
            try:
                address = parse_address(word)
            except ProjectError as error:
                assert "\n" not in str(error)
            else:
                assert parse_address(address.text) == address


@pytest.mark.parametrize(
    "word",
    [
        "postgresql://ada:geheim@db/e?project=x",
        "postgresql://ada@db/e?project=x&password=geheim",
        "postgresql://ada:geheim@db",
        "postgresql://ada:geheim@db:port/e?project=x",
    ],
)
def test_a_password_is_refused_and_not_repeated(word: str, cache: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        project_folder(word)
    assert "geheim" not in str(caught.value)
    assert not cache.exists()


def test_where_a_password_belongs_is_said() -> None:
    with pytest.raises(ProjectError, match=r"PGPASSWORD or ~/\.pgpass"):
        parse_address("postgresql://ada:geheim@db/e?project=x")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("postgresql://ada@db/e", "expected project=NAME"),
        ("postgresql://ada@db/e?project=", "expected project=NAME"),
        ("postgresql://ada@db/e?project=Statins", "small letters"),
        ("postgresql://ada@db/e?project=x;drop", "small letters"),
        ("postgresql://ada@db/e?project=x&project=y", "once at most"),
        ("postgresql://ada@db/e?project=x&options=-cfsync", "no other parameter"),
        ("postgresql:///e?project=x", "expected a host"),
        ("postgresql://db/e?project=x&host=/run", "expected a host"),
        ("postgresql:///e?project=x&host=db", "expected a host"),
        ("postgresql://db/?project=x", "name of a database"),
        ("postgresql://db/e/f?project=x", "name of a database"),
        ("postgresql://db/e?project=x#y", "postgresql://USER@HOST/DATABASE"),
    ],
)
def test_other_forms_are_refused_in_one_line(word: str, expected: str) -> None:
    with pytest.raises(ProjectError, match=expected) as caught:
        parse_address(word)
    assert "\n" not in str(caught.value)


def test_a_folder_stays_a_folder() -> None:
    assert project_folder("reviews/postgresql") == Path("reviews/postgresql")


def test_the_folder_of_an_address_stands_for_it() -> None:
    folder = project_folder(PLAIN)
    assert address_of(folder) == parse_address(PLAIN)
    assert folder == project_folder(PLAIN)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    others = {
        project_folder(word)
        for word in (
            PLAIN.replace("statins", "aspirin"),
            PLAIN.replace("ada", "ben"),
            PLAIN.replace("db.", "dc."),
            PLAIN.replace("/evidence", "/other"),
            PLAIN.replace("org/", "org:6000/"),
        )
    }
    assert len(others | {folder}) == 6


def test_an_address_in_a_folder_that_somebody_sent_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / POINTER).write_text(PLAIN)
    with pytest.raises(ProjectError, match="counts only in its own folder"):
        address_of(tmp_path)
