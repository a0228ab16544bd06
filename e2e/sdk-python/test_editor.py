"""What has no counterpart at Cloudflare: checking, simulating and comparing routes, drafts, prices, the audit, the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conftest import ACCOUNT, GATEWAY, Gateway, MakeRoute, metadata
from lane.routes import end, example, model, one_model, rate, start
from test_routes import HOUR, not_near_the_end_of

HELLO: Any = [{"role": "user", "content": "Hello"}]


def editor(gateway: Gateway, verb: str, body: Any) -> Any:
    answer = gateway.manage("POST", f"/api/gateways/{GATEWAY}/routes/{verb}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def route_id(gateway: Gateway, route: str) -> str:
    routing = gateway.cloudflare().ai_gateway.dynamic_routing
    listed = routing.list(GATEWAY, account_id=ACCOUNT, extra_query={"per_page": "100"}).data.routes
    [found] = [known.id for known in listed if known.name == route.removeprefix("dynamic/")]
    return found


@pytest.mark.parametrize(
    "name",
    [
        "simple",
        "rate-limited",
        "budget-with-fallback",
        "paid-and-free",
        "ab-test",
        "gradual-rollout",
        "provider-failover",
        "saas-plans",
        "smart-route",
    ],
)
def test_examples_are_valid(gateway: Gateway, name: str) -> None:
    found = editor(gateway, "validate", example(name))
    assert found["valid"] and found["storable"] and found["changes"] == [] and found["unknown"] == []
    assert [problem for problem in found["problems"] if problem["severity"] == "error"] == []


def test_problems_have_codes_words_and_places(gateway: Gateway) -> None:
    elements = [
        start("budget"),
        rate("budget", "only", None, limit=5, limitType="cost"),
        model("only", "opena", "gpt-4o", fallback="nowhere"),
        {"id": "alone", "type": "end", "outputs": {}},
        end(),
    ]
    found = editor(gateway, "validate", {"name": "bad", "elements": elements})
    assert found["valid"] is False
    for problem in found["problems"]:
        assert problem["code"][0] in "EW" and problem["message"] and problem["severity"] in ("error", "warning")
    assert {"only"} <= {problem["node"] for problem in found["problems"]}


ADMIN = {"metadata": {"user_id": "user-admin"}}


@pytest.mark.parametrize(
    ("facts", "assumptions", "served", "calls"),
    [
        (ADMIN, {}, "large", 1),
        ({"metadata": {"user_id": "user-anna"}}, {}, "small", 1),
        (ADMIN, {"limits": {"budget": "exceeded"}}, "small", 1),
        # One retry of the large model, then the small one.
        (ADMIN, {"models": {"large": "fail"}}, "small", 3),
    ],
    ids=["admin", "anna", "over-budget", "failing"],
)
def test_a_simulation_walks_without_calling(
    gateway: Gateway, facts: Any, assumptions: Any, served: str, calls: int
) -> None:
    found = editor(
        gateway, "simulate", {"document": example("smart-route"), "facts": facts, "assumptions": assumptions}
    )
    assert (found["outcome"]["result"], found["outcome"]["model"], found["calls"]) == ("served", served, calls)
    assert all(step["node"] and step["kind"] for step in found["steps"])
    assert found["notes"] == []


def test_a_simulation_agrees_with_what_happens(gateway: Gateway, make_route: MakeRoute) -> None:
    route = make_route(example("smart-route")["elements"])
    ask = gateway.openai().chat.completions.with_raw_response.create
    not_near_the_end_of(HOUR)
    for user, cost in [("user-anna", "0"), ("user-admin", "2"), ("user-admin", "0"), ("user-admin", "0")]:
        facts = {"metadata": {"user_id": user}, "body": {"messages": HELLO}}
        found = editor(gateway, "simulate", {"route_id": route_id(gateway, route), "facts": facts})
        headers = metadata(user_id=user) | {"cf-aig-custom-cost": f'{{"total_cost":{cost}}}'}
        raw = ask(model=route, messages=HELLO, extra_headers=headers)
        assert found["outcome"]["model"] == raw.headers["cf-aig-model"], "counters are read, not changed"


def test_a_difference_is_told_in_lines(gateway: Gateway) -> None:
    old, new = example("smart-route"), example("smart-route")
    budget = next(element for element in new["elements"] if element["id"] == "budget")
    budget["properties"] |= {"limit": 5, "window": 60}
    found = editor(gateway, "diff", {"old": {"document": old}, "new": {"document": new}})
    assert (found["same"], found["added"], found["removed"]) == (False, [], [])
    assert [changed["id"] for changed in found["changed"]] == ["budget"] and found["summary"]
    assert editor(gateway, "diff", {"old": {"document": old}, "new": {"document": old}})["same"] is True


def test_nobody_overwrites_anothers_draft(gateway: Gateway, make_route: MakeRoute) -> None:
    route = make_route(one_model("mock", "small"))
    url = f"/api/gateways/{GATEWAY}/routes/{route_id(gateway, route)}/draft"
    first = gateway.manage("PUT", url, json={"document": {"elements": ["half", "done"]}})
    assert first.status_code == 200, first.text
    revision = first.json()["result"]["revision"]
    assert gateway.manage("PUT", url, json={"document": {"mine": 1}, "revision": revision}).status_code == 200
    assert gateway.manage("PUT", url, json={"document": {"late": 1}, "revision": revision}).status_code == 409
    assert gateway.manage("GET", url).json()["result"]["document"] == {"mine": 1}
    assert gateway.openai().chat.completions.create(model=route, messages=HELLO).choices, "a draft serves nothing"
    assert gateway.manage("DELETE", url).status_code == 200
    assert gateway.manage("GET", url).status_code == 404


def test_a_price_of_ones_own_holds_at_once(gateway: Gateway, unique: Callable[[str], str]) -> None:
    name = unique("priced")
    price: dict[str, Any] = {
        "provider": "openai",
        "model": name,
        "input_per_million": 1_000_000,
        "output_per_million": 0,
    }
    ask = gateway.openai().chat.completions.with_raw_response.create
    assert gateway.manage("PUT", "/api/prices", json=price).status_code == 200
    raw = ask(model=f"openai/{name}", messages=HELLO)
    # "Hello" is 1 token by the test provider's rule, and 3 for the message: $1 each.
    assert float(raw.headers["waypost-cost-usd"]) == 4
    assert gateway.manage("PUT", "/api/prices", json=price | {"output_per_million": 500_000}).status_code == 200
    assert float(ask(model=f"openai/{name}", messages=HELLO).headers["waypost-cost-usd"]) == 5
    listed = gateway.manage("GET", "/api/prices", params={"provider": "openai", "search": name}).json()["result"]
    assert [(known["model"], known["overridden"]) for known in listed] == [(name, True)]
    assert gateway.manage("DELETE", "/api/prices", params={"provider": "openai", "model": name}).status_code == 200
    assert float(ask(model=f"openai/{name}", messages=HELLO).headers.get("waypost-cost-usd", 0)) == 0


def test_prices_are_known_for_thousands_of_models(gateway: Gateway) -> None:
    listed = gateway.manage("GET", "/api/prices", params={"per_page": 1}).json()
    assert listed["result_info"]["total_count"] >= 1000
    [price] = listed["result"]
    assert price["source"] and price["date"]


def test_changes_are_on_record_without_secrets(gateway: Gateway, unique: Callable[[str], str]) -> None:
    alias, secret = unique("audited"), "sk-audited-secret-value"
    gateway.cloudflare().ai_gateway.provider_configs.create(
        GATEWAY, account_id=ACCOUNT, provider_slug="openai", alias=alias, default_config=False, secret=secret
    )
    answer = gateway.manage("GET", "/api/audit")
    [entry] = [known for known in answer.json()["result"] if (known["after"] or {}).get("alias") == alias]
    assert (entry["action"], entry["object"]) == ("created", "provider_key") and entry["actor"] and entry["at"]
    assert secret not in answer.text
