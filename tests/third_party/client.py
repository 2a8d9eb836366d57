# SPDX-License-Identifier: MIT OR Apache-2.0
"""Answers requests with the kernel tree's own client: one JSON object a line, both ways.

Its arguments are the directory of the client and that of the specs. A request is one of

    {"netns": "new"}        moves to a new network namespace, {"netns": "first"} back
    {"family": ..., "mode": "do", "op": ..., "value": ..., "flags": [names of NLM_F_*]}
    {"family": ..., "mode": "dump", "op": ..., "value": ...}
    {"family": ..., "mode": "multi", "calls": pairs of op and value, "flags": ...}
    {"family": ..., "mode": "policy", "op": ..., "value": "do" or "dump"}
    {"family": ..., "mode": "subscribe", "op": group}
    {"family": ..., "mode": "heard"}

An answer has the `reply`, or what the kernel `refused`, or says that the family is `absent`, or what
`failed` in the client. A set, which has no order, is `{"$set": [...]}`.
"""

import json
import os
import socket
import sys

sys.path.append(sys.argv[1])
from lib import YnlFamily, Netlink, NlError  # pylint: disable=wrong-import-position,import-error

OPTIONS = [Netlink.NETLINK_CAP_ACK, Netlink.NETLINK_EXT_ACK, Netlink.NETLINK_GET_STRICT_CHK]


def plain(value):
    """Bytes as hexadecimal digits, as the client itself prints them, and flags as a set."""
    if isinstance(value, bytes):
        return bytes.hex(value)
    if isinstance(value, set):
        return {"$set": sorted(value)}
    raise TypeError(f"{value!r}")


def renew(family):
    """Gives it a socket like its first, in the namespace of now, and without what came for the old one."""
    family.close()
    family.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family.nlproto.proto_num)
    for option in OPTIONS:
        family.sock.setsockopt(Netlink.SOL_NETLINK, option, 1)
    family.sock.settimeout(60)


class Families:
    """The families that were asked, whose specs are read once."""

    def __init__(self):
        self.open = {}

    def get(self, name):
        """The family of a spec."""
        if name not in self.open:
            self.open[name] = YnlFamily(f"{sys.argv[2]}/{name}.yaml", schema="", process_unknown=True)
            renew(self.open[name])
        return self.open[name]

    def move(self):
        """Takes all to another network namespace: a socket stays in that which it was made in."""
        for family in self.open.values():
            renew(family)

    def answer(self, request):
        """One request and its answer."""
        try:
            family = self.get(request["family"])
        except Exception as error:  # The client has no class of its own for it.
            return {"absent": str(error)}
        try:
            return {"reply": ask(family, request)}
        except NlError as error:
            if request["mode"] == "multi":
                # More answers are on their way.
                renew(family)
            return {"refused": {"errno": error.error, **(error.nl_msg.extack or {})}}
        except Exception as error:
            renew(family)
            return {"failed": f"{type(error).__name__}: {error}"}


def ask(family, request):
    """What a family replies."""
    mode, op, value = (request.get(name) for name in ("mode", "op", "value"))
    flags = [getattr(Netlink, f"NLM_F_{flag.upper()}") for flag in request.get("flags", [])]
    if mode == "do":
        return family.do(op, value, flags)
    if mode == "dump":
        return family.dump(op, value)
    if mode == "multi":
        return family.do_multi([(*call, flags) for call in request["calls"]])
    if mode == "policy":
        policy = family.get_policy(op, value)
        # One that accepts nothing is as false as none.
        return None if policy is None else policy.to_dict()
    if mode == "subscribe":
        # What waits until a time out does so without MSG_DONTWAIT, too.
        family.sock.settimeout(None)
        return family.ntf_subscribe(op)
    if mode == "heard":
        family.check_ntf()
        heard = family.async_msg_queue
        return [heard.get_nowait() for _ in range(heard.qsize())]
    raise ValueError(mode)


def main():
    """Answers until there are no more requests."""
    # The client prints what went wrong on its standard output.
    answers, sys.stdout = sys.stdout, sys.stderr
    families = Families()
    first = os.open("/proc/self/ns/net", os.O_RDONLY)
    for line in sys.stdin:
        request = json.loads(line)
        if "netns" in request:
            if request["netns"] == "new":
                os.unshare(os.CLONE_NEWNET)
            else:
                os.setns(first, os.CLONE_NEWNET)
            families.move()
            answer = {}
        else:
            answer = families.answer(request)
        print(json.dumps(answer, default=plain), file=answers, flush=True)


main()
