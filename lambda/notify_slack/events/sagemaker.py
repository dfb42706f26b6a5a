"""Amazon SageMaker AI: jobs for training, processing, transforming and tuning, endpoints, pipelines.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html .
Hyperparameters and environments of a job are not shown: they may hold secrets.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from notify_slack import change, console, parts, peek
from notify_slack.model import Alert, Field, Link, Received
from notify_slack.mrkdwn import one_line

NAME = "sagemaker"


class Form(NamedTuple):
    """What an event is about, where it says so, and its page in the console."""

    subject: str
    name: str
    state: str
    page: str = ""


FORMS = {
    "aws.sagemaker/SageMaker Training Job State Change": Form(
        "SageMaker training job", "TrainingJobName", "TrainingJobStatus", "jobs/{}"
    ),
    "aws.sagemaker/SageMaker Processing Job State Change": Form(
        "SageMaker processing job", "ProcessingJobName", "ProcessingJobStatus", "processing-jobs/{}"
    ),
    "aws.sagemaker/SageMaker Transform Job State Change": Form(
        "SageMaker transform job", "TransformJobName", "TransformJobStatus", "transform-jobs/{}"
    ),
    "aws.sagemaker/SageMaker HyperParameter Tuning Job State Change": Form(
        "SageMaker tuning job",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobStatus",
        "hyper-tuning-jobs/{}",
    ),
    "aws.sagemaker/SageMaker Endpoint State Change": Form(
        "SageMaker endpoint", "EndpointName", "EndpointStatus", "endpoints/{}"
    ),
    "aws.sagemaker/SageMaker Endpoint Deployment State Change": Form(
        "Deployment of SageMaker endpoint", "EndpointName", "EndpointStatus", "endpoints/{}"
    ),
    "aws.sagemaker/SageMaker Model Building Pipeline Execution Status Change": Form(
        "SageMaker pipeline", "pipelineArn", "currentPipelineExecutionStatus"
    ),
}
KINDS = tuple(FORMS)
SHAPES: dict[str, frozenset[str]] = {}

# States in small letters without separators: events write `InProgress` and `IN_SERVICE`.
FAILURES = {
    "failed": "failed",
    "updaterollbackfailed": "could not be rolled back",
    "outofservice": "is out of service",
    "rollingback": "is being rolled back",
}
WORDS = {
    "completed": "succeeded",
    "succeeded": "succeeded",
    "inprogress": "is running",
    "executing": "is running",
    "stopped": "was stopped",
    "stopping": "is being stopped",
    "inservice": "is in service",
    "creating": "is being made",
    "updating": "is being updated",
    "systemupdating": "is being updated by the service",
    "deleting": "is being deleted",
}


def parse(received: Received, kind: str) -> Alert:
    """What became of a job, an endpoint or a pipeline."""
    event = received.content
    detail = peek.mapping(event, "detail")
    form = FORMS[kind]
    name = parts.name(one_line(peek.text(detail, form.name)))
    state = one_line(peek.text(detail, form.state))
    word = "".join(letter for letter in state.lower() if letter.isalpha())
    told = FAILURES.get(word) or WORDS.get(word) or f"is {parts.words(state) or 'in an unknown state'}"
    region = peek.text(event, "region")
    page = f"#/{form.page.format(quote(name, safe=''))}"
    return change.Change(
        f"{form.subject} {name or 'without a name'}",
        told,
        state,
        failed=word in FAILURES,
        why=peek.text(detail, "FailureReason"),
        fields=(
            Field("Step", one_line(peek.text(detail, "SecondaryStatus"))),
            Field("Configuration", peek.text(detail, "EndpointConfigName"), code=True),
            Field("Before", one_line(peek.text(detail, "previousPipelineExecutionStatus"))),
        ),
        links=(
            Link(
                "SageMaker",
                console.page(region, "sagemaker/home", fragment=page) if form.page and name else "",
            ),
        ),
    ).alert(NAME, event)
