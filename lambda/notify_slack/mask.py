"""Hide secrets that events quote: log lines, API parameters, environment variables. Nothing else is changed.

A secret of a known form is hidden wherever it stands; one of no form is known by the word before it. Forms:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html (unique ids),
https://docs.slack.dev/authentication/tokens and https://www.rfc-editor.org/rfc/rfc7519 (JSON Web Token).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from notify_slack.mrkdwn import clean, code

if TYPE_CHECKING:
    from notify_slack.model import Alert, Field, Received

MASK = "[hidden]"
READ_CHARS = 8_000  # more of one text is never shown
MAX_DEPTH = 40  # nothing is shown of what lies deeper

# Words before a secret. They must end there: tokenCount=3 tells nothing. A client's request token is an id
# that AWS itself shows, and that tells one rotation of a secret from the next.
_NAMES = (
    r"(?!client(?:request)?token|next[_-]?token)"
    r"(?:(?:[\w.-]{0,60}[_.-])?(?:pass(?:word|wd|phrase|code)|pwd|secrets?|token"
    r"|(?:api|access|account|private|secret|shared[_-]?access|signing)[_-]?key|connection[_-]?string"
    r"|(?:admin|api|auth|db|ftp|http|ldap|mail|mysql|pg|proxy|redis|root|smtp|sql|user)[_-]?pass)"
    r"|[a-z]{1,30}(?:password|passwd|secret|token|apikey|secretkey|privatekey|accesskey|connectionstring)"
    r"|[a-z]{0,30}secret(?:string|binary))"
)
# What follows them: a quoted text, also in JSON that is a string itself, or one word. An ARN is no secret,
# nor is a word that says why there is none.
_VALUE = (
    r"(?!arn:|\\?[\"']arn:|(?:A[A-Z]{3})?\[hidden\]"
    r"|(?:null|none|true|false|not|missing|expired|invalid|required)(?:[\s.,;}\]]|$))"
    r"(?:\\\"[^\"\\]{1,2000}(?:\\\"|$)|\"(?:[^\"\\]|\\.){1,2000}(?:\"|$)|'[^']{1,2000}(?:'|$)"
    r"|[^\s,;&\"'`<>\]})]+)"
)
_START = r"(?:\b|(?<=%[0-9A-F]{2}))"  # of a word, in an address too
_HEADERS = r"(?:proxy-)?authorization|(?:set-)?cookie"
_QUERY = r"x-amz-(?:signature|security-token|credential)|sig|signature|(?:[a-z]+_)?token|api_?key"

_SECRET_WORDS = ("pass", "pwd", "secret", "token", "key", "string")

# What a text in small letters must hold, one of it, for a form to be looked for: that is most of the speed.
# A form's first group is shown, the rest is hidden.
_FORMS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (needles, re.compile(form))
    for needles, form in (
        (
            ("private key-----",),
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)",
        ),
        # Its last four characters tell which key it is.
        (
            ("akia", "asia", "abia", "acca"),
            rf"{_START}(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{{12}}(?=[A-Z0-9]{{4}}\b)",
        ),
        (("eyj",), rf"{_START}eyJ[\w-]{{8,}}(?:\.[\w-]+){{1,2}}"),
        (("xox", "xapp-"), r"\b(?:xox[a-z]|xapp)-[\w-]{8,}"),
        (
            ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
            r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,})",
        ),
        (("k_live_", "sk-"), r"\b(?:[sr]k_live_\w{16,}|sk-[\w-]{24,})"),
        (
            ("aiza", "sg.", "npm_", "hvs.", "pypi-", "dckr_pat_"),
            r"\b(?:(?:npm_|hvs\.|pypi-|dckr_pat_)[\w-]{20,}|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16,})",
        ),
        (
            ("pagerduty.com", "opsgenie.com", "victorops.com"),
            (
                r"((?:events|api)(?:\.eu)?\.(?:pagerduty|opsgenie)\.com/(?:integration|generic|v\d/\w{1,20})/"
                r"|opsgenie\.com/[^\s\"'`<>|]{0,80}[?&]apiKey=|alert\.victorops\.com/integrations/[^\s/]{1,40}/\d+/alert/)"
                r"[^\s\"'`<>|/]{6,}"
            ),
        ),
        # In a console's address its slashes are written in other ways.
        (("hooks.slack",), r"(hooks\.slack(?:-gov)?\.com)[^\s\"'`<>|\\]{2,}"),
        (
            ("discord", "office.com/", "telegram"),
            r"(discord(?:app)?\.com/api/webhooks/|office\.com/webhook(?:b2)?/|api\.telegram\.org/bot)[^\s\"'`<>|]+",
        ),
        (("curl",), r"(\bcurl\b[^\n]{0,200}?\s(?:-u|--user)[ =]?[^\s:]{1,80}:)[^\s\"']+"),
        (("://",), r"\b([a-z][a-z0-9+.-]{0,20}://[^\s:/@\"'`<>]{0,80}:)[^\s@/\"'`<>]{1,200}(?=@)"),
        (("sig", "token", "credential", "key"), rf"(?i)([?&](?:{_QUERY})=)[^&\s\"'`<>#]+"),
        (
            ("authorization", "cookie"),
            rf"(?i)(\b(?:{_HEADERS})\\?[\"']?\s{{0,3}}[:=]\s{{0,3}}\\?[\"']?)[^\s\"'`][^\"'`\n\\]*",
        ),
        (("bearer", "basic"), r"(\b(?i:bearer|basic)\s+)(?=[a-z._~+/=-]{0,80}[0-9A-Z=])[\w.~+/=-]{12,}"),
        (
            _SECRET_WORDS,
            r"(?i)((?:^|\s)--?[\w-]{0,40}(?:password|passwd|secret|token|api-?key)\s+)[^\s-]\S*",
        ),
        (("mysql", "mariadb"), r"(\b(?:mysql|mariadb)\w{0,10}\b[^\n|;]{0,200}?\s-p)[^\s\"'`]{1,200}"),
        # <password>…</password>, whatever stands before the word in the tag.
        (
            _SECRET_WORDS,
            (
                r"(?i)(<(?:[\w.:-]{0,60}[_.:-])?(?:[a-z]{0,30}(?:password|passwd|secret|token)|pwd|api-?key)"
                r"(?:\s[^<>]{0,200})?>)[^<>]{1,2000}(?=<|$)"
            ),
        ),
        # In prose; what says why there is none is no secret.
        (
            ("password is", "passwd is", "passphrase is", "secret is", "token is"),
            (
                r"(?i)(\b(?:password|passwd|passphrase|secret|token)\s+is:?\s+)"
                r"(?!(?:a|an|the|not|no|now|too|in|of|on|at|for|set|missing|expired|expiring|invalid|incorrect|wrong|required|empty"
                r"|being|about|already|due|managed|stored|used|needed|valid|weak|null|none|rotated|hidden)\b)[^\s,;\"'`<>]{4,200}"
            ),
        ),
        (("identified by", "password"), r"(?i)(\b(?:identified by|password)\s+)'[^']{1,200}'"),
        (
            _SECRET_WORDS,
            rf"(?i)(\barn:aws[\w-]*:[^\s,;&?\"'`<>]+)|((?<![\w-])(?:{_NAMES})\\?[\"']?\s{{0,3}}(?:=>?|:)\s{{0,3}}){_VALUE}",
        ),
    )
)

_ANY_NEEDLE = re.compile("|".join(sorted({re.escape(needle) for needles, _ in _FORMS for needle in needles})))
_FORTY = re.compile(r"(?<![\w/+-])[A-Za-z0-9/+]{40}(?![\w/+=-])")
_ALL_OF = tuple(re.compile(part) for part in ("[A-Z]", "[a-z]", "[0-9]"))

# A label that is the name of a secret, or a path that leads to the value of an environment variable.
_SECRET_LABEL = re.compile(
    rf"(?i:(?:.*[. ])?(?:{_NAMES}|authorization|cookie|user[_-]?data))"
    r"|(?i:(?:.*[. ])?environment(?:[_-]?variables?)?(?: \d+\.value|\.variables\..+))"
    r"|(?i:(?:.*[. ])?environment[_-]?variables?\..+)|(?:.*[. ])?environment\.[A-Z0-9_]+"
)


def text(value: str) -> str:
    """The text without its secrets; of a very long one, its beginning."""
    value = clean(value[:READ_CHARS])
    small = value.lower()
    if _ANY_NEEDLE.search(small):
        for needles, form in _FORMS:
            if any(needle in small for needle in needles):
                value = form.sub(_hidden, value)
    return _FORTY.sub(_secret_access_key, value) if len(value) >= 40 else value


def labelled(label: str, value: str) -> str:
    """The same for a value whose label, a name or a path, may say that it is a secret."""
    bare = value.strip("`")
    if bare and not bare.startswith("arn:") and _says_secret(label):
        return code(MASK) if bare != value else MASK
    return text(value)


@lru_cache(maxsize=4_096)
def _says_secret(label: str) -> bool:
    return _SECRET_LABEL.fullmatch(label) is not None


def received(event: Received) -> Received:
    """The same for all that came in: a parser may show any part of any text."""
    return replace(event, content=_content(event.content, "", 0), subject=text(event.subject))


def _content(value: object, path: str, depth: int) -> object:
    if isinstance(value, str):
        return labelled(path, value)
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {key: _content(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_content(item, f"{path} {place}", depth + 1) for place, item in enumerate(value, 1)]
    return value


def field(value: Field) -> Field:
    """The same for a field."""
    return replace(value, title=text(value.title), value=labelled(value.title, value.value))


def alert(value: Alert) -> Alert:
    """The same for everything that an alert shows."""
    return replace(
        value,
        title=text(value.title),
        state=text(value.state),
        summary=text(value.summary),
        brief=text(value.brief),
        description=text(value.description),
        account=text(value.account),
        region=text(value.region),
        details=tuple(field(item) for item in value.details),
        fields=tuple(field(item) for item in value.fields),
        links=tuple(replace(link, label=text(link.label), url=text(link.url)) for link in value.links),
    )


def _hidden(found: re.Match[str]) -> str:
    """What stands before the secret stays. Of two groups the first is an ARN, which stays whole."""
    if found.re.groups == 2 and found[2] is None:
        return found[1]
    return (found[found.re.groups] if found.re.groups else "") + MASK


def _secret_access_key(found: re.Match[str]) -> str:
    """Forty characters of base64 are one when they mix letters and digits; a hash or a path does not."""
    word = found[0]
    mixed = all(part.search(word) for part in _ALL_OF) and word.count("/") < 4
    return MASK if mixed else word
