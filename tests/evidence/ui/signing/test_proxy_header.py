"""A reverse proxy's header signs people in, where the server was told so."""

from types import SimpleNamespace

import pytest
import streamlit as st

from evidence.judgements import ScreeningDecision
from evidence.project import Project
from tests.evidence.ui.people_factory import everything_shown
from tests.evidence.ui.signing.signing_factory import (
    Clock,
    by_people,
    click,
    on_sign_in_page,
    opened,
    said,
)


def with_header(monkeypatch: pytest.MonkeyPatch, *values: str, header: str = "X-User") -> None:
    from streamlit.runtime.context import StreamlitHeaders

    headers = StreamlitHeaders([(header, value) for value in values])
    monkeypatch.setattr(st, "context", SimpleNamespace(headers=headers, cookies={}))


def test_a_header_is_ignored_without_the_option(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_header(monkeypatch, "Ada Okoro")
    assert on_sign_in_page(opened(monkeypatch, project))


def test_with_the_option_the_header_signs_in(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_header(monkeypatch, "ada okoro")
    app = opened(monkeypatch, project, "--user-header", "x-user")
    assert not on_sign_in_page(app)
    assert not [button for button in app.button if button.key == "sign_out"]
    click(app)
    assert by_people(project) == [("Ada Okoro", "r1")]


@pytest.mark.parametrize(
    "values", [("Mallory",), (), ("Ada Okoro", "Mallory"), ("machine",), ("<b>Ada</b>",)]
)
def test_with_the_option_another_name_is_refused_in_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, values: tuple[str, ...]
) -> None:
    with_header(monkeypatch, *values)
    app = opened(monkeypatch, project, "--user-header", "X-User")
    assert len(app.error) == 1
    assert len(app.error[0].value.splitlines()) == 1
    assert not app.text_input  # and no password helps
    assert "solvane" not in everything_shown(app)
    assert project.entries(ScreeningDecision) == []


def test_a_header_of_another_name_is_not_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_header(monkeypatch, "Ada Okoro", header="X-Other")
    app = opened(monkeypatch, project, "--user-header", "X-User")
    assert "expected one name in the header X-User" in said(app)


def test_an_idle_session_of_a_proxy_ends_until_the_page_is_reloaded(
    project: Project, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    with_header(monkeypatch, "Ada Okoro")
    words = ("--user-header", "X-User", "--session-minutes", "5")
    app = opened(monkeypatch, project, *words)
    clock.now += 301
    before = project.head()
    click(app)
    assert project.head() == before
    assert "Please reload the page." in said(app)
    assert not app.text_input
    assert not on_sign_in_page(opened(monkeypatch, project, *words))
