"""Run README's command for the demonstration as a person does: start it, look around, end it with Ctrl-C.

    python3 .ci/demo.py 'the command, as README prints it'

The command serves until it is told to stop, so here it runs beside the one that looks. Whatever goes wrong,
it does not outlive this.
"""

import os
import signal
import subprocess
import sys
import time
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

ADDRESS = "http://127.0.0.1:8000"
PAGES = ("/", "/sign-in", "/mail", "/staff")
FOLDER = Path("permit-accounts-demo")
#: Making an environment and installing into it is what takes long.
SECONDS = 300
#: What a shell gives for a command that Ctrl-C ended: 128 and the number of the signal.
INTERRUPTED = 128 + signal.SIGINT

opened = build_opener(ProxyHandler({})).open  # this machine is reached directly


def started(command: str) -> subprocess.Popen[bytes]:
    """A shell with a process group of its own, which a terminal would send Ctrl-C to as a whole."""
    # Where the signal is ignored, as in a job in the background, every process below would ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(["bash", "-euo", "pipefail", "-c", command], start_new_session=True)


def wait_until_served(process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"the command ended by itself, with {process.returncode}")
        try:
            opened(ADDRESS, timeout=10).close()
        except (OSError, HTTPException):
            time.sleep(0.2)
        else:
            return
    sys.exit(f"nothing answers at {ADDRESS} after {SECONDS} seconds")


def look() -> None:
    for path in PAGES:
        with opened(ADDRESS + path, timeout=30) as response:  # raises for what is no success
            print(
                response.status, path, "->", response.url.removeprefix(ADDRESS), len(response.read()), "bytes"
            )
            if response.status != 200:
                sys.exit(f"{path} answers {response.status}")


def end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGINT)
    code = process.wait(timeout=30)
    if code != INTERRUPTED:
        sys.exit(f"Ctrl-C ended the command with {code}, not with {INTERRUPTED}")
    if not any(FOLDER.iterdir()):
        sys.exit(f"the command kept nothing in {FOLDER}")


running = started(sys.argv[1])
try:
    wait_until_served(running)
    look()
    end(running)
finally:
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
