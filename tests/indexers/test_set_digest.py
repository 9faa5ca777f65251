from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.set_digest import SetDigest


def digest_of(members: list[str]) -> SetDigest:
    digest = SetDigest()
    for member in members:
        digest.add(member)
    return digest


@given(members=st.lists(st.text(), max_size=8), data=st.data())
def test_order_does_not_count_and_members_do(members: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(members))
    assert digest_of(members).digest == digest_of(shuffled).digest
    assert digest_of([*members, "one more"]).digest != digest_of(members).digest


@given(members=st.lists(st.text(), max_size=8), gone=st.text())
def test_what_was_added_can_be_taken_out(members: list[str], gone: str) -> None:
    digest = digest_of([*members, gone])
    digest.remove(gone)
    assert digest.digest == digest_of(members).digest


def test_it_goes_on_from_its_state() -> None:
    half = SetDigest(digest_of(["a"]).state)
    half.add("b")
    assert half.digest == digest_of(["a", "b"]).digest
    assert SetDigest().digest == digest_of([]).digest
    with pytest.raises(ValueError, match="2048 bytes"):
        SetDigest(base64.b85encode(b"short").decode())
