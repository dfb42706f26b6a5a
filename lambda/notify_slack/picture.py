"""Add a picture of the metric to a message that a bot has posted.

The alert comes first: it is in the channel before its picture is asked for. Then CloudWatch draws, Slack
takes the file, and chat.update puts it below the title. Whatever goes wrong leaves the message as it is.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricWidgetImage.html and, beside it,
CloudWatch-Metric-Widget-Structure.html; files.getUploadURLExternal, files.completeUploadExternal and
chat.update below https://docs.slack.dev/reference/methods; and
https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notify_slack import bot, console, peek
from notify_slack.blocks import HEADER_CHARS, titled
from notify_slack.facts import arn_part
from notify_slack.model import Status
from notify_slack.mrkdwn import clean, clip, one_line, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from notify_slack.bot import Posted
    from notify_slack.config import Config
    from notify_slack.facts import AlarmFacts
    from notify_slack.model import Alert, Body, Message
    from notify_slack.web import Poster, Response

WIDTH, HEIGHT = 600, 200  # pixels
ROWS = 100  # metrics and expressions of one graph
ALT_CHARS = 2000
BEFORE = timedelta(hours=3)  # shown before the event, or as much as five evaluations
LONGEST = timedelta(days=14)
AFTER = timedelta(minutes=5)

CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
REQUEST_SECONDS = CONNECT_SECONDS + READ_SECONDS  # the longest that one request to Slack takes
DRAWING_SECONDS = 12.0  # the longest that CloudWatch takes, boto3's second try and its loading included
ALL_SECONDS = 20.0  # for all pictures of an invocation: another batch may be waiting
REST_SECONDS = 60.0  # without pictures after one that failed, so that a slow service costs little
UNREADY_PAUSES = (0.5, 1.0, 2.0)  # seconds; Slack goes on working on a file after it said ok

UPLOAD_HOSTS = frozenset({"files.slack.com", "files.slack-gov.com"})
# What chat.update answers while it does not know the file yet.
_UNREADY = frozenset({"invalid_blocks", "invalid_attachments"})


class PictureError(Exception):
    """There will be no picture. `code` says why, in a word of AWS's, Slack's or ours."""

    def __init__(self, step: str, code: str) -> None:
        super().__init__(f"{step}: {code}")
        self.code = f"{step}: {code}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message in its channel, and the alarm whose metric it shall show."""

    alert: Alert
    posted: Posted


def suits(message: Message, config: Config) -> bool:
    """Is this the message of one alarm that fires, whose metrics we can draw?

    CloudWatch draws those of its own account and region, which are those of our topics.
    """
    if not (config.bot.picture and len(message.routed) == 1):
        return False
    alert = message.routed[0].alert
    facts = alert.facts
    if alert.status is not Status.FIRING or facts is None or not facts.at:
        return False
    homes = {(arn_part(topic, 3), arn_part(topic, 4)) for topic in config.topics}
    return 0 < len(facts.metrics) <= ROWS and (not homes or (facts.region, facts.account) in homes)


def widget(alert: Alert, facts: AlarmFacts, at: datetime, now: datetime) -> dict[str, Any]:
    """What CloudWatch shall draw: the metrics until now, the threshold as a line, the event as another."""
    seconds = [metric.period_seconds for metric in facts.metrics if metric.period_seconds]
    period = min(seconds, default=60)
    evaluation = timedelta(seconds=max(seconds, default=60) * (facts.evaluation_periods or 1))
    annotations: dict[str, Any] = {"vertical": [{"value": _moment(at), "label": alert.state}]}
    if facts.threshold is not None:
        annotations["horizontal"] = [{"value": facts.threshold, "label": _threshold(facts)}]
    return {
        "metrics": [console.row(metric) for metric in facts.metrics],
        "title": clip(clean(one_line(alert.title)), HEADER_CHARS),
        "period": period,
        "region": facts.region,
        "start": _moment(at - min(max(BEFORE, 5 * evaluation), LONGEST)),
        "end": _moment(max(at + AFTER, now)),
        "annotations": annotations,
        "view": "timeSeries",
        "stacked": False,
        "width": WIDTH,
        "height": HEIGHT,
    }


class Pictures:
    """Puts pictures into messages. `failed` hears why one is missing.

    `client` gives CloudWatch's boto3 client, `clock` monotonic seconds, `now` epoch seconds. `keep` hears of
    a file before it is shown, and says whether its message is still the alarm's.
    """

    def __init__(
        self,
        session: Poster,
        client: Callable[[], Any],
        clock: Callable[[], float],
        now: Callable[[], float],
        sleep: Callable[[float], object],
        failed: Callable[[Exception], None],
        keep: Callable[[Wanted, str], bool] = lambda _wanted, _file: True,
    ) -> None:
        self._keep = keep
        self._session = session
        self._client = client
        self._clock = clock
        self._now = now
        self._sleep = sleep
        self._failed = failed
        self._rest_until = float("-inf")
        self._until = 0.0

    def add(self, wanted: Iterable[Wanted], deadline: float) -> None:
        """Add what fits before `deadline` (by the clock). Never raises."""
        self._until = min(deadline, self._clock() + ALL_SECONDS)
        for one in wanted:
            if self._clock() < self._rest_until:
                return
            try:
                self._add(one)
            except Exception as error:  # noqa: BLE001  the alert is told, whatever its picture does
                self._failed(error)
                self._rest_until = self._clock() + REST_SECONDS

    def _add(self, one: Wanted) -> None:
        facts = one.alert.facts
        if facts is None or facts.at is None:
            raise PictureError("draw", "nothing to draw")
        now = datetime.fromtimestamp(self._now(), tz=UTC)
        png = self._drawn(widget(one.alert, facts, facts.at, now))
        file = self._uploaded(png, one)
        if self._keep(one, file):
            self._shown(file, one)

    def _drawn(self, picture: Mapping[str, Any]) -> bytes:
        self._need(DRAWING_SECONDS)
        try:
            answer = self._client().get_metric_widget_image(
                MetricWidget=json.dumps(picture), OutputFormat="png"
            )
        except Exception as error:  # noqa: BLE001  boto3's errors are made at run time
            code = peek.text(getattr(error, "response", None), "Error", "Code") or type(error).__name__
            raise PictureError("GetMetricWidgetImage", code) from None
        png: bytes = answer["MetricWidgetImage"]
        return png

    def _uploaded(self, png: bytes, one: Wanted) -> str:
        """The file's id. No channel is named: the file is the bot's alone, until its message shows it."""
        opened = one.posted.access
        wanted = {"filename": "metric.png", "length": len(png)}
        place = self._call("files.getUploadURLExternal", opened, data=wanted)
        url, file = peek.text(place, "upload_url"), peek.text(place, "file_id")
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname not in UPLOAD_HOSTS:
            raise PictureError("files.getUploadURLExternal", "an address that is not Slack's")
        taken = self._post("upload", url, data=png, headers={"Content-Type": "image/png"})
        if taken.status_code != 200:
            raise PictureError("upload", f"HTTP {taken.status_code}")
        files = [{"id": file, "title": clip(clean(one_line(one.alert.title)), HEADER_CHARS)}]
        self._call("files.completeUploadExternal", opened, data={"files": json.dumps(files)})
        return file

    def _shown(self, file: str, one: Wanted) -> None:
        body = {
            "channel": one.posted.channel,
            "ts": one.posted.ts,
            **illustrated(one.posted.body, file, alternative(one.alert)),
        }
        for pause in (*UNREADY_PAUSES, None):
            try:
                self._call(bot.UPDATE, one.posted.access, json=body)
            except PictureError as error:
                if pause is None or error.code.removeprefix(f"{bot.UPDATE}: ") not in _UNREADY:
                    raise
                self._need(pause + REQUEST_SECONDS)
                self._sleep(pause)
            else:
                return

    def _call(self, method: str, opened: bot.Access, **content: Any) -> Mapping[str, Any]:
        url, headers = opened.call(method)
        response = self._post(method, url, headers=headers, **content)
        try:
            answer = peek.mapping(json.loads(response.text))
        except (ValueError, RecursionError):
            answer = {}
        if peek.flag(answer, "ok") is not True:
            raise PictureError(method, peek.text(answer, "error") or f"HTTP {response.status_code}")
        return answer

    def _post(self, step: str, url: str, **content: Any) -> Response:
        self._need(REQUEST_SECONDS)
        try:
            return self._session.post(
                url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, **content
            )
        except OSError as error:  # its text may quote the address
            cause = getattr(error, "cause", "") or type(error).__name__
            raise PictureError(step, cause) from None

    def _need(self, seconds: float) -> None:
        if self._clock() + seconds > self._until:
            raise PictureError("picture", "no time is left")


def illustrated(body: Body, file: str, alt_text: str) -> Body:
    """What chat.update takes of a posted body, with the picture below its title.

    It stands in `blocks`, where Slack documents it, and not in the coloured attachment.
    """
    image = {"type": "image", "slack_file": {"id": file}, "alt_text": alt_text}
    kept: Body = {key: body[key] for key in ("text", "attachments") if key in body}
    return {**kept, "blocks": [*body.get("blocks", ()), image]}


def alternative(alert: Alert) -> str:
    """The picture in words, for who cannot see it."""
    return safe(one_line(f"Graph of {titled(alert)}. {alert.brief or alert.summary}"), ALT_CHARS)


def single(messages: Sequence[Message]) -> bool:
    """Is each message about one alert? A digest is a storm, in which nobody waits for a picture."""
    return all(len(message.routed) == 1 for message in messages)


def _threshold(facts: AlarmFacts) -> str:
    return f"{facts.comparison} {facts.threshold:g}".strip()


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
