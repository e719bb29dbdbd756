"""The streams whose windows come in pages: all pages arrive before the first record is used."""

from __future__ import annotations

import hashlib
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from typing_extensions import override

from tap_ozonetel.api.request import CdrRequest
from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.bodies.sequence import write_record
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.records.schema import CDR_KEY_PROPERTIES
from tap_ozonetel.spool import SPOOL_BYTES, spool_errors
from tap_ozonetel.streams.daily import DailyStream

if TYPE_CHECKING:
    from tap_ozonetel.streams.days import Window


class PaginatedStream(DailyStream):
    """A daily stream whose windows come in pages."""

    paginated = True

    @override
    def fetch_window(self, window: Window) -> IO[bytes]:
        """Fetch all pages of a window, until there are as many records as `totalCount`."""
        spool: IO[bytes] = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        try:
            records, total = self._fetch_pages(window, spool)
            if records < total:
                self.logger.warning(
                    "%s: the pages have %d records, but totalCount is %d; fetching them again",
                    window,
                    records,
                    total,
                )
                spool.truncate(0)
                spool.seek(0)
                records, total = self._fetch_pages(window, spool)
        except BaseException:
            spool.close()
            raise
        if records < total:
            spool.close()
            raise OzonetelError(
                f"The pages have {records} records, but totalCount is {total}, twice in a row. Run "
                "again later, or select the stream cdr_details instead"
            )
        return spool

    def _fetch_pages(self, window: Window, spool: IO[bytes]) -> tuple[int, int]:
        """Fetch the pages of a window.

        A page with fewer records than requested is not always the last one, so the records are
        counted (docs/ozonetel-api.md, "Hosts and endpoints").

        Args:
            window: The window.
            spool: The file to which the records are written.

        Returns:
            The number of records, and the `totalCount`.
        """
        config = self.account.config
        total_records = total = max_pages = 0
        digests: set[bytes] = set()
        for page in count(1):
            request = CdrRequest(window, config.filters, page, config.page_size)
            response = self.endpoint.fetch(request, splittable=window.splittable)
            with response.body as body:
                # The total may grow between two pages, because today goes on.
                total = max(total, response.total_count or 0)
                if not response.has_records:
                    break
                records, digest = _copy_records(body, spool)
                if digest in digests:
                    raise OzonetelError(
                        f"Page {page} came twice. Select the stream cdr_details instead"
                    )
                digests.add(digest)
                total_records += records
            if total_records >= total:
                break
            # Twice as many as the first page suggests, because pages may differ in length.
            max_pages = max_pages or 2 * -(-total // records) + 1
            if page >= max_pages:
                raise OzonetelError(
                    f"There is no last page: {page} pages have {total_records} records of {total}. "
                    "Select the stream cdr_details instead"
                )
        return total_records, total


def _copy_records(body: IO[bytes], spool: IO[bytes]) -> tuple[int, bytes]:
    """Copy the records of a page, count them, and make a digest of their ids."""
    digest, number = hashlib.sha256(), 0
    with spool_errors():
        for number, record in enumerate(read_records(body), start=1):  # noqa: B007
            write_record(spool, record)
            fields = record if isinstance(record, dict) else {}
            ids = [fields.get(key) for key in CDR_KEY_PROPERTIES]
            # The ids of another spelling, or none.
            digest.update(repr(ids if any(ids) else record).encode("utf-8", "replace"))
        spool.flush()
    return number, digest.digest()
