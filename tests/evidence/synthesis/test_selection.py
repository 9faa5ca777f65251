from evidence.findings import DichotomousData, GenericData
from evidence.judgements import MACHINE, ExtractedOutcome, Provenance, ValueEvidence
from evidence.synthesis.selection import passed_over, preferred_result, select_result
from indexers.records import Record, abstract_document

DOCUMENT = abstract_document(Record(record_id="r", source="t", title="Numbers 1 2 10 20"))
COMPARATOR = "drug B (B) or drug C (C)"


def result(
    events: int = 1,
    *,
    days: float | None = None,
    population: str | None = None,
    flags: tuple[str, ...] = (),
    actor: str = MACHINE,
    comparator: str = "drug B",
    derived: str | None = None,
    generic: bool = False,
    total: int | None = 20,
) -> ExtractedOutcome:
    data: DichotomousData | GenericData = DichotomousData(
        events_intervention=events,
        total_intervention=10,
        events_comparator=2,
        total_comparator=total,
    )
    if generic:
        data = GenericData(measure="RD", estimate=0.1, ci_low=0.0, ci_high=0.2)
    field = "estimate" if generic else "events_intervention"
    return ExtractedOutcome(
        record_id="r",
        outcome="cure",
        reported_as="cure",
        intervention="drug A",
        comparator=comparator,
        time_point=f"day {days:g}" if days else None,
        time_point_days=days,
        analysis_population=population,
        data=data,
        evidence=(
            ValueEvidence(field=field, quotes=(DOCUMENT.quote(0, 7),), derivation=derived),
            ValueEvidence(
                field="total_intervention", quotes=(DOCUMENT.quote(0, 9),), derivation="arm size"
            ),
        ),
        flags=flags,
        provenance=Provenance(actor=actor, engine="offline"),
    )


def chosen(*candidates: ExtractedOutcome, outcome: str = "cure") -> int | None:
    """The number of events of the result that is taken; the order handed in must not matter."""
    picked = {
        select_result(outcome, COMPARATOR, order, "S 2000")
        for order in (candidates, candidates[::-1])
    }
    (only,) = picked
    if only is None:
        return None
    return only.data.events_intervention if isinstance(only.data, DichotomousData) else -1


def test_each_preference_in_its_order() -> None:
    assert chosen(result(1, actor="Ada", flags=("x",)), result(2)) == 1
    assert chosen(result(1, flags=("doubt",)), result(2, total=None)) == 2
    assert chosen(result(1, total=None), result(2, days=7)) == 2
    assert chosen(result(1), result(generic=True, days=42)) == 1
    assert chosen(result(1, days=28), result(2, days=42)) == 2
    assert chosen(result(1, population="per protocol", days=42), result(2, days=42)) == 2
    assert chosen(result(1, population="ITT"), result(2)) == 1
    assert chosen(result(1, derived="39 % of 210"), result(2)) == 2
    assert chosen(result(1, comparator="drug C"), result(2, comparator="drug B")) == 2


def test_a_named_time_admits_only_that_time() -> None:
    candidates = (result(1, days=28), result(2, days=42), result(3))
    assert chosen(*candidates, outcome="cure at 28 days") == 1
    assert chosen(*candidates, outcome="cure on day 7") is None


def test_a_flagged_result_is_listed_with_a_note_until_a_person_has_looked() -> None:
    flagged = select_result("cure", COMPARATOR, [result(flags=("odd",))], "S 2000")
    assert flagged is not None
    assert "odd" in flagged.note
    settled = select_result("cure", COMPARATOR, [result(flags=("odd",), actor="Ada")], "S 2000")
    assert settled is not None
    assert settled.note == ""


def test_an_arm_size_as_total_is_not_a_derived_result() -> None:
    plain = select_result("cure", COMPARATOR, [result()], "S 2000")
    counted = select_result("cure", COMPARATOR, [result(derived="39 % of 210")], "S 2000")
    assert plain is not None and not plain.derived
    assert counted is not None and counted.derived
    assert [quote.text for quote in plain.quotes] == ["Numbers", "Numbers 1"]


def test_the_end_of_treatment_goes_before_later_follow_up_where_no_time_is_asked_for() -> None:
    post, later = result(1).model_copy(update={"time_point": "Post-test"}), result(2, days=122)
    assert chosen(post, later) == 1
    assert chosen(post, later, outcome="cure at follow-up") == 2
    assert chosen(post, later, outcome="cure at day 122") == 2
    assert chosen(result(1, days=28), later) == 2


def test_a_note_names_the_other_times_that_a_report_gives() -> None:
    post = result(1).model_copy(update={"time_point": "Post-test"})
    best = preferred_result("cure", COMPARATOR, [result(2, days=122), post])
    assert best is not None
    assert best.notes == ("the report gives this outcome at other times, too: day 122",)
    assert best.flags == ()
    alone = preferred_result("cure", COMPARATOR, [post])
    asked = preferred_result("cure on day 122", COMPARATOR, [result(2, days=122), post])
    assert alone is not None and alone.notes == ()
    assert asked is not None and asked.notes == ()


def test_a_result_that_tells_no_time_waits_where_a_time_is_asked_for() -> None:
    best = preferred_result("cure from week 5 to week 52", COMPARATOR, [result(3)])
    assert best is not None
    assert "at its time" in best.flags[0]
    by_person = preferred_result("cure on day 7", COMPARATOR, [result(3, actor="Ada")])
    assert by_person is not None and by_person.flags == ()
    assert chosen(result(3), result(1, days=364), outcome="cure from week 5 to week 52") == 1


def test_why_a_result_is_passed_over_is_told_by_the_rule_that_decides() -> None:
    taken = result(1, days=28)
    others = {
        "a result without a doubt goes first": result(2, days=28, flags=("a doubt",)),
        "complete numbers go first": result(3, days=28, total=None),
        "counts or means go before computed effects": result(4, days=28, generic=True),
        "the longest follow-up goes first": result(5, days=14),
        "all who were randomised go first": result(6, days=28, population="per protocol"),
        "printed numbers go before derived ones": result(7, days=28, derived="computed"),
        "the comparator that the question names first goes first": result(
            8, days=28, comparator="drug C"
        ),
        "the same result again": taken.model_copy(),
    }
    told = passed_over("cure", COMPARATOR, [taken, *others.values()])
    assert told == ["", *others]
    by_ada = result(9, days=28, actor="Ada")
    assert passed_over("cure", COMPARATOR, [taken, by_ada]) == ["a person's result goes first", ""]


def test_a_result_at_another_time_than_the_outcomes_is_told_as_such() -> None:
    late, right = result(1, days=42), result(2, days=28)
    assert passed_over("cure at 28 days", COMPARATOR, [late, right]) == [
        "not at the time that the outcome names",
        "",
    ]
    assert passed_over("cure at 28 days", COMPARATOR, [late]) == [
        "not at the time that the outcome names"
    ]
    assert passed_over("cure at 28 days", COMPARATOR, [result(3)]) == [""]
    assert passed_over("cure", COMPARATOR, []) == []
