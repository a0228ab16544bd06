"""A burst against a budget: 500 requests of known cost at once, and a budget worth 9.5 of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from conftest import Gateway, MakeRoute, metadata
from lane.provider import Provider
from lane.routes import end, model, rate, start
from test_routes import DAY, not_near_the_end_of

REQUESTS = 500
CLIENTS = 20
TOKENS = 10
#: Picks the script of that name at the test provider.
PRICED = "test-burst"
#: $0.01 per output token and nothing for input: a request costs $0.10.
OUTPUT_USD_PER_MILLION = 10_000


@pytest.fixture(scope="module")
def priced(gateway: Gateway) -> Iterator[None]:
    price = {
        "provider": "openai",
        "model": PRICED,
        "input_per_million": 0,
        "output_per_million": OUTPUT_USD_PER_MILLION,
    }
    answer = gateway.manage("PUT", "/api/prices", json=price)
    assert answer.status_code == 200, answer.text
    yield


async def burst(gateway: Gateway, route: str) -> Counter[str]:
    """Which model served how many."""
    body = {"model": route, "messages": [{"role": "user", "content": "hi"}], "max_tokens": TOKENS}
    headers = {"authorization": f"Bearer {gateway.key}"} | metadata(user_id="everybody")

    async def share() -> list[httpx.Response]:
        # One pool for all of them would spend its time on looking for free connections.
        limits = httpx.Limits(max_connections=REQUESTS // CLIENTS)
        async with httpx.AsyncClient(timeout=60, limits=limits, headers=headers, verify=False) as client:
            calls = [client.post(gateway.at("compat/chat/completions"), json=body) for _ in range(REQUESTS // CLIENTS)]
            return await asyncio.gather(*calls)

    shares = await asyncio.gather(*[share() for _ in range(CLIENTS)])
    answers = [answer for share in shares for answer in share]
    assert {answer.status_code for answer in answers} == {200}
    return Counter(answer.headers["cf-aig-model"] for answer in answers)


@pytest.mark.parametrize(("enforcement", "admitted"), [("soft", 10), ("strict", 9)])
def test_a_burst_spends_what_the_budget_allows(
    gateway: Gateway, provider: Provider, make_route: MakeRoute, priced: None, enforcement: str, admitted: int
) -> None:
    budget = rate("budget", "large", "small", limit=0.95, limitType="cost", window=DAY, enforcement=enforcement)
    elements: Any = [
        start("budget"),
        budget,
        model("large", "openai", PRICED),
        model("small", "mock", "small"),
        end(),
    ]
    route = make_route(elements)
    # All are admitted or refused before the first is settled.
    provider.install("burst", {"output_tokens": TOKENS, "delay_ms": {"head": 500}})
    not_near_the_end_of(DAY, 30)
    models = asyncio.run(burst(gateway, route))
    assert models == {PRICED: admitted, "small": REQUESTS - admitted}
    received = [seen for seen in provider.received() if seen["model"] == PRICED]
    assert len(received) == admitted
    assert {seen["output_tokens"] for seen in received} == {TOKENS}
