"""The risk-of-bias page: signalling questions with proposed answers, a person's, and what follows.

The algorithm of RoB 2 judges a domain; a person answers its questions, confirms what an engine
proposed, and sees at once what the answers come to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from evidence.appraisal.answers import ANSWER_WORDS, Answer, SignallingAnswer
from evidence.appraisal.by_person import judgement_by_person, with_answers
from evidence.appraisal.listing import AppraisedStudy, appraised_studies, overall_words
from evidence.appraisal.proposals import propose_domain
from evidence.appraisal.rob2 import routed
from evidence.appraisal.rob2_questions import DOMAIN_TITLES, DOMAINS, Domain, Question, questions_of
from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.ui.cards import joined, plain, style
from evidence.ui.opened import open_project, review_state
from evidence.ui.quotes import quoted_in_context
from evidence.ui.signing import notify, reviewer_name, show_notice, sidebar, write

_STUDY, _DOMAIN, _TO_UNRATED = "rob_study", "rob_domain", "rob_to_unrated"


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    try:
        project = open_project(folder)
        studies = appraised_studies(review_state(project))
        sidebar(project)
        st.title("Risk of bias", anchor=False)
        show_notice()
        if not studies:
            st.info("No study is included yet; risk of bias is judged of included studies.")
            return
        waiting = sum(study.waits() for study in studies)
        st.caption(f"{waiting:,} of {len(studies):,} studies wait for a person · RoB 2")
        st.caption(
            "One judgement of each domain a study, for all of its outcomes. RoB 2 asks for one a "
            "result: where the outcomes of a study differ, judge by the one that the "
            "recommendation rests on, and say so under Why."
        )
        with st.expander("All studies", expanded=True):
            _plot(studies)
            st.caption("A picture; choose the study and the domain below.")
        _study(project, studies)
    except EvidenceError as error:
        st.error(plain(str(error)))


def show_unrated() -> None:
    """Open the first domain that nobody could judge, when the page is next opened."""
    st.session_state[_TO_UNRATED] = True


def _go_to(record_id: str, domain: Domain) -> None:
    st.session_state[_STUDY] = record_id
    st.session_state[_DOMAIN] = domain


def _unrated(studies: Sequence[AppraisedStudy]) -> list[tuple[str, Domain]]:
    """Each study and domain without a judgement, in the order of the studies."""
    return [
        (study.record_id, domain)
        for study in studies
        for domain in DOMAINS
        if _level(study, domain) == "unclear"
    ]


def _plot(studies: Sequence[AppraisedStudy]) -> None:
    from evidence.rendering.traffic_light_svg import JudgedStudy, traffic_light_svg

    rows = [
        JudgedStudy(
            study=study.study,
            judgements=tuple(_level(study, domain) for domain in DOMAINS),
            overall=study.overall.level,
        )
        for study in studies
    ]
    st.image(traffic_light_svg(rows))


def _study(project: Project, studies: Sequence[AppraisedStudy]) -> None:
    """One study, those that wait for a person first in reach, one domain of it at a time."""
    by_id = {study.record_id: study for study in studies}
    unrated = _unrated(studies)
    if st.session_state.pop(_TO_UNRATED, False) and unrated:
        _go_to(*unrated[0])
    if st.session_state.get(_STUDY) not in by_id:
        first = next((s.record_id for s in studies if s.waits()), studies[0].record_id)
        st.session_state[_STUDY] = first
    st.session_state.setdefault(_DOMAIN, DOMAINS[0])
    chosen = st.selectbox(
        "Study",
        list(by_id),
        format_func=lambda record_id: by_id[record_id].study,
        key=_STUDY,
    )
    study = by_id[chosen]
    st.caption(plain(overall_words(study.overall)))
    domain: Domain | None = st.segmented_control(
        "Domain",
        DOMAINS,
        required=True,
        format_func=lambda d: f"{_words(d).capitalize()} · {_words(_level(study, d))}",
        key=_DOMAIN,
        label_visibility="collapsed",
    )
    if domain is None:
        return
    _domain(project, study, domain)
    at = (study.record_id, domain)
    order = [(s.record_id, d) for s in studies for d in DOMAINS]
    after = [place for place in unrated if order.index(place) > order.index(at)]
    following = next((place for place in (*after, *unrated) if place != at), None)
    if following is not None:
        _way_on(by_id[following[0]], following[1])


def _way_on(study: AppraisedStudy, domain: Domain) -> None:
    """To the next domain that nobody could judge."""
    st.button(
        f"Next that is unclear: {_words(domain)}, {plain(study.study)}",
        key="rob-next-unclear",
        on_click=_go_to,
        args=(study.record_id, domain),
    )


def _domain(project: Project, study: AppraisedStudy, domain: Domain) -> None:
    st.subheader(DOMAIN_TITLES[domain], anchor=False)
    judged = study.judgements.get(domain)
    if judged is not None and judged.provenance.by_person:
        made = judged.provenance
        st.caption(
            f"Saved by {plain(made.actor)}" + (f": {plain(made.reason)}" if made.reason else "")
        )
    standing = {a.question_id: a for a in judged.answers} if judged else {}
    told: dict[str, Answer] = {}
    for question in questions_of(domain):
        known = with_answers(standing.values(), told)
        if routed(domain, {q: a.answer for q, a in known.items()})[question.question_id] == "NA":
            continue
        answer = _question(project, study.record_id, question, standing.get(question.question_id))
        if answer is not None:
            told[question.question_id] = answer
    # As it would be written: what the person leaves open stays as it stands.
    proposal = propose_domain(domain, with_answers(standing.values(), told).values())
    missing = ", ".join(q for q in proposal.unanswered if q not in told)
    left = f" · without an answer: {missing}" if missing else ""
    st.markdown(f"These answers come to **{_words(proposal.stated)}**{left}")
    why = f"rob-why-{study.record_id}-{domain}"
    st.text_input(
        "Why", key=why, max_chars=500, placeholder="a word or two; needed to save the answers"
    )
    st.button(
        "Save these answers",
        type="primary",
        key=f"rob-write-{study.record_id}-{domain}",
        disabled=not told,
        on_click=_write,
        args=(project, study.record_id, domain, told, tuple(standing.values()), why),
    )


def _question(
    project: Project, record_id: str, question: Question, standing: SignallingAnswer | None
) -> Answer | None:
    """A question with its proposed answer and quotes; the person's choice, or None."""
    known = standing is not None and standing.answer in question.options
    silent = standing is not None and standing.answer == "NI" and not standing.by_person
    chosen: Answer | None = st.segmented_control(
        f"{question.question_id} {plain(question.text)}",
        question.options,
        default=standing.answer if standing is not None and known and not silent else None,
        format_func=lambda answer: ANSWER_WORDS[answer].capitalize(),
        key=f"rob-{record_id}-{question.question_id}",
    )
    if standing is not None:
        st.html(_proposed(project, standing, offered=known))
    return chosen


def _proposed(project: Project, standing: SignallingAnswer, *, offered: bool) -> Markup:
    """The answer that stands; one that the question does not have is no answer to take."""
    told = f"Proposed: {ANSWER_WORDS[standing.answer]}"
    if standing.by_person:
        told = f"Answered by a person: {ANSWER_WORDS[standing.answer]}"
    elif not offered:
        told = "Nothing proposed; this question needs one of the answers above"
    return Markup('<div class="ev ev-soft">{}{}{}</div>').format(
        told,
        f" · {standing.reason}" if standing.reason else "",
        joined(quoted_in_context(quote, project.document) for quote in standing.quotes),
    )


def _write(
    project: Project,
    record_id: str,
    domain: Domain,
    told: dict[str, Answer],
    standing: tuple[SignallingAnswer, ...],
    why: str,
) -> None:
    name = reviewer_name()
    if not name:
        return
    try:
        judged = judgement_by_person(record_id, domain, told, name, st.session_state[why], standing)
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    write(project, judged, done=f"{plain(DOMAIN_TITLES[domain])}: {_words(judged.judgement)}")


def _level(study: AppraisedStudy, domain: Domain) -> str:
    judged = study.judgements.get(domain)
    return judged.judgement if judged is not None else "unclear"


def _words(name: str) -> str:
    return name.replace("_", " ")
