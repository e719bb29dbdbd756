"""The SDK's metrics of HTTP requests, which it emits for its own REST streams only."""

from __future__ import annotations

from http import HTTPStatus

from singer_sdk import metrics


def log_request(stream: str, endpoint: str, status: int, seconds: float) -> None:
    """Emit the metric of a request.

    Args:
        stream: The name of the stream.
        endpoint: The path of the URL.
        status: The HTTP status of the response.
        seconds: The time until the response started.
    """
    succeeded = status < HTTPStatus.BAD_REQUEST
    metrics.log(
        metrics.get_metrics_logger(),
        metrics.Point(
            "timer",
            metric=metrics.Metric.HTTP_REQUEST_DURATION,
            value=seconds,
            tags={
                metrics.Tag.STREAM: stream,
                metrics.Tag.ENDPOINT: endpoint,
                metrics.Tag.HTTP_STATUS_CODE: status,
                metrics.Tag.STATUS: (
                    metrics.Status.SUCCEEDED if succeeded else metrics.Status.FAILED
                ),
            },
        ),
    )
