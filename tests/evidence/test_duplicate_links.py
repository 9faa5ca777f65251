"""Who counts over whom, and what follows: by table, and for any log."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.duplicates.answers import different_reports, same_report, signed
from evidence.duplicates.links import DuplicateEntry, marked_together, ordered, unsaid, weigh
from evidence.entries import Entry
from evidence.errors import ProjectError
from evidence.events import DuplicateMarked, DuplicateRefuted, DuplicateSuspected, RecordIdentified
from evidence.judgements import MACHINE, Provenance
from evidence.prisma import count, deduplication_text
from evidence.state import ReviewState, fold
from indexers.records import Record

BY_MACHINE = Provenance(actor=MACHINE, engine="offline", reason="same title")
BY_ADA = signed("Ada", "I compared them")
RECORDS = ("a", "b", "c", "d", "e")
KINDS = {"=": DuplicateMarked, "?": DuplicateSuspected, "!": DuplicateRefuted}


def said(word: str) -> DuplicateEntry:
    """`a=b` by the machine, `A=B` by a person; `?` suspects, `!` refutes."""
    one, sign, other = word
    by = BY_ADA if word.isupper() else BY_MACHINE
    return KINDS[sign](record_id=one.lower(), duplicate_of=other.lower(), provenance=by)


def log(words: str) -> list[DuplicateEntry]:
    return [said(word) for word in words.split()]


def state_of(words: str) -> ReviewState:
    found: list[Entry] = [
        RecordIdentified(
            record=Record(record_id=name, source="s", title=name),
            score=1,
            ranks={},
            provenance=BY_MACHINE,
        )
        for name in RECORDS
    ]
    return fold([*found, *log(words)])


@pytest.mark.parametrize(
    ("words", "kept", "waiting"),
    [
        ("", {}, []),
        ("a=b", {"a": "b"}, []),
        ("a?b", {}, ["ab"]),
        ("a?b A=B", {"a": "b"}, []),
        ("a?b B=A", {"b": "a"}, []),
        ("a?b A!B", {}, []),
        ("a?b B!A", {}, []),
        # A person's word counts over the machine's, whoever came last.
        ("a=b A!B", {}, []),
        ("A!B a=b", {}, []),
        ("a=b B!A a=b", {}, []),
        ("A=B a?b", {"a": "b"}, []),
        ("A=B a!b", {"a": "b"}, []),
        ("A!B a?b", {}, []),
        # Of one side's words the last counts.
        ("A=B A!B", {}, []),
        ("A!B A=B", {"a": "b"}, []),
        ("a=b a?b", {}, ["ab"]),
        ("a?b a=b", {"a": "b"}, []),
        ("A=B A?B", {}, ["ab"]),
        ("a=b A?B", {}, ["ab"]),
        # Words reach through third records.
        ("a=c b=c", {"a": "c", "b": "c"}, []),
        ("a=c b=c A!C", {"b": "c"}, []),
        ("a=b b=c A!C", {"b": "c"}, []),
        ("A=B B!C a=c", {"a": "b"}, []),
        ("a=b B=C", {"a": "c", "b": "c"}, []),
        ("a=b A=C", {"a": "c", "b": "c"}, []),
        ("A=B B=C A!C", {"b": "c"}, []),
        ("A=B B=C C=A", {"b": "a", "c": "a"}, []),
        ("A=B A!C B=C", {"b": "c"}, []),
        ("A=B A!C B=C A=B", {"a": "c", "b": "c"}, []),
        ("a=b b=a", {"b": "a"}, []),
        # A question is asked once for two groups, and not when its answer follows.
        ("a=b a?c b?c", {"a": "b"}, ["ac"]),
        ("a=b a?c B!C", {"a": "b"}, []),
        ("a=b a?c B=C", {"a": "c", "b": "c"}, []),
        ("a?a a=a", {}, []),
        ("a=z", {"a": "z"}, []),
    ],
)
def test_what_follows_from_the_words(
    words: str, kept: dict[str, str], waiting: Sequence[str]
) -> None:
    records = (*RECORDS, "z") if "z" in words else RECORDS
    links = weigh(log(words), records)
    assert dict(links.kept) == kept
    assert [f"{p.record_id}{p.duplicate_of}" for p in links.open_pairs] == waiting
    assert [m.record_id for m in links.merges()] == list(kept)


def test_a_record_that_is_not_in_the_project_is_never_the_one_that_stays() -> None:
    assert dict(weigh(log("a=z a?y"), RECORDS).kept) == {}
    assert weigh(log("a?y"), RECORDS).open_pairs == ()


WORDS = st.lists(
    st.builds(
        lambda one, other, sign, person: (
            f"{one}{sign}{other}".upper() if person else f"{one}{sign}{other}"
        ),
        st.sampled_from(RECORDS),
        st.sampled_from(RECORDS),
        st.sampled_from("=?!"),
        st.booleans(),
    ),
    max_size=14,
).map(" ".join)
PAIRS = st.lists(st.sampled_from(RECORDS), min_size=2, max_size=2, unique=True)


@settings(max_examples=150, deadline=None)
@given(WORDS, PAIRS, WORDS)
def test_the_last_word_of_a_person_on_a_pair_holds(
    before: str, pair: list[str], after: str
) -> None:
    one, other = pair
    machine_after = after.lower()
    same = weigh(log(f"{before} {one.upper()}={other.upper()} {machine_after}"), RECORDS)
    assert same.group_of(one) == same.group_of(other)
    apart = weigh(log(f"{before} {one.upper()}!{other.upper()} {machine_after}"), RECORDS)
    assert apart.group_of(one) != apart.group_of(other)
    assert ordered(one, other) in apart.refuted


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_one_record_of_each_group_stays_and_open_pairs_are_open(words: str) -> None:
    links = weigh(log(words), RECORDS)
    assert not set(links.kept) & set(links.kept.values())
    asked = [
        ordered(links.group_of(p.record_id), links.group_of(p.duplicate_of))
        for p in links.open_pairs
    ]
    assert len(asked) == len(set(asked))
    assert all(one != other for one, other in asked)
    assert all(links.group_of(one) != links.group_of(other) for one, other in links.refuted)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_machines_words_change_nothing_between_what_persons_joined_or_held_apart(
    words: str,
) -> None:
    persons = " ".join(word for word in words.split() if word.isupper())
    alone, mixed = weigh(log(persons), RECORDS), weigh(log(words), RECORDS)
    for one in RECORDS:
        for other in RECORDS:
            if alone.group_of(one) == alone.group_of(other):
                assert mixed.group_of(one) == mixed.group_of(other)
    assert mixed.refuted == alone.refuted


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_each_merge_can_be_undone(words: str) -> None:
    state = state_of(words)
    for record_id, kept in state.duplicates.items():
        undone = different_reports(state, record_id, None, BY_ADA)
        links = weigh([*log(words), *undone], RECORDS)
        assert links.group_of(record_id) != links.group_of(kept)
        assert record_id not in links.kept


def test_undoing_a_merge_that_was_made_through_a_third_record() -> None:
    words = "a=b C=A"  # c repeats a, which is left out for b
    state = state_of(words)
    assert dict(state.duplicates) == {"a": "b", "c": "b"}
    undone = different_reports(state, "c", None, BY_ADA)
    assert {e.duplicate_of for e in undone} == {"a", "b"}
    assert dict(weigh([*log(words), *undone], RECORDS).kept) == {"a": "b"}


def test_a_machine_says_only_what_is_new_and_nothing_that_a_person_judged() -> None:
    words = log("a=b c=d a?e b?c")
    assert unsaid(words, []) == words
    assert unsaid(words, words) == []
    assert unsaid(words, log("B!A d=c E=A b=c")) == log("c=d b?c")


def test_pairs_that_machines_put_together_stay_known_whatever_was_said_after() -> None:
    pairs = [("a", "c"), ("a", "b"), ("d", "e")]
    assert marked_together(log("a=b c=b a?b A!B d?e D=E"), pairs) == [("a", "b"), ("a", "c")]


@pytest.mark.parametrize(
    ("words", "one", "other", "message"),
    [
        ("", "a", None, "expected a merged record or an open pair"),
        ("a?b", "a", "c", "a and c: expected a merged record or an open pair"),
        ("a?b a?c", "a", None, "it stands in 2; name the other record: b, c"),
        ("", "nobody", None, "expected one of the project's records"),
        ("a?b", "a", "a", "two different records"),
    ],
)
def test_what_cannot_be_refuted_is_said(
    words: str, one: str, other: str | None, message: str
) -> None:
    with pytest.raises(ProjectError, match=message):
        different_reports(state_of(words), one, other, BY_ADA)


def test_a_pair_can_be_answered_from_either_side_and_named_where_there_are_several() -> None:
    (by_first,) = different_reports(state_of("a?b"), "a", None, BY_ADA)
    (by_second,) = different_reports(state_of("a?b"), "b", None, BY_ADA)
    (named,) = different_reports(state_of("a?b a?c"), "a", "c", BY_ADA)
    assert (by_first.duplicate_of, by_second.duplicate_of, named.duplicate_of) == ("b", "a", "c")


def test_a_refusal_needs_a_reason_and_a_person() -> None:
    with pytest.raises(ProjectError, match="reason"):
        different_reports(state_of("a=b"), "a", None, signed("Ada", "  "))
    for name in ("", "  ", "Machine"):
        with pytest.raises(ProjectError, match="person's name"):
            signed(name, "because")


def test_records_that_are_one_already_are_not_merged_again() -> None:
    with pytest.raises(ProjectError, match="not merged yet"):
        same_report(state_of("a=b c=b"), "a", "c", BY_ADA)
    (entry,) = same_report(state_of(""), "a", "c", BY_ADA)
    assert (entry.record_id, entry.duplicate_of) == ("a", "c")


def test_counts_tell_merges_and_open_pairs() -> None:
    counts = count(state_of("a=b C=B d?e"))
    assert (counts.duplicates, counts.duplicates_by_person) == (2, 1)
    assert (counts.suspected_duplicates, counts.to_screen) == (1, 3)
    assert deduplication_text(counts) == (
        "2 duplicates were removed, 1 of them by a person. 1 pair of records that may be of one "
        "report waits for a person; both records of a pair are screened meanwhile."
    )
    assert deduplication_text(count(state_of(""))) == "No duplicates were removed."
