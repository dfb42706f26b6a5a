"""A backtest as one HTML page that needs nothing else: no script, no network, light and dark, any width."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from alarmctl.backtest import chart, words
from alarmctl.backtest.incidents import concerns
from alarmctl.backtest.report import HEADINGS, cells_of, loud
from alarmctl.backtest.stats import NIGHT_FROM, NIGHT_TO
from alarmctl.backtest.suggest import settings_in_words
from alarms.definitions import Definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from alarmctl.backtest.compare import Change
    from alarmctl.backtest.model import AlarmResult, Incident, Report
    from alarmctl.backtest.replaying import Replayed
    from alarmctl.backtest.report import Shown

CHARTS = 60  # alarms with a chart of their own; the table has all that fired
SPANS = 25  # stays listed below a chart
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LEGEND = (
    '<div class="legend"><span class="l-metric">metric</span><span class="l-threshold">threshold</span>'
    '<span class="l-alarm">in ALARM</span><span class="l-incident">incident</span></div>'
)


def render(shown: Shown, made: Sequence[Replayed], zone: tzinfo) -> str:
    """The page. `made`: the replays that the report was made of; hours of the week are those of `zone`."""
    css = resources.files("alarmctl.backtest").joinpath("page.css").read_text(encoding="utf-8")
    body = "\n".join(_parts(shown, made, zone))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Backtest of {shown.report.totals.alarms} alarms</title><style>{css}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def _parts(shown: Shown, made: Sequence[Replayed], zone: tzinfo) -> Iterator[str]:
    report = shown.report
    noisy = loud(report)
    yield f"<h1>What {report.totals.alarms} alarms would have done</h1>"
    yield f'<p class="soft">{words.period(report)}</p>'
    yield _tiles(report)
    if shown.against is not None:
        yield _against(shown)
    if report.incidents:
        yield _incidents(report)
    if report.suggestions:
        yield _suggestions(report)
    if noisy:
        yield "<h2>Who fired, and when</h2>"
        yield _table(report, noisy)
        yield "<h2>Hours of the week</h2>"
        yield _week(noisy, zone)
        yield "<h2>Alarm by alarm</h2>"
        yield LEGEND
        by_name = {one.alarm.name: one for one in made}
        yield from (_card(by_name[one.name], one, report) for one in noisy[:CHARTS])
        if len(noisy) > CHARTS:
            yield f'<p class="soft">{len(noisy) - CHARTS} more that fired are in the table above.</p>'
    yield from _lists(shown)
    yield f'<h2>What was taken for granted</h2><div class="card">{_list(report.assumptions)}</div>'


def _tiles(report: Report) -> str:
    totals = report.totals
    what, counts = words.pages(totals)
    found = [
        (str(totals.fired), "times fired"),
        (str(totals.flaps), "of them flaps"),
        (words.minutes(totals.minutes_in_alarm), "in ALARM, all alarms"),
        *((f"{value:.3g}", f"{name} {what}") for name, value in counts.items()),
    ]
    if report.incidents:
        caught = sum(one.is_caught for one in report.incidents)
        found.append((f"{caught} of {len(report.incidents)}", "incidents caught"))
    tiles = "".join(
        f'<div class="tile"><b>{figure}</b><span>{escape(told)}</span></div>' for figure, told in found
    )
    return f'<div class="tiles">{tiles}</div>'


def _against(shown: Shown) -> str:
    assert shown.against is not None  # noqa: S101 -- the caller has looked
    before, after = shown.against.totals.pages, shown.report.totals.pages
    rows = "".join(map(_change, shown.changes))
    table = (
        '<div class="scroll"><table><tr><th>alarm</th><th>fired</th><th>in ALARM</th><th>pages</th></tr>'
        f"{rows}</table></div>"
        if rows
        else "<p>No alarm would have behaved differently.</p>"
    )
    return f'<h2>Against the other alarms: {before} pages become {after}</h2><div class="card">{table}</div>'


def _change(one: Change) -> str:
    before, after = one.before, one.after
    pairs = [
        (str(before.fired) if before else words.NONE, str(after.fired) if after else words.NONE),
        (
            words.minutes(before.minutes_in_alarm if before else None),
            words.minutes(after.minutes_in_alarm if after else None),
        ),
        (str(before.pages) if before else words.NONE, str(after.pages) if after else words.NONE),
    ]
    kind = "bad" if one.pages > 0 else "good" if one.pages < 0 else ""
    cells = "".join(f'<td class="{kind}">{was} → {now}</td>' for was, now in pairs)
    state = " (new)" if before is None else " (removed)" if after is None else ""
    return f'<tr><td class="name">{escape(one.name)}{state}</td>{cells}</tr>'


def _incidents(report: Report) -> str:
    rows = "".join(
        f'<li><b>{escape(one.incident.name)}</b> <span class="soft">{one.incident.start:%d %b %H:%M}, '
        f"{words.minutes((one.incident.end - one.incident.start).total_seconds() / 60)}</span> "
        f'<span class="{"good" if one.is_caught else "bad"}">{escape(words.caught(one))}</span></li>'
        for one in report.incidents
    )
    return f'<h2>Incidents</h2><div class="card"><ul>{rows}</ul></div>'


def _suggestions(report: Report) -> str:
    rows = "".join(
        f"<li><b>{escape(one.alarm)}</b>: {escape(words.suggested(one)).replace('-&gt;', '→')}</li>"
        for one in report.suggestions
    )
    return f'<h2>Suggestions</h2><div class="card"><ul>{rows}</ul></div>'


def _table(report: Report, noisy: Sequence[AlarmResult]) -> str:
    headings = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    charted = {one.name for one in noisy[:CHARTS]}
    rows = "".join(
        f'<tr><td class="name">{_linked(one.name, one.name in charted)}</td>'
        f'<td class="wide">{chart.strip(one, report)}</td>'
        + "".join(f"<td>{cell}</td>" for cell in cells_of(one))
        + "</tr>"
        for one in noisy
    )
    return (
        '<div class="card scroll"><table><tr><th>alarm</th>'
        f"<th>{report.start:%d %b} to {report.end:%d %b}</th>{headings}</tr>{rows}</table></div>"
    )


def _linked(name: str, charted: bool) -> str:  # noqa: FBT001
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if charted else escape(name)


def _week(noisy: Sequence[AlarmResult], zone: tzinfo) -> str:
    local = [span.start.astimezone(zone) for one in noisy for span in one.spans if span.fired]
    counts = Counter((at.weekday(), at.hour) for at in local)
    most = max(counts.values(), default=1)
    cells = ["<span></span>"] + [f"<span>{hour if hour % 6 == 0 else ''}</span>" for hour in range(24)]
    for day, name in enumerate(DAYS):
        cells.append(f"<span>{name}</span>")
        for hour in range(24):
            count = counts[day, hour]
            much = f' style="--much:{0.25 + 0.75 * count / most:.2f}"' if count else ""
            off = " class=off" if day >= 5 or hour >= NIGHT_FROM or hour < NIGHT_TO else ""
            cells.append(f'<i{off}{much} title="{name} {hour}:00, fired {count} times"></i>')
    night = f"Night is {NIGHT_FROM}:00 to {NIGHT_TO}:00, {zone}."
    return f'<div class="card"><div class="week">{"".join(cells)}</div><p class="soft">{night}</p></div>'


def _card(made: Replayed, one: AlarmResult, report: Report) -> str:
    badge = f'<span class="badge {one.severity}">{one.severity}</span>' if one.severity else ""
    told = settings_in_words(made.alarm) if isinstance(made.alarm, Definition) else made.alarm.rule
    figures = "".join(
        f"<span>{heading} <b>{cell}</b></span>" for heading, cell in zip(HEADINGS, cells_of(one), strict=True)
    )
    incidents = [caught.incident for caught in report.incidents if concerns(caught.incident, one.name)]
    rows = "".join(
        f"<tr><td>{span.start:%a %d %b %H:%M}{'' if span.fired else ' (before)'}</td>"
        f"<td>{words.minutes(span.minutes)}{'' if span.resolved else ' so far'}</td>"
        f"<td>{words.minutes(span.detect)}</td><td>{words.minutes(span.resolve)}</td></tr>"
        for span in one.spans[:SPANS]
    )
    more = f"<p>{len(one.spans) - SPANS} more.</p>" if len(one.spans) > SPANS else ""
    note = f'<p class="soft">{escape(one.note)}</p>' if one.note else ""
    return (
        f'<section class="card" id="{escape(one.name)}"><div class="head"><h3>{escape(one.name)}</h3>{badge}'
        f'<span class="soft">{escape(told)}</span></div><div class="figures">{figures}</div>'
        f'<div class="charts">{chart.figure(made, one, report.start, report.end, incidents)}'
        f"{_closer(made, one, incidents)}</div>{note}"
        f'<details><summary>Each time</summary><div class="scroll"><table><tr><th>from</th><th>lasted</th>'
        f"<th>to detect</th><th>to resolve</th></tr>{rows}</table></div>{more}</details></section>"
    )


def _closer(made: Replayed, one: AlarmResult, incidents: Sequence[Incident]) -> str:
    """The longest stay that began and ended, from near by."""
    seen = [span for span in one.spans if span.fired and span.resolved]
    if not seen or not isinstance(made.alarm, Definition):
        return ""
    longest = max(seen, key=lambda span: span.minutes)
    beside = max(timedelta(minutes=30), longest.end - longest.start)
    return chart.figure(made, one, longest.start - beside, longest.end + beside, incidents)


def _lists(shown: Shown) -> Iterator[str]:
    for heading, names in words.standouts(shown.report):
        yield f'<h2>{heading}: {len(names)}</h2><div class="card">{_list(names)}</div>'
    failed = [f"{one.name}: {one.error}" for one in shown.report.alarms if one.error]
    if failed or shown.left_out:
        yield f'<h2>Not replayed</h2><div class="card">{_list([*failed, *shown.left_out])}</div>'


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
