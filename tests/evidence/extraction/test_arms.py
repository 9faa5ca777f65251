from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.arm_labels import bare_role, header_n, read_label
from evidence.extraction.arm_mentions import TrialArm, mentions
from evidence.extraction.arms import find_arms
from evidence.extraction.wording import find_name
from evidence.question import Pico
from indexers.jats import read_jats
from indexers.records import Document


def _article(folder: Path, methods: str, *heads: str) -> Document:
    """An article with one result table per line of headings."""
    tables = "".join(
        f"<table-wrap><label>Table {i}</label><caption><p>Results</p></caption><table><thead><tr>"
        + "".join(f"<th>{escape(cell.strip())}</th>" for cell in head.split("|"))
        + "</tr></thead><tbody><tr><td>Pain</td>"
        + "".join(f"<td>{i}.{j} (1.1)</td>" for j in range(len(head.split("|")) - 1))
        + "</tr></tbody></table></table-wrap>"
        for i, head in enumerate(heads, 1)
    )
    path = folder / "article.xml"
    path.write_text(
        "<article><front><article-meta><title-group><article-title>A randomised trial"
        "</article-title></title-group></article-meta></front><body><sec><title>Methods</title>"
        f"<p>{escape(methods)}</p></sec><sec><title>Results</title>{tables}</sec></body></article>"
    )
    return read_jats(path, "article")


def _arms(document: Document, intervention: str, comparator: str) -> tuple[TrialArm, ...]:
    pico = Pico(intervention=intervention, comparator=comparator, outcomes=("pain",))
    return find_arms(document, pico, abbreviations(document))


def _named(arms: tuple[TrialArm, ...], heading: str) -> list[str]:
    return [m.arm.role for m in mentions(heading, arms)]


@pytest.mark.parametrize(
    ("intervention", "comparator", "methods", "head", "expected"),
    [
        # A part of the question's wording names the arm.
        ("off-pump surgery", "on-pump surgery", "Surgery was done.",
         "Variable | Off-pump (n = 40) | On-pump (n = 46) | p",
         ["intervention", "comparator", None]),
        # The article says what the lettered groups received.
        ("conventional cholecystectomy", "harmonic scalpel cholecystectomy",
         "Group A (n=20) underwent conventional surgery. Group B underwent surgery with the"
         " harmonic scalpel.",
         "Variable | Group B (n=20) | Group A (n=20) | p", ["comparator", "intervention", None]),
        # Undefined capitals are the first letters of one arm's words only.
        ("externship program", "corporate-academic cooperation program", "Students took part.",
         "Item | EP group (n=19) | CACP group (n=24)", ["intervention", "comparator"]),
        # Role words follow the question where it names its control first.
        ("usual care", "telephone coaching", "Patients were followed.",
         "Variable | Intervention | Control | P", ["comparator", "intervention", None]),
        # Another dose is another arm.
        ("30 mg meloxicam", "placebo", "Patients were treated.",
         "Variable | Meloxicam 60 mg | Meloxicam 30 mg | Placebo",
         [None, "intervention", "comparator"]),
        # A label that says all of the smaller arm, and only a part of the larger one.
        ("enhanced cognitive behavior therapy with virtual reality", "cognitive behavior therapy",
         "They had cognitive behavior therapy (CBT) or enhanced therapy.",
         "Variable | VR (n = 27) | CBT (n = 20) | IP (n = 19)",
         ["intervention", "comparator", None]),
        # Abbreviations inside a label are written out.
        ("integrated treatment", "cognitive behavioral treatment for substance use disorder",
         "Cognitive behavioral therapy (CBT) for substance use disorder (SUD).",
         "Variable | Integrated (n = 25) | CBT-SUD+ (n = 24) | Third (n = 9)",
         ["intervention", "comparator", None]),
        # Words that all labels share tell nothing.
        ("continuous occlusion", "split occlusion", "Eyes were covered.",
         "Variable | Continuous half time (n = 9) | Divided half time (n = 9)",
         ["intervention", "comparator"]),
        # Words of a pair of opposites.
        ("high dose salbutamol", "low dose salbutamol", "Salbutamol was given.",
         "Variable | Low dose | High dose", ["comparator", "intervention"]),
        # The negation of the other label.
        ("letter with an incentive", "standard letter", "Letters were sent.",
         "Variable | Incentive | Not incentive | p", ["intervention", "comparator", None]),
        ("health programme", "control", "Schools took part.",
         "Variable | Health (n = 9) | Non health (n = 9) | Islam (n = 9) | Non Islam (n = 9)",
         ["intervention", "comparator", None, None]),
        # A part of the arm's name in brackets yields to the label that says all.
        ("left thoracotomy (DH) + TO", "sham", "Fetuses were operated.",
         "Variable | DH | DH+TO | Sham", [None, "intervention", "comparator"]),
        # Of two labels with the arm's words the one that has nothing else.
        ("McGRATH MAC laryngoscope", "Macintosh laryngoscope", "All were used.",
         "Variable | McGRATH MAC (n = 9) | C-MAC (n = 9) | Macintosh (n = 9)",
         ["intervention", None, "comparator"]),
        # What was done to group A, and a group that got a part of the other's treatment.
        ("harmonic scalpel cholecystectomy", "conventional cholecystectomy",
         "For group A patients, the conventional cholecystectomy was performed.",
         "Variable | Group A (n=20) | Group B (n=20)", ["comparator", "intervention"]),
        ("palonosetron", "palonosetron and droperidol",
         "Group P received palonosetron. Group Q received palonosetron and droperidol.",
         "Variable | Group P (n=4) | Group Q (n=4) | Group R (n=4)",
         ["intervention", "comparator", None]),
        # A footnote's letter behind capitals.
        ("remote collaborative care (RCC)", "enhanced usual care or EUC", "Care was given.",
         "Variable | EUCa (N = 78) | RCCb (N = 65)", ["comparator", "intervention"]),
        # An article's control is not the question's treatment, whatever it is said to have got.
        ("skin contact", "no skin contact",
         "The control group received skin contact after an hour.",
         "Variable | Experimental group | Control group", ["intervention", "comparator"]),
        # What is given in addition to usual care is no control.
        ("lay support in addition to standard care", "standard care", "Women were followed.",
         "Variable | Lay (n = 9) | Standard care (n = 9) | NNT",
         ["intervention", "comparator", None]),
        # A placebo beside the control that the question asks for.
        ("ginger", "no intervention", "All were followed.",
         "Variable | Ginger (n = 7) | Placebo (n = 6) | Control (n = 3)",
         ["intervention", None, "comparator"]),
        # A group that is called T is no t-test.
        ("midwife calls with a Doppler scan", "midwife calls",
         "T + D got midwife calls with a Doppler scan.",
         "Variable | T (n = 3) | T + D (n = 4)", ["comparator", "intervention"]),
        # Two doses of one drug.
        ("canagliflozin 100 or 300 mg", "placebo", "Patients were treated.",
         "Variable | Placebo (n = 9) | Canagliflozin 100 mg | Canagliflozin 300 mg",
         ["comparator", "intervention", "intervention"]),
        # The other of exactly two groups.
        ("optical guidance with a camera", "bronchoscopy", "Both were used.",
         "Variable | Vivid (n = 23) | Bronchoscopy (n = 23)", ["intervention", "comparator"]),
        # With a third group beside them nothing is left over by itself.
        ("optical guidance with a camera", "bronchoscopy", "All were used.",
         "Variable | Vivid (n = 23) | Bronchoscopy (n = 23) | Sound (n = 22)",
         [None, "comparator", None]),
    ],
)  # fmt: skip
def test_headings_are_given_to_arms(
    tmp_path: Path,
    intervention: str,
    comparator: str,
    methods: str,
    head: str,
    expected: list[str | None],
) -> None:
    arms = _arms(_article(tmp_path, methods, head), intervention, comparator)
    cells = [cell.strip() for cell in head.split("|")[1:]]
    assert [_named(arms, cell) for cell in cells] == [[e] if e else [] for e in expected]


def test_a_heading_that_could_be_either_is_neither(tmp_path: Path) -> None:
    document = _article(tmp_path, "Two regimens.", "Variable | Exercise 1 | Exercise 2 | p")
    arms = _arms(document, "supervised exercise", "home exercise")
    assert [_named(arms, head) for head in ("Exercise 1", "Exercise 2")] == [[], []]


def test_two_labels_with_one_claim_are_given_to_nobody(tmp_path: Path) -> None:
    document = _article(
        tmp_path, "Patients were treated.", "Variable | Exercise club | Exercise hall | Placebo"
    )
    assert _arms(document, "exercise", "placebo")[0].headings == ()


def test_another_dose_or_number_in_a_description_is_another_arm(tmp_path: Path) -> None:
    document = _article(
        tmp_path,
        "Arm A received zinc 75 mg. S1 received Jeju water.",
        "Variable | Arm A (n = 9) | Arm C (n = 9) | Arm D (n = 9)",
        "Variable | S1 (n = 9) | S3 (n = 9) | S4 (n = 9)",
    )
    assert _named(_arms(document, "zinc 150 mg", "triple therapy"), "Arm A") == []
    assert _named(_arms(document, "zinc 75 mg", "triple therapy"), "Arm A") == ["intervention"]
    assert _named(_arms(document, "Jeju water S2", "tap water"), "S1") == []


def test_groups_listed_below_each_other_are_headings(tmp_path: Path) -> None:
    document = _article(tmp_path, "All were treated.", "Groups | Mean ± SD")
    path = tmp_path / "article.xml"
    rows = "".join(f"<tr><td>{g}</td><td>1.2 ± 0.3</td></tr>" for g in ("HAART+IMOD", "HAART"))
    path.write_text(re.sub("<tbody>.*</tbody>", f"<tbody>{rows}</tbody>", path.read_text()))
    document = read_jats(path, "article")
    arms = _arms(document, "HAART regimen plus IMOD", "the HAART regimen")
    assert _named(arms, "HAART+IMOD") == ["intervention"]
    assert _named(arms, "HAART") == ["comparator"]


def test_alternatives_of_a_question_may_be_one_arm(tmp_path: Path) -> None:
    document = _article(tmp_path, "Adults took part.", "Variable | Control | Intervention")
    arms = _arms(document, "a web aid for cholesterol or diabetes tests", "a leaflet")
    assert _named(arms, "Control") == ["comparator"]
    assert _named(arms, "Intervention") == ["intervention"]


def test_the_only_group_with_another_dose_is_not_the_arm(tmp_path: Path) -> None:
    head = "Variable | Meloxicam nanocrystal 60 mg (n = 20) | Placebo (n = 19)"
    arms = _arms(_article(tmp_path, "All were treated.", head), "meloxicam nanocrystal 30 mg",
                 "placebo")  # fmt: skip
    assert [arm.role for arm in arms] == ["comparator"]


def test_an_instrument_that_an_arm_used_is_not_the_arm(tmp_path: Path) -> None:
    head = "VAS (n = 13) | Intervention (n = 6) | Control (n = 7)"
    cells = "<tr><td>VAS (n = 13)</td><td>1.2 (0.3)</td><td>1.4 (0.3)</td></tr>"
    document = _article(tmp_path, "VAS was used with work support.", head)
    path = tmp_path / "article.xml"
    path.write_text(path.read_text().replace("<tbody>", f"<tbody>{cells}"))
    document = read_jats(path, "article")
    arms = _arms(document, "work support", "usual care")
    assert [arm.headings for arm in arms] == [("Intervention",), ("Control",)]


def test_doses_of_a_list_share_the_unit(tmp_path: Path) -> None:
    document = _article(tmp_path, "All were treated.", "Variable | Iron 5 mg (n = 9) | Placebo")
    assert _named(_arms(document, "iron (5, 10 or 15 mg)", "placebo"), "Iron 5 mg") == [
        "intervention"
    ]


def test_standard_care_is_usual_care_and_a_placebo_is_not(tmp_path: Path) -> None:
    heads = ("Outcome | Intervention arm | Standard care arm", "Outcome | Placebo | Intervention")
    arms = _arms(_article(tmp_path, "All were treated.", *heads), "a nurse", "usual care")
    assert _named(arms, "Standard care arm") == ["comparator"]
    assert _named(arms, "Placebo") == []


def test_among_three_groups_the_control_is_not_the_second_treatment(tmp_path: Path) -> None:
    head = "Variable | Experience (n = 33) | Pseudo (n = 35) | Control (n = 33)"
    document = _article(tmp_path, "All were followed.", head)
    assert _named(_arms(document, "feedback", "six weeks without feedback"), "Control") == []
    assert _named(_arms(document, "feedback", "no treatment"), "Control") == ["comparator"]


def test_baseline_is_no_arm(tmp_path: Path) -> None:
    document = _article(
        tmp_path, "We randomised to garlic and a control group.", "Variable | Garlic | Baseline"
    )
    assert [arm.role for arm in _arms(document, "garlic", "baseline")] == ["intervention"]


def test_a_name_never_stands_for_both_arms(tmp_path: Path) -> None:
    document = _article(
        tmp_path,
        "Occlusion with fascial interposition (FI) or without fascial interposition (FI).",
        "Variable | FI and occlusion without fascial interposition | p",
    )
    arms = _arms(
        document, "occlusion with fascial interposition (FI)",
        "occlusion without fascial interposition (FI)",
    )  # fmt: skip
    names = [name for arm in arms for name in arm.names]
    assert "FI" not in names and len(names) == len(set(names))


def test_a_list_of_doses_gives_no_names(tmp_path: Path) -> None:
    document = _article(tmp_path, "Elobixibat was given.", "Variable | Elobixibat | Placebo")
    arms = _arms(document, "elobixibat (5, 10, or 15 mg)", "placebo")
    assert arms[0].names == ("elobixibat",)


@pytest.mark.parametrize(
    "sentence",
    [
        "Children were randomised to receive 800 vitamin D doses.",
        "Women were randomly allocated to 4 vitamin D arms.",
        "Fifty schools were randomly assigned, 25 to the vitamin D group and 25 to placebo.",
    ],
)
def test_doses_and_numbers_of_arms_are_no_sizes(tmp_path: Path, sentence: str) -> None:
    document = _article(tmp_path, sentence, "Variable | Vitamin D | Placebo")
    arms = _arms(document, "vitamin D", "placebo")
    assert arms[0].size is None


def test_sizes_are_read_from_assigned_headings(tmp_path: Path) -> None:
    document = _article(
        tmp_path, "Group I received coaching; Group II got only the usual care.",
        "Variable | Group I (n = 31) | Group II (n = 29)",
    )  # fmt: skip
    arms = _arms(document, "coaching", "usual care")
    assert [arm.size.count if arm.size else None for arm in arms] == [31, 29]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("MI group (n = 35), mean ± SD", ("mi",)),
        ("Control n (%)", ("control",)),
        ("P value", None),
        ("T", None),
        ("T (n = 12)", ("t",)),
        ("P a", None),
        ("Group diff", None),
        ("Intervention - Control", None),
        ("AT (n = 65)", ("at",)),
        ("ITT population", None),
        ("95% CI", None),
        ("", None),
    ],
)
def test_labels_are_read_from_headings(text: str, key: tuple[str, ...] | None) -> None:
    label = read_label(text)
    assert (label.key if label else None) == key


def test_numbers_and_roles_of_headings() -> None:
    assert header_n("Placebo (n = 1,073)") == 1073
    assert header_n("A (n = 3), B (n = 4)") is None
    assert bare_role("Controls") == "comparator"
    assert bare_role("Intervention v control") is None


def test_a_name_without_words_is_nowhere() -> None:
    assert find_name("--", "a -- b") == ()


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_heading_can_be_read(text: str) -> None:
    label = read_label(text)
    if label is not None:
        assert 0 <= label.span.start < label.span.end <= len(text)
        assert label.keys


def test_a_code_behind_the_name_names_the_arm_where_a_table_has_it(tmp_path: Path) -> None:
    methods = (
        "They drank Jeju water (JW) or Seoul tap water (SS). Seoul tap water (BMI) is not its name."
    )
    document = _article(tmp_path, methods, "Variable | JW | SS | p")
    arms = _arms(document, "Jeju water", "Seoul tap water")
    assert _named(arms, "SS") == ["comparator"]
    assert _named(arms, "JW") == ["intervention"]
    assert _named(arms, "BMI") == []


def test_the_members_of_a_group_are_its_size(tmp_path: Path) -> None:
    methods = (
        "Participants were randomised. Thirty of the 32 members of the memory training group and 29"
        " of the 33 members of the waiting list group stayed."
    )
    document = _article(tmp_path, methods, "Variable | Memory training group | Waiting list group")
    sizes = [a.size.count if a.size else None for a in _arms(document, "memory training",
                                                             "waiting list")]  # fmt: skip
    assert sizes == [32, 33]
