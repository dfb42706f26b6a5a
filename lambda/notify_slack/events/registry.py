"""Every event source: one module each. `PARSERS` is keyed by exact kind.

To add a source: a module with NAME, KINDS, SHAPES and parse, its entry in MODULES, a fixture per kind.
A source that writes plain text, or names its event in a key, adds TEXTS or NAMED_BY.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify_slack.events import (
    access_analyzer,
    acm,
    alarm,
    alarm_configuration,
    amplify,
    application_autoscaling,
    apprunner,
    athena,
    autoscaling,
    aws_config,
    backup,
    backup_text,
    batch,
    budgets,
    cloudformation,
    cloudtrail,
    codebuild,
    codecommit,
    codedeploy,
    codepipeline,
    cost_anomaly,
    devops_guru,
    dms,
    ebs,
    ec2,
    ec2_fleet,
    ecr,
    ecs,
    ecs_task,
    elasticache,
    elasticbeanstalk,
    emr,
    generic,
    glue,
    guardduty,
    health,
    inspector,
    inspector_classic,
    kms,
    lambda_destination,
    logs,
    macie,
    malware,
    opensearch,
    rds,
    redshift_data,
    s3,
    sagemaker,
    schedule,
    secrets_manager,
    securityhub,
    ses,
    ses_account,
    signin,
    sns,
    ssm,
    stepfunctions,
    synthetics,
    text,
    trusted_advisor,
    xray,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from re import Pattern

    from notify_slack.model import Alert, Received

    Parser = Callable[[Received, str], Alert]

MODULES = (
    alarm,
    alarm_configuration,
    health,
    ecs,
    ecs_task,
    ec2,
    ebs,
    autoscaling,
    application_autoscaling,
    rds,
    dms,
    elasticache,
    elasticbeanstalk,
    cloudformation,
    batch,
    glue,
    stepfunctions,
    lambda_destination,
    s3,
    ses,
    ses_account,
    schedule,
    guardduty,
    malware,
    securityhub,
    inspector,
    inspector_classic,
    access_analyzer,
    macie,
    aws_config,
    signin,
    cloudtrail,
    secrets_manager,
    backup,
    backup_text,
    budgets,
    cost_anomaly,
    trusted_advisor,
    devops_guru,
    acm,
    codebuild,
    codepipeline,
    codedeploy,
    codecommit,
    ecr,
    logs,
    emr,
    kms,
    opensearch,
    sns,
    ssm,
    synthetics,
    amplify,
    apprunner,
    athena,
    ec2_fleet,
    redshift_data,
    sagemaker,
    xray,
)

PARSERS: Mapping[str, Parser] = {kind: module.parse for module in MODULES for kind in module.KINDS}

# The kinds that alerts can have.
NAMES = tuple(sorted({module.NAME for module in (*MODULES, generic, text)} | {generic.CUSTOM}))

# Bodies that carry no detail-type are told apart by the keys that only they have together.
# The first that fits counts, in the order of MODULES.
SHAPES: Mapping[str, frozenset[str]] = {
    kind: keys for module in MODULES for kind, keys in module.SHAPES.items()
}

# Plain texts are told apart by a pattern that only they match.
TEXTS: Mapping[str, Pattern[str]] = {
    kind: pattern for module in MODULES for kind, pattern in getattr(module, "TEXTS", {}).items()
}

# Bodies whose key is the event's name: one of their keys matches the whole pattern.
NAMED_BY: Mapping[str, Pattern[str]] = {
    kind: pattern for module in MODULES for kind, pattern in getattr(module, "NAMED_BY", {}).items()
}

# Some detail types come from every service (source `*`), and a rule's input transformer may drop the source.
DETAIL_TYPES: Mapping[str, str] = {
    kind.partition("/")[2]: kind
    for kind in sorted(PARSERS, key=lambda kind: kind.startswith("*/"))
    if kind.startswith(("aws.", "*/"))
}
