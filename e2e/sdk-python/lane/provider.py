"""The scripted test provider, by its control port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from lane.processes import wait_for


@dataclass
class Provider:
    """Scripts are those of `crates/testkit/src/script.rs`, as JSON."""

    url: str
    client: httpx.Client

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, f"{self.url}/__control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def install(self, name: str, *scripts: dict[str, Any]) -> str:
        """Scripts for the model `test/<name>`: one per request, the last repeats."""
        self.control("PUT", f"scripts/{name}", list(scripts))
        return f"test/{name}"

    def next(self, **script: Any) -> None:
        """For the next request, whatever its model."""
        self.control("POST", "next", script)

    def reset(self) -> None:
        self.control("POST", "reset")

    def received(self) -> list[dict[str, Any]]:
        return self.control("GET", "received")

    def only(self) -> dict[str, Any]:
        """The one request that arrived."""
        [received] = self.received()
        return received

    def last(self) -> dict[str, Any]:
        return self.received()[-1]

    def problems(self) -> list[str]:
        """What its judge holds against what it received."""
        return [problem for received in self.received() for problem in received["problems"]]

    def wait_for_caller_to_leave(self) -> None:
        wait_for("the provider sees that the caller left", lambda: any(seen["caller_left"] for seen in self.received()))


def header(received: dict[str, Any], name: str) -> str | None:
    return next((value for known, value in received["headers"] if known == name), None)
