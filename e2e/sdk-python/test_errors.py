"""What goes wrong arrives as the exception that the SDK has for it, with the gateway's words and numbers."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import openai
import pytest
from google.genai import errors as google_errors

from conftest import ACCOUNT, GATEWAY, Gateway, MakeRoute, metadata
from lane.provider import Provider, header
from lane.routes import end, model, one_model, rate, start

HELLO: Any = [{"role": "user", "content": "Hello"}]
WRONG_KEY = "not-a-key-of-this-gateway-0123456789"


def ask(gateway: Gateway, model: str, **options: Any) -> Any:
    return gateway.openai().chat.completions.create(model=model, messages=HELLO, **options)


def words(error: openai.APIStatusError | anthropic.APIStatusError) -> dict[str, Any]:
    """The body, once its shape is right in every part."""
    body = error.response.json()
    assert body["success"] is False and body["result"] == [] and body["messages"] == []
    [item] = body["error"]
    assert item["code"] == body["internalCode"] and item["message"] == body["message"]
    assert body["httpCode"] == error.status_code and body["name"] == "AiGatewayError"
    assert body["request_id"] and body["description"]
    return body


def test_a_wrong_key_is_an_authentication_error(gateway: Gateway, provider: Provider) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        gateway.openai(api_key=WRONG_KEY).chat.completions.create(model="openai/gpt-4o-mini", messages=HELLO)
    body = words(caught.value)
    assert (body["type"], body["internalCode"]) == ("invalid_api_key", 2009)
    assert WRONG_KEY not in caught.value.response.text and provider.received() == []


def test_a_wrong_key_for_anthropic_and_google(gateway: Gateway, provider: Provider) -> None:
    with pytest.raises(anthropic.AuthenticationError) as caught:
        gateway.anthropic(api_key=WRONG_KEY).messages.create(model="claude-sonnet-4-5", max_tokens=8, messages=HELLO)
    assert words(caught.value)["type"] == "invalid_api_key"
    client = gateway.google(key=WRONG_KEY)
    with pytest.raises(google_errors.ClientError) as refused:
        client.models.generate_content(model="gemini-2.5-flash", contents="hi")
    assert refused.value.code == 401 and provider.received() == []


def test_no_key_at_all(gateway: Gateway) -> None:
    answer = gateway.http.post(gateway.at("compat/chat/completions"), json={"model": "mock/small", "messages": HELLO})
    assert answer.status_code == 401
    assert (answer.json()["type"], answer.json()["internalCode"]) == ("missing_api_key", 2009)


def test_an_unknown_route_names_the_one_that_was_meant(gateway: Gateway, make_route: MakeRoute) -> None:
    route = make_route(one_model("mock", "small"), name="support-answers")
    with pytest.raises(openai.NotFoundError) as caught:
        ask(gateway, route.replace("answers", "answer"))
    body = words(caught.value)
    assert (body["type"], body["internalCode"], body["param"]) == ("route_not_found", 9404, "model")
    assert f'Did you mean "{route.removeprefix("dynamic/")}"?' in body["message"]


def test_a_draft_is_not_served(gateway: Gateway) -> None:
    path = f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateways/{GATEWAY}/routes"
    made = gateway.manage(
        "POST", path, json={"name": "a-draft", "elements": one_model("mock", "small"), "deploy": False}
    )
    assert made.status_code == 200, made.text
    with pytest.raises(openai.NotFoundError) as caught:
        ask(gateway, "dynamic/a-draft")
    assert (words(caught.value)["type"], words(caught.value)["internalCode"]) == ("route_not_deployed", 9405)


@pytest.mark.parametrize(
    ("name", "type", "code"),
    [
        ("smart-route-without-prefix", "model_not_found", 2019),
        ("opena/gpt-4o-mini", "provider_unknown", 2008),
        ("deepseek/deepseek-chat", "provider_no_key", 9421),
    ],
)
def test_a_model_that_names_nothing(gateway: Gateway, provider: Provider, name: str, type: str, code: int) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(gateway, name)
    body = words(caught.value)
    assert (body["type"], body["internalCode"]) == (type, code)
    assert provider.received() == []
    if type == "provider_unknown":
        assert 'Did you mean "openai"?' in body["message"]


def test_an_unknown_gateway(gateway: Gateway) -> None:
    answer = gateway.post("compat/chat/completions", {"model": "mock/small", "messages": HELLO}, gateway="prod")
    assert answer.status_code == 400
    assert (answer.json()["type"], answer.json()["error"][0]["code"]) == ("gateway_not_found", 2001)


def test_an_unknown_alias_lists_those_that_are_stored(gateway: Gateway) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(gateway, "openai/gpt-4o-mini", extra_headers={"cf-aig-byok-alias": "team-b"})
    body = words(caught.value)
    assert (body["type"], body["internalCode"]) == ("byok_alias_unknown", 2040) and "default" in body["message"]


@pytest.mark.parametrize(
    ("body", "type", "code"),
    [
        ('{"model":"mock/small",}', "body_invalid_json", 9413),
        ('{"model":"mock/small","model":"mock/large","messages":[]}', "body_duplicate_key", 9414),
        ('{"model":5,"messages":[{"role":"user","content":"hi"}]}', "body_invalid", 9415),
        ('{"model":"mock/small","messages":"hi"}', "body_invalid", 9415),
        ('{"model":"mock/small","messages":[{"role":"user","content":"hi"}],"stream":"yes"}', "body_invalid", 9415),
        ('{"model":"mock/small","messages":' + "[" * 200 + "]" * 200 + "}", "body_invalid_json", 9413),
        ("", "body_invalid_json", 9413),
    ],
)
def test_a_body_that_cannot_be_read(gateway: Gateway, provider: Provider, body: str, type: str, code: int) -> None:
    answer = gateway.post("compat/chat/completions", body)
    assert answer.status_code == 400, answer.text
    assert (answer.json()["type"], answer.json()["error"][0]["code"]) == (type, code)
    assert provider.received() == []


@pytest.mark.parametrize(
    ("header_name", "value", "type", "code"),
    [
        ("cf-aig-metadata", '{"user":{"id":1}}', "metadata_invalid", 9410),
        ("cf-aig-metadata", "not json", "metadata_invalid", 9410),
        ("cf-aig-metadata", json.dumps({f"k{n}": n for n in range(23)}), "metadata_too_many", 9411),
        ("cf-aig-custom-cost", '{"per_token_in":-1,"per_token_out":0}', "custom_cost_invalid", 9412),
        ("cf-aig-custom-cost", '{"per_tokens_in":1}', "custom_cost_invalid", 9412),
    ],
)
def test_control_headers_that_cannot_be_read(
    gateway: Gateway, provider: Provider, header_name: str, value: str, type: str, code: int
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(gateway, "openai/gpt-4o-mini", extra_headers={header_name: value})
    body = words(caught.value)
    assert (body["type"], body["internalCode"]) == (type, code) and provider.received() == []


def test_too_many_metadata_entries_are_counted_in_the_words(gateway: Gateway) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(gateway, "mock/small", extra_headers=metadata(**{f"k{n}": n for n in range(23)}))
    assert words(caught.value)["message"] == "23 metadata entries; at most 16 are allowed."


def test_a_limit_without_fallback_is_a_rate_limit_error(gateway: Gateway, make_route: MakeRoute) -> None:
    route = make_route([start("limit"), rate("limit", "only", None, limit=2), model("only", "mock", "small"), end()])
    for _ in range(2):
        ask(gateway, route, extra_headers=metadata(user_id="anna"))
    with pytest.raises(openai.RateLimitError) as caught:
        ask(gateway, route, extra_headers=metadata(user_id="anna"))
    body = words(caught.value)
    assert (body["type"], body["internalCode"]) == ("rate_limited", 2003)
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 3600
    assert "anna" in body["message"]
    ask(gateway, route, extra_headers=metadata(user_id="ben"))


def test_a_budget_without_fallback_is_a_rate_limit_error(gateway: Gateway, make_route: MakeRoute) -> None:
    budget = rate("budget", "only", None, limit=1, limitType="cost")
    route = make_route([start("budget"), budget, model("only", "mock", "small"), end()])
    headers = metadata(user_id="anna") | {"cf-aig-custom-cost": '{"total_cost":1.5}'}
    ask(gateway, route, extra_headers=headers)
    with pytest.raises(openai.RateLimitError) as caught:
        ask(gateway, route, extra_headers=headers)
    assert (words(caught.value)["type"], words(caught.value)["internalCode"]) == ("budget_exceeded", 9429)
    assert int(caught.value.response.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_a_plain_call_passes_the_providers_error_on(
    gateway: Gateway, provider: Provider, status: int, kind: type[openai.APIStatusError]
) -> None:
    headers = {"cf-aig-authorization": f"Bearer {gateway.key}", "cf-aig-max-attempts": "1"}
    client = gateway.openai("openai", default_headers=headers, api_key="sk-mine")
    with pytest.raises(kind) as caught:
        client.chat.completions.create(model=f"test/{status}", messages=HELLO)
    assert caught.value.response.json()["error"]["message"] == f"the test provider answers {status}"
    assert caught.value.response.headers["cf-aig-log-id"]


def test_the_providers_error_keeps_its_shape_for_anthropic(gateway: Gateway, provider: Provider) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        gateway.anthropic().messages.create(
            model="test/529", max_tokens=8, messages=HELLO, extra_headers={"cf-aig-max-attempts": "1"}
        )
    assert caught.value.status_code == 529
    assert caught.value.response.json()["error"]["type"] == "overloaded_error"


def test_retries_are_made_here_when_asked(gateway: Gateway, provider: Provider) -> None:
    name = provider.install("twice-bad", {"status": 503}, {"status": 500}, {"text": "third time"})
    attempts = {"cf-aig-max-attempts": "3", "cf-aig-retry-delay": "1", "cf-aig-backoff": "constant"}
    answer = gateway.openai("openai").chat.completions.create(model=name, messages=HELLO, extra_headers=attempts)
    assert answer.choices[0].message.content == "third time" and len(provider.received()) == 3


def test_no_answer_at_all_is_a_bad_gateway(gateway: Gateway, provider: Provider) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        ask(gateway, "openai/test/close", extra_headers={"cf-aig-max-attempts": "1"})
    assert caught.value.status_code == 502
    assert (words(caught.value)["type"], words(caught.value)["internalCode"]) == ("provider_error", 2005)


def test_a_route_whose_models_all_fail_is_a_bad_gateway(
    gateway: Gateway, provider: Provider, make_route: MakeRoute
) -> None:
    elements = [
        start("first"),
        model("first", "openai", "test/500", fallback="second"),
        model("second", "anthropic", "test/529"),
        end(),
    ]
    route = make_route(elements)
    with pytest.raises(openai.InternalServerError) as caught:
        ask(gateway, route)
    body = words(caught.value)
    assert (caught.value.status_code, body["type"], body["internalCode"]) == (502, "no_fallback_left", 2005)
    assert "the test provider answers 529" in body["description"]
    assert [seen["format"] for seen in provider.received()] == ["openai_chat", "anthropic_messages"]


def test_a_timeout_of_a_model_leads_to_its_fallback(
    gateway: Gateway, provider: Provider, make_route: MakeRoute
) -> None:
    elements = [
        start("slow"),
        model("slow", "openai", "test/hang", fallback="fast", timeout=150),
        model("fast", "openai", "gpt-4o-mini"),
        end(),
    ]
    answer = gateway.openai().chat.completions.with_raw_response.create(model=make_route(elements), messages=HELLO)
    assert answer.headers["cf-aig-model"] == "gpt-4o-mini"
    assert answer.parse().choices[0].message.content == "Echo: Hello"
    provider.wait_for_caller_to_leave()


def test_a_timeout_without_fallback_is_a_gateway_timeout(
    gateway: Gateway, provider: Provider, make_route: MakeRoute
) -> None:
    route = make_route(one_model("openai", "test/hang", timeout=150))
    with pytest.raises(openai.InternalServerError) as caught:
        ask(gateway, route)
    assert caught.value.status_code in (502, 504) and words(caught.value)["internalCode"] == 2005


@pytest.mark.parametrize("target", ["openai/test/reset-mid-stream", "anthropic/test/close-mid-stream"])
def test_a_stream_that_breaks_says_so_to_the_sdk(gateway: Gateway, provider: Provider, target: str) -> None:
    stream = ask(gateway, target, stream=True)
    text = ""
    with pytest.raises(openai.APIError):
        for chunk in stream:
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
    assert text.startswith("Echo: Hello"), "what came before the break is kept"


def test_a_stream_that_breaks_says_so_to_anthropics_sdk(gateway: Gateway, provider: Provider) -> None:
    with pytest.raises(anthropic.APIStatusError):
        with gateway.anthropic().messages.stream(
            model="test/reset-mid-stream", max_tokens=64, messages=HELLO
        ) as stream:
            stream.get_final_message()


def test_a_caller_who_leaves_stops_the_provider(gateway: Gateway, provider: Provider) -> None:
    stream = ask(gateway, "openai/test/slow-events", stream=True)
    next(iter(stream))
    stream.close()
    provider.wait_for_caller_to_leave()


def test_no_header_of_ours_reaches_a_provider(gateway: Gateway, provider: Provider) -> None:
    headers = metadata(user_id="anna") | {"cf-aig-event-id": "trace-1", "cf-aig-collect-log": "true", "x-mine": "1"}
    raw = gateway.openai("openai").chat.completions.with_raw_response.create(
        model="gpt-4o-mini", messages=HELLO, extra_headers=headers
    )
    assert raw.headers["cf-aig-event-id"] == "trace-1"
    received = provider.only()
    ours = [name for name, _ in received["headers"] if name.startswith(("cf-", "waypost"))]
    assert ours == [] and header(received, "x-mine") == "1"
