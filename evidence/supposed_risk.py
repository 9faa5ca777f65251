"""What a risk of bias may be supposed to be, by a study's tool, and the study with it."""

from __future__ import annotations

from typing import get_args

from evidence.appraisal import robins_i
from evidence.appraisal.answers import Tool
from evidence.appraisal.rob2 import Level
from evidence.appraisal.rob2_questions import DOMAINS
from evidence.errors import SettingsError
from evidence.judgements import Provenance, RiskOfBiasJudgement, RobinsIJudgement
from evidence.stages.synthesise import StudyEvidence

RISKS: dict[Tool, tuple[str, ...]] = {
    "rob-2": (*get_args(Level), "unclear"),
    "robins-i": robins_i.LEVELS,
}
_DOMAINS: dict[Tool, tuple[str, ...]] = {"rob-2": DOMAINS, "robins-i": tuple(robins_i.DOMAIN)}
_SUPPOSED = Provenance(actor="what if", engine="none", reason="supposed, not judged")


def with_risk(study: StudyEvidence, domain: str | None, risk: str) -> StudyEvidence:
    """The study with a judgement on a domain, or on all where that is None.

    Raises:
        SettingsError: The study's tool has no such domain or judgement.
    """
    tool: Tool = "rob-2" if study.robins_i is None else "robins-i"
    if domain is not None and domain not in _DOMAINS[tool]:
        raise SettingsError(f"domain {domain!r}: expected one of {', '.join(_DOMAINS[tool])}")
    if risk not in RISKS[tool]:
        raise SettingsError(f"judgement {risk!r}: expected one of {', '.join(RISKS[tool])}")
    judged = [
        {"record_id": study.record_id, "domain": each, "judgement": risk, "provenance": _SUPPOSED}
        for each in (_DOMAINS[tool] if domain is None else (domain,))
    ]
    if study.robins_i is None:
        risks = tuple(map(RiskOfBiasJudgement.model_validate, judged))
        return study.model_copy(update={"risk_of_bias": (*study.risk_of_bias, *risks)})
    outlined = tuple(map(RobinsIJudgement.model_validate, judged))
    return study.model_copy(update={"robins_i": (*study.robins_i, *outlined)})
