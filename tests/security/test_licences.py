"""No locked dependency has a licence that nobody allowed; the page that lists them is true."""

from __future__ import annotations

import os
import re

import pytest

from tests.security.licences import (
    EXCEPTIONS,
    LOCK,
    ROOT,
    TARGET,
    Licensed,
    allowed,
    licensed,
    locked,
    not_installed,
    page,
    problems,
    stated,
)

COPYLEFT = ("GPL-3.0-only", "AGPL-3.0-or-later", "LGPL-2.1-only", "SSPL-1.0", "EUPL-1.2")


@pytest.fixture(scope="module")
def found() -> list[Licensed]:
    missing = not_installed(locked())
    if missing and not os.environ.get("CI"):
        pytest.skip(f"the lock is not installed whole ({', '.join(missing)})")
    assert missing == [], "expected every package of the lock to be installed"
    return list(licensed(locked()))


def test_every_licence_is_allowed_or_a_named_exception(found: list[Licensed]) -> None:
    assert len(found) > 100
    assert problems(found) == []


def test_the_page_is_up_to_date(found: list[Licensed]) -> None:
    written = TARGET.read_text(encoding="utf-8")
    assert written == page(found), "run: python -m tests.security.licences"


def test_every_exception_is_needed_and_has_a_reason(found: list[Licensed]) -> None:
    by_name = {one.name.lower(): one for one in found}
    assert sorted(EXCEPTIONS.keys() - by_name.keys()) == []
    for name, reason in EXCEPTIONS.items():
        assert not allowed(by_name[name].stated), name
        assert len(reason) > 20


@pytest.mark.parametrize("licence", [*COPYLEFT, "", "Proprietary", "MIT AND GPL-3.0-only"])
def test_copyleft_and_unknown_licences_are_problems(licence: str) -> None:
    assert problems([Licensed("x", "1", licence)]) == [
        f"x: {licence or 'no licence stated'} is not on the list of allowed licences"
    ]


@pytest.mark.parametrize(
    ("licence", "good"),
    [
        ("MIT OR GPL-3.0-only", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("(MIT OR GPL-3.0-only) AND ISC", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-only WITH GCC-exception-3.1", False),
    ],
)
def test_and_binds_before_or(licence: str, good: bool) -> None:
    assert allowed(licence) is good


def test_classifiers_that_contradict_the_field_decide() -> None:
    gpl = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"
    assert not allowed(stated(None, [gpl], "MIT"))
    assert not allowed(stated(None, [gpl, "License :: OSI Approved :: MIT License"], "MIT"))
    assert (
        stated(None, ["License :: OSI Approved :: BSD License"], "BSD-3-Clause") == "BSD-3-Clause"
    )
    assert stated(None, [], "MIT License\n\nCopyright") == "MIT"
    assert not allowed(stated(None, [], "Copyright (c) 2020 somebody"))


def test_the_lock_pins_every_package() -> None:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if line and not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)]
    assert wrong == []
    assert (ROOT / "LICENSE").is_file()
