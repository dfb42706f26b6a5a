"""Slack's emoji shortcodes that alerts use, and which of them the page draws by itself.

Slack leaves a shortcode that it does not know as text; so do we.
"""

from importlib.resources import files

UNICODE: dict[str, str] = {
    name: character
    for name, _, character in (
        line.partition(" ")
        for line in files("alarmctl.slack").joinpath("emoji.txt").read_text("utf-8").splitlines()
    )
}

# The class names of page.css by character: these must be told apart even where no emoji font is installed.
DRAWN: dict[str, str] = {
    UNICODE[name]: classes
    for name, classes in (
        ("red_circle", "disc red"),
        ("large_green_circle", "disc green"),
        ("large_yellow_circle", "disc yellow"),
        ("large_orange_circle", "disc orange"),
        ("large_blue_circle", "disc blue"),
        ("large_purple_circle", "disc purple"),
        ("large_brown_circle", "disc brown"),
        ("white_circle", "disc white"),
        ("black_circle", "disc black"),
        ("large_red_square", "square red"),
        ("large_green_square", "square green"),
        ("large_yellow_square", "square yellow"),
        ("large_orange_square", "square orange"),
        ("large_blue_square", "square blue"),
        ("large_purple_square", "square purple"),
        ("white_large_square", "square white"),
        ("black_large_square", "square black"),
        ("warning", "icon warning"),
        ("white_check_mark", "icon tick"),
        ("x", "icon cross"),
        ("rotating_light", "icon siren"),
        ("bell", "icon bell"),
        ("no_bell", "icon nobell"),
        ("information_source", "icon info"),
        ("fire", "icon fire"),
        ("no_entry", "icon stop"),
    )
}
