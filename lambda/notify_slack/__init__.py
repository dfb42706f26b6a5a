"""AWS event in, Slack message out: unwrap, parse, dedupe, enrich, route, group, render, deliver."""
