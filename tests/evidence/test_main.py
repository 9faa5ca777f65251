from __future__ import annotations

import os

import pytest

import evidence.cli
from evidence.__main__ import main


class PanicException(BaseException):
    """As Rust's libraries raise it."""


@pytest.mark.parametrize("ended_by", [MemoryError(), PanicException("PyObject pointer is null")])
def test_short_memory_is_told_in_one_line(
    ended_by: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends() -> None:
        raise ended_by

    monkeypatch.setattr(evidence.cli, "app", ends)
    with pytest.raises(SystemExit) as exit_:
        main()
    told = capsys.readouterr().err
    assert exit_.value.code == 2
    assert told.startswith("error: not enough memory")
    assert told.count("\n") == 1


def test_what_is_not_known_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(evidence.cli, "app", ends)
    with pytest.raises(ZeroDivisionError):
        main()


def test_libraries_in_rust_print_no_stacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing one takes memory; without it the process waits for its own lock for ever."""
    monkeypatch.setenv("RUST_BACKTRACE", "1")
    monkeypatch.setattr(evidence.cli, "app", lambda: None)
    main()
    assert os.environ["RUST_BACKTRACE"] == "0"
