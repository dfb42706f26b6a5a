"""TCP sockets by state, asked of the kernel by netlink (sock_diag(7)); the kernel itself picks the ports.

A filter is a program for the kernel (linux/inet_diag.h): each operation says how many bytes to go on by if it
is true (`yes`) and if not (`no`). A socket is wanted if the program ends exactly at its end.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
REQUEST_DUMP = 0x1 | 0x300  # NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH
NLMSG_ERROR, NLMSG_DONE = 2, 3
REQ_BYTECODE = 1
JUMP, S_GE, S_LE, D_GE, D_LE = 1, 2, 3, 4, 5
COMPARISONS = {"local": ((S_GE, S_LE),), "remote": ((D_GE, D_LE),), "either": ((S_GE, S_LE), (D_GE, D_LE))}

HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port id
REQUEST = struct.Struct("=BBBxI48x")  # family, protocol, extensions, states; any socket
ATTRIBUTE = struct.Struct("=HH")
OPERATION = struct.Struct("=BBH")  # code, yes, no
HEAD = struct.Struct("=IH")
STATE_AT = HEADER.size + 1  # in struct inet_diag_msg, after the family
BUFFER_BYTES = 1 << 17
STATE_NUMBERS = 12  # 1 to 11 as in net/tcp_states.h
BLOCK_BYTES = 20  # two comparisons of 8 and a jump


def program(ports: Sequence[int], side: str) -> bytes:
    """The filter for sockets whose port, on the side, is one of these."""
    comparisons = [(pair, port) for port in ports for pair in COMPARISONS[side]]
    code = b""
    for number, ((at_least, at_most), port) in enumerate(comparisons):
        left = (len(comparisons) - number) * BLOCK_BYTES
        # To the next comparison, or from the last one beyond the end: not wanted.
        miss = BLOCK_BYTES if left > BLOCK_BYTES else left + OPERATION.size
        operand = OPERATION.pack(0, 0, port)
        code += OPERATION.pack(at_least, 8, miss) + operand
        code += OPERATION.pack(at_most, 8, miss - 8) + operand
        code += OPERATION.pack(JUMP, OPERATION.size, left - 16)  # exactly to the end: wanted
    return code


def count(ports: Sequence[int], side: str, timeout_seconds: float) -> list[int]:
    """Sockets by the number of their state, IPv4 and IPv6. Raises OSError where the kernel refuses."""
    states = [0] * STATE_NUMBERS
    code = program(ports, side)
    buffer = bytearray(BUFFER_BYTES)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG) as channel:
        channel.settimeout(timeout_seconds)
        for family in (socket.AF_INET, socket.AF_INET6):
            body = REQUEST.pack(family, socket.IPPROTO_TCP, 0, (1 << STATE_NUMBERS) - 1)
            body += ATTRIBUTE.pack(ATTRIBUTE.size + len(code), REQ_BYTECODE) + code
            channel.send(
                HEADER.pack(HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, REQUEST_DUMP, family, 0) + body
            )
            while not _tally(channel, buffer, states):
                pass
    return states


def _tally(channel: socket.socket, buffer: bytearray, states: list[int]) -> bool:
    """Count one part of the answer; was it the last?"""
    size, offset, unpack = channel.recv_into(buffer), 0, HEAD.unpack_from
    if length := _equal_length(buffer, size):
        column = buffer[STATE_AT:size:length]
        for state in range(STATE_NUMBERS):
            states[state] += column.count(state)
        return False
    while offset < size:
        length, kind = unpack(buffer, offset)
        if kind == NLMSG_DONE:
            return True
        if kind == NLMSG_ERROR:
            number = -struct.unpack_from("=i", buffer, offset + HEADER.size)[0]
            raise OSError(number, os.strerror(number))
        states[buffer[offset + STATE_AT]] += 1
        offset += (length + 3) & ~3
    return False


def _equal_length(buffer: bytearray, size: int) -> int:
    """The length of the messages if all are sockets and of one length, as nearly always; else 0.

    Their states then stand in one column, which is counted several times faster than message by message.
    """
    length, kind = HEAD.unpack_from(buffer)
    if kind != SOCK_DIAG_BY_FAMILY or length % 4 or size % length:
        return 0
    head = HEAD.pack(length, kind)
    same = all(buffer[place:size:length].count(byte) == size // length for place, byte in enumerate(head))
    return length if same else 0
