"""What a reader sees of GuardDuty, Security Hub and Inspector."""

import pytest

from notify_slack import events
from notify_slack.envelope import unwrap
from notify_slack.model import Severity, Status


def parse(event):
    (received,) = unwrap(event)
    return events.parse(received)


def values(fields):
    return {field.title: field.value for field in fields}


def test_guardduty_says_who_did_what_from_where(load):
    found = parse(load("guardduty-api-call"))
    assert found.title == "Credentials of the instance role acme-api were used outside AWS."
    assert (found.status, found.state, found.suggested) == (
        Status.FIRING,
        "GuardDuty finding (high)",
        Severity.CRITICAL,
    )
    assert found.summary.endswith("`ListBuckets` of s3.amazonaws.com was called, and refused: AccessDenied.")
    assert values(found.details) == {"Instance": "`i-0aaaabbbbccccdddd`", "User": "`acme-api`"}
    assert values(found.fields)["From"] == "203.0.113.20 (Example Hosting, Reykjavik, Iceland)"
    assert found.links[0].url == (
        "https://eu-west-1.console.aws.amazon.com/guardduty/home?region=eu-west-1"
        "#/findings?macros=current&fId=3ac1f0d2b4e56789a11c0000000000ff"
    )
    assert "ASIAACMEACMEEXAMPLE1" not in repr(found)


def test_guardduty_links_into_the_partition_of_its_region(load):
    event = load("guardduty-api-call")
    event["detail"]["region"] = "cn-north-1"
    assert parse(event).links[0].url.startswith("https://cn-north-1.console.amazonaws.cn/guardduty/")


@pytest.mark.parametrize(
    ("severity", "level", "suggested"),
    [
        (9.1, "critical", Severity.CRITICAL),
        ("8", "high", Severity.CRITICAL),
        (7, "high", Severity.CRITICAL),
        (4, "medium", Severity.WARNING),
        (1.5, "low", Severity.INFO),
    ],
)
def test_guardduty_levels(severity, level, suggested, load):
    event = load("guardduty-api-call")
    event["detail"]["severity"] = severity
    found = parse(event)
    assert found.state == f"GuardDuty finding ({level})"
    assert found.suggested is suggested


def test_guardduty_without_severity_or_count_says_nothing_of_them(load):
    event = load("guardduty-api-call")
    del event["detail"]["severity"], event["detail"]["service"]["count"]
    found = parse(event)
    assert (found.state, found.suggested) == ("GuardDuty finding", Severity.WARNING)
    assert not {"GuardDuty severity", "Seen"} & values(found.fields).keys()


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ({"actionType": "DNS_REQUEST", "dnsRequestAction": {"domain": "bad.example"}}, "`bad.example`"),
        (
            {
                "actionType": "KUBERNETES_API_CALL",
                "kubernetesApiCallAction": {"requestUri": "/api/v1/secrets", "verb": "list"},
            },
            "The Kubernetes call was `LIST /api/v1/secrets`",
        ),
        (
            {
                "actionType": "NETWORK_CONNECTION",
                "networkConnectionAction": {
                    "connectionDirection": "INBOUND",
                    "localPortDetails": {"port": 22, "portName": "SSH"},
                },
            },
            "Port 22 (SSH), inbound.",
        ),
        (
            {
                "actionType": "PORT_PROBE",
                "portProbeAction": {
                    "portProbeDetails": [
                        {
                            "localPortDetails": {"port": port, "portName": "Unknown"},
                            "remoteIpDetails": {"ipAddressV4": f"203.0.113.{port}"},
                        }
                        for port in (21, 22, 23, 25)
                    ]
                },
            },
            "Port 21, 22, 23 and 1 more.",
        ),
        (
            {
                "actionType": "RDS_LOGIN_ATTEMPT",
                "rdsLoginAttemptAction": {
                    "loginAttributes": [
                        {"user": "root", "failedLoginAttempts": 12, "successfulLoginAttempts": 1},
                        {"user": "", "failedLoginAttempts": 1},
                    ]
                },
            },
            "Logins of user `root`: 12 failed and 1 successful.",
        ),
        (
            {
                "actionType": "AWS_API_CALL",
                "awsApiCallAction": {"api": "ListBuckets", "serviceName": "s3.amazonaws.com"},
            },
            "`ListBuckets` of s3.amazonaws.com was called.",
        ),
        ({"actionType": "SOMETHING_NEW"}, "external address."),
    ],
)
def test_guardduty_actions_in_words(action, said, load):
    event = load("guardduty-api-call")
    event["detail"]["service"]["action"] = action
    assert said in parse(event).summary


def test_guardduty_lists_every_probing_address(load):
    event = load("guardduty-api-call")
    probes = [{"remoteIpDetails": {"ipAddressV4": f"203.0.113.{n}"}} for n in range(5)]
    event["detail"]["service"]["action"] = {
        "actionType": "PORT_PROBE",
        "portProbeAction": {"portProbeDetails": probes},
    }
    assert values(parse(event).fields)["From"] == "203.0.113.0, 203.0.113.1, 203.0.113.2 and 2 more"


def test_guardduty_names_every_kind_of_resource(load):
    event = load("guardduty-api-call")
    event["detail"]["resource"] = {
        "s3BucketDetails": [{"name": "acme-a"}, {"name": "acme-b"}],
        "ebsVolumeDetails": {"scannedVolumeDetails": [{"volumeArn": "arn:aws:ec2:eu-west-1:1:volume/vol-1"}]},
        "rdsDbInstanceDetails": {"dbInstanceIdentifier": "orders"},
    }
    assert [(field.title, field.value) for field in parse(event).details] == [
        ("DB instance", "`orders`"),
        ("Bucket", "`acme-a`"),
        ("Bucket", "`acme-b`"),
        ("Volume", "`vol-1`"),
    ]


def test_guardduty_told_again_with_more_is_another_event_but_a_copy_is_none(load):
    event = load("guardduty-api-call")
    for_the_administrator = event | {"id": "another", "account": "210987654321"}
    later = load("guardduty-api-call")
    later["detail"]["updatedAt"] = "2026-03-02T11:00:00Z"
    assert parse(for_the_administrator).key == parse(event).key != parse(later).key


def test_guardduty_names_the_process(load):
    event = load("guardduty-api-call")
    event["detail"]["service"]["runtimeDetails"] = {"process": {"executablePath": "/var/lib/miner"}}
    assert values(parse(event).fields)["Process"] == "/var/lib/miner"


def test_an_archived_guardduty_finding_alarms_nobody(load):
    event = load("guardduty-api-call")
    event["detail"]["service"]["archived"] = True
    found = parse(event)
    assert (found.status, found.suggested) == (Status.NOTICE, Severity.INFO)


def test_a_finding_whose_source_was_left_out_is_still_known(load):
    event = load("guardduty-api-call")
    del event["source"]
    assert parse(event).kind == "guardduty"
    assert parse(event | {"source": "my.app"}).kind == "custom"
    assert parse(event | {"source": "aws.other"}).kind == "guardduty"


@pytest.mark.parametrize(
    ("result", "status", "severity", "headline"),
    [
        ("THREATS_FOUND", Status.FIRING, Severity.CRITICAL, "S3 object incoming/invoice.zip"),
        ("NO_THREATS_FOUND", Status.NOTICE, Severity.INFO, "S3 object incoming/invoice.zip has no malware"),
        ("ACCESS_DENIED", Status.FIRING, Severity.WARNING, "S3 object incoming/invoice.zip"),
        ("NEW_RESULT", Status.NOTICE, Severity.WARNING, "S3 object incoming/invoice.zip new result"),
    ],
)
def test_malware(result, status, severity, headline, load):
    event = load("malware")
    event["detail"]["scanResultDetails"]["scanResultStatus"] = result
    found = parse(event)
    assert (found.status, found.suggested, found.title) == (status, severity, headline)
    assert values(found.details) == {"Threat": "`EICAR-Test-File`"}


def test_one_security_hub_finding_in_full(load):
    found = parse(load("securityhub-imported"))
    assert found.title == "S3 buckets should block public access"
    assert (found.status, found.state) == (Status.FIRING, "Security Hub finding (high)")
    assert found.suggested is Severity.WARNING
    assert found.description == "Follow the control's steps."
    assert [field.value for field in found.details] == ["`arn:aws:s3:::acme-data-8`"]
    assert [link.label for link in found.links] == ["Finding", "How to fix"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Compliance": {"Status": "PASSED"}}, Status.RESOLVED),
        ({"Workflow": {"Status": "RESOLVED"}}, Status.RESOLVED),
        ({"Workflow": {"Status": "SUPPRESSED"}}, Status.NOTICE),
        ({"Workflow": {"Status": "NOTIFIED"}}, Status.FIRING),
        ({"RecordState": "ARCHIVED"}, Status.RESOLVED),
        ({"Compliance": None}, Status.FIRING),
    ],
)
def test_security_hub_knows_what_is_closed(change, status, load):
    event = load("securityhub-imported")
    event["detail"]["findings"][0] |= change
    assert parse(event).status is status
    assert parse(event).key != parse(load("securityhub-imported")).key


def test_a_finding_of_the_aggregating_region_is_the_same_one(load):
    event = load("securityhub-imported")
    copy = event | {"id": "another", "region": "us-east-1"}
    assert parse(copy).key == parse(event).key
    assert parse(copy).region == "eu-west-1"


def test_every_finding_of_a_custom_action_is_listed_worst_first(load):
    found = parse(load("securityhub-action"))
    assert (found.title, found.state, found.suggested) == (
        "3 Security Hub findings",
        "Worst is critical",
        Severity.CRITICAL,
    )
    assert [(field.title, field.value) for field in found.details] == [
        ("critical, open", "S3 buckets should block public access: `acme-data-8`"),
        ("medium, open", "S3 buckets should require TLS: `acme-data-5`"),
        ("low, resolved", "S3 buckets should log access: `acme-data-9`"),
    ]
    assert values(found.fields) == {"Sent by": "Tell the channel"}


def test_many_findings_are_counted_not_dropped(load):
    event = load("securityhub-action")
    finding = event["detail"]["findings"][0]
    event["detail"]["findings"] = [finding | {"Id": str(n), "Resources": []} for n in range(25)]
    found = parse(event)
    assert found.title == "25 Security Hub findings"
    assert found.details[-1].value == "and 15 more"


def test_security_hub_without_a_finding_says_so(load):
    event = load("securityhub-action")
    event["detail"]["findings"] = []
    found = parse(event)
    assert (found.title, found.summary) == ("0 Security Hub findings", "The event holds no finding.")


def test_one_finding_sent_by_hand_is_told_each_time(load):
    event = load("securityhub-action")
    event["detail"]["findings"] = event["detail"]["findings"][:1]
    assert parse(event).key == event["id"]
    assert values(parse(event).fields)["Sent by"] == "Tell the channel"


def test_mixed_findings_are_as_open_as_the_most_open(load):
    event = load("securityhub-action")
    for finding in event["detail"]["findings"]:
        finding["Compliance"] = {"Status": "PASSED"}
    assert parse(event).status is Status.RESOLVED
    event["detail"]["findings"][0]["Workflow"] = {"Status": "SUPPRESSED"}
    event["detail"]["findings"][0]["Severity"] = {"Label": "odd"}
    found = parse(event)
    assert found.status is Status.NOTICE
    assert found.details[-1].title == "odd, suppressed"


@pytest.mark.parametrize(
    ("severity", "fields", "level"),
    [
        ({"Label": "LOW", "Normalized": 90}, {}, "low"),
        ({"Normalized": 90}, {}, "critical"),
        ({"Normalized": 0}, {}, "informational"),
        ({"Normalized": -3}, {}, ""),
        ({"Normalized": 6}, {"aws/securityhub/SeverityLabel": "LOW"}, "low"),
        ({}, {}, ""),
    ],
)
def test_security_hub_severity_of_old_findings(severity, fields, level, load):
    event = load("securityhub-imported")
    event["detail"]["findings"][0] |= {"Severity": severity, "ProductFields": fields, "ProductName": ""}
    found = parse(event)
    assert values(found.fields).get("Finding severity", "") == level
    assert found.state == (f"Security Hub finding ({level})" if level else "Security Hub finding")


def test_an_insight_lists_its_groups(load):
    found = parse(load("securityhub-insight"))
    assert found.title == "Buckets with the most findings"
    assert [(field.title, field.value) for field in found.details] == [
        ("arn:aws:s3:::acme-data-8", "7"),
        ("arn:aws:s3:::acme-data-5", "2"),
    ]


def test_findings_of_the_new_security_hub(load):
    event = load("securityhub-v2")
    found = parse(event)
    assert found.title.startswith("Potential remote execution")
    assert found.state == "Security Hub Exposure Detection finding (critical)"
    assert found.links[1].url.endswith("exposure-ec2-instance.html")
    event["detail"]["findings"][0]["compliance"] = {"status": "Pass"}
    assert parse(event).status is Status.RESOLVED


def test_inspector_names_packages_fix_and_score(load):
    found = parse(load("inspector-finding"))
    assert (found.title, found.state) == ("CVE-2026-0001 - openssl, libssl", "Inspector finding (critical)")
    assert [(field.title, field.value) for field in found.details] == [
        ("Resource", "`i-0aaaabbbbccccdddd (ec2 instance)`"),
        ("Resource", "`sha256:0f0f (ecr container image)`"),
        ("Package", "`openssl 3.0.1, fixed in 3.0.9`"),
        ("Package", "`libssl 3.0.1`"),
    ]
    assert values(found.fields)["Inspector score"] == "9.8"
    assert found.description == "Update the packages below."


@pytest.mark.parametrize(
    ("state", "status"),
    [("ACTIVE", Status.FIRING), ("CLOSED", Status.RESOLVED), ("SUPPRESSED", Status.NOTICE)],
)
def test_inspector_knows_what_is_closed(state, status, load):
    event = load("inspector-finding")
    event["detail"] |= {"status": state, "remediation": {"recommendation": {"text": "None Provided"}}}
    event["detail"]["resources"].append({"id": "plain"})
    found = parse(event)
    assert found.status is status
    assert found.description == ""
    assert found.details[2].value == "`plain`"


@pytest.mark.parametrize(
    ("counts", "status", "title"),
    [
        ({"CRITICAL": 1, "HIGH": 4, "MEDIUM": 0, "TOTAL": 5}, Status.FIRING, "Inspector scan of acme/api"),
        ({"MEDIUM": 2}, Status.NOTICE, "Inspector scan of acme/api found 2 medium"),
        ({}, Status.NOTICE, "Inspector scan of acme/api found no findings"),
    ],
)
def test_inspector_scan(counts, status, title, load):
    event = load("inspector-scan")
    event["detail"]["finding-severity-counts"] = counts
    found = parse(event)
    assert (found.status, found.title) == (status, title)


@pytest.mark.parametrize(
    ("state", "status", "title"),
    [
        ("INACTIVE", Status.FIRING, "Inspector coverage of i-0aaaabbbbccccdddd"),
        ("ACTIVE", Status.NOTICE, "Inspector coverage of i-0aaaabbbbccccdddd is active"),
        ("", Status.NOTICE, "Inspector coverage of i-0aaaabbbbccccdddd changed"),
    ],
)
def test_inspector_coverage(state, status, title, load):
    event = load("inspector-coverage")
    event["detail"]["scanStatus"]["statusCodeValue"] = state
    found = parse(event)
    assert (found.status, found.title) == (status, title)
    assert "unmanaged ec2 instance" in found.summary


def test_inspector_classic(load):
    body = load("inspector-classic")
    found = parse(body)
    assert (found.title, found.summary) == ("Inspector assessment run completed", "3 findings.")
    assert (found.account, found.region) == ("123456789012", "eu-west-1")
    reported = body | {"event": "FINDING_REPORTED", "finding": "arn:aws:inspector:x", "newstate": "DONE"}
    found = parse(reported)
    assert found.suggested is Severity.WARNING
    assert found.summary == "New state: done. 3 findings."
    assert found.details[0].value == "`arn:aws:inspector:x`"
    assert parse(body | {"event": "NEW_ONE"}).title == "Inspector: new one"


@pytest.mark.parametrize(
    ("ports", "said"),
    [({"begin": 22, "end": 22}, "TCP 22"), ({"begin": 20, "end": 25}, "TCP 20 to 25"), ({}, None)],
)
def test_inspector_names_open_ports(ports, said, load):
    event = load("inspector-finding")
    event["detail"]["networkReachabilityDetails"] = {"protocol": "TCP", "openPortRange": ports}
    assert values(parse(event).fields).get("Reachable") == said


def test_json_that_only_looks_like_inspector_is_nobodys(load):
    assert parse({"event": "deploy", "template": "blue"}).kind == "custom"
