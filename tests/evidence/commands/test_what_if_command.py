import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.errors import EvidenceError
from evidence.project import Project
from tests.evidence.pooled_factory import make_pooled_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_pooled_project(tmp_path / "p")


def supposed(project: Project, *words: str) -> str:
    result = CliRunner().invoke(app, ["what-if", str(project.path), *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_study_is_left_out_and_nothing_is_written(project: Project) -> None:
    head = project.head()
    value = json.loads(supposed(project, "--exclude", "r1", "--json"))
    (outcome,) = value["outcomes"]
    assert outcome["changed"]
    assert (outcome["before"]["k_studies"], outcome["after"]["k_studies"]) == (2, 1)
    assert outcome["after"]["effect"]["estimate"] == pytest.approx(0.5)
    assert "mortality: risk ratio" in supposed(project, "--exclude", "r1")
    assert project.head() == head


def test_judgements_and_pooling_are_supposed(project: Project) -> None:
    told = supposed(project, "--risk-of-bias", "r0=high", "--measure", "OR", "--model", "mh")
    assert "→ odds ratio" in told
    assert "risk of bias: levels down 0 → 1" in told
    assert supposed(project, "--risk-of-bias", "r0:measurement=low").startswith(
        "mortality: as before"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--exclude", "Nobody"), "Nobody: expected an included study: r0"),
        (("--risk-of-bias", "r0"), "--risk-of-bias r0: expected STUDY=JUDGEMENT"),
        (("--risk-of-bias", "r0:luck=high"), "domain 'luck': expected one of"),
        (("--model", "best"), "best: input should be 'fixed'"),
        (("--measure", "or"), "--measure or: input should be 'OR', 'RR'"),
        (("--measure", "HR"), "dichotomous_measure is HR; expected OR, RR or RD"),
    ],
)
def test_what_cannot_be_supposed_is_one_line(
    project: Project, words: tuple[str, ...], told: str
) -> None:
    with pytest.raises(EvidenceError) as error:
        supposed(project, *words)
    assert told in str(error.value)
