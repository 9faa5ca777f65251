"""How the E-utilities are asked: through Biopython's `Bio.Entrez`, with our limits and address.

`Bio.Entrez` keeps its settings in its module, knows one address, sets no timeout, and puts the
API key into addresses. It builds each request here; sending, pace and retries are ours.
"""

from __future__ import annotations

import io
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import Any, TypeVar

from Bio import Entrez as bio_entrez
from lxml import etree
from pydantic import SecretStr

from indexers.live_requests import (
    Answer,
    Clock,
    Fault,
    Retries,
    Service,
    ServiceError,
    accepted,
    checked_base_url,
    one_line,
    read_limited,
)

NAME = "PubMed"
DATABASE = "pubmed"
BASE_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
# A little over a third and a tenth of a second: Biopython found that requests exactly a third of
# a second apart are sometimes refused.
INTERVAL_SECONDS = 0.37
INTERVAL_WITH_KEY_SECONDS = 0.11
Result = TypeVar("Result")
_PASSING = re.compile(
    r"timed? ?out|read failed|connect|temporar|empty response|\bEOF\b|rate limit|try again"
    r"|address table|resolve",
    re.I,
)
_EXPIRED = re.compile(r"unable to obtain query|history|web_?env|query_?key", re.I)
_NOT_EXPIRED = re.compile(f"cannot be larger|{_PASSING.pattern}", re.I)
_NO_RECORD = re.compile(r"no correct ids|id list is empty|cannot get document", re.I)
_LOCK = threading.Lock()


@dataclass(frozen=True)
class EntrezAccount:
    """Who asks; NCBI wants an address with each request. Neither field is ever shown.

    Raises:
        ServiceError: A field cannot be what it should be.
    """

    email: str = field(repr=False)
    api_key: SecretStr | None = None
    tool: str = "evidence-synthesis"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", self.email):
            raise ServiceError(NAME, "expected an e-mail address, which NCBI asks for")
        if not re.fullmatch(r"[0-9A-Za-z_.-]{1,64}", self.tool):
            raise ServiceError(NAME, f"expected a tool's name of one word, not {self.tool!r:.80}")
        if not re.fullmatch(r"[0-9A-Za-z]{16,128}", self.key or "0" * 16):
            raise ServiceError(NAME, "expected an NCBI API key of letters and digits, or none")

    @property
    def key(self) -> str | None:
        """The API key as text."""
        return self.api_key.get_secret_value() or None if self.api_key else None


class HistoryExpiredError(Exception):
    """The history server no longer has a list."""


class EntrezRequests:
    """Asks one E-utility at a time, and reads its XML.

    Raises:
        ServiceError: The base URL cannot be used.
    """

    def __init__(
        self,
        account: EntrezAccount,
        base_url: str,
        clock: Clock,
        retries: Retries,
        timeout_seconds: float,
    ) -> None:
        self.service = Service(
            NAME,
            INTERVAL_WITH_KEY_SECONDS if account.key else INTERVAL_SECONDS,
            clock,
            retries,
            secrets=(account.email,),
            credentials=(account.key,) if account.key else (),
        )
        self._account = account
        self._base_url = checked_base_url(NAME, base_url)
        self._timeout_seconds = timeout_seconds
        self._opener = urllib.request.build_opener(_EveryStatus)

    def ask(
        self, utility: Callable[..., Any], read: Callable[[Answer], Result], **parameters: Any
    ) -> Result:
        """Ask a function of `Bio.Entrez` until `read` accepts the answer.

        Raises:
            ServiceError: `read` refuses for good, or the tries are used up.
        """
        if utility is not bio_entrez.elink:
            parameters["db"] = DATABASE

        def send() -> Answer:
            answers: list[Answer] = []
            with _entrez_settings(self._account, lambda r: self._opened(r, answers)):
                utility(**parameters)
            return answers[0]

        return self.service.ask(str(utility.__name__), send, read)

    def fetched(self, answer: Answer) -> bytes:
        """The body of an efetch; an empty set where it says that no id has a record.

        Raises:
            Fault: The service is broken for now.
            HistoryExpiredError: The history server no longer has the list.
            ServiceError: The request is refused.
        """
        body = accepted(self.service, answer) if not _tells_error(answer) else answer.body
        if b"<eFetchResult" in body[:1000]:
            error = told(self.parsed(body, "eFetchResult").find(".//ERROR"))
            if _NO_RECORD.search(error):
                return b"<PubmedArticleSet/>"
            if _EXPIRED.search(error) and not _NOT_EXPIRED.search(error):
                raise HistoryExpiredError
            self._refuse(error)
        return body

    def root(self, answer: Answer, name: str) -> etree._Element:
        """The root element, of this name, of an answer that tells of no error.

        Raises:
            Fault: The answer is not that, or the service is broken for now.
            ServiceError: The request is refused.
        """
        body = answer.body if _tells_error(answer) else accepted(self.service, answer)
        root = self.parsed(body, name)
        error = root.find(".//ERROR")
        if error is not None:
            self._refuse(told(error))
        return root

    def _refuse(self, error: str) -> None:
        if _PASSING.search(error):
            raise Fault(f"PubMed tells of an error: {error}")
        raise self.service.error(f"PubMed refuses the request: {error or 'no reason given'}")

    def parsed(self, body: bytes, name: str) -> etree._Element:
        """The root element, of this name.

        Raises:
            Fault: The body is no whole XML with this root.
            ServiceError: It declares entities.
        """
        parser = etree.XMLParser(
            resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
        )
        try:
            root = etree.fromstring(body, parser)
        except etree.XMLSyntaxError as error:
            fault = f"expected <{name}>, got what is not well-formed XML ({error.msg})"
        else:
            dtd = root.getroottree().docinfo.internalDTD
            if dtd is not None and any(True for _ in dtd.iterentities()):
                raise self.service.error("the answer declares entities, which is refused")
            if root.tag == name:
                return root
            fault = f"expected <{name}>, got <{root.tag}>"
        raise Fault(fault)

    def _opened(self, request: urllib.request.Request, answers: list[Answer]) -> io.BytesIO:
        """Stands in for `urlopen`: our address and limits, and every status is an answer."""
        url = request.full_url.removeprefix(BASE_URL)
        asked = urllib.request.Request(  # noqa: S310 - the base URL was checked
            self._base_url + url, data=request.data, method=request.get_method()
        )
        asked.add_header("User-Agent", self._account.tool)
        fault = ""
        try:
            with self._opener.open(asked, timeout=self._timeout_seconds) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                pieces = iter(lambda: response.read(1 << 16), b"")
                body = read_limited(pieces, headers, self.service.clock)
                answers.append(Answer(response.status, headers, body))
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            slow = isinstance(reason, TimeoutError)
            said = str(reason) or type(reason).__name__
            fault = "no answer in time" if slow else f"the connection failed ({said})"
        if fault:  # outside the handler: the error of urllib knows the whole address
            raise Fault(fault)
        return _Handle()


class _EveryStatus(urllib.request.HTTPErrorProcessor):
    """Gives answers of every status, and so follows no redirect."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


class _Handle(io.BytesIO):
    """What Biopython expects of an open connection; the answer was read before."""

    headers = Message()
    url = ""


@contextmanager
def _entrez_settings(
    account: EntrezAccount, opened: Callable[[urllib.request.Request], io.BytesIO]
) -> Iterator[None]:
    """Set Biopython's module up for one request, and back; pace and retries are ours."""
    settings = {
        "email": account.email,
        "tool": account.tool,
        "api_key": account.key,
        "max_tries": 1,
        "sleep_between_tries": 0,
        "urlopen": opened,
    }
    with _LOCK:
        before = {name: getattr(bio_entrez, name) for name in settings}
        bio_entrez._open.previous = 0
        try:
            for name, value in settings.items():
                setattr(bio_entrez, name, value)
            yield
        finally:
            for name, value in before.items():
                setattr(bio_entrez, name, value)


def _tells_error(answer: Answer) -> bool:
    """Whether the E-utilities refused a request in their own words."""
    return answer.status == 400 and b"<ERROR>" in answer.body


def told(element: etree._Element | None) -> str:
    """The element's text on one line, empty where there is none."""
    return one_line("".join(element.itertext()))[:2000] if element is not None else ""
