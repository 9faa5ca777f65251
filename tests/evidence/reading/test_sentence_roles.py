from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evidence.config import data_folder
from evidence.errors import SourceError
from evidence.reading.sentence_roles import (
    HEAD_FILE,
    ROLES,
    RoleHead,
    read_role_head,
    save_role_head,
    sentence_roles,
    shipped_head,
)

ABSTRACT = (
    "Insomnia is common and its treatment remains controversial. "
    "The aim of this study was to evaluate valerian tea for insomnia. "
    "Forty adults were randomly assigned to valerian tea or placebo for 8 weeks. "
    "Sleep quality was significantly better with tea than with placebo (p = 0.01). "
    "These findings suggest that valerian tea may be useful in insomnia."
)


def test_the_roles_of_an_abstract_without_headings() -> None:
    text = f"Title\n\n{ABSTRACT}"
    found = sentence_roles(text, 7)
    assert [s.role for s in found] == list(ROLES)
    assert " ".join(text[s.start : s.end] for s in found) == ABSTRACT
    assert all(0 <= s.share <= 1 for s in found)
    assert found == sentence_roles(text, 7)
    assert sentence_roles("") == []


def test_the_order_of_roles_decides_where_a_sentence_does_not() -> None:
    n = len(ROLES)
    never = np.full((n, n), -50.0)
    never[2, 3] = 0.0
    head = RoleHead(np.zeros((n, 1)), np.zeros(n), np.array([-50.0, -50, 0, -50, -50]), never)
    assert head.roles(np.zeros((2, 1), dtype=np.float32))[0] == [2, 3]


def test_the_head_is_small_and_kept_whole(tmp_path: Path) -> None:
    assert (data_folder() / "heads_roles" / HEAD_FILE).stat().st_size < 1_000_000
    head = shipped_head()
    save_role_head(head, tmp_path / HEAD_FILE)
    again = read_role_head(tmp_path / HEAD_FILE)
    assert np.array_equal(head.weights, again.weights)
    assert np.array_equal(head.steps, again.steps)


def test_a_damaged_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / HEAD_FILE
    with pytest.raises(SourceError, match="train"):
        read_role_head(path)
    path.write_bytes(b"no weights")
    with pytest.raises(SourceError, match="train"):
        read_role_head(path)
    n = len(ROLES)
    zeros = np.zeros(n)
    save_role_head(RoleHead(np.zeros((n, 3)), zeros, zeros, np.zeros((n, n))), path)
    with pytest.raises(SourceError, match="other shapes"):
        read_role_head(path)
