"""The account's URLs: `/client/v4/accounts/{account}/ai/v1/…`, models named by author, the gateway by a header."""

from __future__ import annotations

from typing import Any

import anthropic
import openai
import pytest

from conftest import ACCOUNT, Gateway, MakeRoute
from lane import vendor_types
from lane.provider import Provider
from lane.routes import one_model

HELLO: Any = [{"role": "user", "content": "Hello"}]


def chat(gateway: Gateway, **options: Any) -> openai.OpenAI:
    return gateway.openai(base_url=f"{gateway.url}/client/v4/accounts/{ACCOUNT}/ai/v1", **options)


def messages(gateway: Gateway, **options: Any) -> anthropic.Anthropic:
    return gateway.anthropic(base_url=f"{gateway.url}/client/v4/accounts/{ACCOUNT}/ai", **options)


CASES = [
    ("openai/gpt-4o-mini", "openai_chat"),
    ("anthropic/claude-sonnet-4-5", "anthropic_messages"),
    ("google/gemini-2.5-flash", "gemini_generate_content"),
    ("@cf/meta/llama-3.1-8b-instruct", "workers_ai"),
]


@pytest.mark.parametrize(("model", "format"), CASES, ids=[format for _, format in CASES])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_chat_completions_by_author(
    gateway: Gateway, provider: Provider, model: str, format: str, stream: bool
) -> None:
    answer = chat(gateway).chat.completions.create(model=model, messages=HELLO, stream=stream)
    if stream:
        text = "".join(choice.delta.content or "" for chunk in answer for choice in chunk.choices)
    else:
        text = answer.choices[0].message.content
    assert text == "Echo: Hello"
    received = provider.only()
    assert received["format"] == format
    vendor_types.judge(received)


@pytest.mark.parametrize(("model", "format"), CASES, ids=[format for _, format in CASES])
def test_messages_by_author(gateway: Gateway, provider: Provider, model: str, format: str) -> None:
    client = messages(gateway)
    whole = client.messages.create(model=model, max_tokens=32, system="Be brief.", messages=HELLO)
    assert whole.type == "message" and whole.role == "assistant"
    assert [(block.type, block.text) for block in whole.content if block.type == "text"] == [("text", "Echo: Hello")]
    assert whole.stop_reason == "end_turn" and whole.usage.output_tokens == 2 and whole.usage.input_tokens > 0
    with client.messages.stream(model=model, max_tokens=32, messages=HELLO) as stream:
        assert "".join(stream.text_stream) == "Echo: Hello"
        final = stream.get_final_message()
    assert final.stop_reason == "end_turn" and final.usage.output_tokens == 2
    for received in provider.received():
        assert received["format"] == format
        vendor_types.judge(received)


@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "google/gemini-2.5-flash"])
def test_a_tool_loop_in_messages_reaches_other_formats(gateway: Gateway, provider: Provider, model: str) -> None:
    client = messages(gateway)
    tools: Any = [
        {
            "name": "get_weather",
            "description": "Weather.",
            "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
        }
    ]
    conversation: Any = [{"role": "user", "content": "Weather in Paris?"}]
    provider.next(tool_arguments={"city": "Paris"})
    first = client.messages.create(
        model=model, max_tokens=64, messages=conversation, tools=tools, tool_choice={"type": "any"}
    )
    assert first.stop_reason == "tool_use"
    [call] = [block for block in first.content if block.type == "tool_use"]
    assert call.name == "get_weather" and call.input == {"city": "Paris"}
    conversation += [
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "18 °C"}]},
    ]
    second = client.messages.create(model=model, max_tokens=64, messages=conversation, tools=tools)
    assert second.stop_reason == "end_turn"
    for received in provider.received():
        vendor_types.judge(received)


def test_tool_calls_stream_as_anthropic_events(gateway: Gateway, provider: Provider) -> None:
    provider.next(tool_arguments={"city": "Paris"})
    tools: Any = [{"name": "get_weather", "input_schema": {"type": "object", "properties": {}}}]
    with messages(gateway).messages.stream(
        model="openai/gpt-4o-mini", max_tokens=64, messages=HELLO, tools=tools
    ) as stream:
        final = stream.get_final_message()
    [call] = [block for block in final.content if block.type == "tool_use"]
    assert call.input == {"city": "Paris"} and final.stop_reason == "tool_use"
    vendor_types.judge(provider.only())


def test_routes_answer_in_both_shapes(gateway: Gateway, make_route: MakeRoute, provider: Provider) -> None:
    route = make_route(one_model("openai", "gpt-4o-mini"))
    answer = chat(gateway).chat.completions.with_raw_response.create(model=route, messages=HELLO)
    assert answer.parse().choices[0].message.content == "Echo: Hello"
    assert (answer.headers["cf-aig-provider"], answer.headers["cf-aig-model"]) == ("openai", "gpt-4o-mini")
    message = messages(gateway).messages.create(model=route, max_tokens=16, messages=HELLO)
    assert message.content[0].type == "text" and message.content[0].text == "Echo: Hello"
    for received in provider.received():
        vendor_types.judge(received)


def test_a_header_picks_the_gateway(gateway: Gateway) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        chat(gateway, default_headers={"cf-aig-gateway-id": "nowhere"}).chat.completions.create(
            model="openai/gpt-4o-mini", messages=HELLO
        )
    assert caught.value.response.json()["type"] == "gateway_not_found"
