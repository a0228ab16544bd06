"""What outlives the process: routes, keys, versions, and what was spent, also when it was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ACCOUNT, GATEWAY, Gateway, metadata
from lane.processes import running_gateway
from lane.provider import Provider
from lane.routes import end, model, rate, start
from test_routes import DAY, not_near_the_end_of

HELLO: Any = [{"role": "user", "content": "Hello"}]
ELEMENTS: Any = [
    start("budget"),
    rate("budget", "large", "small", limit=1, limitType="cost", window=DAY),
    model("large", "openai", "gpt-4o"),
    model("small", "openai", "gpt-4o-mini"),
    end(),
]


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_a_budget_stays_spent(tmp_path: Path, provider: Provider, http: Any, killed: bool) -> None:
    def served(url: str, user: str) -> str:
        headers = metadata(user_id=user) | {"cf-aig-custom-cost": '{"total_cost":1.5}'}
        client = Gateway(url, http).openai().chat.completions.with_raw_response
        return client.create(model="dynamic/kept", messages=HELLO, extra_headers=headers).headers["cf-aig-model"]

    not_near_the_end_of(DAY, 30)
    with running_gateway(tmp_path, provider.url) as (process, url):
        client = Gateway(url, http).cloudflare().ai_gateway
        client.provider_configs.create(
            GATEWAY, account_id=ACCOUNT, provider_slug="openai", alias="default", default_config=True, secret="sk-kept"
        )
        client.dynamic_routing.create(GATEWAY, account_id=ACCOUNT, name="kept", elements=ELEMENTS)
        assert [served(url, "anna"), served(url, "anna")] == ["gpt-4o", "gpt-4o-mini"]
        if killed:
            process.kill()
    with running_gateway(tmp_path, provider.url) as (_, url):
        assert served(url, "anna") == "gpt-4o-mini", "what was spent before stays spent"
        assert served(url, "ben") == "gpt-4o"
        assert provider.last()["credentials"] == [["authorization", "Bearer sk-kept"]]


def test_a_call_that_was_running_is_charged_after_a_crash(tmp_path: Path, provider: Provider, http: Any) -> None:
    """An attempt without an end is settled at its estimate: nobody gets it for nothing."""
    not_near_the_end_of(DAY, 30)
    headers = metadata(user_id="anna") | {"cf-aig-custom-cost": json.dumps({"total_cost": 1.5})}

    def served(url: str) -> str:
        client = Gateway(url, http).openai().chat.completions.with_raw_response
        return client.create(model="dynamic/kept", messages=HELLO, extra_headers=headers).headers["cf-aig-model"]

    with running_gateway(tmp_path, provider.url) as (process, url):
        client = Gateway(url, http).cloudflare().ai_gateway
        client.provider_configs.create(
            GATEWAY, account_id=ACCOUNT, provider_slug="openai", alias="default", default_config=True, secret="sk-kept"
        )
        client.dynamic_routing.create(GATEWAY, account_id=ACCOUNT, name="kept", elements=ELEMENTS)
        provider.next(output_tokens=1000, delay_ms={"between": 50})
        stream = (
            Gateway(url, http)
            .openai()
            .chat.completions.create(model="dynamic/kept", messages=HELLO, stream=True, extra_headers=headers)
        )
        next(iter(stream))
        process.kill()
    with running_gateway(tmp_path, provider.url) as (_, url):
        assert served(url) == "gpt-4o-mini"
