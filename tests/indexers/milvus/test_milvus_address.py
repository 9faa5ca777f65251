from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.errors import StoreError
from indexers.milvus.address import is_milvus, milvus_address
from indexers.stores import absolute_place, place_name


def test_both_forms_are_read() -> None:
    server = milvus_address("milvus://milvus.example.org:19530/trials")
    assert (server.engine, server.uri) == ("milvus", "http://milvus.example.org:19530")
    assert server.collection == "trials"
    assert milvus_address("milvus+tls://h:1/c").uri == "https://h:1"
    assert milvus_address("milvus://[::1]:19530/c").uri == "http://[::1]:19530"
    lite = milvus_address("milvus-lite:data/trials.db")
    assert (lite.engine, lite.uri, lite.collection) == ("milvus-lite", "data/trials.db", "records")


@pytest.mark.parametrize("text", ["milvus://h:19530/trials", "milvus-lite:/data/trials.db"])
def test_an_address_survives_being_a_path(text: str) -> None:
    assert milvus_address(Path(text)) == milvus_address(text)
    assert place_name(Path(text)) == text
    assert milvus_address(absolute_place(Path(text))).text == text


def test_places_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute_place(Path("store")) == tmp_path / "store"
    assert absolute_place(Path("milvus-lite:s.db")) == Path(f"milvus-lite:{tmp_path}/s.db")
    assert absolute_place(Path("milvus://h:1/c")) == Path("milvus://h:1/c")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("milvus://h/c", r"expected milvus://HOST:PORT/COLLECTION or milvus-lite:PATH\.db"),
        ("milvus://h:99999/c", "HOST:PORT"),
        ("milvus://h:1/a-b", "letters, digits and underscores"),
        ("milvus://h:1/", "letters, digits and underscores"),
        ("milvus:h:1", "HOST:PORT"),
        ("milvus-lite:store", r"ends in \.db"),
        ("milvus-lite:.db", r"ends in \.db"),
    ],
)
def test_other_forms_are_refused(text: str, told: str) -> None:
    assert is_milvus(text)
    with pytest.raises(StoreError, match=told):
        milvus_address(text)


def test_ordinary_folders_are_none() -> None:
    assert not is_milvus(Path("milvus/store"))
    assert not is_milvus(Path("/data/milvus:store"))


@given(password=st.text("abcXYZ09:!@/ é", min_size=4).filter(lambda text: "@" not in text))
def test_a_password_is_refused_and_never_told(password: str) -> None:
    for text in (f"milvus://reader:{password}Q@h:1/c", f"milvus+tls://{password}Q@h:1/c"):
        with pytest.raises(StoreError) as refused:
            milvus_address(text)
        assert f"{password}Q" not in str(refused.value)
        assert "\n" not in str(refused.value)
    with pytest.raises(StoreError, match="MILVUS_TOKEN"):
        milvus_address("milvus://reader:secret@h:1/c")
