from evidence.findings import DichotomousData, StudyResult, SummaryOfFindingsRow
from evidence.synthesis.information_size import total_events


def study(name: str, events: tuple[int, int], percent: float | None) -> StudyResult:
    data = DichotomousData(
        events_intervention=events[0],
        total_intervention=100,
        events_comparator=events[1],
        total_comparator=100,
    )
    return StudyResult(record_id=name, study=name, data=data, comparator="B", percent=percent)


def test_only_the_events_of_pooled_studies_count():
    row = SummaryOfFindingsRow(
        row_id="cure",
        outcome="cure",
        k_studies=1,
        n_participants=200,
        effect=None,
        studies=(study("pooled", (7, 0), 100.0), study("waits for a person", (7, 2), None)),
    )
    assert total_events(row) == 7
    assert total_events(row.model_copy(update={"studies": row.studies[1:]})) is None
