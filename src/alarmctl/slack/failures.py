"""Failures that the fake Slack can be told to show, and what Slack's own refusals look like."""

import json
import math
from dataclasses import dataclass

from alarmctl.slack.shapes import boolean, integer, number, record, string

# What Slack answers by status: api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks;
# no_service and invalid_token were seen in public issues.
ERRORS: dict[int, str] = {
    400: "invalid_payload",
    403: "invalid_token",
    404: "no_service",
    408: "request_timeout",
    410: "channel_is_archived",
    429: "rate_limited",
    500: "rollup_error",
    502: "bad_gateway",
    503: "service_unavailable",
    504: "gateway_timeout",
}


_DAY_SECONDS = 86_400
_RULE = record(
    {},
    {
        "status": integer(200, 599),
        "body": string(0, 100_000),
        "retry_after": integer(0, _DAY_SECONDS),
        "hang": number(0, _DAY_SECONDS),
        "reset": boolean,
        "posted_but_answer_lost": boolean,
        "percent": number(0, 100),
        "count": integer(1, 1_000_000),
        "seconds": number(0, 30 * _DAY_SECONDS),
    },
)


@dataclass(frozen=True)
class Failure:
    """What happens to requests instead of delivery.

    `status` answers with that status (and `body`, by default Slack's own); `hang` stays silent for that many
    seconds first; `reset` cuts the connection; `posted_but_answer_lost` delivers, then cuts it. It lasts for
    `count` requests, or for `seconds`, or for one request when neither is given. With `percent` it meets that
    share of the requests, by chance; the others go on to the failure planned after it, or are delivered.
    """

    status: int | None = None
    body: str | None = None
    retry_after: int | None = None
    hang: float | None = None
    reset: bool = False
    posted_but_answer_lost: bool = False
    percent: float | None = None
    count: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense, naming the member."""
        given = {key: value for key, value in vars(self).items() if value is not None}
        problems = list(_RULE(given, "fail"))
        if problems:
            raise ValueError("; ".join(problems))
        if not (self.reset or self.posted_but_answer_lost or self.status or self.hang):
            raise ValueError("fail: say what fails: status, hang, reset or posted_but_answer_lost")

    @classmethod
    def from_json(cls, raw: bytes) -> "Failure":
        """The failure that a control request asks for; raises ValueError that names what is wrong."""
        asked = json.loads(raw or b"{}")
        problems = list(_RULE(asked, "fail"))
        if problems:
            raise ValueError("; ".join(problems))
        return cls(**asked)

    def answer(self) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of the answer; `status` must be set."""
        status = self.status or 500
        if status == 429:
            seconds = 1 if self.retry_after is None else self.retry_after
            return (
                rate_limited(seconds)
                if self.body is None
                else (429, {"Retry-After": str(seconds)}, self.body)
            )
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return status, headers, ERRORS.get(status, "error") if self.body is None else self.body


def rate_limited(seconds: float) -> tuple[int, dict[str, str], str]:
    """Slack's answer above one message a second, as seen in prometheus/alertmanager#2111."""
    wait = max(1, math.ceil(seconds))
    body = json.dumps({"retry_after": wait, "ok": False, "error": "rate_limited"}, separators=(",", ":"))
    return 429, {"Retry-After": str(wait), "Content-Type": "application/json; charset=utf-8"}, body
