"""The `cloudflare` SDK on the management API: gateways, routes, provider keys, custom providers, addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import cloudflare
import pytest
from cloudflare.types import ai_gateway as types
from pydantic import BaseModel

from conftest import ACCOUNT, GATEWAY, Gateway
from lane.processes import ADMIN_TOKEN
from lane.provider import Provider, header
from lane.routes import conditional, end, example, model, one_model, outputs, rate, start

HELLO: Any = [{"role": "user", "content": "Hello"}]
REQUIRED: dict[str, Any] = {
    "cache_invalidate_on_update": False,
    "cache_ttl": 0,
    "collect_logs": True,
    "rate_limiting_interval": 0,
    "rate_limiting_limit": 0,
}
Unique = Callable[[str], str]


def routes(suffix: str = "") -> str:
    return f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateways/{GATEWAY}/routes{suffix}"


def as_typed(value: Any) -> Any:
    """The live API answers a boolean and a list where the SDK's types say strings; all else must fit them."""
    if isinstance(value, list):
        return [as_typed(item) for item in value]
    if not isinstance(value, dict):
        return value
    typed = {name: as_typed(member) for name, member in value.items()}
    if "version_id" in typed and "active" in typed:
        typed["active"] = str(typed["active"]).lower()
        typed["data"] = typed["data"] if isinstance(typed["data"], str) else json.dumps(typed["data"])
    return typed


def fits(kind: type[BaseModel], answer: BaseModel) -> Any:
    """Holds an answer against the SDK's own type."""
    return kind.model_validate(as_typed(answer.model_dump(by_alias=True, mode="json", exclude_unset=True)))


@pytest.fixture
def routing(gateway: Gateway) -> Any:
    return gateway.cloudflare().ai_gateway.dynamic_routing


def whole_document() -> Any:
    """Every kind of element, each with every output that the SDK's types want."""
    split = {
        "id": "split",
        "type": "percentage",
        "outputs": {"10%": {"elementId": "big"}, "90%": {"elementId": "small"}},
    }
    return [
        start("if"),
        conditional("if", {"metadata.plan": {"$eq": "paid"}}, "limit", "split"),
        rate("limit", "big", "small", limit=10),
        split,
        model("big", "mock", "large", fallback="small"),
        model("small", "mock", "small", fallback="end"),
        end(),
    ]


# --- gateways ---


def test_a_gateways_life(admin: cloudflare.Cloudflare, gateway: Gateway, unique: Unique) -> None:
    name = unique("prod")
    made = admin.ai_gateway.create(account_id=ACCOUNT, id=name, **REQUIRED)
    assert made.id == name and made.collect_logs is True
    read = admin.ai_gateway.get(name, account_id=ACCOUNT)
    assert (read.id, read.created_at) == (name, made.created_at)

    changed = admin.ai_gateway.update(
        name,
        account_id=ACCOUNT,
        **(REQUIRED | {"collect_logs": False}),
        authentication=True,
        retry_max_attempts=3,
        retry_delay=500,
        retry_backoff="linear",
    )
    assert changed.collect_logs is False and changed.retry_max_attempts == 3 and changed.retry_backoff == "linear"
    assert admin.ai_gateway.get(name, account_id=ACCOUNT).authentication is True

    listed = [known.id for known in admin.ai_gateway.list(account_id=ACCOUNT, per_page=1)]
    assert name in listed and GATEWAY in listed, "pages end on an empty one"
    assert [known.id for known in admin.ai_gateway.list(account_id=ACCOUNT, search=name)] == [name]

    with pytest.raises(cloudflare.APIStatusError) as caught:
        admin.ai_gateway.create(account_id=ACCOUNT, id=name, **REQUIRED)
    assert caught.value.status_code in (400, 409) and caught.value.errors[0].code == 7001
    assert admin.ai_gateway.delete(name, account_id=ACCOUNT).id == name
    with pytest.raises(cloudflare.NotFoundError) as missing:
        admin.ai_gateway.get(name, account_id=ACCOUNT)
    assert missing.value.errors[0].code == 7002
    answer = gateway.post("compat/chat/completions", {"model": "mock/small", "messages": HELLO}, gateway=name)
    assert answer.json()["type"] == "gateway_not_found"


def test_a_gateway_is_live_as_soon_as_it_is_made(
    admin: cloudflare.Cloudflare, gateway: Gateway, unique: Unique
) -> None:
    name = unique("open")
    admin.ai_gateway.create(account_id=ACCOUNT, id=name, **REQUIRED, authentication=False)
    body = {"model": "mock/small", "messages": HELLO}
    url = gateway.at("compat/chat/completions", name)
    assert gateway.http.post(url, json=body).status_code == 200, "no key is asked for"
    admin.ai_gateway.update(name, account_id=ACCOUNT, **REQUIRED, authentication=True)
    assert gateway.http.post(url, json=body).status_code == 401


def test_a_gateway_that_lacks_something_is_refused_with_the_place(gateway: Gateway, unique: Unique) -> None:
    path = f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateways"
    answer = gateway.manage(
        "POST", path, json={"id": unique("bad"), **{k: v for k, v in REQUIRED.items() if k != "cache_ttl"}}
    )
    assert answer.status_code == 400 and answer.json()["success"] is False
    [error] = answer.json()["errors"]
    assert error["code"] == 7001 and error["path"] == ["body", "cache_ttl"]


def test_an_unknown_account_has_no_gateways(gateway: Gateway) -> None:
    answer = gateway.manage("GET", "/client/v4/accounts/nobody/ai-gateway/gateways")
    assert answer.status_code in (403, 404) or answer.json()["result"] == []


# --- routes, versions, deployments ---


def test_a_routes_life(routing: Any, gateway: Gateway, unique: Unique) -> None:
    name, where = unique("life"), {"account_id": ACCOUNT, "gateway_id": GATEWAY}
    document = whole_document()
    made = routing.create(GATEWAY, account_id=ACCOUNT, name=name, elements=document)
    made = fits(types.DynamicRoutingCreateResponse, made)
    assert (made.name, made.gateway_id) == (name, GATEWAY) and made.version.is_valid is True
    assert made.version.active == "true" and made.deployment.version_id == made.version.version_id
    assert [element.id for element in made.elements] == [element["id"] for element in document]

    read = fits(types.DynamicRoutingGetResponse, routing.get(made.id, **where))
    assert (
        read.to_dict()["elements"] == made.to_dict()["elements"] and read.version.version_id == made.version.version_id
    )

    listed = routing.list(GATEWAY, account_id=ACCOUNT, extra_query={"page": "1", "per_page": "100"})
    # Routes of other tests have models without a fallback, which the SDK's types do not know.
    listed.data.routes = [known for known in listed.data.routes if known.id == made.id]
    assert [known.name for known in fits(types.DynamicRoutingListResponse, listed).data.routes] == [name]

    draft = routing.create_version(made.id, **where, elements=one_model("mock", "small", retries=1))
    fits(types.DynamicRoutingCreateVersionResponse, draft)
    versions = fits(types.DynamicRoutingListVersionsResponse, routing.list_versions(made.id, **where)).data.versions
    assert sorted(version.active for version in versions) == ["false", "true"]
    [second] = [version for version in versions if version.active == "false"]
    assert draft.version_id == second.version_id
    one = fits(types.DynamicRoutingGetVersionResponse, routing.get_version(second.version_id, **where, id=made.id))
    assert one.active == "false" and len(one.elements) == 3 and json.loads(one.data)

    deployed = routing.create_deployment(made.id, **where, version_id=second.version_id)
    fits(types.DynamicRoutingCreateDeploymentResponse, deployed)
    deployments = fits(
        types.DynamicRoutingListDeploymentsResponse, routing.list_deployments(made.id, **where)
    ).data.deployments
    assert [deployment.version_id for deployment in deployments] == [second.version_id, made.version.version_id]

    new_name = unique("renamed")
    renamed = fits(types.DynamicRoutingUpdateResponse, routing.update(made.id, **where, name=new_name))
    assert renamed.route.name == new_name
    ask = gateway.openai().chat.completions.create
    assert ask(model=f"dynamic/{new_name}", messages=HELLO).choices
    fits(types.DynamicRoutingDeleteResponse, routing.delete(made.id, **where))
    with pytest.raises(cloudflare.NotFoundError):
        routing.get(made.id, **where)
    assert gateway.post(f"dynamic/{new_name}", {"messages": HELLO}).json()["type"] == "route_not_found"


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
def test_examples_come_back_as_they_were_written(routing: Any, unique: Unique, name: str) -> None:
    elements = example(name)["elements"]
    made = routing.create(GATEWAY, account_id=ACCOUNT, name=unique(name), elements=elements)
    assert made.to_dict()["elements"] == elements
    read = routing.get(made.id, account_id=ACCOUNT, gateway_id=GATEWAY)
    assert read.to_dict()["elements"] == elements


def test_two_routes_cannot_share_a_name(routing: Any, unique: Unique) -> None:
    name = unique("twin")
    routing.create(GATEWAY, account_id=ACCOUNT, name=name, elements=one_model("mock", "small"))
    with pytest.raises(cloudflare.APIStatusError) as caught:
        routing.create(GATEWAY, account_id=ACCOUNT, name=name.upper(), elements=one_model("mock", "small"))
    assert caught.value.status_code in (400, 409) and caught.value.errors[0].code == 7005


@pytest.mark.parametrize("name", ["", "-begins", "has space", "a" * 65, "sl/ash"])
def test_names_that_cannot_stand_in_a_url(routing: Any, name: str) -> None:
    with pytest.raises(cloudflare.BadRequestError) as caught:
        routing.create(GATEWAY, account_id=ACCOUNT, name=name, elements=one_model("mock", "small"))
    assert caught.value.errors[0].code == 7001


def broken(**changes: Any) -> Any:
    elements = one_model("mock", "small")
    elements[1] |= changes
    return elements


@pytest.mark.parametrize(
    ("elements", "path"),
    [
        ([{"id": "x", "type": "rate_limits", "outputs": {}}], ["body", "elements", 0, "type"]),
        (
            broken(properties={"model": "small", "timeout": 0, "retries": 0}),
            ["body", "elements", 1, "properties", "provider"],
        ),
        (broken(outputs=outputs(success="nowhere")), ["body", "elements", 1, "outputs"]),
        (
            [start("a"), model("a", "mock", "small", fallback="b"), model("b", "mock", "small", fallback="a"), end()],
            ["body"],
        ),
    ],
    ids=["type", "provider", "target", "circle"],
)
def test_a_document_with_errors_is_refused_with_their_places(
    gateway: Gateway, unique: Unique, elements: Any, path: Any
) -> None:
    answer = gateway.manage("POST", routes(), json={"name": unique("bad"), "elements": elements})
    assert answer.status_code == 400, answer.text
    errors = answer.json()["errors"]
    assert errors and all(error["code"] == 7001 and error["message"] for error in errors)
    assert any(error["path"][: len(path)] == path for error in errors), errors


def test_every_problem_is_told_at_once(gateway: Gateway, unique: Unique) -> None:
    elements = [start("a"), rate("a", "b", "gone", limit=-1), model("b", "opena", "gpt-4o"), end()]
    answer = gateway.manage("POST", routes(), json={"name": unique("bad"), "elements": elements})
    assert answer.status_code == 400 and len(answer.json()["errors"]) >= 3, answer.text


def test_a_version_with_errors_is_kept_but_not_deployed(routing: Any, unique: Unique) -> None:
    where: Any = {"account_id": ACCOUNT, "gateway_id": GATEWAY}
    made = routing.create(GATEWAY, account_id=ACCOUNT, name=unique("kept"), elements=one_model("mock", "small"))
    draft = routing.create_version(made.id, **where, elements=one_model("opena", "gpt-4o"))
    assert routing.get_version(draft.version_id, **where, id=made.id).is_valid is False
    with pytest.raises(cloudflare.BadRequestError) as caught:
        routing.create_deployment(made.id, **where, version_id=draft.version_id)
    assert caught.value.errors[0].code == 7001
    with pytest.raises(cloudflare.APIStatusError):
        routing.create_deployment(made.id, **where, version_id="no-such-version")


SPELLINGS: dict[str, Any] = {
    "old documentation": [
        start("if"),
        {
            "id": "if",
            "type": "conditional",
            "properties": {"condition": {"metadata.plan": {"$eq": "paid"}}},
            "outputs": outputs(true="limit", false="small"),
        },
        {
            "id": "limit",
            "type": "rate_limit",
            "outputs": outputs(success="small", fallback="small"),
            "properties": {
                "key": "metadata.user_id",
                "limit": 10,
                "limitType": "count",
                "interval": 60,
                "technique": "fixed",
            },
        },
        model("small", "mock", "small"),
        {"id": "end", "type": "end"},
    ],
    "terraform": [
        {"id": "start", "type": "start", "outputs": {"next": {"element_id": "if"}}},
        {
            "id": "if",
            "type": "conditional",
            "properties": {"conditions": '{"metadata.plan":{"$eq":"paid"}}'},
            "outputs": {"true": {"element_id": "limit"}, "false": {"element_id": "small"}},
        },
        {
            "id": "limit",
            "type": "rate",
            "outputs": {"success": {"element_id": "small"}, "fallback": {"element_id": "small"}},
            "properties": {"key": "metadata.user_id", "limit": 10, "limit_type": "count", "window": 60},
        },
        {
            "id": "small",
            "type": "model",
            "outputs": {"success": {"element_id": "end"}},
            "properties": {"ai_gateway_dynamic_routing_provider": "mock", "model": "small", "timeout": 0, "retries": 0},
        },
        end(),
    ],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_other_spellings_are_read_and_the_published_one_is_written(
    routing: Any, gateway: Gateway, unique: Unique, spelling: str
) -> None:
    name = unique("spelled")
    made = routing.create(GATEWAY, account_id=ACCOUNT, name=name, elements=SPELLINGS[spelling]).to_dict()
    by_id = {element["id"]: element for element in made["elements"]}
    assert by_id["if"]["properties"]["conditions"] == {"metadata.plan": {"$eq": "paid"}}
    assert by_id["limit"]["type"] == "rate" and by_id["limit"]["properties"]["window"] == 60
    assert by_id["limit"]["properties"]["limitType"] == "count"
    assert by_id["small"]["properties"]["provider"] == "mock" and by_id["end"]["outputs"] == {}
    assert gateway.openai().chat.completions.create(model=f"dynamic/{name}", messages=HELLO).choices


def test_the_briefs_sketch_is_read(gateway: Gateway, unique: Unique) -> None:
    name = unique("sketch")
    nodes = [
        {
            "id": "check",
            "type": "conditional",
            "condition": "metadata.user_id == 'user-admin'",
            "true_branch": "big",
            "false_branch": "small",
        },
        {"id": "big", "type": "model", "provider": "mock", "model": "large"},
        {"id": "small", "type": "model", "provider": "mock", "model": "small"},
    ]
    answer = gateway.manage("POST", routes(), json={"name": name, "nodes": nodes})
    assert answer.status_code == 200, answer.text
    ask = gateway.openai().chat.completions.with_raw_response.create
    for user, served in [("user-admin", "large"), ("user-anna", "small")]:
        raw = ask(
            model=f"dynamic/{name}", messages=HELLO, extra_headers={"cf-aig-metadata": json.dumps({"user_id": user})}
        )
        assert raw.headers["cf-aig-model"] == served


# --- provider keys, custom providers, addresses ---


def test_provider_keys(admin: cloudflare.Cloudflare, gateway: Gateway, provider: Provider, unique: Unique) -> None:
    alias, secret = unique("team"), "sk-very-secret-value-7f3a"
    made = admin.ai_gateway.provider_configs.create(
        GATEWAY, account_id=ACCOUNT, provider_slug="openai", alias=alias, default_config=False, secret=secret
    )
    assert (made.provider_slug, made.alias, made.gateway_id) == ("openai", alias, GATEWAY)
    assert secret not in made.to_json()
    listed = admin.ai_gateway.provider_configs.list(GATEWAY, account_id=ACCOUNT)
    assert alias in [known.alias for known in listed] and secret not in json.dumps(
        [item.to_dict() for item in listed], default=str
    )

    def key_used() -> str:
        gateway.openai().chat.completions.create(
            model="openai/gpt-4o-mini", messages=HELLO, extra_headers={"cf-aig-byok-alias": alias}
        )
        return provider.last()["credentials"][0][1]

    assert key_used() == f"Bearer {secret}"
    path = f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateways/{GATEWAY}/provider_configs/{made.id}"
    assert gateway.manage("PUT", path, json={"secret": "sk-rotated"}).status_code == 200
    assert key_used() == "Bearer sk-rotated"
    assert gateway.manage("DELETE", path).status_code == 200
    assert alias not in [known.alias for known in admin.ai_gateway.provider_configs.list(GATEWAY, account_id=ACCOUNT)]


def test_a_key_for_nobody_is_refused(gateway: Gateway) -> None:
    path = f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateways/{GATEWAY}/provider_configs"
    body = {"provider_slug": "opena", "alias": "x", "default_config": False, "secret": "s"}
    answer = gateway.manage("POST", path, json=body)
    assert answer.status_code == 400 and answer.json()["errors"][0]["code"] == 7001


def test_a_custom_provider(gateway: Gateway, provider: Provider, unique: Unique) -> None:
    # The SDK's type says that base_url is a plain string; the test provider's address is one that the operator allows.
    custom = gateway.cloudflare(strict=True).ai_gateway.custom_providers
    slug = unique("acme")
    made = custom.create(
        account_id=ACCOUNT, name="Acme", slug=slug, base_url=provider.url, enable=True, headers='{"x-acme":"1"}'
    )
    assert (made.slug, made.enable) == (slug, True)
    assert custom.get(made.id, account_id=ACCOUNT).name == "Acme"
    assert slug in [known.slug for known in custom.list(account_id=ACCOUNT, per_page=50)]
    gateway.cloudflare().ai_gateway.provider_configs.create(
        GATEWAY,
        account_id=ACCOUNT,
        provider_slug=f"custom-{slug}",
        alias="default",
        default_config=True,
        secret="acme-key",
    )
    answer = gateway.openai().chat.completions.create(model=f"custom-{slug}/acme-1", messages=HELLO)
    assert answer.choices[0].message.content == "Echo: Hello"
    native = gateway.openai(f"custom-{slug}/v1").chat.completions.create(model="acme-1", messages=HELLO)
    assert native.choices[0].message.content == "Echo: Hello"
    for received in provider.received():
        assert received["path"] == "/v1/chat/completions" and header(received, "x-acme") == "1"
        assert received["credentials"] == [["authorization", "Bearer acme-key"]]

    with pytest.raises(cloudflare.ConflictError) as caught:
        custom.create(account_id=ACCOUNT, name="Acme", slug=slug, base_url=provider.url)
    assert caught.value.errors[0].code == 1003
    path = f"/client/v4/accounts/{ACCOUNT}/ai-gateway/custom-providers/{made.id}"
    assert gateway.manage("PATCH", path, json={"name": "Acme Corp"}).json()["result"]["name"] == "Acme Corp"
    custom.delete(made.id, account_id=ACCOUNT)
    with pytest.raises(cloudflare.NotFoundError) as missing:
        custom.get(made.id, account_id=ACCOUNT)
    assert missing.value.errors[0].code == 1004


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest", "https://10.0.0.5:8000", "ftp://example.com", "https://user:pw@example.com"],
)
def test_a_custom_provider_cannot_be_anywhere(gateway: Gateway, unique: Unique, url: str) -> None:
    with pytest.raises(cloudflare.BadRequestError) as caught:
        gateway.cloudflare().ai_gateway.custom_providers.create(
            account_id=ACCOUNT, name="Inside", slug=unique("inside"), base_url=url
        )
    assert caught.value.errors[0].code == 1002


def test_addresses_for_sdks(admin: cloudflare.Cloudflare, gateway: Gateway) -> None:
    where: Any = {"account_id": ACCOUNT, "gateway_id": GATEWAY}
    assert admin.ai_gateway.urls.get("openai", **where) == gateway.at("openai")
    assert admin.ai_gateway.urls.get("universal", **where).rstrip("/") == gateway.at("")
    with pytest.raises(cloudflare.BadRequestError):
        admin.ai_gateway.urls.get("opena", **where)


# --- who may ---


def test_the_management_api_wants_an_admin_token(gateway: Gateway) -> None:
    for token in ["wrong-token-0123456789-0123456789-0123", gateway.key]:
        with pytest.raises((cloudflare.AuthenticationError, cloudflare.PermissionDeniedError)) as caught:
            list(gateway.cloudflare(token=token).ai_gateway.list(account_id=ACCOUNT))
        assert caught.value.errors[0].code == 10000


def test_an_admin_token_does_not_open_the_data_plane(gateway: Gateway) -> None:
    body = {"model": "mock/small", "messages": HELLO}
    answer = gateway.post("compat/chat/completions", body, authorization=f"Bearer {ADMIN_TOKEN}")
    assert answer.status_code == 401


def test_unknown_urls_say_so(gateway: Gateway) -> None:
    answer = gateway.manage("GET", f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateway")
    assert answer.status_code == 404 and answer.json()["errors"][0]["code"] in (7000, 7003)


def test_the_openapi_document_names_what_the_sdk_calls(gateway: Gateway) -> None:
    document = gateway.http.get(f"{gateway.url}/openapi.json").json()
    base = "/client/v4/accounts/{account}/ai-gateway"
    gateways = f"{base}/gateways/{{gateway}}"
    wanted = {
        f"{base}/gateways": {"get", "post"},
        gateways: {"get", "put", "delete"},
        f"{gateways}/routes": {"get", "post"},
        f"{gateways}/logs": {"get", "delete"},
        f"{gateways}/provider_configs": {"get", "post"},
        f"{base}/custom-providers": {"get", "post"},
    }
    assert document["openapi"].startswith("3.")
    for path, methods in wanted.items():
        assert methods <= set(document["paths"][path]), path
