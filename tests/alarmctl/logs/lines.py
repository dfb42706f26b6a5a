"""Lines as Application Load Balancers write them, made by us from AWS's description of the fields.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
"""

from dataclasses import dataclass, field

LB = "app/public/50dc6c495c0c9188"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup"
API = f"{GROUP}/api/73e2d6bc24d8a067"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
TLS12 = ("ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2")
TLS13 = ("TLS_AES_128_GCM_SHA256", "TLSv1.3")
OLD_TLS = ("ECDHE-RSA-AES128-SHA", "TLSv1")
PLAIN = ("-", "-")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
NEW, OLD, OLDER = "since May 2024", "until May 2024", "until 2019"


@dataclass(frozen=True)
class Line:
    """One request; `expected` are fields that the table must read out of it."""

    what: str
    kind: str = "https"
    second: int = 0
    client: str = "198.51.100.7:46532"
    target: str = "10.0.1.20:8080"
    times: str = "0.001 0.020 0.000"
    status: str = "200 200"
    sizes: str = "430 1270"
    request: str = "GET https://shop.example.com:443/orders/4711 HTTP/2.0"
    agent: str = BROWSER
    tls: tuple[str, str] = TLS13
    group: str = API
    domain: str = "shop.example.com"
    certificate: str = CERTIFICATE
    rule: str = "10"
    actions: str = "forward"
    redirect: str = "-"
    reason: str = "-"
    targets: str = ""
    codes: str = ""
    classification: str = "-"
    why: str = "-"
    age: str = NEW
    rest: str = ""
    day: str = "2026-03-02"
    expected: dict[str, str | None] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The line as it stands in the file."""
        at = f"{self.day}T10:{self.second // 60:02}:{self.second % 60:02}.186641Z"
        trace = "Root=1-58337262-36d228ad5d99923122bbe354"
        domain = self.domain if self.kind in {"https", "h2", "grpcs", "wss"} else "-"
        certificate = self.certificate if domain != "-" else "-"
        targets = self.targets or self.target
        codes = self.codes or self.status.split()[1]
        told = (
            f"{self.kind} {at} {LB} {self.client} {self.target} {self.times} {self.status} {self.sizes}"
            f' "{self.request}" "{self.agent}" {self.tls[0]} {self.tls[1]} {self.group} "{trace}"'
            f' "{domain}" "{certificate}" {self.rule} {at} "{self.actions}" "{self.redirect}" "{self.reason}"'
        )
        if self.age == OLDER:
            return told
        told += f' "{targets}" "{codes}" "{self.classification}" "{self.why}"'
        if self.age == OLD:
            return told
        return f"{told} TID_1234abcd5678ef90{self.rest}"


def plain(what, second, **changed):
    """A request over HTTP."""
    request = changed.pop("request", "GET http://shop.example.com:80/ HTTP/1.1")
    return Line(what, "http", second, request=request, tls=PLAIN, **changed)


def refused(what, second, status, **changed):
    """One that the load balancer answered itself."""
    kept = {"target": "-", "times": "-1 -1 -1", "status": f"{status} -"} | changed
    return Line(what, second=second, **kept)


IPV6 = "2001:db8:85a3:0:0:8a2e:370:7334"
SLOW = "0.002 4.500 0.000"
ORDER = "https://shop.example.com:443/orders"
UUID = "6f1c1a52-8b1e-4a39-9d3c-0a1b2c3d4e5f"

LINES = (
    plain("plain HTTP", 1, expected={"type": "http", "ssl_protocol": "-", "request_proto": "HTTP/1.1"}),
    plain("HTTP/1.0 of an old client", 2, request="GET http://10.0.0.30:80/ HTTP/1.0", agent="-"),
    plain("a health checker", 3, request="HEAD http://10.0.0.30:80/health HTTP/1.1", agent="checker/1.0"),
    plain(
        "redirect to HTTPS",
        4,
        target="-",
        times="0.000 -1 0.000",
        status="301 -",
        group="-",
        rule="0",
        actions="redirect",
        redirect="https://shop.example.com:443/",
        expected={
            "redirect_url": "https://shop.example.com:443/",
            "target_ip": None,
            "target_group_arn": "-",
        },
    ),
    plain(
        "redirect with WAF before it",
        5,
        target="-",
        status="302 -",
        group="-",
        actions="waf,redirect",
        redirect="https://shop.example.com:443/new?from=old&n=1",
        expected={"actions_executed": "waf,redirect"},
    ),
    Line(
        "HTTPS",
        second=6,
        expected={"client_ip": "198.51.100.7", "client_port": "46532", "ssl_protocol": "TLSv1.3"},
    ),
    Line("HTTPS over TLS 1.2", second=7, tls=TLS12, expected={"ssl_protocol": "TLSv1.2"}),
    Line("HTTPS over TLS 1.0", second=8, tls=OLD_TLS, client="203.0.113.9:1999", agent="Java/1.7.0_80"),
    Line(
        "HTTP/2",
        "h2",
        9,
        expected={"type": "h2", "request_proto": "HTTP/2.0", "conn_trace_id": "TID_1234abcd5678ef90"},
    ),
    Line("HTTP/2 with a query", "h2", 10, request=f"GET {ORDER}?q=a%20b&size=10 HTTP/2.0"),
    Line("HTTP/2, created", "h2", 11, request=f"POST {ORDER} HTTP/2.0", status="201 201", sizes="2210 310"),
    Line("HTTP/2 with an UUID", "h2", 12, request=f"PUT {ORDER}/{UUID} HTTP/2.0", times="0.001 0.300 0.000"),
    Line(
        "gRPC",
        "grpcs",
        13,
        request="POST https://shop.example.com:443/acme.Stock/Get HTTP/2.0",
        agent="grpc-go/1.64.0",
        expected={"type": "grpcs", "request_url": "https://shop.example.com:443/acme.Stock/Get"},
    ),
    Line(
        "gRPC that failed",
        "grpcs",
        14,
        request="POST https://shop.example.com:443/acme.Stock/Get HTTP/2.0",
        status="502 -",
        times="0.001 -1 -1",
        agent="grpc-java-netty/1.60.0",
    ),
    Line(
        "WebSocket",
        "ws",
        15,
        request="GET http://shop.example.com:80/live HTTP/1.1",
        status="101 101",
        times="0.001 0.003 0.000",
        tls=PLAIN,
        expected={"type": "ws", "elb_status_code": "101"},
    ),
    Line(
        "WebSocket over TLS",
        "wss",
        16,
        request="GET https://shop.example.com:443/live HTTP/1.1",
        status="101 101",
        sizes="718 882144",
        tls=TLS12,
    ),
    Line(
        "Lambda",
        second=17,
        target="-",
        group=f"{GROUP}/invoice/73e2d6bc24d8a070",
        request="POST https://shop.example.com:443/invoice HTTP/2.0",
        times="0.000 0.813 0.000",
        expected={"target_ip": None, "target_port": None, "target_processing_time": "0.813"},
    ),
    Line(
        "Lambda that failed",
        second=18,
        target="-",
        group=f"{GROUP}/invoice/73e2d6bc24d8a070",
        request="POST https://shop.example.com:443/invoice HTTP/2.0",
        times="0.000 3.001 0.000",
        status="502 -",
        reason="LambdaUnhandled",
        expected={"error_reason": "LambdaUnhandled"},
    ),
    Line(
        "Lambda with a bad answer",
        second=19,
        target="-",
        group=f"{GROUP}/invoice/73e2d6bc24d8a070",
        request="POST https://shop.example.com:443/invoice HTTP/1.1",
        status="502 -",
        reason="LambdaInvalidResponse",
    ),
    refused(
        "blocked by WAF",
        20,
        403,
        actions="waf",
        group="-",
        rule="-1",
        client="192.0.2.66:50111",
        agent="sqlmap/1.8",
        request="GET https://shop.example.com:443/?id=1%27%20OR%201=1 HTTP/1.1",
        expected={"actions_executed": "waf", "matched_rule_priority": "-1"},
    ),
    refused(
        "WAF away",
        21,
        500,
        actions="waf-failed",
        group="-",
        reason="WAFConnectionError",
        expected={"error_reason": "WAFConnectionError"},
    ),
    Line("WAF let it pass", second=22, actions="waf,forward", expected={"actions_executed": "waf,forward"}),
    Line(
        "signed in by OpenID",
        second=23,
        actions="authenticate,forward",
        request="GET https://admin.example.com:443/ HTTP/2.0",
        domain="admin.example.com",
    ),
    refused(
        "sign-in failed",
        24,
        401,
        actions="authenticate",
        reason="AuthInvalidStateParam",
        domain="admin.example.com",
        request="GET https://admin.example.com:443/oauth2/idpresponse?code=x HTTP/2.0",
    ),
    refused(
        "fixed answer",
        25,
        404,
        actions="fixed-response",
        group="-",
        request="GET https://shop.example.com:443/.env HTTP/1.1",
        client="192.0.2.66:50112",
    ),
    Line(
        "target answered 500",
        second=26,
        status="500 500",
        request=f"GET {ORDER}/42 HTTP/2.0",
        expected={"target_status_code": "500"},
    ),
    Line("target answered 503", second=27, status="503 503", request=f"GET {ORDER}/43?full=1 HTTP/2.0"),
    Line(
        "target answered 500 to a v1 client",
        second=28,
        status="500 500",
        request="GET https://shop.example.com:443/v1/stock/7 HTTP/2.0",
    ),
    refused("no healthy target", 29, 503, request=f"GET {ORDER} HTTP/2.0"),
    Line("target closed", second=30, status="502 -", times="0.001 -1 -1", request=f"POST {ORDER} HTTP/2.0"),
    Line(
        "target too slow",
        second=31,
        status="504 -",
        times="0.001 -1 -1",
        request="GET https://shop.example.com:443/report HTTP/2.0",
    ),
    Line("client gone", second=32, status="460 -", times="0.001 -1 -1", sizes="430 0"),
    Line("too many hops", second=33, status="463 -", target="-", times="-1 -1 -1"),
    plain(
        "bad request",
        34,
        request="- http://shop.example.com:80- -",
        target="-",
        times="-1 -1 -1",
        status="400 -",
        sizes="0 272",
        group="-",
        rule="-",
        agent="-",
        expected={"request_verb": "-", "request_url": "http://shop.example.com:80-", "request_proto": "-"},
    ),
    plain(
        "bad request, with a space at its end",
        35,
        request="- http://shop.example.com:80- - ",
        target="-",
        times="-1 -1 -1",
        status="400 -",
        sizes="0 272",
        group="-",
        rule="-",
        agent="-",
        expected={"request_url": "http://shop.example.com:80-", "request_proto": "-"},
    ),
    plain(
        "no request at all",
        36,
        request="-",
        target="-",
        times="-1 -1 -1",
        status="408 -",
        sizes="0 0",
        group="-",
        rule="-",
        agent="-",
        expected={"request_verb": None, "elb_status_code": "408"},
    ),
    plain(
        "a space in the address",
        37,
        request="GET http://shop.example.com:80/a b c HTTP/1.1",
        expected={"request_url": "http://shop.example.com:80/a b c"},
    ),
    Line(
        "IPv6 client", second=38, client=f"{IPV6}:51234", expected={"client_ip": IPV6, "client_port": "51234"}
    ),
    Line("IPv6 client in brackets", second=39, client=f"[{IPV6}]:51234", expected={"client_ip": f"[{IPV6}]"}),
    Line(
        "IPv6 target", second=40, target=f"{IPV6}:8080", expected={"target_ip": IPV6, "target_port": "8080"}
    ),
    Line(
        "quotes in the user agent, as hexadecimal",
        second=41,
        agent=r"curl/8 \x22quoted\x22",
        expected={"user_agent": r"curl/8 \x22quoted\x22"},
    ),
    Line(
        "quotes in the user agent, with backslashes",
        second=42,
        agent=r"bot \"2.0\" (x)",
        expected={"user_agent": r"bot \"2.0\" (x)"},
    ),
    Line(
        "a backslash at the user agent's end",
        second=43,
        agent="C:\\agent\\",
        expected={"user_agent": "C:\\agent\\", "ssl_protocol": "TLSv1.3"},
    ),
    Line("an empty user agent", second=44, agent="", expected={"user_agent": ""}),
    Line(
        "a user agent beyond ASCII",
        second=45,
        agent="Bücher-App/3.1 (日本)",
        expected={"user_agent": "Bücher-App/3.1 (日本)"},
    ),
    Line("a long user agent", second=46, agent="x" * 8000),
    Line(
        "quotes in the address", second=47, request=r"GET https://shop.example.com:443/?q=\x22x\x22 HTTP/2.0"
    ),
    Line(
        "a slow report",
        second=48,
        request="GET https://shop.example.com:443/report HTTP/2.0",
        times=SLOW,
        expected={"target_processing_time": "4.500"},
    ),
    Line(
        "a slow report again",
        second=49,
        request="GET https://shop.example.com:443/report?year=2025 HTTP/2.0",
        times="0.002 5.500 0.000",
    ),
    Line(
        "acceptable classification",
        second=50,
        classification="Acceptable",
        why="SpaceInUri",
        expected={"classification": "Acceptable", "classification_reason": "SpaceInUri"},
    ),
    refused("severe classification", 51, 400, classification="Severe", why="MultipleContentLength"),
    Line("no name in the handshake", second=52, domain="-"),
    Line(
        "several targets",
        second=53,
        targets="10.0.1.20:8080 10.0.1.21:8080",
        codes="502 200",
        expected={"target_port_list": "10.0.1.20:8080 10.0.1.21:8080", "target_status_code_list": "502 200"},
    ),
    Line("another target", second=54, target="10.0.1.21:8080", sizes="900 700000"),
    Line(
        "before conn_trace_id",
        second=55,
        age=OLD,
        day="2023-11-05",
        expected={"conn_trace_id": None, "classification": "-"},
    ),
    Line("before conn_trace_id, IPv6", second=56, age=OLD, day="2023-11-05", client=f"{IPV6}:443"),
    Line(
        "before conn_trace_id, redirect",
        second=57,
        age=OLD,
        day="2023-11-05",
        target="-",
        status="301 -",
        actions="redirect",
        redirect="https://shop.example.com:443/",
    ),
    Line(
        "before the lists of targets",
        second=58,
        age=OLDER,
        day="2019-04-01",
        tls=OLD_TLS,
        expected={"target_port_list": None, "classification": None, "conn_trace_id": None},
    ),
    Line(
        "with rewritten host and path",
        second=59,
        rest=' "inner.example.com" "/v2/orders/4711" "TransformSuccess"',
        expected={
            "conn_trace_id": "TID_1234abcd5678ef90",
            "unknown_fields": ' "inner.example.com" "/v2/orders/4711" "TransformSuccess"',
        },
    ),
    Line(
        "with fields that nobody knows yet",
        second=60,
        rest=" - 17 later",
        expected={"unknown_fields": " - 17 later"},
    ),
)
