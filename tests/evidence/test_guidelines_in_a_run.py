"""What guidelines tell reaches the decision of a review, quoted; risk of bias reaches it, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.config import OfflineEngine
from evidence.engines import build_engines
from evidence.judgements import RecommendationEdit
from evidence.project import Project
from evidence.recommend_run import run_recommend
from evidence.settings_toml import load_settings
from evidence.verification import verify
from indexers.errors import SourceError
from tests.evidence.pooled_factory import make_pooled_project

GUIDELINE = """# Zinc

## Values and preferences

Most patients prefer zinc to placebo because they value survival highly.

## Resources

Zinc costs little; a course costs less than one dollar.
"""


def recommended(project: Project) -> RecommendationEdit:
    engines = build_engines(OfflineEngine(), project.path / "calls")
    run_recommend(project, engines, lambda *_: None)
    return list(project.entries(RecommendationEdit))[-1]


def test_a_guideline_is_quoted_where_it_tells_of_values_and_costs(tmp_path: Path) -> None:
    guideline = tmp_path / "zinc.md"
    guideline.write_text(GUIDELINE, encoding="utf-8")
    project = make_pooled_project(tmp_path / "p", guideline)
    decision = recommended(project).recommendation.decision
    assert decision is not None
    told = {
        c.criterion: " ".join(s.text for s in (*c.evidence, *c.considerations))
        for c in decision.criteria
    }
    assert "value survival highly" in told["values"]
    assert "less than one dollar" in told["resources"]
    assert list(verify(project)) == []
    recommended(project)
    assert len(list(project.entries(RecommendationEdit))) == 1  # nothing changed, no new draft
    guideline.write_text(GUIDELINE.replace("prefer zinc", "refuse zinc"), encoding="utf-8")
    recommended(project)
    assert len(list(project.entries(RecommendationEdit))) == 2


def test_a_guideline_that_is_gone_is_named(tmp_path: Path) -> None:
    project = make_pooled_project(tmp_path / "p", tmp_path / "gone.md")
    with pytest.raises(SourceError, match=r"gone\.md"):
        recommended(project)


def test_paths_of_guidelines_stand_beside_the_settings(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[guidelines]\npaths = ["zinc.md"]\n', encoding="utf-8")
    assert load_settings(settings).guidelines.paths == (tmp_path.resolve() / "zinc.md",)
