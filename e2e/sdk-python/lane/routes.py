"""Route documents: the examples of the repository, and small ones for single purposes."""

from __future__ import annotations

import json
from typing import Any

from lane.processes import REPOSITORY

Element = dict[str, Any]


def example(name: str) -> dict[str, Any]:
    """A document of `examples/routes/`."""
    return json.loads((REPOSITORY / "examples" / "routes" / f"{name}.json").read_text())


def outputs(**targets: str) -> dict[str, dict[str, str]]:
    return {name: {"elementId": target} for name, target in targets.items()}


def start(target: str) -> Element:
    return {"id": "start", "type": "start", "outputs": outputs(next=target)}


def end() -> Element:
    return {"id": "end", "type": "end", "outputs": {}}


def model(name: str, provider: str, model: str, fallback: str | None = None, **properties: Any) -> Element:
    targets = {"success": "end"} | ({"fallback": fallback} if fallback else {})
    settings = {"provider": provider, "model": model, "timeout": 30_000, "retries": 0} | properties
    return {"id": name, "type": "model", "outputs": outputs(**targets), "properties": settings}


def rate(name: str, success: str, fallback: str | None, **properties: Any) -> Element:
    targets = {"success": success} | ({"fallback": fallback} if fallback else {})
    settings = {"key": "metadata.user_id", "limitType": "count", "window": 3600} | properties
    return {"id": name, "type": "rate", "outputs": outputs(**targets), "properties": settings}


def conditional(name: str, conditions: Any, then: str, otherwise: str) -> Element:
    return {
        "id": name,
        "type": "conditional",
        "outputs": {"true": {"elementId": then}, "false": {"elementId": otherwise}},
        "properties": {"conditions": conditions},
    }


def one_model(provider: str, name: str, **properties: Any) -> list[Element]:
    return [start("only"), model("only", provider, name, fallback="end", **properties), end()]
