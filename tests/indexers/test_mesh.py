from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from indexers.errors import SourceError
from indexers.mesh import Descriptor, Mesh, plain_words, read_mesh, shipped_mesh, straight_words

SMALL = Mesh(
    [
        Descriptor("Lung Diseases", ("C08.381",), ()),
        Descriptor("Asthma", ("C08.127.108", "C08.381.495.108"), ("bronchial asthma",)),
        Descriptor("Status Asthmaticus", ("C08.127.108.880",), ()),
        Descriptor("Numbered Like Asthma", ("C08.127.1080",), ()),
        Descriptor("Female", (), ("females",)),
    ]
)


def test_headings_and_entry_terms_are_found_whatever_the_punctuation() -> None:
    for text in ("Asthma", "asthma", "BRONCHIAL ASTHMA", "Asthma, Bronchial", "bronchial-asthma"):
        found = SMALL.descriptor(text)
        assert found is not None and found.name == "Asthma", text
    assert SMALL.descriptor("asth") is None


def test_explosion_takes_every_place_and_only_what_is_below() -> None:
    asthma, lung = SMALL.descriptor("asthma"), SMALL.descriptor("lung diseases")
    female = SMALL.descriptor("females")
    assert asthma and lung and female
    assert SMALL.exploded(asthma) == ["Asthma", "Status Asthmaticus"]
    assert SMALL.exploded(lung) == ["Asthma", "Lung Diseases"]
    assert SMALL.exploded(female) == ["Female"]


def test_the_longest_run_of_words_is_matched() -> None:
    match = SMALL.longest_match(["bronchial", "asthma", "children"])
    assert match is not None and (match[0], match[1].name) == (2, "Asthma")
    assert SMALL.longest_match(["children", "asthma"]) is None


def test_words_lose_case_accents_and_order() -> None:
    assert plain_words("Ménière's  Disease, β-2") == "meniere s disease β 2"
    assert straight_words("Infant, Newborn") == "newborn infant"


@pytest.mark.parametrize(
    ("entry", "name", "narrower"),
    [
        ("heart attack", "Myocardial Infarction", "ST Elevation Myocardial Infarction"),
        ("Infants, Newborn", "Infant, Newborn", "Infant, Premature"),
        ("neonate", "Infant, Newborn", "Infant, Low Birth Weight"),
        ("Animals", "Animals", "Humans"),
        ("Clinical Trial", "Clinical Trial", "Randomized Controlled Trial"),
    ],
)
def test_the_shipped_table_knows_terms_and_places(entry: str, name: str, narrower: str) -> None:
    found = shipped_mesh().descriptor(entry)
    assert found is not None and found.name == name
    assert narrower in shipped_mesh().exploded(found)


def test_the_shipped_table_is_small_and_whole() -> None:
    mesh = shipped_mesh()
    assert len(mesh) > 30_000
    numbers = {number for d in mesh.descriptors() for number in d.tree_numbers}
    orphans = [n for n in numbers if "." in n and n.rpartition(".")[0] not in numbers]
    assert len(orphans) < len(numbers) / 1000


@pytest.mark.parametrize("content", [b"", b"no xz", lzma.compress(b"a\tb"), lzma.compress(b"")])
def test_a_wrong_table_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.tsv.xz"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"table\.tsv\.xz"):
        read_mesh(path)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a readable table"):
        read_mesh(tmp_path / "none.xz")
