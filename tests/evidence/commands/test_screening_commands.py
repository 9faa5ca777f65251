import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.commands.screening import screening_app
from evidence.config import ScreeningSettings, Settings
from evidence.eligibility import exclusion_reason
from evidence.errors import EvidenceError
from evidence.judgements import ScreeningDecision
from evidence.project import Manifest, Project
from evidence.question import ClinicalQuestion, EligibilityCriterion
from tests.evidence.screening.two_reviewers import TWO, found, report, said

QUESTION = ClinicalQuestion(
    text="Is A better than B?",
    criteria=(
        EligibilityCriterion(criterion_id="population", kind="inclusion", text="Adults"),
        EligibilityCriterion(criterion_id="design", kind="inclusion", text="Trials"),
    ),
)

RECORDS = {"r0", "r1", "r2"}
ADULTS = exclusion_reason(QUESTION.criteria[0])


def make_project(path: Path, screening: ScreeningSettings = TWO, n_records: int = 3) -> Project:
    manifest = Manifest(
        program_version="test",
        question=QUESTION,
        settings=Settings(screening=screening),
        store=Path("store"),
        index_digest="0",
        encoder="none",
    )
    project = Project.create(path, manifest)
    project.append(*found(*(f"r{number}" for number in range(n_records))))
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p")


def told(*words: object) -> str:
    result = CliRunner().invoke(screening_app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def value(*words: object):
    return json.loads(told(*words, "--json"))


def test_two_screen_disagree_and_a_third_settles_it(project: Project) -> None:
    path = project.path
    shown = value("next", path, "--by", "Ada", "--limit", 2)
    assert (shown["due"], shown["phase"]) == (3, "title_abstract")
    assert len({item["record"]["record_id"] for item in shown["records"]} & RECORDS) == 2
    assert value("decide", path, "r0", "include", "--by", "Ada")["fate"] == "to_screen"
    assert value("next", path, "--by", "Ada")["due"] == 2
    fate = value("decide", path, "r0", "exclude", "--by", "Ben", "--reason", "population")["fate"]
    assert fate == "conflict_title_abstract"
    (conflict,) = value("conflicts", path)["conflicts"]
    assert conflict["verdicts"][1]["exclusion_reason"] == ADULTS
    assert f"Ben: exclude ({ADULTS})" in told("conflicts", path)
    with pytest.raises(EvidenceError, match="Ada and Ben have reviewed it already; decide as an"):
        told("decide", path, "r0", "include", "--by", "Cy")
    settled = told("decide", path, "r0", "include", "--by", "Cy", "--adjudicate")
    assert settled == "r0: include on title and abstract, logged; it is now: to retrieve\n"
    assert value("conflicts", path)["conflicts"] == []
    roles = [decision.role for decision in project.entries(ScreeningDecision)]
    assert roles == ["reviewer", "reviewer", "adjudicator"]


def test_a_refused_decision_writes_nothing(project: Project) -> None:
    before = project.head()
    for words in (
        ("decide", project.path, "r9", "include", "--by", "Ada"),
        ("decide", project.path, "r0", "include", "--by", "machine"),
        ("decide", project.path, "r0", "include", "--by", "Cy", "--adjudicate"),
        ("decide", project.path, "r0", "exclude", "--by", "Cy", "--phase", "full_text"),
    ):
        with pytest.raises(EvidenceError):
            told(*words)
    assert project.head() == before


def test_who_is_overtaken_by_two_others_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two_others_write(*_checked: object) -> None:
        project.append(said("Ada", "include", "r0"), said("Ben", "include", "r0"))

    monkeypatch.setattr("evidence.screening.allowed.check_decision", two_others_write)
    answer = told("decide", project.path, "r0", "exclude", "--by", "Cy")
    assert "logged; but it does not count: Ada and Ben have reviewed it already" in answer


def test_a_decision_goes_to_the_phase_that_the_record_has_reached(project: Project) -> None:
    path = project.path
    project.append(*(said(who, "include", "r0") for who in ("Ada", "Ben")), report("r0"))
    assert value("decide", path, "r0", "include", "--by", "Ada")["phase"] == "full_text"
    assert value("next", path, "--by", "Ben", "--phase", "full_text")["due"] == 1
    project.append(*(said(who, "exclude", r) for who in ("Ada", "Ben") for r in ("r1", "r2")))
    assert value("next", path, "--by", "Ben")["phase"] == "full_text"


def test_next_shows_nothing_of_the_other_reviewer_before_ones_own_verdict(project: Project) -> None:
    project.append(
        said("machine", "include", "r0"),
        said("Ada", "include", "r0", reason=None),
        said("Ada", "exclude", "r1", reason="told by Ada"),
    )
    for words in (("next", project.path, "--by", "Ben"), ("status", project.path)):
        assert "told by Ada" not in told(*words)
        assert "told by Ada" not in told(*words, "--json")
    shown = value("next", project.path, "--by", "Ben")["records"]
    seen = {item["record"]["record_id"]: item["decisions"] for item in shown}
    assert [d["provenance"]["actor"] for d in seen["r0"]] == ["machine"]
    assert seen["r1"] == []


def test_the_machine_is_hidden_where_the_settings_say_so(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", TWO.model_copy(update={"hide_machine": True}))
    project.append(said("machine", "include", "r0"))
    assert value("next", project.path, "--by", "Ben")["records"][0]["decisions"] == []


def test_the_calibration_round_is_marked_and_comes_first(tmp_path: Path) -> None:
    settings = TWO.model_copy(update={"calibration_records": 2})
    project = make_project(tmp_path / "p", settings, n_records=8)
    shown = value("next", project.path, "--by", "Ada")["records"]
    assert [item["calibration"] for item in shown] == [True, True, False, False, False]
    assert told("next", project.path, "--by", "Ben").count("[calibration round]") == 2


def test_records_are_shown_as_text_that_no_terminal_acts_on(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", n_records=0)
    project.append(*found("\x1b[31mred"))
    assert "\x1b" not in told("next", project.path, "--by", "Ada")


def test_labels_are_imported_all_or_none(project: Project, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("record_id,verdict,exclusion_reason\nr0,1,\nr1,0,no trial\nr7,0,\n")
    before = project.head()
    with pytest.raises(EvidenceError, match=r"labels\.csv:4: record 'r7'"):
        told("import", project.path, labels, "--by", "Ada")
    assert project.head() == before
    labels.write_text("record_id,verdict,exclusion_reason\nr0,1,\nr1,0,no trial\n")
    assert told("import", project.path, labels, "--by", "Ada") == "2 new, 0 already in the log\n"
    again = value("import", project.path, labels, "--by", "Ada")
    assert again == {"new": 0, "known": 2, "duplicates": []}
    first, second = project.entries(ScreeningDecision)
    assert (first.verdict, second.exclusion_reason) == ("include", "no trial")
    assert first.provenance.reason == "imported from labels.csv"


def test_agreement_is_told_by_phase(project: Project) -> None:
    assert told("agreement", project.path) == "no record was judged by two reviewers yet\n"
    for record, one, other in (("r0", "include", "include"), ("r1", "exclude", "include")):
        project.append(said("Ada", one, record), said("Ben", other, record))
    (found_,) = value("agreement", project.path)["agreement"]
    assert found_["two_way"]["observed"]["value"] == 0.5
    words = told("agreement", project.path)
    assert words.startswith("Ada and Ben on title and abstract: 2 records\n")
    assert "agreement 0.500 (95 % CI 0.095 to 0.905)" in words
    assert "kappa     0.000 (no interval" in words


def test_status_tells_who_did_what_and_what_is_next(project: Project) -> None:
    assert value("status", project.path)["next_step"] == "screen titles and abstracts (3 left)"
    project.append(
        *(said("Ada", "include", record) for record in ("r0", "r1", "r2")),
        *(said("Ben", "exclude", record) for record in ("r0", "r1")),
        said("Cy", "exclude", "r0", adjudicates=True),
        said("Dee", "exclude", "r1"),
    )
    status = value("status", project.path)
    work = [(w["name"], w["reviewed"], w["adjudicated"], w["uncounted"]) for w in status["work"]]
    assert work == [("Ada", 3, 0, 0), ("Ben", 2, 0, 0), ("Cy", 0, 1, 0), ("Dee", 0, 0, 1)]
    assert status["conflicts"] == {"title_abstract": 1, "full_text": 0}
    assert status["half_judged"] == {"title_abstract": 1, "full_text": 0}
    assert (status["stopping"]["stopped"], status["stopping"]["certificate"]) == (False, None)
    words = told("status", project.path)
    assert "does not count: Dee on r1, title and abstract: Ada and Ben have reviewed it" in words
    assert words.endswith("next: screen titles and abstracts (1 left)\n")
    project.append(said("Ben", "include", "r2"))
    assert value("status", project.path)["next_step"].startswith("settle conflicts on title")


def test_what_is_next_once_titles_are_done(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", n_records=1)

    def next_step() -> str:
        return value("status", project.path)["next_step"]

    project.append(said("Ada", "include", "r0"), said("Ben", "include", "r0"))
    assert next_step().startswith("fetch the full texts")
    project.append(report("r0"))
    assert next_step() == "assess full texts (1 left)"
    project.append(
        *(said(who, "unclear", "r0", "full_text") for who in ("Ada", "Ben")),
    )
    assert next_step() == "decide on reports that were left unclear (1 left)"
    project.append(said("Ada", "include", "r0", "full_text"))
    assert next_step() == "settle conflicts on full text (1 left)"
    project.append(said("Ben", "include", "r0", "full_text"))
    assert next_step() == "screening is done"


def test_the_last_decision_is_taken_back_until_both_have_judged(project: Project) -> None:
    told("decide", project.path, "r0", "include", "--by", "Ada")
    told("decide", project.path, "r1", "exclude", "--by", "Ada")
    assert "r1: exclude on title and abstract is taken back; it is now: to screen" in told(
        "undo", project.path, "--by", "Ada"
    )
    told("decide", project.path, "r1", "include", "--by", "Ada")
    taken = value("undo", project.path, "--by", "Ada", "--record", "r0")
    assert taken == {
        "record_id": "r0",
        "phase": "title_abstract",
        "verdict": "include",
        "fate": "to_screen",
    }
    told("decide", project.path, "r1", "exclude", "--by", "Ben")
    before = project.head()
    refused = CliRunner().invoke(screening_app, ["undo", str(project.path), "--by", "Ada"])
    assert "decide again instead" in str(refused.exception)
    assert project.head() == before
