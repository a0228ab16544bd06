"""The `openai` SDK on `…/compat`: one client, every provider's own format behind it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest

from conftest import Gateway
from lane import vendor_types
from lane.provider import Provider

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 16).decode()
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@dataclass(frozen=True)
class Target:
    """A provider as `/compat` names it, and the key that must arrive there."""

    model: str
    format: str
    path: str
    credential: tuple[str, str]

    @property
    def provider(self) -> str:
        return self.model.partition("/")[0]

    @property
    def native(self) -> str:
        return self.model.partition("/")[2]


TARGETS = [
    Target("openai/gpt-4o-mini", "openai_chat", "/v1/chat/completions", ("authorization", "Bearer sk-stored-openai")),
    Target(
        "groq/llama-3.1-8b-instant",
        "openai_chat",
        "/openai/v1/chat/completions",
        ("authorization", "Bearer gsk-stored"),
    ),
    Target(
        "mistral/mistral-small-latest",
        "openai_chat",
        "/v1/chat/completions",
        ("authorization", "Bearer mistral-stored"),
    ),
    Target("anthropic/claude-sonnet-4-5", "anthropic_messages", "/v1/messages", ("x-api-key", "sk-ant-stored")),
    Target(
        "google-ai-studio/gemini-2.5-flash",
        "gemini_generate_content",
        "/v1beta/models/gemini-2.5-flash:",
        ("x-goog-api-key", "AIza-stored"),
    ),
    Target(
        "google-vertex-ai/google/gemini-2.5-flash",
        "gemini_generate_content",
        "/v1/projects/proj/locations/europe-west4/publishers/google/models/gemini-2.5-flash:",
        ("authorization", "Bearer ya29.stored"),
    ),
    Target(
        "workers-ai/@cf/meta/llama-3.1-8b-instruct",
        "workers_ai",
        "/client/v4/accounts/test/ai/run/@cf/meta/llama-3.1-8b-instruct",
        ("authorization", "Bearer cf-stored"),
    ),
]
each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.provider)
#: Those with a format of their own for tools and images.
RICH = [
    target for target in TARGETS if target.provider in {"openai", "anthropic", "google-ai-studio", "google-vertex-ai"}
]
each_rich_target = pytest.mark.parametrize("target", RICH, ids=lambda target: target.provider)


@each_target
def test_an_answer_comes_back_in_the_shape_of_chat_completions(
    gateway: Gateway, provider: Provider, target: Target
) -> None:
    raw = gateway.openai().chat.completions.with_raw_response.create(
        model=target.model,
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello there"}],
        temperature=0.5,
        max_tokens=20,
        stop=["END"],
    )
    answer = raw.parse()
    assert answer.object == "chat.completion" and answer.id
    assert answer.choices[0].message.content == "Echo: Hello there"
    assert answer.choices[0].finish_reason == "stop"
    # 9 bytes and 11 bytes of text by the test provider's rule: 20 ÷ 4, and 3 for each of two messages.
    assert answer.usage and (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (11, 3)
    assert answer.usage.total_tokens == 14

    received = provider.only()
    assert received["format"] == target.format and received["path"].startswith(target.path)
    assert target.credential in [tuple(credential) for credential in received["credentials"]]
    assert received["model"] in (target.native, target.native.removeprefix("google/"))
    vendor_types.judge(received)
    headers = raw.headers
    for name in ("cf-aig-log-id", "cf-aig-event-id", "cf-aig-request-id", "waypost-overhead-us"):
        assert headers.get(name), name
    assert headers["cf-aig-step"] == "0" and headers["cf-aig-cache-status"] == "MISS"


@each_target
def test_a_stream_arrives_as_chunks(gateway: Gateway, provider: Provider, target: Target) -> None:
    stream = gateway.openai().chat.completions.create(
        model=target.model,
        messages=[{"role": "user", "content": "one two three"}],
        max_tokens=20,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == "Echo: one two three"
    finishes = [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason]
    assert finishes == ["stop"]
    assert sum(1 for chunk in chunks if any(choice.delta.content for choice in chunk.choices)) == 4, (
        "one chunk per word"
    )
    [usage] = [chunk.usage for chunk in chunks if chunk.usage]
    # 13 bytes ÷ 4, and 3 for the message.
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (6, 4, 10)
    assert chunks[-1].usage and not chunks[-1].choices, "usage comes last, in a chunk of its own"
    assert len({chunk.id for chunk in chunks}) == 1

    received = provider.only()
    assert received["stream"] is True
    vendor_types.judge(received)


@each_target
def test_usage_that_nobody_asked_for_stays_here(gateway: Gateway, provider: Provider, target: Target) -> None:
    stream = gateway.openai().chat.completions.create(
        model=target.model, messages=[{"role": "user", "content": "hi"}], stream=True
    )
    chunks = list(stream)
    assert all(chunk.choices for chunk in chunks), "no chunk without choices"
    assert not [chunk.usage for chunk in chunks if chunk.usage]
    vendor_types.judge(provider.only())


@each_rich_target
def test_a_tool_loop_keeps_ids_arguments_and_signatures(gateway: Gateway, provider: Provider, target: Target) -> None:
    client = gateway.openai()
    messages: list[Any] = [{"role": "user", "content": "Weather in Paris?"}]
    provider.next(tool_arguments={"city": "Paris"}, reasoning="I should look it up.")
    first = client.chat.completions.create(
        model=target.model, messages=messages, tools=[WEATHER], tool_choice="auto", max_tokens=50
    )
    assert first.choices[0].finish_reason == "tool_calls"
    asked = first.choices[0].message
    assert asked.tool_calls
    [call] = asked.tool_calls
    assert call.type == "function" and call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris"}

    messages += [
        asked.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "18 °C, sunny"},
    ]
    second = client.chat.completions.create(model=target.model, messages=messages, tools=[WEATHER], max_tokens=50)
    assert second.choices[0].finish_reason == "stop"

    asking, answering = provider.received()
    vendor_types.judge(asking)
    if target.format != "openai_chat":
        vendor_types.judge(answering)
    sent = json.dumps(answering["json"], ensure_ascii=False)
    assert "18 °C, sunny" in sent
    if target.format == "anthropic_messages":
        assistant = answering["json"]["messages"][1]["content"]
        assert [block["type"] for block in assistant] == ["thinking", "tool_use"]
        assert assistant[0] == {
            "type": "thinking",
            "thinking": "I should look it up.",
            "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3h",
        }
        assert assistant[1]["id"] == "toolu_test1"
    if target.format == "gemini_generate_content":
        parts = [part for content in answering["json"]["contents"] for part in content["parts"]]
        [called] = [part for part in parts if "functionCall" in part]
        assert called["thoughtSignature"] == "CiQBVKhc7kX0dGVzdC1zaWduYXR1cmU="
        [result] = [part["functionResponse"] for part in parts if "functionResponse" in part]
        assert result["name"] == "get_weather"


@each_rich_target
def test_a_tool_call_is_streamed(gateway: Gateway, provider: Provider, target: Target) -> None:
    provider.next(tool_arguments={"city": "Orléans"})
    stream = gateway.openai().chat.completions.create(
        model=target.model,
        messages=[{"role": "user", "content": "Weather?"}],
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
        parallel_tool_calls=False,
        stream=True,
    )
    name, arguments, ids, finish = "", "", set(), None
    for chunk in stream:
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            for call in choice.delta.tool_calls or []:
                assert call.index == 0
                ids |= {call.id} - {None}
                name += (call.function.name or "") if call.function else ""
                arguments += (call.function.arguments or "") if call.function else ""
    assert (name, json.loads(arguments), finish) == ("get_weather", {"city": "Orléans"}, "tool_calls")
    assert len(ids) == 1
    vendor_types.judge(provider.only())


@each_rich_target
def test_images_reach_the_provider_in_its_own_form(gateway: Gateway, provider: Provider, target: Target) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    gateway.openai().chat.completions.create(
        model=target.model,
        messages=[{"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]}],  # type: ignore[list-item]
    )
    received = provider.only()
    vendor_types.judge(received)
    assert json.dumps(received["json"]).count(PNG) == 1
    if target.format == "anthropic_messages":
        [_, block] = received["json"]["messages"][0]["content"]
        assert block["source"] == {"type": "base64", "media_type": "image/png", "data": PNG}
    if target.format == "gemini_generate_content":
        [_, part] = received["json"]["contents"][0]["parts"]
        assert part == {"inlineData": {"mimeType": "image/png", "data": PNG}}


SCHEMA: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "colour",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"colour": {"type": "string"}},
            "required": ["colour"],
            "additionalProperties": False,
        },
    },
}


@each_rich_target
@pytest.mark.parametrize("shape", [{"type": "json_object"}, SCHEMA], ids=["object", "schema"])
def test_json_mode_is_carried_over(gateway: Gateway, provider: Provider, target: Target, shape: Any) -> None:
    provider.next(text='{"colour":"blue"}')
    answer = gateway.openai().chat.completions.create(
        model=target.model, messages=[{"role": "user", "content": "A colour, as JSON."}], response_format=shape
    )
    assert json.loads(answer.choices[0].message.content or "") == {"colour": "blue"}
    received = provider.only()
    vendor_types.judge(received)
    if target.format == "gemini_generate_content":
        assert received["json"]["generationConfig"]["responseMimeType"] == "application/json"


@each_rich_target
def test_what_is_cut_off_says_so(gateway: Gateway, provider: Provider, target: Target) -> None:
    answer = gateway.openai().chat.completions.create(
        model=target.model, messages=[{"role": "user", "content": "a b c d e f"}], max_completion_tokens=3
    )
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content == "Echo: a b " and answer.usage and answer.usage.completion_tokens == 3
    vendor_types.judge(provider.only())


@each_rich_target
def test_cached_tokens_are_part_of_the_prompt(gateway: Gateway, provider: Provider, target: Target) -> None:
    provider.next(input_tokens=1000, cached_tokens=800, output_tokens=4)
    usage = (
        gateway.openai().chat.completions.create(model=target.model, messages=[{"role": "user", "content": "hi"}]).usage
    )
    assert usage and usage.prompt_tokens_details
    assert (usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens, usage.completion_tokens) == (1000, 800, 4)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_mock_answers_without_any_key(gateway: Gateway, stream: bool) -> None:
    client, messages = gateway.openai(), [{"role": "user", "content": "Hello"}]
    if stream:
        parts = [
            chunk.choices[0].delta.content or ""
            for chunk in client.chat.completions.create(model="mock/small", messages=messages, stream=True)
        ]  # type: ignore[call-overload]
        text = "".join(parts)
        assert len(parts) > 10, "it comes piece by piece"
    else:
        answer = client.chat.completions.create(model="mock/small", messages=messages)  # type: ignore[arg-type]
        text = answer.choices[0].message.content or ""
        assert answer.model.endswith("small") and answer.usage and answer.usage.total_tokens > 0
    assert "mock/small" in text and "Hello" in text


def test_the_callers_own_key_goes_to_the_provider_and_the_gateways_does_not(
    gateway: Gateway, provider: Provider
) -> None:
    client = gateway.openai(api_key="sk-mine", default_headers={"cf-aig-authorization": f"Bearer {gateway.key}"})
    client.chat.completions.create(model="openai/gpt-4o-mini", messages=[{"role": "user", "content": "hi"}])
    received = provider.only()
    assert received["credentials"] == [["authorization", "Bearer sk-mine"]]
    assert gateway.key not in json.dumps(received)
