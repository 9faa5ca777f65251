"""A study that is not randomised on the risk-of-bias page: the outline of ROBINS-I, for a person.

The questions are read and the domain is judged; sentences of the report stand beside it to look at,
and no level is proposed.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from evidence.appraisal.by_person import robins_i_judgement
from evidence.appraisal.robins_i import DOMAIN, LEVEL_MEANINGS, LEVELS, Domain, Level
from evidence.appraisal.robins_i_listing import (
    OutlinedStudy,
    design_words,
    outline_overall_words,
)
from evidence.appraisal.robins_i_sentences import sentences_to_look_at
from evidence.errors import EvidenceError
from evidence.project import Project
from evidence.state import ReviewState
from evidence.ui.cards import joined, plain
from evidence.ui.quotes import quoted_in_context
from evidence.ui.signing import notify, reviewer_name, write
from evidence.ui.studies.unrated import OUTLINE_DOMAIN_KEY
from indexers.records import Quote


def outline_plot(studies: Sequence[OutlinedStudy]) -> None:
    """The traffic lights of ROBINS-I."""
    from evidence.rendering.traffic_light_svg import (
        ROBINS_I_DOMAINS,
        ROBINS_I_LEVELS,
        JudgedStudy,
        traffic_light_svg,
    )

    rows = [
        JudgedStudy(
            study=study.study,
            judgements=tuple(study.level(domain) for domain in DOMAIN),
            overall=study.overall,
        )
        for study in studies
    ]
    title = "Risk of bias by ROBINS-I"
    st.image(traffic_light_svg(rows, ROBINS_I_DOMAINS, ROBINS_I_LEVELS, title=title, name="robins"))


def outline_form(project: Project, state: ReviewState, study: OutlinedStudy) -> Domain | None:
    """The chosen domain of a study with its questions, sentences, levels and the way to save."""
    st.html(_design(study))
    st.caption(f"ROBINS-I · {plain(outline_overall_words(study))}")
    domain: Domain | None = st.segmented_control(
        "Domain",
        list(DOMAIN),
        default="confounding",
        required=True,
        format_func=lambda d: f"{_words(d).capitalize()} · {_level_words(study, d)}",
        key=OUTLINE_DOMAIN_KEY,
        label_visibility="collapsed",
    )
    if domain is not None:
        _domain(project, state, study, domain)
    return domain


def _design(study: OutlinedStudy) -> Markup:
    quotes = joined(
        Markup("<blockquote>{}</blockquote>").format(quote.text) for quote in study.design.quotes
    )
    return Markup('<div class="ev ev-soft">{}.{}</div>').format(design_words(study.design), quotes)


def _domain(project: Project, state: ReviewState, study: OutlinedStudy, domain: Domain) -> None:
    st.subheader(DOMAIN[domain].title, anchor=False)
    judged = study.judgements.get(domain)
    if judged is not None:
        made = judged.provenance
        st.caption(f"Saved by {plain(made.actor)}: {plain(made.reason)}")
    st.html(_questions(domain))
    document = project.document(state.text_digest(study.record_id))
    found = sentences_to_look_at(document) if document is not None else {}
    st.html(_look_at(project, found.get(domain, ())))
    level: Level | None = st.radio(
        "Your judgement",
        LEVELS,
        index=LEVELS.index(judged.judgement) if judged is not None else None,
        format_func=lambda each: _words(each).capitalize(),
        captions=[LEVEL_MEANINGS[each] for each in LEVELS],
        key=f"robins-level-{study.record_id}-{domain}",
    )
    why = f"robins-why-{study.record_id}-{domain}"
    st.text_input(
        "Why", key=why, max_chars=500, placeholder="a word or two; needed to save the judgement"
    )
    st.button(
        "Save this judgement",
        type="primary",
        key=f"robins-write-{study.record_id}-{domain}",
        disabled=level is None,
        on_click=_write,
        args=(project, study.record_id, domain, level, why),
    )


def _questions(domain: Domain) -> Markup:
    """The signalling questions in short, with when each is asked."""
    lines = Markup("").join(
        Markup("<li>{} {}{}</li>").format(
            question.question_id,
            question.text,
            Markup(' <span class="ev-soft">({})</span>').format(question.asked_if)
            if question.asked_if
            else "",
        )
        for question in DOMAIN[domain].questions
    )
    return Markup(
        '<div class="ev"><ul style="list-style: none; padding-left: 0">{}</ul></div>'
    ).format(lines)


def _look_at(project: Project, quotes: Sequence[Quote]) -> Markup:
    if not quotes:
        told = "No sentence of the report was found that touches on this domain; please read on."
        return Markup('<div class="ev ev-soft">{}</div>').format(told)
    return Markup('<div class="ev ev-soft">To look at; no answer is proposed{}</div>').format(
        joined(quoted_in_context(quote, project.document) for quote in quotes)
    )


def _write(project: Project, record_id: str, domain: Domain, level: Level, why: str) -> None:
    name = reviewer_name()
    if not name:
        return
    try:
        judged = robins_i_judgement(record_id, domain, level, name, st.session_state[why])
    except EvidenceError as error:
        notify("warning", plain(str(error)))
        return
    write(project, judged, done=f"{plain(DOMAIN[domain].title)}: {_words(judged.judgement)}")


def _level_words(study: OutlinedStudy, domain: Domain) -> str:
    return _words(study.level(domain)) if domain in study.judgements else "not judged"


def _words(name: str) -> str:
    return name.replace("_", " ")
