"""`terraform/environments/local` applied to a running local stack."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from alarmctl.local.progress import step
from alarmctl.local.stack import Stack, StackError
from alarmctl.terraform import Terraform, project_root

ENVIRONMENT = Path("terraform/environments/local")
ZIP = Path("dist/notify_slack.zip")
INSTANCES_ZIP = Path("dist/instance_alarms.zip")


def checkout() -> Path:
    """The checkout whose Terraform and zip are used. Raises StackError outside of one."""
    root = project_root()
    if not (root / ENVIRONMENT).is_dir():
        raise StackError(f"{ENVIRONMENT} is not below {root}. Run this in a checkout of the project.")
    return root


def notifier_zip() -> Path:
    """The notifier's zip. Raises StackError when it has not been made."""
    return built(ZIP)


def built(name: Path) -> Path:
    """A function's zip. Raises StackError when it has not been made."""
    path = checkout() / name
    if not path.is_file():
        raise StackError(f"{name} is missing. Run `make package` first.")
    return path


def terraform(stack: Stack, *, bot: bool = False) -> Terraform:
    """The local environment's Terraform, its state and data folder in the stack's home."""
    nowhere = os.devnull  # the user's profiles have no part in a local stack
    return Terraform(
        checkout() / ENVIRONMENT,
        Path(stack.home) / "terraform",
        env={
            "AWS_PROFILE": "",
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "NO_PROXY": "127.0.0.1,localhost",
        },
        variables={
            "aws_endpoint": stack.aws_url,
            "slack_webhook_url": stack.webhook_url,
            "slack_bot": str(bot).lower(),
            "notifier_zip": str(Path(stack.home) / ZIP.name),
            "instance_alarms_zip": str(Path(stack.home) / INSTANCES_ZIP.name),
        },
    )


def credential(stack: Stack, *, bot: bool) -> str:
    """What the notifier posts with: the fake webhook, or the fake bot's token. Raises StackError."""
    if bot and not stack.bot_credential:
        raise StackError("An older alarmctl started this stack. Run `alarmctl local down`, then up again.")
    return stack.bot_credential if bot else stack.webhook_url


def apply(stack: Stack, *, bot: bool = False) -> dict[str, Any]:
    """terraform init and apply with progress; returns the outputs. Raises StackError, TerraformError."""
    # A copy: `make package` may replace the original while Terraform reads it, plan and apply.
    shutil.copyfile(notifier_zip(), Path(stack.home) / ZIP.name)
    shutil.copyfile(built(INSTANCES_ZIP), Path(stack.home) / INSTANCES_ZIP.name)
    runner = _initialised(stack, bot=bot)
    with step(f"terraform apply of {ENVIRONMENT}") as current:
        runner.apply(progress=current.note)
    outputs = runner.output()
    renew_webhook(stack, outputs.get("webhook_parameter_name"), credential(stack, bot=bot))
    stack.call("POST", "save")
    return outputs


def destroy(stack: Stack) -> None:
    """terraform init and destroy with progress. Raises StackError, TerraformError."""
    runner = _initialised(stack)  # the checkout may have a module more than when it was applied
    with step(f"terraform destroy of {ENVIRONMENT}") as current:
        runner.destroy(progress=current.note)
    stack.call("POST", "save")


def _initialised(stack: Stack, *, bot: bool = False) -> Terraform:
    runner = terraform(stack, bot=bot)
    with step("terraform init") as current:
        runner.init({"path": str(Path(stack.home) / "terraform.tfstate")}, progress=current.note)
    return runner


def renew_webhook(stack: Stack, parameter_name: str | None, wanted: str) -> None:
    """Store what the notifier posts with where that changed, as by another --page-port, or --bot.

    Terraform writes it once per `webhook_version`, and cannot see that the value differs.
    """
    if not parameter_name:
        return
    ssm = stack.client("ssm")
    stored = ssm.get_parameter(Name=parameter_name, WithDecryption=True)["Parameter"]["Value"]
    if stored != wanted:
        ssm.put_parameter(Name=parameter_name, Value=wanted, Type="SecureString", Overwrite=True)
