"""The three errors that are raised on purpose. None ever carries the webhook."""


class NotifyError(Exception):
    """What the three have in common: a sentence that says what to do next."""


class RetryableError(NotifyError):
    """The same request may succeed later: the record goes back to the queue.

    `uncertain`: Slack may have shown the message all the same. `limits`: how often it answered 429. `wait`:
    seconds before which another try is of no use.
    """

    def __init__(self, text: str, *, uncertain: bool = False, limits: int = 0, wait: float = 0.0) -> None:
        super().__init__(text)
        self.uncertain = uncertain
        self.limits = limits
        self.wait = wait


class RejectedError(NotifyError):
    """Slack refuses this message in every form: the record ends in the dead-letter queue."""


class ConfigError(NotifyError):
    """Nothing can be posted until somebody repairs the configuration or the webhook."""
