from __future__ import annotations

from evidence.extraction.abbreviations import abbreviations, written_out
from indexers.records import Document, Table, text_digest


def _document(text: str, note: str = "") -> Document:
    full = f"{text}\n\n{note}"
    table = Table(
        table_id="t", label="", caption="", start=len(text) + 2, end=len(full), cells=(),
        footnotes=(note,) if note else (),
    )  # fmt: skip
    return Document(
        document_digest=text_digest(full), record_id="r", kind="full_text", text=full,
        tables=(table,),
    )  # fmt: skip


def _pairs(text: str, note: str = "") -> list[tuple[str, str]]:
    return [(a.short, a.long) for a in abbreviations(_document(text, note))]


def test_definitions_in_brackets() -> None:
    text = (
        "We compared artesunate plus mefloquine (A + M) with "
        "dihydroartemisinin-piperaquine (DP) by intention to treat (ITT) in 40 children (n = 40)."
    )
    assert _pairs(text) == [
        ("A + M", "artesunate plus mefloquine"),
        ("DP", "dihydroartemisinin-piperaquine"),
        ("ITT", "intention to treat"),
    ]


def test_words_whose_first_letters_spell_the_short_form_come_first() -> None:
    # `thyroidectomy` alone has both letters, too.
    assert _pairs("We compared total thyroidectomy (TT) with surgery.") == [
        ("TT", "total thyroidectomy")
    ]
    assert _pairs("One of the randomized clinical trials (RCTs) was small.") == [
        ("RCTs", "randomized clinical trials")
    ]
    assert _pairs("Asked for quality of life (QL) later.") == [("QL", "quality of life")]


def test_abbreviations_are_written_out_once_per_meaning() -> None:
    text = "The cognitive behavior therapy (CBT) and contrast baseline test (CBT)."
    definitions = abbreviations(_document(text))
    assert written_out("CBT-X", definitions) == [
        "cognitive behavior therapy-X", "contrast baseline test-X",
    ]  # fmt: skip
    assert written_out("VR", definitions) == []


def test_a_bracket_whose_letters_do_not_fit_is_no_definition() -> None:
    assert _pairs("Children got the same treatment (AT).") == []
    assert _pairs("Treatment was well tolerated (WHO) in Uganda (Figure 2).") == []


def test_definitions_in_table_notes() -> None:
    note = "DP = dihydroartemisinin-piperaquine; A + M = artesunate-mefloquine; AE, adverse event."
    assert _pairs("Nothing.", note) == [
        ("DP", "dihydroartemisinin-piperaquine"),
        ("A + M", "artesunate-mefloquine"),
        ("AE", "adverse event"),
    ]


def test_a_definition_is_where_it_says() -> None:
    document = _document("Body mass index (BMI) fell.")
    item = abbreviations(document)[0]
    assert document.text[item.start : item.end] == "Body mass index (BMI)"
