"""Every route that the product promises, created through the management API and called like a model."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conftest import ACCOUNT, GATEWAY, Gateway, MakeRoute, metadata
from lane import vendor_types
from lane.processes import wait_for
from lane.provider import Provider
from lane.routes import conditional, end, example, model, one_model, outputs, rate, start

HELLO: Any = [{"role": "user", "content": "Hello"}]
HOUR = 3600
DAY = 86_400
Create = Callable[[str], str]


@pytest.fixture
def create(gateway: Gateway, make_route: MakeRoute) -> Create:
    """Creates one of the repository's examples under a name of its own; its model string."""
    return lambda name: make_route(example(name)["elements"], name=name)


def served(gateway: Gateway, route: str, custom_cost: dict[str, float] | None = None, **entries: Any) -> str:
    """Which model answered; every answer must be a 200."""
    headers = metadata(**entries)
    if custom_cost is not None:
        headers["cf-aig-custom-cost"] = json.dumps(custom_cost)
    raw = gateway.openai().chat.completions.with_raw_response.create(model=route, messages=HELLO, extra_headers=headers)
    text = raw.parse().choices[0].message.content or ""
    name = raw.headers["cf-aig-model"]
    if raw.headers["cf-aig-provider"] == "mock":
        assert f"mock/{name}" in text, "the model that answered is the one that was named"
    return name


def all_at_once(count: int, call: Callable[[int], Any], threads: int = 32) -> list[Any]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(call, range(count)))


def not_near_the_end_of(window_s: int, needed_s: float = 8.0) -> None:
    """Counters weigh the window before: a test that counts exactly must not see the next one begin."""
    left = window_s - time.time() % window_s
    if left < needed_s:
        time.sleep(left + 0.05)


def test_simple(gateway: Gateway, create: Create) -> None:
    route = create("simple")
    raw = gateway.openai().chat.completions.with_raw_response.create(model=route, messages=HELLO)
    assert (raw.headers["cf-aig-provider"], raw.headers["cf-aig-model"]) == ("mock", "large")
    assert raw.headers["waypost-route"] == f"{route.removeprefix('dynamic/')}@1"
    assert "model" in raw.headers["waypost-trail"]
    assert float(raw.headers["waypost-cost-usd"]) > 0
    assert raw.parse().model.endswith("large")


def test_the_routes_own_address_needs_no_model(gateway: Gateway, create: Create) -> None:
    route = create("simple")
    answer = gateway.post(route, {"messages": HELLO})
    assert answer.status_code == 200 and answer.headers["cf-aig-model"] == "large"
    assert "mock/large" in answer.json()["choices"][0]["message"]["content"]


def test_the_first_token_of_a_routed_stream_comes_first(gateway: Gateway, create: Create) -> None:
    begun = time.monotonic()
    stream = gateway.openai().chat.completions.create(model=create("simple"), messages=HELLO, stream=True)
    first = None
    for chunk in stream:
        if first is None and chunk.choices and chunk.choices[0].delta.content:
            first = time.monotonic()
    assert first
    # 120 words, 12 ms apart, follow the first: it must not have waited for them.
    assert time.monotonic() - first > (first - begun), "the stream arrived at once"


def test_100_requests_per_hour_then_the_cheaper_model(gateway: Gateway, create: Create, unique: Create) -> None:
    route, anna, ben = create("rate-limited"), unique("anna"), unique("ben")
    not_near_the_end_of(HOUR)
    models = Counter(all_at_once(105, lambda _: served(gateway, route, user_id=anna)))
    assert models == {"large": 100, "small": 5}
    assert served(gateway, route, user_id=anna) == "small"
    assert served(gateway, route, user_id=ben) == "large", "every user has a limit of their own"


def test_10_dollars_per_day_then_the_cheap_model(gateway: Gateway, create: Create, unique: Create) -> None:
    route, anna, ben = create("budget-with-fallback"), unique("anna"), unique("ben")
    not_near_the_end_of(DAY)
    four = {"total_cost": 4.0}
    # $0, $4 and $8 are below $10; $12 is not.
    assert [served(gateway, route, four, user_id=anna) for _ in range(4)] == ["large"] * 3 + ["small"]
    assert served(gateway, route, four, user_id=ben) == "large"


def test_what_is_left_of_a_budget_is_on_the_answer(gateway: Gateway, create: Create, unique: Create) -> None:
    route, anna = create("budget-with-fallback"), unique("anna")
    headers = metadata(user_id=anna) | {"cf-aig-custom-cost": '{"total_cost":4}'}
    not_near_the_end_of(DAY)
    client = gateway.openai().chat.completions.with_raw_response
    first = client.create(model=route, messages=HELLO, extra_headers=headers)
    assert float(first.headers["waypost-cost-usd"]) == 4.0
    assert float(first.headers["waypost-budget-remaining-usd"]) == 6.0


@pytest.mark.parametrize("plan", ["paid", "free", None])
def test_paid_or_free(gateway: Gateway, create: Create, plan: str | None) -> None:
    entries = {"userPlan": plan} if plan else {}
    assert served(gateway, create("paid-and-free"), **entries) == ("large" if plan == "paid" else "small")


def test_the_other_spelling_of_the_metadata_header(gateway: Gateway, create: Create) -> None:
    route = create("paid-and-free")
    raw = gateway.openai().chat.completions.with_raw_response.create(
        model=route, messages=HELLO, extra_headers={"CF-AI-Gateway-Metadata": '{"userPlan":"paid"}'}
    )
    assert raw.headers["cf-aig-model"] == "large"


def test_half_and_half_and_everybody_stays_where_they_are(gateway: Gateway, create: Create, unique: Create) -> None:
    route, users = create("ab-test"), [unique("user") for _ in range(40)]
    first = all_at_once(40, lambda index: served(gateway, route, user_id=users[index]))
    again = all_at_once(40, lambda index: served(gateway, route, user_id=users[index]))
    assert first == again
    # 40 fair coins show a side fewer than 5 times in one of ten million runs.
    assert min(Counter(first)["large"], Counter(first)["small"]) >= 5


@pytest.mark.parametrize("shares", [("50%", "50.0%"), ("50%", "else")], ids=["two-keys", "else"])
def test_half_and_half_as_cloudflare_writes_it(
    gateway: Gateway, make_route: MakeRoute, shares: tuple[str, str]
) -> None:
    split = {
        "id": "split",
        "type": "percentage",
        "outputs": {shares[0]: {"elementId": "a"}, shares[1]: {"elementId": "b"}},
    }
    route = make_route([start("split"), split, model("a", "openai", "gpt-a"), model("b", "openai", "gpt-b"), end()])
    models = Counter(all_at_once(200, lambda _: served(gateway, route)))
    # 200 draws lie outside of 60 to 140 in one of a hundred million runs.
    assert set(models) == {"gpt-a", "gpt-b"} and 60 <= models["gpt-a"] <= 140


def test_the_labs_smart_route(gateway: Gateway, create: Create) -> None:
    """$1 per hour, $0.20 per token: the first answer uses the budget up, the second comes from the small model."""
    route = create("smart-route")
    cost = {"per_token_in": 0.2, "per_token_out": 0.2}
    not_near_the_end_of(HOUR)
    assert served(gateway, route, cost, user_id="user-anna") == "small", "only the admin gets the large model"
    headers = metadata(user_id="user-admin") | {"cf-aig-custom-cost": json.dumps(cost)}
    first = gateway.openai().chat.completions.with_raw_response.create(
        model=route, messages=HELLO, extra_headers=headers
    )
    usage = first.parse().usage
    assert usage and first.headers["cf-aig-model"] == "large"
    assert float(first.headers["waypost-cost-usd"]) == pytest.approx(0.2 * usage.total_tokens, abs=1e-12)
    assert served(gateway, route, cost, user_id="user-admin") == "small", "over budget: the small one, and no error"
    assert served(gateway, route, user_id="user-admin") == "small", "what was spent stays spent"

    admin = gateway.cloudflare()
    log_id = first.headers["cf-aig-log-id"]

    def row() -> Any:
        rows = admin.ai_gateway.logs.list(
            GATEWAY, account_id=ACCOUNT, filters=[{"key": "id", "operator": "eq", "value": [log_id]}]
        )
        return next(iter(rows.result), None)

    log = wait_for("the log row", row)
    assert log.custom_cost is True and log.cost == pytest.approx(0.2 * usage.total_tokens)
    assert (log.model, log.provider, log.status_code) == ("large", "mock", 200)


def test_the_labs_smart_route_as_a_stream(gateway: Gateway, create: Create) -> None:
    route = create("smart-route")
    headers = metadata(user_id="user-admin") | {"cf-aig-custom-cost": '{"per_token_in":0.2,"per_token_out":0.2}'}
    not_near_the_end_of(HOUR)
    models = []
    for _ in range(2):
        stream = gateway.openai().chat.completions.with_raw_response.create(
            model=route, messages=HELLO, stream=True, max_tokens=12, extra_headers=headers
        )
        models.append(stream.headers["cf-aig-model"])
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream.parse() if chunk.choices)
    assert models == ["large", "small"]


class TestPlansByEmail:
    """10 requests and $10 a day for free users, 1,000 and $100 for the others, told apart by e-mail."""

    def refused(self, gateway: Gateway, route: str, **entries: Any) -> dict[str, Any]:
        answer = gateway.post("compat/chat/completions", {"model": route, "messages": HELLO}, **metadata(**entries))
        assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1, answer.text
        return answer.json()

    def test_free_requests(self, gateway: Gateway, create: Create) -> None:
        route = create("saas-plans")
        not_near_the_end_of(DAY)
        free = {"plan": "free", "email": "ann@example.com"}
        assert {served(gateway, route, **free) for _ in range(10)} == {"small"}
        assert self.refused(gateway, route, **free)["type"] == "rate_limited"
        assert served(gateway, route, plan="free", email="ben@example.com") == "small"

    def test_free_budget(self, gateway: Gateway, create: Create) -> None:
        route = create("saas-plans")
        not_near_the_end_of(DAY)
        free = {"plan": "free", "email": "cy@example.com"}
        assert [served(gateway, route, {"total_cost": 6}, **free) for _ in range(2)] == ["small"] * 2
        assert self.refused(gateway, route, **free)["type"] == "budget_exceeded"

    def test_paid_budget_falls_back(self, gateway: Gateway, create: Create) -> None:
        route = create("saas-plans")
        not_near_the_end_of(DAY)
        paid = {"plan": "pro", "email": "dee@example.com"}
        models = [served(gateway, route, {"total_cost": 60}, **paid) for _ in range(3)]
        assert models == ["large", "large", "small"]

    def test_paid_requests(self, gateway: Gateway, create: Create) -> None:
        route = create("saas-plans")
        not_near_the_end_of(DAY, 20)
        paid = {"plan": "pro", "email": "eve@example.com"}

        def ask(_: int) -> int:
            body = {"model": route, "messages": HELLO, "max_tokens": 1}
            return gateway.post("compat/chat/completions", body, **metadata(**paid)).status_code

        assert Counter(all_at_once(1010, ask, threads=64)) == {200: 1000, 429: 10}


def test_failover_between_providers_translates(gateway: Gateway, provider: Provider, make_route: MakeRoute) -> None:
    elements = [
        start("first"),
        model("first", "openai", "test/500", fallback="second", retries=1, retryDelay=1, backoff="constant"),
        model("second", "anthropic", "claude-sonnet-4-5", fallback="third"),
        model("third", "mock", "small"),
        end(),
    ]
    raw = gateway.openai().chat.completions.with_raw_response.create(model=make_route(elements), messages=HELLO)
    assert (raw.headers["cf-aig-provider"], raw.headers["cf-aig-model"]) == ("anthropic", "claude-sonnet-4-5")
    assert raw.parse().choices[0].message.content == "Echo: Hello"
    received = provider.received()
    assert [seen["format"] for seen in received] == ["openai_chat", "openai_chat", "anthropic_messages"]
    for seen in received:
        vendor_types.judge(seen)


def test_a_routed_model_has_parameters_and_a_key_of_its_own(
    gateway: Gateway, provider: Provider, make_route: MakeRoute, unique: Create
) -> None:
    alias = unique("team")
    gateway.cloudflare().ai_gateway.provider_configs.create(
        GATEWAY, account_id=ACCOUNT, provider_slug="openai", alias=alias, default_config=False, secret="sk-team"
    )
    route = make_route(
        one_model("openai", "gpt-4o-mini", byokAlias=alias, parameters={"temperature": 0.1, "max_tokens": 5})
    )
    served(gateway, route)
    received = provider.only()
    assert received["credentials"] == [["authorization", "Bearer sk-team"]]
    assert (received["json"]["temperature"], received["json"]["max_tokens"]) == (0.1, 5)
    assert received["json"]["model"] == "gpt-4o-mini"
    vendor_types.judge(received)


CONDITIONS = [
    ({"metadata.seats": {"$gte": 10}}, {"seats": 10}, {"seats": 9}),
    ({"metadata.plan": {"$in": ["pro", "team"]}}, {"plan": "team"}, {"plan": "free"}),
    ({"$or": [{"metadata.plan": "pro"}, {"metadata.beta": True}]}, {"beta": True}, {"beta": False}),
    ({"metadata.email": {"$regex": "@example\\.com$"}}, {"email": "a@example.com"}, {"email": "a@example.org"}),
    ({"metadata.org": {"$exists": True}}, {"org": "x"}, {}),
    ({"metadata.plan": {"$not": {"$eq": "free"}}}, {"plan": "pro"}, {"plan": "free"}),
]


@pytest.mark.parametrize(("conditions", "yes", "no"), CONDITIONS, ids=lambda value: json.dumps(value)[:40])
def test_conditions(gateway: Gateway, make_route: MakeRoute, conditions: Any, yes: Any, no: Any) -> None:
    elements = [
        start("if"),
        conditional("if", conditions, "yes", "no"),
        model("yes", "openai", "gpt-yes"),
        model("no", "openai", "gpt-no"),
        end(),
    ]
    route = make_route(elements)
    assert (served(gateway, route, **yes), served(gateway, route, **no)) == ("gpt-yes", "gpt-no")


def test_an_expression_reads_the_body_and_headers(gateway: Gateway, make_route: MakeRoute) -> None:
    decide = {
        "id": "if",
        "type": "conditional",
        "properties": {"expression": 'body.max_tokens > 100 && headers["x-team"] == "search"'},
        "outputs": outputs(true="yes", false="no"),
    }
    route = make_route([start("if"), decide, model("yes", "openai", "gpt-yes"), model("no", "openai", "gpt-no"), end()])
    client = gateway.openai().chat.completions.with_raw_response
    for max_tokens, team, name in [(200, "search", "gpt-yes"), (50, "search", "gpt-no"), (200, "ads", "gpt-no")]:
        raw = client.create(model=route, messages=HELLO, max_tokens=max_tokens, extra_headers={"x-team": team})
        assert raw.headers["cf-aig-model"] == name


def test_a_deploy_is_live_at_once_and_so_is_the_way_back(gateway: Gateway, make_route: MakeRoute) -> None:
    route = make_route(one_model("openai", "gpt-one"))
    name = route.removeprefix("dynamic/")
    routing = gateway.cloudflare().ai_gateway.dynamic_routing
    listed = routing.list(GATEWAY, account_id=ACCOUNT, extra_query={"per_page": "100"}).data.routes
    [made] = [known for known in listed if known.name == name]
    where: Any = {"account_id": ACCOUNT, "gateway_id": GATEWAY}
    routing.create_version(made.id, **where, elements=one_model("openai", "gpt-two"))
    assert served(gateway, route) == "gpt-one", "a version serves nothing until it is deployed"
    versions = routing.list_versions(made.id, **where).data.versions
    [draft] = [version for version in versions if version.version_id != made.version.version_id]
    for version_id, model_name in [(draft.version_id, "gpt-two"), (made.version.version_id, "gpt-one")] * 3:
        routing.create_deployment(made.id, **where, version_id=version_id)
        assert served(gateway, route) == model_name


def test_counters_go_on_across_versions(gateway: Gateway, make_route: MakeRoute) -> None:
    def elements(other: str) -> Any:
        limit = rate("limit", "large", "small", limit=2)
        return [start("limit"), limit, model("large", "openai", "gpt-large"), model("small", "openai", other), end()]

    route = make_route(elements("gpt-small"))
    not_near_the_end_of(HOUR)
    assert [served(gateway, route, user_id="anna") for _ in range(2)] == ["gpt-large"] * 2
    routing = gateway.cloudflare().ai_gateway.dynamic_routing
    [made] = [
        known
        for known in routing.list(GATEWAY, account_id=ACCOUNT, extra_query={"per_page": "100"}).data.routes
        if known.name == route.removeprefix("dynamic/")
    ]
    where: Any = {"account_id": ACCOUNT, "gateway_id": GATEWAY}
    version: Any = routing.create_version(made.id, **where, elements=elements("gpt-tiny"))
    routing.create_deployment(made.id, **where, version_id=version.version_id)
    assert served(gateway, route, user_id="anna") == "gpt-tiny"


def test_routing_inside_the_universal_endpoint(gateway: Gateway, make_route: MakeRoute, provider: Provider) -> None:
    route = make_route(one_model("openai", "gpt-4o-mini"))
    steps = [
        {
            "provider": "compat",
            "endpoint": "chat/completions",
            "headers": {},
            "query": {"model": route, "messages": HELLO},
        }
    ]
    answer = gateway.post("", steps)
    assert answer.status_code == 200 and answer.headers["cf-aig-step"] == "0", answer.text
    assert answer.json()["choices"][0]["message"]["content"] == "Echo: Hello"


def test_the_universal_endpoint_goes_on_to_the_next_step(gateway: Gateway, provider: Provider) -> None:
    steps = [
        {
            "provider": "openai",
            "endpoint": "v1/chat/completions",
            "headers": {"content-type": "application/json"},
            "query": {"model": "test/500", "messages": HELLO},
            "config": {"maxAttempts": 2, "retryDelay": 1},
        },
        {
            "provider": "anthropic",
            "endpoint": "v1/messages",
            "headers": {"anthropic-version": "2023-06-01"},
            "query": {"model": "claude-sonnet-4-5", "max_tokens": 16, "messages": HELLO},
        },
    ]
    answer = gateway.post("", steps)
    assert answer.status_code == 200 and answer.headers["cf-aig-step"] == "1", answer.text
    assert answer.json()["content"][0]["text"] == "Echo: Hello"
    assert len(provider.received()) == 3
