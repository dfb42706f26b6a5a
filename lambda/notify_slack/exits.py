"""What a container's exit code says. Above 128 it is 128 plus the signal that ended the program.

Source: https://repost.aws/knowledge-center/ecs-task-stopped and signal(7).
"""

from __future__ import annotations

GOOD = "finished without an error"
KILLED = 137  # SIGKILL: by the kernel when memory runs out, or by whoever waited too long for it to stop
ASKED_TO_STOP = frozenset({0, 130, KILLED, 143})  # how a container ends that was asked to

MEANINGS = {
    0: GOOD,
    1: "the program ended with an error",
    2: "the program ended with an error, often wrong arguments",
    126: "the command cannot be executed",
    127: "the command was not found",
    130: "interrupted (SIGINT)",
    132: "illegal instruction (SIGILL): perhaps an image for another processor",
    133: "trapped (SIGTRAP)",
    134: "aborted by the program itself (SIGABRT)",
    135: "bus error (SIGBUS)",
    136: "arithmetic error (SIGFPE)",
    KILLED: "killed, probably out of memory",
    139: "segmentation fault (SIGSEGV)",
    141: "broken pipe (SIGPIPE)",
    143: "ended when asked to stop (SIGTERM)",
    255: "the program ended with an error",
}


def is_out_of_memory(reason: str) -> bool:
    """Does the container runtime say so itself?"""
    return "OutOfMemory" in reason


def sentence(exit_code: int, reason: str = "", *, planned: bool = False) -> str:
    """`exit code 137: killed, out of memory (OutOfMemoryError: …)`. `planned`: it was asked to stop."""
    meaning = MEANINGS.get(exit_code, "")
    if exit_code == KILLED and is_out_of_memory(reason):
        meaning = "killed, out of memory"
    elif exit_code == KILLED and planned:
        meaning = "killed: it did not end in time after it was asked to stop"
    elif not meaning:
        meaning = f"ended by signal {exit_code - 128}" if 128 < exit_code < 160 else "ended with an error"
    return f"exit code {exit_code}: {meaning}" + (f" ({reason})" if reason else "")
