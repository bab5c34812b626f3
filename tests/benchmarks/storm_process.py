"""One application process of `storm.py`: it fills a database, or signs people in and checks sessions.

    python storm_process.py fill COLUMN   with {"url": …, "accounts": …} on standard input
    python storm_process.py storm COLUMN  with {"url": …, "first_client": …, …}, then the moment to begin

It imports the standard library and the column, a module in `storm_columns`, so that it runs in the
environment of any library. A column has `fill(url, accounts)` and a class `Application(url, hashes)` with
`sign_in(i)`, which answers a token, and `check(token, i)`, whether that is the i-th account's; both are
coroutines where its `is_async` is set.

How long a check takes counts from when it was due, so that whoever is kept waiting is counted as waiting.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path

FAR = 618_033  # has no divisor in common with a power of ten: accounts from all over the tables


class Clients:
    """Those who come to this process: some sign in without pause, some check a session now and then."""

    def __init__(self, application, told):
        self.application = application
        self.told = told
        self.tokens = []
        self.sign_ins = []
        self.checks = []
        self.faults = Counter()

    def who(self, client, turn):
        """The account that a client signs in to this time; no two clients take one at the same moment."""
        told = self.told
        return (told["first_client"] + client + turn * told["all_clients"]) * FAR % told["accounts"]

    def due(self, number):
        """When a check is due; those of one client are equally far apart, and the clients' too."""
        return self.told["start"] + number / (self.told["checking"] * self.told["checks_a_second"])

    @property
    def stop(self):
        """When nobody begins anything any more."""
        return self.told["start"] + self.told["seconds"]

    def checked(self, due, answer):
        """Note a check that is over."""
        self.checks.append(time.monotonic() - due)
        if answer is not True:
            self.faults["check: another answer"] += 1


class Threads(Clients):
    """A thread for each client that signs in, and so many for the checks."""

    def get_ready(self):
        """Sign those in who check their sessions later."""
        for client in range(self.told["checking"]):
            i = self.who(self.told["signing_in"] + client, 0)
            self.tokens.append((self.application.sign_in(i), i))

    def run(self):
        """From the start to the stop."""
        numbers = itertools.count()
        work = [(self.sign_in, (client,)) for client in range(self.told["signing_in"])]
        if self.told["checking"]:
            work += [(self.check, (numbers,))] * self.told["threads"]
        threads = [threading.Thread(target=target, args=args) for target, args in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def sign_in(self, client):
        """Sign in without pause."""
        sleep_until(self.told["start"])
        for turn in itertools.count(1):
            begun = time.monotonic()
            if begun >= self.stop:
                return
            try:
                self.application.sign_in(self.who(client, turn))
            except Exception as fault:
                self.faults[f"sign-in: {type(fault).__name__}"] += 1
            else:
                self.sign_ins.append(time.monotonic() - begun)

    def check(self, numbers):
        """Check whichever session is due next."""
        for number in numbers:
            due = self.due(number)
            if due >= self.stop:
                return
            sleep_until(due)
            try:
                answer = self.application.check(*self.tokens[number % len(self.tokens)])
            except Exception as fault:
                answer = True
                self.faults[f"check: {type(fault).__name__}"] += 1
            self.checked(due, answer)


class Tasks(Clients):
    """A task of one event loop for each client that signs in, and one for each check."""

    def __init__(self, application, told):
        super().__init__(application, told)
        self.loop = asyncio.new_event_loop()

    def get_ready(self):
        """Sign those in who check their sessions later."""
        for client in range(self.told["checking"]):
            i = self.who(self.told["signing_in"] + client, 0)
            self.tokens.append((self.loop.run_until_complete(self.application.sign_in(i)), i))

    def run(self):
        """From the start to the stop."""
        self.loop.run_until_complete(self.all())
        self.loop.close()

    async def all(self):
        """Every client."""
        signing_in = [self.sign_in(client) for client in range(self.told["signing_in"])]
        await asyncio.gather(*signing_in, self.check_all())

    async def sign_in(self, client):
        """Sign in without pause."""
        await asyncio.sleep(self.told["start"] - time.monotonic())
        for turn in itertools.count(1):
            begun = time.monotonic()
            if begun >= self.stop:
                return
            try:
                await self.application.sign_in(self.who(client, turn))
            except Exception as fault:
                self.faults[f"sign-in: {type(fault).__name__}"] += 1
            else:
                self.sign_ins.append(time.monotonic() - begun)
            await asyncio.sleep(0)  # where a server would read the next request

    async def check_all(self):
        """Begin each check when it is due."""
        begun = set()
        for number in itertools.count():
            due = self.due(number)
            if due >= self.stop or not self.tokens:
                break
            await asyncio.sleep(max(0, due - time.monotonic()))
            task = self.loop.create_task(self.check(number, due))
            begun.add(task)
            task.add_done_callback(begun.discard)
        await asyncio.gather(*begun)

    async def check(self, number, due):
        """Check one session."""
        try:
            answer = await self.application.check(*self.tokens[number % len(self.tokens)])
        except Exception as fault:
            answer = True
            self.faults[f"check: {type(fault).__name__}"] += 1
        self.checked(due, answer)


def sleep_until(moment):
    """Until this moment of the monotonic clock, which all processes share."""
    left = moment - time.monotonic()
    if left > 0:
        time.sleep(left)


def memory_mib(which):
    """`VmRSS`, the memory of this process now, or `VmHWM`, the most so far; 0 where there is no /proc."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(which + ":")), 0.0)


def storm(column, told):
    """What came of it, once the moment to begin was told."""
    application = column.Application(told["url"], told["hashes"])
    clients = (Tasks if column.Application.is_async else Threads)(application, told)
    clients.get_ready()
    resting = memory_mib("VmRSS")
    say({"ready": True})
    told["start"] = float(sys.stdin.readline())
    clients.run()
    return {
        "sign_ins": clients.sign_ins,
        "checks": clients.checks,
        "faults": clients.faults,
        "resting_mib": resting,
        "peak_mib": memory_mib("VmHWM"),
        "seconds": time.monotonic() - told["start"],
    }


def say(words):
    """Tell the other side."""
    print(json.dumps(words), flush=True)


def main():
    """Do what the command says."""
    what, name = sys.argv[1:]
    column = importlib.import_module(f"storm_columns.{name}")
    told = json.loads(sys.stdin.readline())
    if what == "fill":
        column.fill(told["url"], told["accounts"], lambda made: say({"made": made}))
        return
    say(storm(column, told))


if __name__ == "__main__":
    main()
