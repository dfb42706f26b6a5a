"""The errors that are raised on purpose."""


class InstanceAlarmsError(Exception):
    """What they have in common: a sentence that says what to do next."""


class ConfigError(InstanceAlarmsError):
    """The configuration cannot be used; the text names the key."""


class EventError(InstanceAlarmsError):
    """An event that is neither an instance's change of state nor an order to reconcile."""


class RetryableError(InstanceAlarmsError):
    """AWS refused, or time ran out: the same record may succeed later."""
