"""Long conversations with everything in them, from each format into each other: the vendors' own types are the judges."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest
from google.genai import Client
from google.genai import types as google
from google.oauth2.credentials import Credentials
from pydantic import BaseModel

from conftest import ACCOUNT, GATEWAY, Gateway, MakeRoute
from lane import vendor_types
from lane.provider import Provider
from lane.routes import end, model, start
from test_compat import PNG, WEATHER, Target, each_rich_target
from test_logs import seen

TIME: Any = {
    "type": "function",
    "function": {
        "name": "get_time",
        "parameters": {
            "type": "object",
            "properties": {"zone": {"type": ["string", "null"]}, "format": {"type": "string", "enum": ["12h", "24h"]}},
            "required": ["zone"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}
CHAT: Any = [
    {"role": "developer", "content": "Answer in one sentence."},
    {"role": "system", "content": [{"type": "text", "text": "The user is a sailor."}]},
    {"role": "user", "name": "anna", "content": "Hello."},
    {"role": "assistant", "content": "Ahoy."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "Where is this, what time is it there, and how is the weather?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_a",
                "type": "function",
                "function": {"name": "get_time", "arguments": '{"zone":"UTC","format":"24h"}'},
            },
            {"id": "call_b", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Brest"}'}},
        ],
    },
    {"role": "tool", "tool_call_id": "call_a", "content": "12:00"},
    {
        "role": "tool",
        "tool_call_id": "call_b",
        "content": [{"type": "text", "text": "Rain, "}, {"type": "text", "text": "wind"}],
    },
    {"role": "user", "content": "Thanks. And tomorrow?"},
    {"role": "user", "content": "Take your time."},
]


@each_rich_target
@pytest.mark.parametrize("choice", ["auto", "required", "none"])
def test_a_long_chat_reaches_every_format(gateway: Gateway, provider: Provider, target: Target, choice: Any) -> None:
    raw = gateway.openai().chat.completions.with_raw_response.create(
        model=target.model,
        messages=CHAT,
        tools=[WEATHER, TIME],
        tool_choice=choice,
        max_completion_tokens=100,
        stop="END",
        seed=7,
        user="anna",
        presence_penalty=0.5,
        logit_bias={"50256": -100},
    )
    assert raw.parse().choices[0].message.content == "Echo: Take your time." or "And tomorrow?" in raw.text
    received = provider.only()
    vendor_types.judge(received)
    for words in ("Answer in one sentence.", "The user is a sailor.", "Brest", "12:00", "wind", PNG, "And tomorrow?"):
        assert words in received["body"], words
    if target.format != "openai_chat":
        row = seen(gateway.cloudflare().ai_gateway.logs, raw.headers["cf-aig-log-id"]).to_dict()
        assert "logit_bias" in json.dumps(row["waypost"]), "what could not be carried over is on record"


BLOCKS: Any = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        ],
    },
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "A picture.", "signature": "c2lnbmF0dXJl"},
            {"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Brest"}},
            {"type": "tool_use", "id": "toolu_2", "name": "get_time", "input": {}},
        ],
    },
    {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "Rain"}]},
            {"type": "tool_result", "tool_use_id": "toolu_2", "content": "no such zone", "is_error": True},
            {"type": "text", "text": "Go on."},
        ],
    },
]
MESSAGES_TARGETS = [
    ("openai/gpt-4o-mini", "openai_chat"),
    ("anthropic/claude-sonnet-4-5", "anthropic_messages"),
    ("google/gemini-2.5-flash", "gemini_generate_content"),
]


@pytest.mark.parametrize(("name", "format"), MESSAGES_TARGETS, ids=[format for _, format in MESSAGES_TARGETS])
@pytest.mark.parametrize(
    "choice",
    [{"type": "auto", "disable_parallel_tool_use": True}, {"type": "tool", "name": "get_time"}, {"type": "none"}],
    ids=lambda choice: choice["type"],
)
def test_a_long_exchange_of_messages_reaches_every_format(
    gateway: Gateway, provider: Provider, name: str, format: str, choice: Any
) -> None:
    client = gateway.anthropic(base_url=f"{gateway.url}/client/v4/accounts/{ACCOUNT}/ai")
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    tools: Any = [
        {
            "name": "get_weather",
            "description": "Weather.",
            "input_schema": schema,
            "cache_control": {"type": "ephemeral"},
        },
        {"name": "get_time", "input_schema": {"type": "object", "properties": {}}},
    ]
    message = client.messages.create(
        model=name,
        max_tokens=64,
        system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        messages=BLOCKS,
        tools=tools,
        tool_choice=choice,
        stop_sequences=["END"],
        metadata={"user_id": "anna"},
    )
    assert message.type == "message" and message.stop_reason == "end_turn"
    received = provider.only()
    assert received["format"] == format
    vendor_types.judge(received)
    for words in ("Be brief.", "Brest", "Rain", "no such zone", "Go on.", PNG, "END"):
        assert words in received["body"], words
    if format != "anthropic_messages":
        assert "c2lnbmF0dXJl" not in received["body"], "a signature is worth nothing to others"


class Colour(BaseModel):
    colour: str


@each_rich_target
def test_structured_answers_are_parsed_by_the_sdk(gateway: Gateway, provider: Provider, target: Target) -> None:
    provider.next(text='{"colour":"blue"}')
    answer = gateway.openai().chat.completions.parse(
        model=target.model, messages=[{"role": "user", "content": "A colour."}], response_format=Colour
    )
    assert answer.choices[0].message.parsed == Colour(colour="blue")
    vendor_types.judge(provider.only())


@each_rich_target
def test_reasoning_arrives_beside_the_answer(gateway: Gateway, provider: Provider, target: Target) -> None:
    client, messages = gateway.openai(), [{"role": "user", "content": "Think."}]
    provider.next(reasoning="Let me think.", text="Done.")
    whole = client.chat.completions.create(model=target.model, messages=messages, reasoning_effort="low")  # type: ignore[call-overload]
    assert whole.choices[0].message.content == "Done."
    assert "Let me think." in whole.to_json()
    provider.next(reasoning="Let me think.", text="Done.")
    chunks = list(client.chat.completions.create(model=target.model, messages=messages, stream=True))  # type: ignore[call-overload]
    assert "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices) == "Done."
    assert any("Let me think." in chunk.to_json() for chunk in chunks)
    for received in provider.received():
        vendor_types.judge(received)


def test_thinking_arrives_as_blocks(gateway: Gateway, provider: Provider) -> None:
    client = gateway.anthropic(base_url=f"{gateway.url}/client/v4/accounts/{ACCOUNT}/ai")
    messages: Any = [{"role": "user", "content": "Think."}]
    for name in ("google/gemini-2.5-flash", "anthropic/claude-sonnet-4-5"):
        provider.next(reasoning="Let me think.", text="Done.")
        with client.messages.stream(model=name, max_tokens=64, messages=messages) as stream:
            final = stream.get_final_message()
        assert [block.type for block in final.content] == ["thinking", "text"]


def test_googles_client_on_vertex(gateway: Gateway, provider: Provider) -> None:
    client = Client(
        vertexai=True,
        project="proj",
        location="europe-west4",
        credentials=Credentials(token=gateway.key),
        http_options=google.HttpOptions(base_url=gateway.at("google-vertex-ai"), timeout=20_000),
    )
    answer = client.models.generate_content(model="gemini-2.5-flash", contents="Hello Vertex")
    assert answer.text == "Echo: Hello Vertex"
    parts = list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="a b"))
    assert "".join(part.text or "" for part in parts) == "Echo: a b"
    for received in provider.received():
        assert received["credentials"] == [["authorization", "Bearer ya29.stored"]]
        assert "/projects/proj/locations/europe-west4/publishers/google/models/gemini-2.5-flash:" in received["path"]
        vendor_types.judge(received)


def test_many_streams_at_once(gateway: Gateway, make_route: MakeRoute) -> None:
    route = make_route([start("only"), model("only", "mock", "small"), end()])

    async def ask(client: openai.AsyncOpenAI, number: int) -> str:
        stream = await client.chat.completions.create(
            model=route, messages=[{"role": "user", "content": f"number {number}."}], stream=True
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    async def all_of_them() -> list[str]:
        async with openai.AsyncOpenAI(api_key=gateway.key, base_url=gateway.at("compat"), max_retries=0) as client:
            return await asyncio.gather(*[ask(client, number) for number in range(100)])

    for number, text in enumerate(asyncio.run(all_of_them())):
        assert f"number {number}." in text, "everybody gets their own answer"


def test_the_log_keeps_what_a_stream_said(gateway: Gateway, provider: Provider) -> None:
    raw = gateway.openai().chat.completions.with_raw_response.create(
        model="anthropic/claude-sonnet-4-5", messages=[{"role": "user", "content": "keep this"}], stream=True
    )
    assert list(raw.parse())
    logs = gateway.cloudflare().ai_gateway.logs
    log_id = raw.headers["cf-aig-log-id"]
    row = seen(logs, log_id)
    assert row.provider == "anthropic" and row.success is True
    url = f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateways/{GATEWAY}/logs/{log_id}/response"
    kept = gateway.manage("GET", url)
    assert kept.status_code == 200 and "keep" in kept.text
