"""A window that comes in pages: all of them are in before the first record is used."""

from __future__ import annotations

import hashlib
import shutil
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from typing_extensions import override

from tap_ozonetel.api import body as bodies
from tap_ozonetel.api.transport import SPOOL_BYTES
from tap_ozonetel.client import Page
from tap_ozonetel.daily import DailyStream
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.schema import KEY_PROPERTIES

if TYPE_CHECKING:
    from singer_sdk.streams.rest import HTTPRequest, PageContext

    from tap_ozonetel.days import Window


class PagedStream(DailyStream):
    """A daily stream whose windows come in pages."""

    paginated = True

    @override
    def get_http_request(self, *, page: PageContext[Page]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        if page.next_page_token is not None:
            request.params["pageNo"] = page.next_page_token.number
            request.params["pageSize"] = self.account.config.page_size
        return request

    @override
    def collect(self, window: Window) -> IO[bytes]:
        """Get all pages of a window, as many records as their `totalCount` says.

        Returns:
            The bodies of the pages, one after the other; the caller's to close.

        Raises:
            WindowTooBigError: The window should be cut in half.
            OzonetelError: There is no answer to be had, or the pages do not add up.
        """
        spool: IO[bytes] = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        try:
            found, total = self._read_pages(window, spool)
            if found < total:
                self.logger.warning(
                    "%s: the pages have %d records, their totalCount is %d; reading them once more",
                    window,
                    found,
                    total,
                )
                spool.truncate(0)
                spool.seek(0)
                found, total = self._read_pages(window, spool)
        except BaseException:
            spool.close()
            raise
        if found < total:
            spool.close()
            msg = (
                f"The pages have {found} records where their totalCount says {total}, twice in a "
                "row. Run again later, or read the stream cdr_details instead"
            )
            raise OzonetelError(msg)
        return spool

    def _read_pages(self, window: Window, spool: IO[bytes]) -> tuple[int, int]:
        """Put the pages of a window one after the other.

        A page with fewer records than asked for need not be the last, so they are counted.

        Args:
            window: A stretch of a day.
            spool: Takes the bodies.

        Returns:
            How many records there were, and how many there are.

        Raises:
            OzonetelError: A page came twice, or the pages have no end.
        """
        found = total = most_pages = 0
        seen: set[bytes] = set()
        for number in count(1):
            page = Page(window, self.account.config.filters, number)
            label = f"{window}, page {number}"
            answer = self.ask(page, label, can_be_cut=window.can_be_cut)
            with answer.body as body:
                # The total may grow between two pages, for today goes on.
                total = max(total, answer.total or 0)
                if not answer.has_records:
                    break
                records, digest = _weighed(body)
                if digest in seen:
                    msg = f"Page {number} came twice. Read the stream cdr_details instead"
                    raise OzonetelError(msg)
                seen.add(digest)
                found += records
                body.seek(0)
                shutil.copyfileobj(body, spool)
            if found >= total:
                break
            # Twice as many as the first page lets expect: pages may be of different lengths.
            most_pages = most_pages or 2 * -(-total // records) + 1
            if number >= most_pages:
                msg = (
                    f"The pages have no end: {number} read, {found} records of {total}. Read the "
                    "stream cdr_details instead"
                )
                raise OzonetelError(msg)
        return found, total


def _weighed(body: IO[bytes]) -> tuple[int, bytes]:
    """How many records a page has, and a digest of which they are."""
    digest, number = hashlib.sha256(), 0
    for number, record in enumerate(bodies.records(body), start=1):  # noqa: B007
        ids = [record.get(key) for key in KEY_PROPERTIES] if isinstance(record, dict) else record
        digest.update(repr(ids).encode())
    return number, digest.digest()
