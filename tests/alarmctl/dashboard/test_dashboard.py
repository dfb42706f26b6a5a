"""`alarmctl dashboard`: the structure that CloudWatch documents, and the drawing."""

import copy
import json
from html.parser import HTMLParser
from typing import Any

import pytest

from alarmctl import cli
from alarmctl.dashboard import page
from alarmctl.dashboard.body import problems
from alarmctl.dashboard.sample import curve

ALARM = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:acme-api-cpu"
LINES = [
    {"label": "critical > 95", "value": 95, "color": "#d13212", "fill": "above"},
    {"label": "warning > 80", "value": 80, "color": "#ff9900", "fill": "above"},
]
CPU = [
    "AWS/ECS",
    "CPUUtilization",
    "ClusterName",
    "main",
    "ServiceName",
    "api",
    {"stat": "Average", "period": 60},
]
BODY: dict[str, Any] = {
    "start": "-PT3H",
    "periodOverride": "inherit",
    "widgets": [
        {"type": "text", "x": 0, "y": 0, "width": 24, "height": 1, "properties": {"markdown": "# acme"}},
        {
            "type": "alarm",
            "x": 0,
            "y": 1,
            "width": 24,
            "height": 2,
            "properties": {"title": "Alarms", "alarms": [ALARM], "sortBy": "stateUpdatedTimestamp"},
        },
        {
            "type": "metric",
            "x": 0,
            "y": 3,
            "width": 8,
            "height": 6,
            "properties": {
                "title": "api-cpu",
                "region": "eu-west-1",
                "view": "timeSeries",
                "stacked": False,
                "metrics": [CPU],
                "yAxis": {"left": {"min": 0}},
                "annotations": {"horizontal": LINES},
            },
        },
        {
            "type": "metric",
            "x": 8,
            "y": 3,
            "width": 8,
            "height": 6,
            "properties": {
                "title": "api-tasks",
                "region": "eu-west-1",
                "metrics": [
                    ["ECS/ContainerInsights", "RunningTaskCount", {"id": "running", "visible": False}],
                    [{"expression": "5 - running", "id": "missing", "label": "tasks missing"}],
                ],
            },
        },
        {
            "type": "log",
            "x": 0,
            "y": 9,
            "width": 24,
            "height": 6,
            "properties": {
                "title": "Errors",
                "region": "eu-west-1",
                "view": "table",
                "query": "SOURCE '/ecs/<api>' | fields @timestamp, @message | limit 20",
            },
        },
    ],
}


def changed(path, value):
    """The sound body with one place set to a value; DROP takes it away."""
    body: Any = copy.deepcopy(BODY)
    *way, last = path
    place = body
    for key in way:
        place = place[key]
    if value is DROP:
        del place[last]
    else:
        place[last] = value
    return body


DROP = object()
GRAPH = ("widgets", 2, "properties")
UNSOUND = {
    "no-widgets": (("widgets",), DROP, "a dashboard is an object with a list of widgets"),
    "unknown": (("title",), "x", "dashboard: title is not known"),
    "override": (("periodOverride",), "none", "periodOverride cannot be 'none'"),
    "kind": (("widgets", 2, "type"), "graph", "type cannot be 'graph'; use alarm, log, metric, text"),
    "no-object": (("widgets", 2), "x", "widgets[2]: a widget is an object"),
    "properties": (("widgets", 2, "properties"), DROP, "widgets[2]: properties are missing"),
    "too-wide": (("widgets", 3, "width"), 17, "widgets[3]: it ends in column 25 of 24"),
    "outside": (("widgets", 2, "x"), 24, "widgets[2]: x cannot be 24"),
    "over": (("widgets", 3, "x"), 7, "widgets[3]: lies over widgets[2]"),
    "region": ((*GRAPH, "region"), DROP, "widgets[2]: region is missing"),
    "typo": ((*GRAPH, "anotations"), {}, "widgets[2]: anotations is not known"),
    "view": ((*GRAPH, "view"), "line", "view cannot be 'line'"),
    "no-metrics": ((*GRAPH, "metrics"), [], "neither metrics nor annotations.alarms"),
    "odd": (
        (*GRAPH, "metrics"),
        [["AWS/ECS", "CPUUtilization", "ClusterName"]],
        "pairs of dimension and value",
    ),
    "options-first": ((*GRAPH, "metrics"), [[{"stat": "Sum"}, "AWS/ECS", "CPU"]], "options at the end"),
    "empty": ((*GRAPH, "metrics"), [[]], "metrics[0]: a metric is a list"),
    "period": ((*GRAPH, "metrics", 0, 6, "period"), 90, "period cannot be 90"),
    "id": ((*GRAPH, "metrics", 0, 6, "id"), "M1", "id cannot be 'M1'"),
    "option": ((*GRAPH, "metrics", 0, 6, "statistic"), "Sum", "statistic is not known"),
    "expression": (
        (*GRAPH, "metrics"),
        [["AWS/ECS", "CPU", {"expression": "1"}]],
        "an expression stands by itself",
    ),
    "twice": (
        (*GRAPH, "metrics"),
        [["A", "b", {"id": "m"}], ["A", "c", {"id": "m"}]],
        "stand there twice: m",
    ),
    "value": ((*GRAPH, "annotations", "horizontal", 0, "value"), "95", "value cannot be '95'"),
    "no-value": ((*GRAPH, "annotations", "horizontal", 0, "value"), DROP, "horizontal[0]: value is missing"),
    "fill": ((*GRAPH, "annotations", "horizontal", 0, "fill"), "over", "fill cannot be 'over'"),
    "colour": ((*GRAPH, "annotations", "horizontal", 0, "color"), "red", "color cannot be 'red'"),
    "line": ((*GRAPH, "annotations", "horizontal"), [95], "a line is an object"),
    "axis": ((*GRAPH, "yAxis"), {"top": {}}, "yAxis has left and right"),
    "axis-min": ((*GRAPH, "yAxis", "left", "min"), "0", "min cannot be '0'"),
    "alarms": (("widgets", 1, "properties", "alarms"), [], "0 alarms; 1 to 100 are possible"),
    "name": (("widgets", 1, "properties", "alarms"), ["acme-api-cpu"], "no alarm's ARN: 'acme-api-cpu'"),
    "sort": (("widgets", 1, "properties", "sortBy"), "state", "sortBy cannot be 'state'"),
    "markdown": (("widgets", 0, "properties", "markdown"), DROP, "markdown is missing"),
    "source": (("widgets", 4, "properties", "query"), "fields @message", "begins with SOURCE"),
}


class TestBody:
    def test_a_sound_one_has_no_problems(self):
        assert problems(BODY) == []

    @pytest.mark.parametrize("case", UNSOUND)
    def test_says_where_it_is_unsound(self, case):
        path, value, message = UNSOUND[case]
        found = problems(changed(path, value))
        assert len(found) == 1
        assert message in found[0]

    def test_counts(self):
        widget = {"type": "text", "properties": {"markdown": "x"}}
        assert problems({"widgets": [widget] * 501}) == ["dashboard: 501 widgets, more than 500"]
        many = changed((*GRAPH, "metrics"), [["A", "b"]] * 501)
        assert problems(many) == ["widgets[2]: 501 metrics, more than 500"]
        assert "101 alarms" in problems(changed(("widgets", 1, "properties", "alarms"), [ALARM] * 101))[0]

    @pytest.mark.parametrize("junk", [None, [], "x", 1, {}, {"widgets": {}}, {"widgets": [None, [], {}, 3]}])
    def test_any_json_has_an_answer(self, junk):
        assert problems(junk)


class Balanced(HTMLParser):
    """Holds the page to closed tags, and gathers its text."""

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002  the parser's own signature
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


class TestPage:
    def test_shows_every_widget(self):
        parser = Balanced()
        parser.feed(page.render({"acme": BODY}))
        assert parser.open == []
        text = "\n".join(parser.texts)
        for said in (
            "acme-api-cpu",
            "OK",
            "api-cpu",
            "critical > 95",
            "tasks missing",
            "'/ecs/<api>'",
            "@message",
        ):
            assert said in text
        assert "RunningTaskCount" not in text  # it only feeds the expression
        assert "samples" in text

    def test_text_cannot_break_out(self):
        drawn = page.render({"<b>": changed((*GRAPH, "title"), "<script>alert(1)</script>")})
        assert "<script>" not in drawn

    def test_graphs_are_drawn_inside_their_frame(self):
        svg = page._graph(BODY["widgets"][2]["properties"], 440, 200).partition("<ol>")[0]
        plain = svg.replace("class=grid", "")
        points = plain.split('polyline points="')[1].partition('"')[0].split()
        places = [tuple(map(float, point.split(","))) for point in points]
        assert all(page.LEFT <= x <= 440 - page.RIGHT and page.TOP <= y <= 180 for x, y in places)
        threshold = float(plain.split('stroke="#ff9900"')[0].rpartition("y1=")[2].split()[0])
        assert all(y > threshold for _, y in places)  # below the line: quiet

    @pytest.mark.parametrize(
        ("above", "below"), [([80, 95], []), ([], [2]), ([90], [10]), ([0], []), ([], [0]), ([], [])]
    )
    def test_samples_are_on_the_good_side(self, above, below):
        values = curve("x", above, below)
        assert values == curve("x", above, below)
        assert all(value <= limit for value in values for limit in above)
        assert all(value >= limit for value in values for limit in below)


class TestCommand:
    @pytest.fixture
    def file(self, tmp_path):
        def write(document, name="acme.json"):
            path = tmp_path / name
            path.write_text(document if isinstance(document, str) else json.dumps(document))
            return str(path)

        return write

    def plan(self, **bodies):
        resources = [
            {
                "type": "aws_cloudwatch_dashboard",
                "values": {"dashboard_name": name, "dashboard_body": json.dumps(body)},
            }
            for name, body in bodies.items()
        ]
        module = {"child_modules": [{"resources": resources}], "resources": [{"type": "aws_sns_topic"}]}
        return {"planned_values": {"root_module": module}}

    def test_outlines_a_body(self, file, capsys):
        assert cli.main(["dashboard", file(BODY)]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "acme",
            "  text   # acme",
            "  alarm  Alarms: 1",
            "  metric api-cpu: critical > 95, warning > 80",
            "  metric api-tasks",
            "  log    Errors",
        ]

    def test_draws_what_a_plan_will_make(self, file, tmp_path):
        output = tmp_path / "drawn.html"
        plan = file(self.plan(one=BODY, two=BODY))
        assert cli.main(["dashboard", plan, "--format", "html", "--output", str(output)]) == 0
        assert output.read_text().count("<main") == 2
        assert (
            cli.main(["dashboard", plan, "--name", "two", "--format", "html", "--output", str(output)]) == 0
        )
        assert output.read_text().count("<main") == 1

    def test_reads_the_answer_of_get_dashboard(self, file, capsys):
        answer = {"DashboardName": "live", "DashboardBody": json.dumps(BODY)}
        assert cli.main(["dashboard", file(answer), "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"live": BODY}

    def test_an_unsound_body_is_a_finding(self, file, capsys):
        unsound = file(changed((*GRAPH, "region"), DROP))
        assert cli.main(["dashboard", unsound]) == 1
        assert capsys.readouterr().err == "acme: widgets[2]: region is missing\n"
        assert cli.main(["dashboard", unsound, "--format", "html"]) == 1
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ("{", "this is no JSON"),
            ("[]", "neither a dashboard's body nor a Terraform plan"),
            (
                {"planned_values": {"root_module": {}}},
                "there is no aws_cloudwatch_dashboard whose body is known",
            ),
        ],
    )
    def test_refuses_other_files(self, file, capsys, document, message):
        assert cli.main(["dashboard", file(document)]) == 2
        assert message in capsys.readouterr().err

    def test_refuses_what_is_not_there(self, file, capsys):
        assert cli.main(["dashboard", "no-such.json"]) == 2
        assert "no-such.json: No such file" in capsys.readouterr().err
        assert cli.main(["dashboard", file(self.plan(one=BODY)), "--name", "two"]) == 2
        assert "there is no dashboard two; there are: one" in capsys.readouterr().err
