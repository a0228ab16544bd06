"""Settings of a gateway as its callers see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from conftest import ACCOUNT, Gateway
from lane.processes import wait_for
from lane.provider import Provider
from lane.routes import end, model, one_model, rate, start
from test_routes import not_near_the_end_of

HELLO: Any = [{"role": "user", "content": "Hello"}]
SETTINGS: dict[str, Any] = {
    "cache_invalidate_on_update": False,
    "cache_ttl": 0,
    "collect_logs": True,
    "rate_limiting_interval": 0,
    "rate_limiting_limit": 0,
    "authentication": True,
}
MakeGateway = Callable[..., str]


def url(name: str = "", rest: str = "") -> str:
    return f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateways" + (f"/{name}" if name else "") + rest


@pytest.fixture
def make_gateway(gateway: Gateway, unique: Callable[[str], str]) -> MakeGateway:
    """A gateway of its own with a key for OpenAI."""

    def make(**settings: Any) -> str:
        name = unique("settings")
        answer = gateway.manage("POST", url(), json={"id": name} | SETTINGS | settings)
        assert answer.status_code == 200, answer.text
        gateway.cloudflare().ai_gateway.provider_configs.create(
            name, account_id=ACCOUNT, provider_slug="openai", alias="default", default_config=True, secret="sk-settings"
        )
        return name

    return make


def ask(gateway: Gateway, name: str, model: str, **options: Any) -> Any:
    client = gateway.openai(base_url=gateway.at("compat", name))
    return client.chat.completions.with_raw_response.create(model=model, messages=HELLO, **options)


def test_retries_of_the_gateway_and_of_the_request(
    gateway: Gateway, provider: Provider, make_gateway: MakeGateway
) -> None:
    name = make_gateway(retry_max_attempts=3, retry_delay=1, retry_backoff="constant")
    bad = {"status": 503}
    model_name = "openai/" + provider.install("third-time", bad, bad, {"text": "third"})
    assert ask(gateway, name, model_name).parse().choices[0].message.content == "third"
    provider.reset()
    model_name = "openai/" + provider.install("third-time", bad, bad, {"text": "third"})
    with pytest.raises(openai.InternalServerError):
        ask(gateway, name, model_name, extra_headers={"cf-aig-max-attempts": "2"})
    assert len(provider.received()) == 2, "the request has the last word"


def test_what_does_not_get_better_is_not_retried(
    gateway: Gateway, provider: Provider, make_gateway: MakeGateway
) -> None:
    name = make_gateway(retry_max_attempts=5, retry_delay=1)
    with pytest.raises(openai.BadRequestError):
        ask(gateway, name, "openai/test/400")
    assert len(provider.received()) == 1


@pytest.mark.parametrize("status", [502, 400])
def test_the_status_of_an_exhausted_route(gateway: Gateway, make_gateway: MakeGateway, status: int) -> None:
    name = make_gateway(waypost={"exhausted_status": status})
    elements = one_model("openai", "test/500")
    gateway.cloudflare().ai_gateway.dynamic_routing.create(name, account_id=ACCOUNT, name="bad", elements=elements)
    with pytest.raises(openai.APIStatusError) as caught:
        ask(gateway, name, "dynamic/bad")
    body = caught.value.response.json()
    assert (caught.value.status_code, body["type"], body["httpCode"]) == (status, "no_fallback_left", status)


def test_logs_can_be_off_and_asked_for(gateway: Gateway, make_gateway: MakeGateway) -> None:
    name = make_gateway(collect_logs=False)
    ask(gateway, name, "mock/small")
    log_id = ask(gateway, name, "mock/small", extra_headers={"cf-aig-collect-log": "true"}).headers["cf-aig-log-id"]

    def rows() -> list[str]:
        return [row["id"] for row in gateway.manage("GET", url(name, "/logs")).json()["result"]]

    assert wait_for("the row", rows) == [log_id]


def test_clients_that_do_not_know_our_settings_leave_them(gateway: Gateway, make_gateway: MakeGateway) -> None:
    name = make_gateway(waypost={"exhausted_status": 400, "time_zone": "Europe/Paris"})
    client = gateway.cloudflare(strict=True).ai_gateway
    client.update(name, account_id=ACCOUNT, **(SETTINGS | {"collect_logs": False}))
    kept = gateway.manage("GET", url(name)).json()["result"]
    assert kept["collect_logs"] is False
    assert (kept["waypost"]["exhausted_status"], kept["waypost"]["time_zone"]) == (400, "Europe/Paris")
    misspelt = gateway.manage("PUT", url(name), json=SETTINGS | {"waypost": {"exhausted_statuss": 400}})
    assert misspelt.status_code == 400 and misspelt.json()["errors"][0]["code"] == 7001


@pytest.mark.parametrize(
    ("settings", "served"),
    [
        ({"unknown_price": "allow"}, ["no-price", "no-price"]),
        ({"unknown_price": "flat", "flat_cost_usd": 2}, ["no-price", "small"]),
    ],
    ids=["allow", "flat"],
)
def test_models_without_a_price(gateway: Gateway, make_gateway: MakeGateway, settings: Any, served: list[str]) -> None:
    name = make_gateway(waypost=settings)
    budget = rate("budget", "dear", "cheap", limit=1, limitType="cost", window=86_400, key="*")
    elements = [start("budget"), budget, model("dear", "openai", "no-price"), model("cheap", "mock", "small"), end()]
    gateway.cloudflare().ai_gateway.dynamic_routing.create(name, account_id=ACCOUNT, name="free", elements=elements)
    not_near_the_end_of(86_400)
    assert [ask(gateway, name, "dynamic/free").headers["cf-aig-model"] for _ in range(2)] == served


def test_routes_belong_to_their_gateway(gateway: Gateway, make_gateway: MakeGateway) -> None:
    name = make_gateway()
    routing = gateway.cloudflare().ai_gateway.dynamic_routing
    routing.create(name, account_id=ACCOUNT, name="local", elements=one_model("mock", "small"))
    assert ask(gateway, name, "dynamic/local").headers["cf-aig-model"] == "small"
    with pytest.raises(openai.NotFoundError):
        gateway.openai().chat.completions.create(model="dynamic/local", messages=HELLO)
    account = gateway.openai(
        base_url=f"{gateway.url}/client/v4/accounts/{ACCOUNT}/ai/v1", default_headers={"cf-aig-gateway-id": name}
    )
    assert account.chat.completions.create(model="dynamic/local", messages=HELLO).choices
