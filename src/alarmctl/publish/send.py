"""One PutMetricData request, and what its failure means."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from alarmctl.publish.aggregate import Datum, as_sent, samples

if TYPE_CHECKING:
    from collections.abc import Callable


class Failure(Enum):
    """What to do with data that were not taken."""

    REFUSED = "refused"  # some datum is at fault: find it
    LATER = "later"  # nothing is wrong with the data: keep them


# Everything else that bears HTTP 400 or 413 speaks about the data.
LATER_CODES = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "SlowDown"),
        *("TooManyRequestsException", "LimitExceeded", "LimitExceededException", "RequestThrottled"),
        *("RequestThrottledException", "BandwidthLimitExceeded", "PriorRequestNotComplete"),
        *("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "OptInRequired"),
        *("UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException"),
        *("SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException", "RequestExpired"),
        *("IncompleteSignature", "MissingAuthenticationToken", "MissingAuthenticationTokenException"),
    }
)


def classify(error: Exception) -> Failure:
    """What an error of boto3 means for the data."""
    if isinstance(error, ParamValidationError):
        return Failure.REFUSED
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = error.response.get("Error", {}).get("Code", "")
        # A query-compatible error's code may come with its namespace in front.
        if status in (400, 413) and str(code).rpartition("#")[2] not in LATER_CODES:
            return Failure.REFUSED
    return Failure.LATER


class Sender:
    """Sends. A refused request is halved until the datum at fault is alone, and only that one is dropped."""

    def __init__(self, client: Any, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self.dropped = 0
        self.problem = ""

    def send(self, namespace: str, data: list[Datum]) -> list[Datum]:
        """What is to be kept for later: empty where all was taken or dropped."""
        try:
            self._client.put_metric_data(Namespace=namespace, MetricData=[as_sent(datum) for datum in data])
        except (BotoCoreError, ClientError) as error:
            self.problem = str(error)
            if classify(error) is Failure.LATER:
                return data
        else:
            return []
        if len(data) == 1:
            self.dropped += samples(data[0])
            self._say(f"CloudWatch refuses {namespace} {data[0]['MetricName']}, dropped: {self.problem}")
            return []
        middle = len(data) // 2
        if kept := self.send(namespace, data[:middle]):
            return kept + data[middle:]  # in order; what comes after an outage waits with it
        return self.send(namespace, data[middle:])
