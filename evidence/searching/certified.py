"""Numbers of contexts certified for a store, and searches that give as many."""

from __future__ import annotations

from pathlib import Path

from evidence.errors import SettingsError, SourceError
from evidence.searching.store import Found
from evidence.stores import Progress, store_retriever
from indexers.record_store import RecordStore
from indexers.records import Frozen
from indexers.stores import open_store, place_name
from retrievers.calibration import least_questions
from retrievers.certificate import ContextCount, write_certificate
from retrievers.contexts import CertifiedRetriever, calibrate
from retrievers.questions import distinct_questions, read_questions, with_ids_of


class Calibrated(Frozen):
    """A certificate, and which questions of the file it does not rest on.

    Attributes:
        certificate: What was certified, or that nothing could be.
        n_left_out: Questions that name no record, or one that the store lacks.
        n_repeated: Questions in the words of another; they count as one with it.
    """

    certificate: ContextCount
    n_left_out: int
    n_repeated: int

    @property
    def told(self) -> str:
        """The certificate in words, and what was left out."""
        words = certificate_words(self.certificate)
        if self.n_left_out:
            why = "they name no record or one that the store lacks"
            words += f"; left out, for {why}: {self.n_left_out}"
        if self.n_repeated:
            words += f"; asked before in the same words: {self.n_repeated}"
        return words


class FoundCertified(Found):
    """As many records as a certificate says."""

    certificate: ContextCount

    @property
    def told(self) -> tuple[str, ...]:
        """The certificate in words."""
        return (certificate_words(self.certificate), *super().told)


def calibrate_store(
    questions: Path, place: Path, alpha: float, delta: float, out: Path, progress: Progress
) -> Calibrated:
    """Certify a number of contexts and write the certificate.

    Raises:
        SettingsError: A level is not between 0 and 1, or `out` is the file of questions.
        SourceError: The questions cannot be read, or the store holds the gold of none.
    """
    for name, level in (("alpha", alpha), ("delta", delta)):
        if not 0 < level < 1:
            raise SettingsError(f"{name} {level:g}: expected a number between 0 and 1")
    if out.exists() and questions.exists() and out.samefile(questions):
        raise SettingsError(f"--out {out}: expected another file than that of the questions")
    store = open_store(place)
    asked = read_questions(questions).questions
    distinct = distinct_questions(asked)
    inside, outside = with_ids_of(distinct, store.records())
    if not inside:
        named = f"expected gold records that {place_name(place)} holds"
        raise SourceError(questions, f"{named}: none of {len(distinct)} questions has all its own")
    certificate = calibrate(
        inside, store, store_retriever(store), alpha=alpha, delta=delta, progress=progress
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_certificate(out, certificate)
    return Calibrated(
        certificate=certificate, n_left_out=len(outside), n_repeated=len(asked) - len(distinct)
    )


def search_certified(store: RecordStore, query: str, certificate: ContextCount) -> FoundCertified:
    """The records nearest to plain words, as many as the certificate says.

    Raises:
        CertificateError: It abstains, or is for another corpus, encoder or retriever.
    """
    retriever = CertifiedRetriever(store_retriever(store), certificate, store)
    records = tuple(store.record(hit.record_id) for hit in retriever.contexts(query))
    return FoundCertified(records=records, n_found=len(records), certificate=certificate)


def certificate_words(certificate: ContextCount) -> str:
    """What is certified, of which target, with which confidence; or what is missing for it."""
    alpha, delta, n = certificate.alpha, certificate.delta, certificate.n_calibration
    if certificate.k is not None:
        return (
            f"k = {certificate.k} certified: at most {alpha:g} of the gold is missed on average, "
            f"with confidence {1 - delta:g}, for questions like the {n} it was calibrated on"
        )
    refused = f"no number of contexts can be certified at alpha {alpha:g} and delta {delta:g}"
    needed = least_questions(alpha, delta)
    if n < needed:
        return f"{refused}: {n} questions, at least {needed} are needed"
    return (
        f"{refused}: {certificate.mean_loss:.2g} of the gold was missed on average "
        f"(n = {n}, p = {certificate.p_value:.2g})"
    )
