"""API keys: what they open, what they may weaken, and the metadata that they pin; roles of admin tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import cloudflare
import openai
import pytest

from conftest import ACCOUNT, GATEWAY, Gateway, MakeRoute, metadata
from lane.provider import Provider
from lane.routes import conditional, end, model, one_model, start

HELLO: Any = [{"role": "user", "content": "Hello"}]
MakeKey = Callable[..., dict[str, Any]]


@pytest.fixture
def make_key(gateway: Gateway, unique: Callable[[str], str]) -> MakeKey:
    def make(**options: Any) -> dict[str, Any]:
        answer = gateway.manage("POST", "/api/keys", json={"label": unique("key")} | options)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    return make


def ask(gateway: Gateway, key: str, model: str = "mock/small", **options: Any) -> Any:
    return gateway.openai(api_key=key).chat.completions.with_raw_response.create(model=model, messages=HELLO, **options)


def test_a_key_works_at_once_and_is_shown_once(gateway: Gateway, make_key: MakeKey) -> None:
    made = make_key()
    ask(gateway, made["key"])
    assert made["key"] not in gateway.manage("GET", "/api/keys").text
    assert made["key"] not in gateway.manage("GET", f"/api/keys/{made['id']}").text


def test_a_revoked_key_stops_at_once(gateway: Gateway, make_key: MakeKey) -> None:
    made = make_key()
    ask(gateway, made["key"])
    assert gateway.manage("DELETE", f"/api/keys/{made['id']}").status_code == 200
    with pytest.raises(openai.AuthenticationError):
        ask(gateway, made["key"])


def test_a_key_of_some_routes_opens_only_these(gateway: Gateway, make_key: MakeKey, make_route: MakeRoute) -> None:
    support, internal = make_route(one_model("mock", "small")), make_route(one_model("mock", "small"))
    key = make_key(routes=[support.removeprefix("dynamic/")], models=["openai/gpt-4o-mini"])["key"]
    ask(gateway, key, support)
    ask(gateway, key, "openai/gpt-4o-mini")
    for refused in (internal, "openai/gpt-4o", "mock/small"):
        with pytest.raises(openai.PermissionDeniedError) as caught:
            ask(gateway, key, refused)
        assert caught.value.response.json()["type"] == "key_scope"


def test_a_key_of_one_gateway(gateway: Gateway, make_key: MakeKey, unique: Callable[[str], str]) -> None:
    name = unique("other")
    settings: Any = {
        "cache_invalidate_on_update": False,
        "cache_ttl": 0,
        "collect_logs": True,
        "rate_limiting_interval": 0,
        "rate_limiting_limit": 0,
        "authentication": True,
    }
    gateway.cloudflare().ai_gateway.create(account_id=ACCOUNT, id=name, **settings)
    key = make_key(gateway=name)["key"]
    body = {"model": "mock/small", "messages": HELLO}
    assert gateway.post("compat/chat/completions", body, gateway=name, authorization=f"Bearer {key}").status_code == 200
    answer = gateway.post("compat/chat/completions", body, authorization=f"Bearer {key}")
    assert (answer.status_code, answer.json()["type"]) == (403, "key_scope")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("cf-aig-custom-cost", '{"total_cost":0}'),
        ("cf-aig-cache-key", "mine"),
        ("cf-aig-skip-cache", "true"),
        ("cf-aig-collect-log", "false"),
    ],
)
def test_keys_of_apps_may_not_weaken_controls(gateway: Gateway, make_key: MakeKey, header: str, value: str) -> None:
    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(gateway, make_key(preset="app")["key"], extra_headers={header: value})
    assert caught.value.response.json()["type"] == "permission_header"
    ask(gateway, make_key(preset="backend")["key"], extra_headers={header: value})


def test_pinned_metadata_wins(gateway: Gateway, make_key: MakeKey, make_route: MakeRoute) -> None:
    decide = conditional("if", {"metadata.plan": "paid"}, "paid", "free")
    elements = [start("if"), decide, model("paid", "openai", "gpt-paid"), model("free", "openai", "gpt-free"), end()]
    route = make_route(elements)
    key = make_key(pinned_metadata={"plan": "free"})["key"]
    assert ask(gateway, key, route, extra_headers=metadata(plan="paid")).headers["cf-aig-model"] == "gpt-free"


def test_the_key_itself_can_be_asked_for(gateway: Gateway, make_key: MakeKey, make_route: MakeRoute) -> None:
    made = make_key()
    decide = conditional("if", {"key.label": made["label"]}, "mine", "other")
    route = make_route(
        [start("if"), decide, model("mine", "openai", "gpt-a"), model("other", "openai", "gpt-b"), end()]
    )
    assert ask(gateway, made["key"], route).headers["cf-aig-model"] == "gpt-a"
    assert ask(gateway, gateway.key, route).headers["cf-aig-model"] == "gpt-b"


def test_a_gateway_without_authentication_uses_no_stored_key(
    gateway: Gateway, provider: Provider, unique: Callable[[str], str]
) -> None:
    name = unique("open")
    settings: Any = {
        "cache_invalidate_on_update": False,
        "cache_ttl": 0,
        "collect_logs": True,
        "rate_limiting_interval": 0,
        "rate_limiting_limit": 0,
        "authentication": False,
    }
    client = gateway.cloudflare().ai_gateway
    client.create(account_id=ACCOUNT, id=name, **settings)
    client.provider_configs.create(
        name, account_id=ACCOUNT, provider_slug="openai", alias="default", default_config=True, secret="sk-house"
    )
    url, body = gateway.at("openai/chat/completions", name), {"model": "gpt-4o-mini", "messages": HELLO}
    refused = gateway.http.post(url, json=body)
    assert (refused.status_code, refused.json()["type"]) == (400, "provider_no_key")
    assert gateway.http.post(url, json=body, headers={"authorization": "Bearer sk-mine"}).status_code == 200
    assert provider.only()["credentials"] == [["authorization", "Bearer sk-mine"]]


@pytest.mark.parametrize("role", ["viewer", "editor", "admin"])
def test_roles_of_admin_tokens(gateway: Gateway, role: str, unique: Callable[[str], str]) -> None:
    made = gateway.manage("POST", "/api/tokens", json={"label": unique("token"), "role": role})
    assert made.status_code == 200, made.text
    token = made.json()["result"]["token"]
    client = gateway.cloudflare(token=token).ai_gateway
    assert client.get(GATEWAY, account_id=ACCOUNT).id == GATEWAY

    def may(call: Callable[[], Any]) -> bool:
        try:
            call()
        except cloudflare.PermissionDeniedError as error:
            assert error.errors[0].code == 10000
            return False
        return True

    routing, keys = client.dynamic_routing, client.provider_configs
    may_edit = may(
        lambda: routing.create(GATEWAY, account_id=ACCOUNT, name=unique("by-role"), elements=one_model("mock", "small"))
    )
    may_administer = may(
        lambda: keys.create(
            GATEWAY, account_id=ACCOUNT, provider_slug="groq", alias=unique("alias"), default_config=False, secret="s"
        )
    )
    assert (may_edit, may_administer) == (role != "viewer", role == "admin")


def test_secrets_are_in_no_log_row(gateway: Gateway, make_key: MakeKey) -> None:
    made = make_key()
    own = "sk-own-provider-key-0123456789"
    headers = {"cf-aig-authorization": f"Bearer {made['key']}"}
    raw = gateway.openai("openai", api_key=own, default_headers=headers).chat.completions.with_raw_response.create(
        model="gpt-4o-mini", messages=HELLO
    )
    from test_logs import seen

    logs = gateway.cloudflare().ai_gateway.logs
    row = json.dumps(seen(logs, raw.headers["cf-aig-log-id"]).to_dict(), default=str)
    assert own not in row and made["key"] not in row
