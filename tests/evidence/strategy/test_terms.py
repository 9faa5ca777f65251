from pathlib import Path

import pytest

from evidence.errors import SourceError
from evidence.strategy.terms import FOLDER, Terminology, shipped_terminology
from indexers.mesh import shipped_mesh


@pytest.mark.parametrize(
    ("phrase", "heading"),
    [
        ("angiotensin-converting-enzyme inhibitors", "Angiotensin-Converting Enzyme Inhibitors"),
        ("cyclo-oxygenase-2 inhibitors", "Cyclooxygenase 2 Inhibitors"),
        ("non-steroidal anti-inflammatory drugs", "Anti-Inflammatory Agents, Non-Steroidal"),
        ("hypoglycaemic drugs", "Hypoglycemic Agents"),
        ("healthcare professionals", "Health Personnel"),
        ("anticholinergic drugs", "Cholinergic Antagonists"),
        ("sulfonylureas", "Sulfonylurea Compounds"),
        ("lung cancer", "Lung Neoplasms"),
        ("nephropathy", "Kidney Diseases"),
    ],
)
def test_a_phrase_finds_its_heading_however_it_is_written(phrase: str, heading: str) -> None:
    found = shipped_terminology().heading(phrase)
    assert found is not None and found.name == heading


def test_a_phrase_that_no_vocabulary_holds_has_no_heading() -> None:
    assert shipped_terminology().heading("choice architecture") is None


def test_a_class_gives_its_drugs_by_stem_and_by_heading() -> None:
    terms = shipped_terminology()
    by_stem = {s.text: s.source for s in terms.class_members("triptans", None)}
    assert by_stem["rizatriptan"] == "drug list, -triptan"
    heading = terms.heading("non-steroidal anti-inflammatory drugs")
    members = [s.text for s in terms.class_members("NSAIDs", heading)]
    assert {"celecoxib", "ibuprofen", "naproxen"} <= set(members)
    assert "captopril" not in members
    sulfonylureas = terms.class_members("x", terms.heading("sulfonylureas"))
    assert "glibenclamide" in [s.text for s in sulfonylureas]  # glyburide's other name


def test_exceptions_of_a_stem_are_no_members() -> None:
    terms = shipped_terminology()
    found = [s.text for s in terms.class_members("x", terms.heading("proton pump inhibitors"))]
    assert "omeprazole" in found and "aripiprazole" not in found


def test_drug_and_disease_names_say_where_they_come_from() -> None:
    terms = shipped_terminology()
    assert ("imitrex", "drug list") in terms.drug_names("sumatriptan")
    synonyms = terms.disease_synonyms("nephropathy")
    assert "renal disease" in [s.text for s in synonyms]
    assert {s.source for s in synonyms} == {"MONDO:0005240 synonym"}


def test_narrower_headings_stop_at_a_level_when_there_are_too_many() -> None:
    terms = shipped_terminology()
    neoplasms = shipped_mesh().descriptor("Neoplasms")
    assert neoplasms is not None
    few = terms.narrower(neoplasms, 40)
    assert 0 < len(few) <= 40
    asthma = shipped_mesh().descriptor("Asthma")
    assert asthma is not None
    assert "Status Asthmaticus" in [d.name for d in terms.narrower(asthma, 40)]


@pytest.mark.parametrize(("table", "column"), [("drug_classes", 1), ("population_words", 0)])
def test_every_heading_of_the_written_tables_is_in_mesh(table: str, column: int) -> None:
    lines = (FOLDER / f"{table}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    names = {name for row in rows for name in row[column].split("|")}
    found = {name: shipped_mesh().descriptor(name) for name in sorted(names)}
    assert [n for n, d in found.items() if d is None or d.name != n] == []


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    for path in FOLDER.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "drug_classes.tsv").write_text("*pril\tone column too few\n")
    with pytest.raises(SourceError, match=r"drug_classes\.tsv:1: expected 3 columns"):
        Terminology(folder=tmp_path)
    (tmp_path / "drugs.tsv.xz").write_bytes(b"not packed")
    with pytest.raises(SourceError, match="expected a readable table"):
        Terminology(folder=tmp_path)
