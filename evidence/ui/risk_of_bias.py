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

_STUDY, _DOMAIN = "rob_study", "rob_domain"


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
        with st.expander("All studies", expanded=True):
            _plot(studies)
        _study(project, studies)
    except EvidenceError as error:
        st.error(plain(str(error)))


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
    first = next((s.record_id for s in studies if s.waits()), studies[0].record_id)
    chosen = st.selectbox(
        "Study",
        list(by_id),
        index=list(by_id).index(first),
        format_func=lambda record_id: by_id[record_id].study,
        key=_STUDY,
    )
    study = by_id[chosen]
    st.caption(plain(overall_words(study.overall)))
    domain: Domain | None = st.segmented_control(
        "Domain",
        DOMAINS,
        default=DOMAINS[0],
        required=True,
        format_func=lambda d: f"{_words(d).capitalize()} · {_words(_level(study, d))}",
        key=_DOMAIN,
        label_visibility="collapsed",
    )
    if domain is not None:
        _domain(project, study, domain)


def _domain(project: Project, study: AppraisedStudy, domain: Domain) -> None:
    st.subheader(DOMAIN_TITLES[domain], anchor=False)
    judged = study.judgements.get(domain)
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
    st.text_input("Why", key=why, max_chars=500)
    st.button(
        "Write these answers",
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
        st.html(_proposed(project, standing))
    return chosen


def _proposed(project: Project, standing: SignallingAnswer) -> Markup:
    by = "A person" if standing.by_person else "Proposed"
    return Markup('<div class="ev ev-soft">{}: {}{}{}</div>').format(
        by,
        ANSWER_WORDS[standing.answer],
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
