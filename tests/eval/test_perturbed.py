"""Other numbers, the same structure: article and labels change by one map."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from eval.numeric_data import load_numbers
from eval.perturbed import factor_of, main, perturb
from evidence.grounding import numerals

ARTICLE = """<article><front><article-meta><article-id>12</article-id><abstract><p>Of 1,203 people,
12 of 43 (28%) were well with the drug (P=0.43; mean 10.1, SD 2.50). HbA1c and COVID-19 stay.</p>
</abstract></article-meta></front><body><sec><label>12</label><p>Ref <xref>43</xref>; in 12% or
43.5 no change; &#8722;10.10 too.</p><table-wrap><label>Table 12</label><table>
<tr><th/><th>Drug (n = 43)</th><th>Placebo (n=40)</th></tr>
<tr><td>Well</td><td>12 (28)</td><td>9 (22)</td></tr>
<tr><td>Score</td><td>10.1 (2.5)</td><td>8.0 (2.1)</td></tr></table></table-wrap></sec></body>
<back><ref-list><ref><mixed-citation>2010;12:43</mixed-citation></ref></ref-list></back></article>"""


def label(label_id: str, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "label_id": label_id, "pmcid": "PMC1", "intervention": "drug", "comparator": "placebo",
        "outcome": "well", "kind": kind, "values": values, "as_printed": {"a": "12 (28)"},
    }  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "PMC1.xml.gz").write_bytes(gzip.compress(ARTICLE.encode()))
    counts = {"events_intervention": 12, "total_intervention": 43, "events_comparator": 9,
              "total_comparator": 40}  # fmt: skip
    means = {"mean_intervention": 10.1, "sd_intervention": 2.5, "n_intervention": 43,
             "mean_comparator": 8, "sd_comparator": 2.1, "n_comparator": None}  # fmt: skip
    rows = [label("counts", "dichotomous", counts), label("means", "continuous", means),
            label("unprinted", "dichotomous", counts | {"total_comparator": 41})]  # fmt: skip
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def text_of(folder: Path) -> str:
    return gzip.decompress((folder / "articles" / "PMC1.xml.gz").read_bytes()).decode()


def test_article_and_labels_change_alike(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = perturb(data, out, 0)
    assert (made.n_questions, made.n_articles) == (2, 1)
    assert made.left_out == {"unprinted": "41 is not printed in digits"}
    _, before = load_numbers(out / "original")
    _, after = load_numbers(out / "perturbed")
    factor = factor_of("PMC1", 0)
    for old, new in zip(before.questions, after.questions, strict=True):
        assert (old.question_id, old.kind) == (new.question_id, new.kind)
        printed = set(numerals(after.documents["PMC1"].text))
        for name, value in old.gold.items():
            changed = new.gold[name]
            assert (value is None) == (changed is None)
            if value is not None and changed is not None:
                assert changed != value
                assert changed == pytest.approx(value * factor)
                assert changed in printed


def test_shares_p_values_references_and_names_stay(data: Path, tmp_path: Path) -> None:
    perturb(data, tmp_path / "out", 0)
    text = text_of(tmp_path / "out" / "perturbed")
    for kept in ("(28%)", "P=0.43", "HbA1c", "COVID-19", "<label>12</label>", "<xref>43</xref>",
                 "12%", "43.5", "<label>Table 12</label>", "2010;12:43", "1,203",
                 "<article-id>12</article-id>"):  # fmt: skip
        assert kept in text
    new = Decimal("10.1") * factor_of("PMC1", 0)
    assert f"−{new}0 too" in text  # printed with two decimals, as before
    assert f"mean {new}, SD" in text
    assert f"<td>{new} (" in text


def test_the_seed_decides(data: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        perturb(data, tmp_path / name, seed)
    files = ("labels.jsonl", "articles/PMC1.xml.gz")
    for name in files:
        first, again, other = (
            (tmp_path / run / "perturbed" / name).read_bytes() for run in ("a", "b", "c")
        )
        assert first == again != other


def test_factors_differ_between_articles_and_seeds() -> None:
    found = {factor_of(f"PMC{i}", seed) for i in range(20) for seed in range(2)}
    assert found == {2, 3, 4}


def test_bad_input_is_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there").mkdir()
    assert main([str(data), "--out", str(tmp_path / "there")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main([str(tmp_path / "nowhere"), "--out", str(tmp_path / "new")]) == 2
    assert "labels.jsonl" in capsys.readouterr().err
    (data / "labels.jsonl").write_text('{"pmcid": "PMC1"}\n')
    assert main([str(data), "--out", str(tmp_path / "new")]) == 2
    error = capsys.readouterr().err
    assert "labels.jsonl:1" in error and error.count("\n") == 1
    (data / "labels.jsonl").write_text(json.dumps(label("x", "dichotomous", {})))
    (data / "articles" / "PMC1.xml.gz").write_bytes(gzip.compress(b"<article><torn"))
    assert main([str(data), "--out", str(tmp_path / "new")]) == 2
    assert "PMC1.xml.gz" in capsys.readouterr().err
