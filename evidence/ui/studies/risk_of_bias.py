"""The risk-of-bias page: signalling questions with proposed answers, a person's, and what follows.

The algorithm of RoB 2 judges a domain; a person answers its questions, confirms what an engine
proposed, and sees at once what the answers come to. For studies that are not randomised see
`robins_i`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from evidence.appraisal.answers import (
    ANSWER_WORDS,
    TOOL_NAMES,
    Answer,
    SignallingAnswer,
    Tool,
)
from evidence.appraisal.by_person import judgement_by_person, with_answers
from evidence.appraisal.listing import (
    AppraisedStudy,
    appraised_studies,
    appraised_study,
    overall_words,
)
from evidence.appraisal.proposals import propose_domain
from evidence.appraisal.rob2 import routed
from evidence.appraisal.rob2_questions import DOMAIN_TITLES, DOMAINS, Domain, Question, questions_of
from evidence.appraisal.robins_i_listing import OutlinedStudy, outlined_studies, outlined_study
from evidence.appraisal.tools import read_design, tool_of
from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.state import ReviewState
from evidence.ui.cards import joined, plain, style
from evidence.ui.opened import open_project, review_state
from evidence.ui.quotes import quoted_in_context
from evidence.ui.signing import notify, reviewer_name, show_notice, sidebar, write
from evidence.ui.studies.robins_i import outline_form, outline_plot
from evidence.ui.studies.unrated import DOMAIN_KEY, STUDY_KEY, go_to, places_of, way_on

_TO_UNRATED = "rob_to_unrated"


def page(folder: Path) -> None:
    """Draw the page of the project in a folder; a bad folder gives one line."""
    st.html(style())
    try:
        project = open_project(folder)
        state = review_state(project)
        studies, outlined = appraised_studies(state), outlined_studies(state)
        sidebar(project)
        st.title("Risk of bias", anchor=False)
        show_notice()
        if not studies and not outlined:
            st.info("No study is included yet; risk of bias is judged of included studies.")
            return
        _head(studies, outlined)
        with st.expander("All studies", expanded=True):
            if studies:
                _plot(studies)
            if outlined:
                outline_plot(outlined)
            st.caption("A picture; choose the study and the domain below.")
        _study(project, state, studies, outlined)
    except EvidenceError as error:
        st.error(plain(str(error)))


def show_unrated() -> None:
    """Open the first domain that nobody could judge, when the page is next opened."""
    st.session_state[_TO_UNRATED] = True


def _head(studies: Sequence[AppraisedStudy], outlined: Sequence[OutlinedStudy]) -> None:
    waiting = sum(s.waits() for s in studies) + sum(s.waits() for s in outlined)
    n_studies = len(studies) + len(outlined)
    tools = [TOOL_NAMES["rob-2"]] if studies else []
    tools += [TOOL_NAMES["robins-i"]] if outlined else []
    st.caption(f"{waiting:,} of {n_studies:,} studies wait for a person · {' and '.join(tools)}")
    st.caption(
        "One judgement of each domain a study, for all of its outcomes. RoB 2 asks for one a "
        "result: where the outcomes of a study differ, judge by the one that the "
        "recommendation rests on, and say so under Why."
    )


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


def _study(
    project: Project,
    state: ReviewState,
    studies: Sequence[AppraisedStudy],
    outlined: Sequence[OutlinedStudy],
) -> None:
    """One study, those that wait for a person first in reach, one domain of it at a time."""
    order = state.with_fate("included")
    places = places_of(order, studies, outlined)
    if st.session_state.pop(_TO_UNRATED, False) and places.unrated:
        go_to(*places.unrated[0])
    if st.session_state.get(STUDY_KEY) not in places.names:
        waiting = {s.record_id for s in studies if s.waits()}
        waiting |= {s.record_id for s in outlined if s.waits()}
        st.session_state[STUDY_KEY] = next((r for r in order if r in waiting), order[0])
    chosen = st.selectbox("Study", order, format_func=lambda r: places.names[r], key=STUDY_KEY)
    domain: str | None
    if _tool(state, chosen) == "robins-i":
        domain = outline_form(project, state, outlined_study(state, chosen))
    else:
        domain = _rob_2_form(project, appraised_study(state, chosen))
    if domain is not None:
        way_on(places, (chosen, domain))


def _tool(state: ReviewState, record_id: str) -> Tool:
    """The study's tool; where the report does not call it randomised, a person may choose."""
    own = tool_of(state, record_id)
    if own == "rob-2" and read_design(state, record_id).allocation == "randomised":
        return own
    chosen: Tool | None = st.segmented_control(
        "Tool",
        list(TOOL_NAMES),
        default=own,
        required=True,
        format_func=lambda tool: TOOL_NAMES[tool],
        key=f"rob-tool-{record_id}",
        help="RoB 2 is for randomised trials, ROBINS-I for studies that are not randomised. The "
        "tool of the last judgement that a person saved is the study's.",
    )
    return chosen or own


def _rob_2_form(project: Project, study: AppraisedStudy) -> Domain | None:
    st.caption(plain(overall_words(study.overall)))
    domain: Domain | None = st.segmented_control(
        "Domain",
        DOMAINS,
        default=DOMAINS[0],
        required=True,
        format_func=lambda d: f"{_words(d).capitalize()} · {_words(_level(study, d))}",
        key=DOMAIN_KEY,
        label_visibility="collapsed",
    )
    if domain is not None:
        _domain(project, study, domain)
    return domain


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
