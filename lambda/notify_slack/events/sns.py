"""SNS asks whether a subscription is wanted, or says that one ended.

Schema: https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html and
http-unsubscribe-confirmation-json.html; a queue in another account gets them too.
"""

from __future__ import annotations

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status

NAME = "sns"
KINDS = ("SNS subscription",)
SHAPES = {KINDS[0]: frozenset({"Type", "TopicArn", "SubscribeURL"})}

ENDED = "UnsubscribeConfirmation"


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """Which topic. The address that confirms it is a secret and stays out."""
    event = received.content
    topic = peek.text(event, "TopicArn")
    region, account = arn_part(topic, 3), arn_part(topic, 4)
    ended = peek.text(event, "Type") == ENDED
    told = (
        "ended: nothing of this topic comes here any more"
        if ended
        else "is not confirmed yet: nothing of this topic comes here before it is"
    )
    subject = f"The subscription to topic {parts.name(topic) or 'without a name'}"
    return Alert(
        kind=NAME,
        key=parts.key("sns", topic, peek.text(event, "MessageId")),
        title=f"{subject} {'ended' if ended else 'must be confirmed'}",
        status=Status.NOTICE,
        state="Unsubscribed" if ended else "Pending confirmation",
        summary=parts.joined(f"{subject} {told}"),
        brief=f"the subscription {told.partition(':')[0]}",
        fields=parts.fields(Field("Topic", topic, code=True)),
        links=parts.links(Link("Topic", console.page(region, "sns/v3/home", fragment=f"#/topic/{topic}"))),
        account=account,
        region=region,
        at=peek.time(event, "Timestamp"),
        subject_key=topic,
        suggested=Severity.WARNING,
    )
