"""Fetches the pages of a request, all of them before the first record is used."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.bodies.sequence import write_record
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.records.schema import CDR_KEY_PROPERTIES
from tap_ozonetel.spool import SPOOL_BYTES, spool_errors

if TYPE_CHECKING:
    from tap_ozonetel.api.endpoint import Endpoint
    from tap_ozonetel.api.request import Request


@dataclass(slots=True)
class Pages:
    """The pages of a request."""

    #: The records of all pages. The caller closes it.
    body: IO[bytes]
    records: int = 0
    #: The largest `totalCount` of the pages. It may grow between two pages, as new calls arrive.
    total: int = 0

    @property
    def are_incomplete(self) -> bool:
        """Whether the number of records is not `totalCount`."""
        return self.records != self.total

    def describe(self) -> str:
        """Compare the number of records with `totalCount`."""
        return f"The pages have {self.records} records, but totalCount is {self.total}"


def fetch_pages(endpoint: Endpoint, request: Request) -> Pages:
    """Fetch the pages of a request, until there are as many records as `totalCount`.

    A page with fewer records than requested is not always the last one, so the records are counted
    (docs/ozonetel-api.md, "Hosts and endpoints").

    Args:
        endpoint: The endpoint.
        request: The request, without a page.

    Raises:
        SpanTooLargeError: A page is too large or timed out, and the request is splittable.
        OzonetelError: There is no successful response, or the pages contradict each other.
    """
    digests: set[bytes] = set()
    max_pages = 0
    with ExitStack() as on_error:
        pages = Pages(on_error.enter_context(SpooledTemporaryFile(max_size=SPOOL_BYTES)))
        for number in count(1):
            response = endpoint.fetch(replace(request, page=number))
            with response.body as body:
                pages.total = max(pages.total, response.total_count or 0)
                records, digest = _copy_records(body, pages.body)
                if not records:
                    break
                if digest in digests:
                    raise OzonetelError(
                        f"Page {number} repeats an earlier page. Select the stream cdr_details "
                        "instead"
                    )
                digests.add(digest)
                pages.records += records
            # A total that the first page reaches may be the count of this page only, or 0. So a
            # full first page is followed by another one. A larger total is that of all pages.
            is_full_first_page = number == 1 and records >= (request.page_size or 0)
            if pages.records >= pages.total and not is_full_first_page:
                break
            # Twice as many as the first page suggests, because pages may differ in length.
            max_pages = max_pages or 2 * -(-max(pages.total, records) // records) + 1
            if number >= max_pages:
                raise OzonetelError(
                    f"There is no last page: {number} pages have {pages.records} records of "
                    f"{pages.total}. Select the stream cdr_details instead"
                )
        on_error.pop_all()
        return pages


def _copy_records(body: IO[bytes], copy: IO[bytes]) -> tuple[int, bytes]:
    """Copy the records of a page, count them, and make a digest of their ids."""
    digest, number = hashlib.sha256(), 0
    with spool_errors():
        for number, record in enumerate(read_records(body), start=1):  # noqa: B007
            write_record(copy, record)
            fields = record if isinstance(record, dict) else {}
            ids = [fields.get(key) for key in CDR_KEY_PROPERTIES]
            # Without ids under these names, the whole record counts.
            digest.update(repr(ids if any(ids) else record).encode("utf-8", "replace"))
        copy.flush()
    return number, digest.digest()
