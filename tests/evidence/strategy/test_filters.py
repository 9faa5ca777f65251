import pytest

from evidence.errors import SettingsError
from evidence.strategy.filters import FILTERS, published_filter
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed


@pytest.mark.parametrize("named", FILTERS, ids=lambda f: f"{f.name} {f.version}")
def test_every_filter_can_be_read_and_names_its_source(named) -> None:
    assert named.source and (named.pubmed or named.ovid)
    if named.pubmed:
        assert parse_pubmed(named.pubmed_query).notices == ()
    if named.ovid:
        parse_ovid(named.ovid_query)


def test_the_cochrane_filter_is_word_for_word() -> None:
    found = published_filter("cochrane-rct-sensitivity-maximising", "2008")
    assert "drug therapy [sh]" in found.pubmed and len(found.pubmed) == 11
    assert found.pubmed_query == (
        "((randomized controlled trial [pt]) OR (controlled clinical trial [pt]) OR "
        "(randomized [tiab]) OR (placebo [tiab]) OR (drug therapy [sh]) OR (randomly [tiab]) OR "
        "(trial [tiab]) OR (groups [tiab])) NOT (animals [mh] NOT humans [mh])"
    )
    revised = published_filter("cochrane-rct-sensitivity-maximising", "2023")
    assert revised.ovid[0] == "exp randomized controlled trial/"


def test_names_are_unique_and_an_unknown_one_is_refused() -> None:
    assert len({(f.name, f.version) for f in FILTERS}) == len(FILTERS)
    with pytest.raises(SettingsError, match="no filter 'cochrane-rct' of version '1'"):
        published_filter("cochrane-rct", "1")
    with pytest.raises(SettingsError, match="is not published for PubMed"):
        _ = published_filter("cochrane-rct-sensitivity-maximising", "2023").pubmed_query
