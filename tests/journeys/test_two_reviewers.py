"""Two reviewers, blind to each other, differ on a record; a third person settles it."""

from __future__ import annotations

from pathlib import Path

from evidence.judgements import ScreeningDecision
from evidence.screening.reviewing import conflicts
from evidence.state import read_state
from tests.evidence.ui.people_factory import TWO, make_project
from tests.journeys.conftest import Visit
from tests.journeys.reader import Reader

N_RECORDS = 3
NOT_A_TRIAL = "Wrong study design: not randomised controlled trial"


def screens(reader: Reader, name: str, exclude: str) -> None:
    """Decide on every record: all are included but one."""
    reader.opens("screening", name)
    for left in range(N_RECORDS, 0, -1):
        reader.sees(f"{left} left to screen")
        reader.rests()
        shown = reader.page.locator(".ev-large").inner_text()
        assert "include" not in shown  # nobody sees what the other said
        reader.page.keyboard.press("1" if exclude and exclude in shown else "i")
    reader.sees("0 left to screen")


def test_a_conflict_of_blind_reviewers_is_settled(visit: Visit, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", TWO, N_RECORDS)
    ada, ben, cleo = (visit(project.path) for _ in range(3))
    screens(ada, "Ada Okoro", exclude="")
    ada.goes_to("Conflicts")
    ada.sees("No conflict is open.")
    screens(ben, "Ben Quist", exclude="Title 1")

    cleo.opens("conflicts", "Cleo Marsh")
    card = cleo.page.locator(".ev-card", has_text="Title 1")
    card.wait_for()
    told = card.inner_text()
    assert "Ada Okoro" in told
    assert "Ben Quist" in told
    assert NOT_A_TRIAL in told
    assert len(conflicts(read_state(project), "title_abstract")) == 1
    cleo.page.keyboard.press("1")
    cleo.sees("No conflict is open.")
    word = project.entries(ScreeningDecision)[-1]
    assert (word.role, word.provenance.actor) == ("adjudicator", "Cleo Marsh")
    assert (word.record_id, word.verdict, word.exclusion_reason) == ("r1", "exclude", NOT_A_TRIAL)
    assert conflicts(read_state(project), "title_abstract") == ()

    ada.page.reload()
    ada.page.get_by_role("heading", level=1, name="Conflicts").wait_for()
    ada.sees("How well the reviewers agree")
