"""EC2 and CloudWatch in a few dictionaries, fast enough for thousands of steps. There is one page of all."""

from datetime import UTC, datetime

from botocore.exceptions import ClientError


class Paginator:
    def __init__(self, read):
        self.read = read

    def paginate(self, **query):
        yield self.read(**query)


class Aws:
    """Both clients in one. `fault(operation)` may give an error's code; nothing is changed then."""

    def __init__(self, fault=lambda _operation: None):
        self.instances = {}
        self.series = []
        self.stored = {}
        self.tags = {}
        self.fault = fault
        self.calls = 0

    # --- what the function calls ---------------------------------------------------------------------

    def get_paginator(self, operation):
        return Paginator(getattr(self, operation))

    def describe_instances(self, Filters=()):  # noqa: N803 - AWS's names
        self._called("DescribeInstances")
        wanted = Filters[0]["Values"] if Filters else list(self.instances)
        return {
            "Reservations": [{"Instances": [self.instances[id_] for id_ in wanted if id_ in self.instances]}]
        }

    def list_metrics(self, Namespace=None, Dimensions=(), RecentlyActive="", **_):  # noqa: N803
        self._called("ListMetrics")
        assert RecentlyActive == "PT3H"
        found = [
            {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions],
            }
            for namespace, metric, dimensions in self.series
            if Namespace in (None, namespace)
            and all((one["Name"], one["Value"]) in dimensions for one in Dimensions)
        ]
        return {"Metrics": found}

    def describe_alarms(self, AlarmNamePrefix, **_):  # noqa: N803
        self._called("DescribeAlarms")
        return {
            "MetricAlarms": [alarm for name, alarm in self.stored.items() if name.startswith(AlarmNamePrefix)]
        }

    def put_metric_alarm(self, AlarmName, Tags=(), **members):  # noqa: N803
        self._called("PutMetricAlarm")
        if AlarmName not in self.stored:
            self.tags[AlarmName] = {tag["Key"]: tag["Value"] for tag in Tags}
        self.stored[AlarmName] = {"AlarmName": AlarmName, **members}

    def delete_alarms(self, AlarmNames):  # noqa: N803
        self._called("DeleteAlarms")
        assert len(AlarmNames) <= 100
        for name in AlarmNames:
            self.stored.pop(name, None)

    def enable_alarm_actions(self, AlarmNames):  # noqa: N803
        self._switch("EnableAlarmActions", AlarmNames, on=True)

    def disable_alarm_actions(self, AlarmNames):  # noqa: N803
        self._switch("DisableAlarmActions", AlarmNames, on=False)

    def _switch(self, operation, names, *, on):
        self._called(operation)
        for name in names:
            self.stored[name] = {**self.stored[name], "ActionsEnabled": on}

    def _called(self, operation):
        self.calls += 1
        code = self.fault(operation)
        if code:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    # --- what happens to an account ------------------------------------------------------------------

    def launch(self, id_, type_="m5.large", **tags):
        self.instances[id_] = {
            "InstanceId": id_,
            "InstanceType": type_,
            "State": {"Name": "running"},
            "LaunchTime": datetime(2026, 3, 2, tzinfo=UTC),
            "Tags": [{"Key": k, "Value": v} for k, v in tags.items()],
        }

    def state(self, id_, state):
        self.instances[id_]["State"] = {"Name": state}

    def publish(self, metric, **dimensions):
        series = ("CWAgent", metric, tuple(sorted(dimensions.items())))
        if series not in self.series:
            self.series.append(series)
