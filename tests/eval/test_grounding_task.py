from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.tasks.grounding import run_grounding
from eval.tasks.grounding_data import ALTERED, default_claims, load_claims
from eval.trialreview import main
from evidence.errors import EngineError
from indexers.errors import SourceError
from tests.evidence.llm.openai_server import KEY, KEY_VARIABLE, completion, serving
from tests.evidence.llm.scripted import Scripted

QUOTE = "Pain was significantly lower with ketorolac than with placebo in 40 women at 6 weeks."
OTHER = "Statins lowered cholesterol among smokers after ten days of treatment."


def case(name: str, claim: str, kind: str = "unaltered", unit: str = "PMC1", **fields) -> str:
    row = {
        "case_id": name,
        "pmcid": unit,
        "kind": kind,
        "manner": "digit" if kind == "number" else "",
        "claim": claim,
        "quotes": [{"pmcid": unit, "text": QUOTE, "supports": True}],
        "paraphrased_by": [],
        "place": None,
        "was": "",
    }
    return json.dumps(row | fields)


SWAPPED = [{"pmcid": "PMC9", "text": OTHER, "supports": False}]
CASES = [
    case("a", QUOTE),
    case("b", QUOTE.replace("significantly ", ""), unit="PMC2", paraphrased_by=["shorter"]),
    case("c", QUOTE.replace("40", "41"), "number"),
    case("d", QUOTE.replace("lower", "higher"), "direction", unit="PMC2"),
    case("e", QUOTE, "citation", quotes=SWAPPED),
    case("f", QUOTE.replace("40 women", "40 children with asthma"), "population"),
]


def written(tmp_path: Path, lines: list[str]) -> Path:
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def scores(tmp_path: Path, lines: list[str]) -> dict[str, dict[str, float]]:
    result = run_grounding(load_claims(written(tmp_path, lines))[1], 0, lambda *_: None)
    return {
        engine: {name: metric.value for name, metric in scored.metrics.items()}
        for engine, scored in result.scores.items()
    }


def test_engines_stand_beside_each_other(tmp_path: Path) -> None:
    found = scores(tmp_path, CASES)
    ours = found["offline"]
    assert (ours["detection_number"], ours["detection_direction"]) == (1.0, 1.0)
    assert ours["detection_citation"] == 1.0
    assert (ours["false_alarm_rate"], ours["false_alarm_rate_paraphrased"]) == (0.0, 0.0)
    # Two quotes support by construction, the swapped one does not and is not taken for it.
    assert (ours["citation_precision"], ours["citation_recall"]) == (1.0, 1.0)
    assert found["offline_contradictions"]["detection_direction"] == 1.0
    assert ours["detection_population"] == 1.0
    assert found["offline_contradictions"]["detection_population"] == 0.0
    promise = found["exact_quote"]
    assert (promise["detection_number"], promise["detection_direction"]) == (1.0, 0.0)
    assert promise["citation_precision"] == pytest.approx(2 / 3)
    assert found["word_overlap"]["detection_direction"] == 0.0
    assert found["word_overlap"]["detection_citation"] == 1.0
    assert found["flags_nothing"]["detection_number"] == 0.0
    assert found["flags_everything"]["detection_number"] == 1.0
    assert found["flags_everything"]["false_alarm_rate"] == 1.0
    assert found["flags_everything"]["citation_recall"] == 0.0


def test_a_damaged_line_is_one_error_and_a_failure(tmp_path: Path) -> None:
    lost = json.dumps({"kind": "number", "claim": 7})
    lines = [*CASES, lost, "{", case("g", QUOTE, place=[0, 999])]
    data = written(tmp_path, lines)
    result = run_grounding(load_claims(data)[1], 0, lambda *_: None)
    metrics = result.scores["offline"].metrics
    assert (metrics["detection_number"].value, metrics["detection_number"].n) == (0.5, 2)
    assert (metrics["false_alarm_rate"].value, metrics["false_alarm_rate"].n) == (0.5, 4)
    wrong = [item for item in result.items if item["failure"] and item["engine"] == "offline"]
    assert [item["score"] for item in wrong] == [0.0, 0.0, 0.0]
    notes = [note for note in result.notes if note.startswith("scored as worst")]
    assert [note.split(": ")[1] for note in notes] == [f"claims.jsonl:{n}" for n in (7, 8, 9)]
    assert "letters" in notes[2]


def test_intervals_and_units_are_by_article(tmp_path: Path) -> None:
    result = run_grounding(load_claims(written(tmp_path, CASES))[1], 0, lambda *_: None)
    ours = result.scores["offline"]
    assert list(ours.by_unit) == ["PMC1", "PMC2"]
    assert ours.by_unit["PMC2"]["detection_direction"] == 1.0
    assert "detection_number" not in ours.by_unit["PMC2"]
    low, high = ours.metrics["detection_number"].ci95
    assert (low, high) == (pytest.approx(0.025), 1.0)  # one article tells next to nothing
    n_items = len(result.items)
    assert n_items == 6 * len(CASES)
    again = run_grounding(load_claims(written(tmp_path, CASES))[1], 0, lambda *_: None)
    assert again == result


@pytest.mark.parametrize(
    ("lines", "problem"),
    [([], "it is empty"), (["{"], "claims.jsonl:1"), ([CASES[0], CASES[0]], "stands there twice")],
)
def test_a_file_without_cases_is_refused(tmp_path: Path, lines: list[str], problem: str) -> None:
    with pytest.raises(SourceError, match=problem):
        load_claims(written(tmp_path, lines))


def test_the_command_writes_the_scores_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["grounding", "--data", str(written(tmp_path, CASES)), "--out", str(out)]) == 0
    assert "detection number" in capsys.readouterr().out
    found = json.loads((out / "scores.json").read_text())
    metrics = found["offline"]["grounding"]["metrics"]
    assert metrics["detection_number"]["n"] == 1
    assert {"false_alarm_rate", "citation_precision", "citation_recall"} <= metrics.keys()
    assert (out / "report.html").is_file()


def test_shipped_parts_share_no_article_and_are_whole() -> None:
    folder = default_claims().parent
    units = []
    for part in ("development", "test"):
        cases = load_claims(folder / f"{part}.jsonl")[1]
        assert not [case.failure for case in cases if case.failure]
        kinds = [case.kind for case in cases]
        assert set(ALTERED) < set(kinds)
        assert len(kinds) - kinds.count("unaltered") >= 500
        assert kinds.count("unaltered") >= 500
        units.append({case.unit for case in cases})
    assert not units[0] & units[1]


def test_every_alteration_is_where_it_says() -> None:
    for _, part in ((p, load_claims(p)[1]) for p in default_claims().parent.glob("*.jsonl")):
        for entry in part:
            assert entry.case is not None
            place = entry.case.place
            if entry.kind not in ("unaltered", "citation"):
                assert place is not None
                start, end = place
                claim = entry.case.claim
                assert claim[start:end] != entry.case.was
            else:
                assert place is None


def said(verdict: str, words: str = "") -> str:
    return json.dumps({"words": words, "verdict": verdict})


def test_a_model_is_asked_once_of_each_claim_and_a_failure_has_the_worst_score(
    tmp_path: Path,
) -> None:
    model = Scripted(
        said("supported", "lower with ketorolac"),
        EngineError("away"),
        said("not_supported", "40 women"),
        said("not_supported", "words of no quote"),
        said("unclear"),
        said("unclear"),
    )
    cases = load_claims(written(tmp_path, CASES))[1]
    result = run_grounding(cases, 0, lambda *_: None, model)
    assert len(model.prompts) == len(CASES)
    rows = {i["case_id"]: i for i in result.items if i["engine"] == "language_model"}
    assert {name: row["flagged"] for name, row in rows.items()} == {
        "a": False, "b": True, "c": True, "d": False, "e": False, "f": False,
    }  # fmt: skip
    assert rows["a"]["supporting"] == [True]
    assert rows["b"]["supporting"] == [False]
    found = {n: m.value for n, m in result.scores["language_model"].metrics.items()}
    assert (found["false_alarm_rate"], found["detection_number"]) == (0.5, 1.0)
    assert "language_model" not in run_grounding(cases, 0, lambda *_: None).scores


def test_the_command_asks_the_model_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    data, out = written(tmp_path, CASES), tmp_path / "out"
    with serving(completion({"words": "", "verdict": "unclear"})) as server:
        settings = tmp_path / "settings.toml"
        settings.write_text(
            f'[engine]\nkind = "openai"\nbase_url = "http://127.0.0.1:{server.port}/v1"\n'
            f'model = "fake-model"\napi_key_variable = "{KEY_VARIABLE}"\n'
        )
        asked = ["grounding", "--data", str(data), "--out", str(out), "--engine", "llm"]
        assert main([*asked, "--settings", str(settings)]) == 0
        assert len(server.requests) == len(CASES)
    assert "language_model" in json.loads((out / "scores.json").read_text())
