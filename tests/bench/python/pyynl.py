# SPDX-License-Identifier: MIT OR Apache-2.0
"""The kernel tree's client in Python, as a library.

Arguments: the kernel tree, the directory of the module yaml, and, for one call alone, `once`.
Lines `TASK COUNT` in, lines `WALL CPU - SUM` out: nobody counts Python's allocations.
"""

import socket
import sys
import time

TREE, MODULES, *MORE = sys.argv[1:]
sys.path[:0] = [f"{TREE}/tools/net/ynl/pyynl", MODULES]

from lib import YnlFamily  # noqa: E402 (the path says where it is)

BATCH = 32
NAME = {"family-name": "nlctrl"}


def client(spec):
    """A client of a family of the tree, whose specs need no validation."""
    return YnlFamily(f"{TREE}/Documentation/netlink/specs/{spec}.yaml", schema="")


def family(reply):
    total = reply["family-id"] + len(reply["family-name"])
    total += reply["version"] + reply["hdrsize"] + reply["maxattr"]
    for numbered in reply.get("ops", []):
        for op in numbered.values():
            total += op["id"] + ("admin-perm" in op["flags"])
    for numbered in reply.get("mcast-groups", []):
        for group in numbered.values():
            total += group["id"] + len(group["name"])
    return total


def word(address):
    return int.from_bytes(socket.inet_aton(address), sys.byteorder)


def address(reply):
    flags = {"permanent": 0x80}
    total = reply["ifa-index"] + len(reply["label"])
    total += word(reply["address"]) + word(reply["local"])
    total += sum(flags[flag] for flag in reply["flags"])
    return total + reply["cacheinfo"]["ifa-prefered"]


def link(reply):
    return reply["ifi-index"] + len(reply["ifname"]) + reply["mtu"]


class Tasks:
    """What it does; clients are made when they are first asked for, as their specs take long to read."""

    def __init__(self):
        self.clients = {}

    def of(self, spec):
        if spec not in self.clients:
            self.clients[spec] = client(spec)
        return self.clients[spec]

    def call(self):
        return family(self.of("nlctrl").do("getfamily", NAME))

    def batch(self):
        replies = self.of("nlctrl").do_multi([("getfamily", NAME, [])] * BATCH)
        return sum(map(family, replies))

    def families(self):
        return sum(map(family, self.of("nlctrl").dump("getfamily", {})))

    def addresses(self):
        return sum(map(address, self.of("rt-addr").dump("getaddr", {})))

    def links(self):
        return sum(map(link, self.of("rt-link").dump("getlink", {})))


def main():
    tasks = Tasks()
    if MORE == ["once"]:
        tasks.call()
        return
    for line in sys.stdin:
        task, count = line.split()
        run = getattr(tasks, task, None)
        if run is None:
            print("none", flush=True)
            continue
        times = int(count) // (BATCH if task == "batch" else 1)
        wall, cpu = time.monotonic_ns(), time.process_time_ns()
        total = sum(run() for _ in range(times))
        cpu = time.process_time_ns() - cpu
        wall = time.monotonic_ns() - wall
        print(wall, cpu, "-", total, flush=True)


main()
