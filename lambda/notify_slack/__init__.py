"""AWS event in, Slack message out: unwrap, parse, dedupe, enrich, route, group, render, deliver."""

import warnings

# The zip leaves out what guesses charsets (tools/package.py says why); requests tells so at each cold start.
warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")
