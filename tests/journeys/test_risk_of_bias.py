"""Questions on the risk of bias are answered, and the traffic light changes."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

from evidence.judgements import RiskOfBiasJudgement
from tests.evidence.pooled_factory import make_pooled_project
from tests.journeys.conftest import Visit
from tests.journeys.reader import Reader


def lights(reader: Reader) -> str:
    """The picture of all studies, as it is drawn."""
    source = reader.page.locator("[data-testid=stImage] img").first.get_attribute("src") or ""
    if source.startswith("data:"):
        return b64decode(source.partition(",")[2]).decode()
    return str(reader.page.request.get(source).text())


def test_answers_change_the_traffic_light(visit: Visit, tmp_path: Path) -> None:
    project = make_pooled_project(tmp_path / "p")
    ada = visit(project.path)
    ada.opens("risk-of-bias", "Ada Okoro")
    ada.page.get_by_role("radio", name="Randomisation · low").wait_for()
    before = lights(ada)
    for question, answer in (("1.1", "No"), ("1.2", "No"), ("1.3", "Yes")):
        ada.picks(ada.page.get_by_role("radiogroup", name=question), answer)
    ada.sees("These answers come to high")
    assert lights(ada) == before  # nothing is written yet

    ada.writes("Why", "drawn by birthday")
    ada.presses("Save these answers")
    ada.told("high")
    ada.page.get_by_role("radio", name="Randomisation · high").wait_for()
    assert lights(ada) != before
    written = project.entries(RiskOfBiasJudgement)[-1]
    assert (written.domain, written.judgement) == ("randomisation", "high")
    assert written.provenance.actor == "Ada Okoro"
