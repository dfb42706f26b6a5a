"""The three errors that are raised on purpose. None ever carries the webhook."""


class NotifyError(Exception):
    """What the three have in common: a sentence that says what to do next."""


class RetryableError(NotifyError):
    """The same request may succeed later: the record goes back to the queue."""


class RejectedError(NotifyError):
    """Slack refuses this message in every form: the record ends in the dead-letter queue."""


class ConfigError(NotifyError):
    """Nothing can be posted until somebody repairs the configuration or the webhook."""
