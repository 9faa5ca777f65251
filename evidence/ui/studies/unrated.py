"""From one domain that nobody could judge to the next, by whatever tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from evidence.appraisal.listing import AppraisedStudy
from evidence.appraisal.rob2_questions import DOMAINS
from evidence.appraisal.robins_i import DOMAIN
from evidence.appraisal.robins_i_listing import OutlinedStudy
from evidence.ui.cards import plain

STUDY_KEY, DOMAIN_KEY, OUTLINE_DOMAIN_KEY = "rob_study", "rob_domain", "robins_domain"
Place = tuple[str, str]
"""A study by its record id, and a domain of its tool."""


@dataclass(frozen=True)
class Places:
    """All domains of all studies.

    Attributes:
        names: The studies' names by record id, in the order of the search.
        every: The domains in that order.
        unrated: Those without a judgement, in the same order.
    """

    names: Mapping[str, str]
    every: tuple[Place, ...]
    unrated: tuple[Place, ...]


def places_of(
    order: Sequence[str], studies: Sequence[AppraisedStudy], outlined: Sequence[OutlinedStudy]
) -> Places:
    """The places of the included studies, whose record ids are given in the order of the search."""
    names = {s.record_id: s.study for s in studies} | {s.record_id: s.study for s in outlined}
    domains: dict[str, tuple[str, ...]] = {s.record_id: DOMAINS for s in studies}
    domains |= {s.record_id: tuple(DOMAIN) for s in outlined}
    open_ones = {(s.record_id, d) for s in studies for d in DOMAINS if s.waits(d)}
    waiting: set[Place] = {
        *open_ones,
        *((s.record_id, d) for s in outlined for d in s.open_domains),
    }
    every = tuple((r, domain) for r in order for domain in domains[r])
    return Places(
        names={r: names[r] for r in order},
        every=every,
        unrated=tuple(place for place in every if place in waiting),
    )


def go_to(record_id: str, domain: str) -> None:
    """Open a study at a domain of its tool."""
    st.session_state[STUDY_KEY] = record_id
    if domain in DOMAINS:
        st.session_state[DOMAIN_KEY] = domain
    if domain in DOMAIN:
        st.session_state[OUTLINE_DOMAIN_KEY] = domain


def way_on(places: Places, at: Place) -> None:
    """To the next domain that nobody could judge, after the one that is open."""
    earlier = places.every[: places.every.index(at) + 1] if at in places.every else ()
    after = [place for place in places.unrated if place not in earlier]
    following = next((place for place in (*after, *places.unrated) if place != at), None)
    if following is not None:
        record_id, domain = following
        st.button(
            f"Next that is unclear: {domain.replace('_', ' ')}, {plain(places.names[record_id])}",
            key="rob-next-unclear",
            on_click=go_to,
            args=following,
        )
