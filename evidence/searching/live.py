"""Searches at PubMed, Europe PMC and ClinicalTrials.gov, downloaded to a folder that can resume."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from evidence.errors import SettingsError
from indexers.live_pages import Download, Progress
from indexers.records import Record

LiveSource = Literal["pubmed", "europe_pmc", "clinicaltrials"]
SOURCE_NAMES: dict[LiveSource, str] = {
    "pubmed": "PubMed",
    "europe_pmc": "Europe PMC",
    "clinicaltrials": "ClinicalTrials.gov",
}


class LiveSearcher:
    """Searches one service; one object a process, since it keeps the service's pace.

    Args:
        source: The service.
        email: Who asks; NCBI wants to know.
        api_key: NCBI's key for a faster pace.
        base_url: Another server that speaks the same protocol.

    Raises:
        SettingsError: PubMed is to be searched and no e-mail address is given.
    """

    def __init__(
        self,
        source: LiveSource,
        email: str | None = None,
        api_key: SecretStr | None = None,
        base_url: str | None = None,
    ) -> None:
        from indexers import clinical_trials, europe_pmc
        from indexers.clinical_trials import ClinicalTrials
        from indexers.entrez import EntrezAccount, PubMed
        from indexers.entrez_requests import BASE_URL
        from indexers.europe_pmc import EuropePmc

        self.source = source
        self._service: PubMed | EuropePmc | ClinicalTrials
        match source:
            case "pubmed":
                if not email:
                    raise SettingsError(
                        "--live: expected an e-mail address for PubMed; give --email ADDRESS "
                        "or set NCBI_EMAIL"
                    )
                self._service = PubMed(EntrezAccount(email, api_key), base_url=base_url or BASE_URL)
            case "europe_pmc":
                self._service = EuropePmc(base_url=base_url or europe_pmc.BASE_URL)
            case "clinicaltrials":
                self._service = ClinicalTrials(base_url=base_url or clinical_trials.BASE_URL)

    def download(self, query: str, folder: Path, progress: Progress | None = None) -> Download:
        """Download all records that a query finds; a stopped download goes on where it ended.

        Raises:
            ServiceError: The service does not answer, or answers what is no result.
            SourceError: The folder holds another search.
        """
        from indexers.entrez import PubMed
        from indexers.entrez_download import download

        if isinstance(self._service, PubMed):
            return download(self._service, query, folder, progress=progress)
        return self._service.download(query, folder, progress=progress)

    def records(self, folder: Path) -> Iterator[Record]:
        """The records of a finished download."""
        from indexers import clinical_trials, entrez_download, europe_pmc

        match self.source:
            case "pubmed":
                yield from entrez_download.downloaded_records(folder)
            case "europe_pmc":
                yield from europe_pmc.downloaded_records(folder)
            case "clinicaltrials":
                yield from clinical_trials.downloaded_records(folder)


def set_aside(folder: Path, query: str, today: date) -> None:
    """Keep a finished download of another day or query under its date, so that a new one begins.

    Raises:
        SourceError: The folder is no download.
    """
    from indexers.live_pages import finished_search

    search = finished_search(folder)
    if search is None or (search.date_of_search, search.query) == (today, query.strip()):
        return
    kept = folder.with_name(f"{folder.name}.{search.date_of_search.isoformat()}")
    if kept.exists():
        shutil.rmtree(kept)
    folder.rename(kept)
