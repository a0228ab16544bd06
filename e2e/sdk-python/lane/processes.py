"""Starts the gateway and the test provider, and stops exactly these two."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

REPOSITORY = Path(__file__).resolve().parents[3]
ADMIN_TOKEN = "e2e-admin-token-0123456789-0123456789"
API_KEY = "e2e-gateway-key-0123456789-0123456789"
MASTER_KEY = "5a" * 32
T = TypeVar("T")
START_SECONDS = 30.0
STOP_SECONDS = 15.0


def binary(variable: str, name: str) -> Path:
    """The binary named by an environment variable, or the newest build in the repository."""
    if named := os.environ.get(variable):
        return Path(named)
    builds = [REPOSITORY / "target" / profile / name for profile in ("release", "debug")]
    found = [path for path in builds if path.exists()]
    if not found:
        raise RuntimeError(f"{name} is not built; build it or name it by {variable}")
    return max(found, key=lambda path: path.stat().st_mtime)


def wait_for(what: str, ask: Callable[[], T | None], seconds: float = 5.0) -> T:
    """Asks until there is an answer that is true; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := ask():
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass
class Process:
    """A process of ours and the file with what it said."""

    child: subprocess.Popen[bytes]
    log: Path

    def words(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def alive(self) -> None:
        if self.child.poll() is not None:
            raise RuntimeError(f"ended with {self.child.returncode}:\n{self.words()}")

    def kill(self) -> None:
        """Ends it as a crash would."""
        self.child.kill()
        self.child.wait()

    def stop(self) -> None:
        if self.child.poll() is not None:
            return
        self.child.terminate()
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"did not stop within {STOP_SECONDS} s:\n{self.words()}") from None


@contextmanager
def running(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[Process]:
    """Starts a process, and stops it however the block ends."""
    with log.open("wb") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
    process = Process(child, log)
    try:
        yield process
    finally:
        process.stop()


@contextmanager
def running_provider(folder: Path) -> Iterator[str]:
    """The test provider; its URL is what it prints first."""
    command = [str(binary("TESTPROVIDER_BIN", "waypost-testprovider"))]
    with running(command, folder / "provider.log", dict(os.environ)) as process:

        def url() -> str | None:
            process.alive()
            line, end, _ = process.log.read_text().partition("\n")
            return line if end else None

        yield wait_for("the test provider's URL", url, START_SECONDS)


def provider_addresses(provider: str) -> dict[str, str]:
    """Where each provider of the catalogue is while the tests run, by the last part of its variable."""
    v1 = f"{provider}/v1"
    return {
        "OPENAI": v1,
        "ANTHROPIC": provider,
        "GOOGLE_AI_STUDIO": provider,
        "GOOGLE_VERTEX_AI": provider,
        "WORKERS_AI": f"{provider}/client/v4/accounts/test/ai/run",
        "AZURE_OPENAI": f"{provider}/openai/deployments",
        "GROQ": f"{provider}/openai/v1",
        "MISTRAL": v1,
        "DEEPSEEK": provider,
        "OPENROUTER": f"{provider}/api/v1",
    }


@contextmanager
def running_gateway(folder: Path, provider: str) -> Iterator[tuple[Process, str]]:
    """The gateway on the data directory of this folder, and its URL, once it takes traffic."""
    url = f"http://127.0.0.1:{free_port()}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WAYPOST_")}
    environment = kept | {
        "WAYPOST_LISTEN": url.removeprefix("http://"),
        "WAYPOST_DATA_DIR": str(folder / "data"),
        "WAYPOST_ADMIN_TOKEN": ADMIN_TOKEN,
        "WAYPOST_API_KEY": API_KEY,
        "WAYPOST_MASTER_KEY": MASTER_KEY,
        "WAYPOST_ALLOW_UPSTREAM": provider.removeprefix("http://"),
    }
    for name, address in provider_addresses(provider).items():
        environment[f"WAYPOST_PROVIDERS__{name}__BASE_URL"] = address
    command = [str(binary("WAYPOST_BIN", "waypost")), "serve"]
    with running(command, folder / "gateway.log", environment) as process:

        def ready() -> bool:
            process.alive()
            try:
                return httpx.get(f"{url}/readyz", timeout=1).status_code == 200
            except httpx.TransportError:
                return False

        wait_for("the gateway takes traffic", ready, START_SECONDS)
        yield process, url
