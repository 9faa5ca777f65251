from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexers.array_files import read_arrays
from indexers.errors import SourceError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "head.npz"
    np.savez_compressed(path, weights=np.arange(6.0).reshape(2, 3), names=np.array(["a", "b"]))
    return path


def test_the_named_arrays_are_read_as_they_were_saved(path: Path) -> None:
    read = read_arrays(path, ["weights"], "expected weights")
    assert list(read) == ["weights"]
    assert read["weights"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_what_is_missing_is_one_line(path: Path) -> None:
    for place, names in ((path.with_name("none.npz"), ["weights"]), (path, ["bias"])):
        with pytest.raises(SourceError, match=r"\.npz: expected weights \(") as error:
            read_arrays(place, names, "expected weights")
        assert "\n" not in str(error.value)


def test_objects_are_not_unpickled(path: Path) -> None:
    np.savez(path, weights=np.array([{}, None], dtype=object))
    with pytest.raises(SourceError, match="expected weights"):
        read_arrays(path, ["weights"], "expected weights")


def test_an_array_alone_is_no_file_of_named_ones(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(SourceError, match="expected weights"):
        read_arrays(path, ["weights"], "expected weights")


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))
    damaged = path.with_name("damaged.npz")
    damaged.write_bytes((whole[:at] + bytes([byte]) + whole[at + 1 :])[:end])
    try:
        read = read_arrays(damaged, ["weights", "names"], "expected weights")
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert set(read) == {"weights", "names"}
