"""Who did something, out of CloudTrail's `userIdentity`.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from notify_slack import parts, peek

# CloudTrail hides what somebody typed as user name when there is no such user: it may be a password.
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def is_root(record: object) -> bool:
    """Was it the account's root user himself, rather than a service on his behalf?"""
    identity = peek.mapping(record, "userIdentity")
    return peek.text(identity, "type") == "Root" and not peek.text(identity, "invokedBy")


def who(record: object) -> str:
    """`the root user`, `alice`, `role deploy (session ci)`, `ec2.amazonaws.com`, or nothing."""
    identity = peek.mapping(record, "userIdentity")
    if is_root(record):
        return "the root user"
    issuer = peek.text(identity, "sessionContext", "sessionIssuer", "userName")
    session = peek.text(identity, "arn").partition("/")[2].partition("/")[2]
    if issuer:
        return f"role {issuer} (session {session})" if session else f"role {issuer}"
    user = peek.text(identity, "userName")
    if not user and peek.text(identity, "type") == "Unknown":
        return "an unknown user"
    return (
        ("an unknown user" if user == _HIDDEN else user)
        or parts.name(peek.text(identity, "arn"))
        or peek.text(identity, "invokedBy")
        or peek.text(identity, "principalId")
    )
