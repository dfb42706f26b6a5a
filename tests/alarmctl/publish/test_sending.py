"""From points to CloudWatch: limits, batches, gzip, faults, and the spool through outages and restarts."""

import gzip
import json
import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alarmctl.publish.fake_cloudwatch import FakeCloudWatch, running

from alarmctl.publish import aggregate, limits
from alarmctl.publish.context import Context
from alarmctl.publish.errors import LockedError
from alarmctl.publish.model import UNITS, Point, Series
from alarmctl.publish.publisher import Publisher
from alarmctl.publish.send import LATER_CODES, Sender
from alarmctl.publish.spool import Lock, Spool

NOW = datetime(2026, 3, 2, 10, 15, 20, tzinfo=UTC)

SESSION = boto3.Session(
    "test", "test", region_name="eu-west-1"
)  # one for all: it reads CloudWatch's model once


class World:
    """A publisher, the CloudWatch that it sends to, and a clock that both read."""

    def __init__(self, fake, folder):
        self.fake = fake
        self.now = datetime.now(UTC).replace(second=20, microsecond=0)
        fake.now = lambda: self.now
        self.said = []
        self.folder = folder
        self.bound = 50 << 20
        self.start()

    def start(self):
        """As after a restart: only the spool's folder remembers."""
        context = Context("eu-west-1", self.fake.url)
        context.__dict__["session"] = SESSION
        self.spool = Spool(self.folder, self.bound, self.said.append)
        self.sender = Sender(context.client("cloudwatch"), self.said.append)
        self.publisher = Publisher(
            self.sender, self.spool, self.said.append, now=lambda: self.now, rng=random.Random(1)
        )

    def point(self, value=1.0, metric="M", namespace="Acme", at=None, unit="None", **dimensions):
        series = Series(namespace, metric, tuple(sorted(dimensions.items())), unit)
        return Point(series, value, at or self.now)

    def send(self, *points, **flush):
        self.publisher.add(points)
        return self.publisher.flush(**flush)

    def pass_(self, **span):
        self.now += timedelta(**span)


@pytest.fixture
def world(cloudwatch, tmp_path, one_attempt):
    return World(cloudwatch, tmp_path / "spool")


def test_what_is_sent_arrives_with_its_minute_dimensions_and_value(world):
    assert world.send(world.point(3.5, A="1", B="2")).sent == 1
    minute = world.now.replace(second=0)
    assert world.fake.stored == [("Acme", "M", (("A", "1"), ("B", "2")), minute, 3.5)]


def test_values_of_one_series_and_minute_are_one_datum_with_counts(world):
    assert world.send(*(world.point(value) for value in (1, 1, 2, 1, 5))).sent == 1
    assert sorted(value for _, value in world.fake.values("M")) == [1, 1, 1, 2, 5]
    assert len(world.fake.requests) == 1


def test_more_than_150_different_values_are_several_data(world):
    world.send(*(world.point(float(value)) for value in range(400)))
    assert len(world.fake.values("M")) == 400
    assert world.spool.dropped == 0
    assert len(world.fake.requests) == 1


def test_ten_thousand_series_are_ten_requests_in_gzip_once(world):
    flushed = world.send(*(world.point(Host=f"i-{number:017x}") for number in range(10_000)))
    assert (flushed.sent, flushed.waiting) == (10_000, 0)
    assert [status for _, _, status in world.fake.requests] == [200] * 10
    assert {encoding for _, encoding, _ in world.fake.requests} == {"gzip"}
    assert len(world.fake.series()) == 10_000


def test_a_request_of_little_is_not_compressed_and_one_of_some_kilobytes_is(world):
    world.send(world.point())
    world.send(*(world.point(Host=f"host-{number}") for number in range(20)))
    assert [encoding for _, encoding, _ in world.fake.requests] == [None, "gzip"]


def test_requests_keep_within_the_bytes_too(world):
    dimensions = {f"Dimension{number:02}": "x" * 900 for number in range(28)}
    world.send(*(world.point(N=str(number), **dimensions) for number in range(120)))
    assert len(world.fake.series()) == 120
    assert len(world.fake.requests) > 3


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "B"]),
            st.integers(0, 4),
            st.floats(allow_nan=False, allow_infinity=False, width=32),
        ),
        max_size=200,
    )
)
def test_aggregation_loses_no_value(drawn):
    points = [
        Point(Series("N", name, (), "None"), value, NOW + timedelta(minutes=minute))
        for name, minute, value in drawn
    ]
    batch = aggregate.aggregate(points)
    found = sorted(
        (datum["MetricName"], datum["Timestamp"], value)
        for datum in batch.get("N", ())
        for value, count in zip(
            datum.get("Values", [datum.get("Value")]),
            datum.get("Counts", [1] * len(datum.get("Values", [0]))),
            strict=True,
        )
        for _ in range(count)
    )
    wanted = sorted((name, int(at.timestamp()) // 60 * 60, value) for (_, name, _, _), value, at in points)
    assert found == wanted
    assert sum(aggregate.samples(datum) for datum in batch.get("N", ())) == len(points)
    assert all(len(datum.get("Values", ())) <= limits.VALUES_PER_METRIC for datum in batch.get("N", ()))


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 30), st.integers(1, 1024), st.sampled_from([1, 40, 999, 1001, 1200]))
def test_requests_are_never_larger_than_aws_takes(dimensions, chars, count):
    datum = {
        "MetricName": "M",
        "Timestamp": 0,
        "Value": 1.0,
        "Dimensions": [{"Name": f"D{number}", "Value": '"' * chars} for number in range(dimensions)],
    }
    parts = list(aggregate.requests({"N": [datum] * count}))
    assert sum(len(data) for _, data in parts) == count
    for _, data in parts:
        assert len(data) <= limits.METRICS_PER_REQUEST
        assert len(data) * len(json.dumps(datum)) <= 1_000_000 - 5000


BAD: dict[str, dict[str, Any]] = {
    "NaN": {"value": math.nan},
    "infinite": {"value": -math.inf},
    "too large": {"value": 2.0**361},
    "too small": {"value": 1e-120},
    "too old": {"at": timedelta(days=-15)},
    "too far ahead": {"at": timedelta(hours=3)},
    "31 dimensions": {f"D{number}": "x" for number in range(31)},
    "empty dimension": {"Host": ""},
    "not ASCII": {"Host": "Zürich"},
    "control character": {"Host": "a\nb"},
    "colon": {":Host": "a"},
    "empty name": {"metric": ""},
    "long name": {"metric": "x" * 256},
    "AWS's namespace": {"namespace": "AWS/EC2"},
}


@pytest.mark.parametrize("what", BAD)
def test_what_cloudwatch_would_refuse_is_dropped_before_and_counted(world, what):
    written = dict(BAD[what])
    if "at" in written:
        written["at"] += world.now
    world.send(world.point(2.0), world.point(**written))
    assert [value for _, value in world.fake.values("M")] == [2.0]
    assert [status for _, _, status in world.fake.requests] == [200]
    assert world.publisher.take_dropped() == 1
    assert "1 values dropped" in world.said[0]


@pytest.mark.parametrize("what", sorted(set(BAD) - {"too small", "colon", "control character"}))
def test_the_fake_refuses_what_we_drop(world, what):
    """Else the tests above would show nothing."""
    written = dict(BAD[what])
    if "at" in written:
        written["at"] += world.now
    batch = aggregate.aggregate([world.point(**written)])
    ((namespace, data),) = batch.items()
    world.sender.send(namespace, data)
    assert world.fake.stored == []
    assert world.sender.dropped == 1


def test_a_400_is_halved_until_only_the_datum_at_fault_is_dropped(world):
    world.fake.poison = "M501"
    world.send(*(world.point(metric=f"M{number}") for number in range(1000)))
    assert len(world.fake.series()) == 999
    assert world.publisher.take_dropped() == 1
    assert any("refuses Acme M501, dropped" in text for text in world.said)
    assert len(world.fake.requests) <= 2 * math.ceil(math.log2(1000)) + 1
    assert len(world.spool) == 0


@pytest.mark.parametrize("fault", ["500", "503", "throttle", "denied", "expired"])
def test_what_fails_for_no_fault_of_the_data_waits_and_comes_later(world, fault):
    world.fake.faults = [fault]
    flushed = world.send(world.point(1.0))
    assert (flushed.sent, flushed.waiting) == (0, 1)
    assert flushed.problem
    world.pass_(minutes=10)
    assert world.send(world.point(2.0)).waiting == 0
    assert [value for _, value in world.fake.values("M")] == [1.0, 2.0]
    assert world.publisher.take_dropped() == 0


def test_boto3_itself_tries_again_before_that(cloudwatch, tmp_path, monkeypatch):
    import botocore.endpoint  # noqa: PLC0415

    class Hasty:
        def sleep(self, _):
            pass

    monkeypatch.setattr(botocore.endpoint, "time", Hasty())
    world = World(cloudwatch, tmp_path / "spool")
    cloudwatch.faults = ["500", "throttle"]
    assert world.send(world.point()).waiting == 0
    assert [status for _, _, status in cloudwatch.requests] == [500, 400, 200]


def test_an_outage_of_an_hour_with_a_restart_loses_nothing_and_keeps_order_and_time(world):
    world.fake.outage = "gone"
    wanted = []
    for minute in range(60):
        if minute == 30:
            world.start()
        wanted.append((world.now.replace(second=0), float(minute)))
        world.send(world.point(float(minute)), world.point(1.0, metric="Other", namespace="Beta"))
        world.pass_(minutes=1)
    assert world.fake.stored == []
    world.start()
    world.fake.outage = ""
    before = len(world.fake.requests)
    assert world.send(world.point(60.0)).waiting == 0
    assert world.fake.values("M") == [*wanted, (world.now.replace(second=0), 60.0)]
    assert len(world.fake.values("Other")) == 60
    assert len(world.fake.requests) - before == 3, "many batches go in one request for each namespace"
    assert world.publisher.take_dropped() == 0
    assert list(world.folder.iterdir()) == []


def test_during_an_outage_it_asks_less_and_less(world):
    world.fake.outage = "500"
    for _ in range(60):
        world.send(world.point())
        world.pass_(minutes=1)
    assert 10 <= len(world.fake.requests) <= 25


def test_a_namespace_that_the_role_may_not_publish_to_holds_up_no_other(world):
    world.fake.closed = "Beta"
    for number in range(5):
        world.send(
            world.point(float(number), metric="N", namespace="Beta"),
            world.point(float(number)),
            patient=False,
        )
        world.pass_(minutes=1)
    assert [value for _, value in world.fake.values("M")] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert world.fake.values("N") == []
    world.fake.closed = ""
    assert world.send(patient=False).waiting == 0
    assert [value for _, value in world.fake.values("N")] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_what_fails_in_the_middle_of_the_spool_is_kept_and_not_sent_twice(world):
    world.fake.outage = "500"
    for number in range(3):
        world.send(world.point(float(number)), world.point(float(number), metric="N", namespace="Beta"))
        world.pass_(minutes=10)
    world.fake.outage = ""
    world.fake.faults = ["", "500"]
    assert world.send(world.point(3.0)).waiting == 3
    world.start()
    world.pass_(minutes=10)
    assert world.send(patient=False).waiting == 0
    assert [value for _, value in world.fake.values("M")] == [0.0, 1.0, 2.0, 3.0]
    assert [value for _, value in world.fake.values("N")] == [0.0, 1.0, 2.0]


def test_beyond_its_bound_the_spool_drops_the_oldest_and_counts(world):
    world.bound = 1000
    world.start()
    world.fake.outage = "500"
    for number in range(20):
        world.send(world.point(float(number)))
        world.pass_(minutes=1)
    assert world.spool.size_bytes <= 1000
    assert sum(path.stat().st_size for path in world.folder.iterdir()) <= 1000
    dropped = world.publisher.take_dropped()
    world.fake.outage = ""
    world.send(patient=False)
    left = [value for _, value in world.fake.values("M")]
    assert dropped > 0
    assert left == [float(number) for number in range(dropped, 20)]


def test_after_two_weeks_what_waited_is_dropped_and_counted_and_the_rest_goes(world):
    world.fake.outage = "500"
    world.send(world.point(1.0), world.point(1.0))
    world.pass_(days=13)
    world.send(world.point(2.0))
    world.pass_(days=2)
    world.fake.outage = ""
    world.send(world.point(3.0), patient=False)
    assert [value for _, value in world.fake.values("M")] == [2.0, 3.0]
    assert world.publisher.take_dropped() == 2


def test_a_spoiled_batch_is_dropped_and_the_others_go(world):
    world.fake.outage = "500"
    for number in range(3):
        world.send(world.point(float(number)))
        world.pass_(minutes=10)
    sorted(world.folder.iterdir())[1].write_bytes(gzip.compress(b'{"Acme": [{"Metr')[:-3])
    world.start()
    world.fake.outage = ""
    assert world.send().waiting == 0
    assert [value for _, value in world.fake.values("M")] == [0.0, 2.0]
    assert world.publisher.take_dropped() == 1


def test_a_disk_that_cannot_be_written_keeps_the_batch_in_memory(world):
    world.fake.outage = "500"
    world.folder.rmdir()
    world.send(world.point(1.0))
    assert "kept in memory" in world.said[0]
    world.fake.outage = ""
    world.pass_(minutes=10)
    assert world.send().waiting == 0
    assert [value for _, value in world.fake.values("M")] == [1.0]


def test_without_a_folder_the_spool_is_in_memory(cloudwatch, one_attempt):
    world = World(cloudwatch, None)
    cloudwatch.outage = "500"
    world.send(world.point(1.0))
    cloudwatch.outage = ""
    assert world.send(patient=False).sent == 1


def test_two_publishers_do_not_share_a_spool(tmp_path):
    lock = Lock(tmp_path)
    with pytest.raises(LockedError, match="Another publisher uses"):
        Lock(tmp_path)
    lock.release()
    Lock(tmp_path).release()


def test_the_codes_of_throttling_and_rights_never_count_as_bad_data():
    assert {"Throttling", "AccessDenied", "ExpiredToken", "RequestLimitExceeded"} < LATER_CODES
    assert "InvalidParameterValue" not in LATER_CODES


def test_the_units_are_those_of_botocore():
    import botocore.session  # noqa: PLC0415

    shapes = botocore.session.get_session().get_service_model("cloudwatch")
    assert set(shapes.shape_for("StandardUnit").enum) == UNITS


def test_the_fake_takes_gzip_only_once(cloudwatch):
    with running(FakeCloudWatch()) as fake:
        headers = {"X-Amz-Target": "X.PutMetricData", "Content-Encoding": "gzip"}
        body = gzip.compress(gzip.compress(b"{}"))
        assert fake.answer(headers, body)[:2] == (400, "SerializationException")
