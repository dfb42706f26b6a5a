from alarmctl.local import workload


def test_the_demo_service_keeps_the_task_alarm_quiet(world):
    stat = {"Period": 60, "Stat": "Average"}
    dimensions = [{"Name": name, "Value": value} for name, value in workload.DIMENSIONS.items()]
    queries = [
        {
            "Id": query,
            "ReturnData": False,
            "MetricStat": stat
            | {
                "Metric": {
                    "Namespace": workload.NAMESPACE,
                    "MetricName": metric,
                    "Dimensions": dimensions,
                }
            },
        }
        for query, metric in (("desired", "DesiredTaskCount"), ("running", "RunningTaskCount"))
    ]
    world.put_alarm(
        Metrics=[{"Id": "e1", "Expression": "desired-running", "ReturnData": True}, *queries],
        MetricName=None,
        Namespace=None,
        Statistic=None,
        Period=None,
        Dimensions=None,
        Threshold=0.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
    )
    workload.report(world.driver.store, world.now, workload.BACKFILL_MINUTES)
    world.driver.tick()
    assert world.state() == "OK"
