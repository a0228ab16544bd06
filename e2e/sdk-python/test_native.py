"""Provider-native calls: official SDKs with nothing but another base URL."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from google.genai import types as google

from conftest import Gateway
from lane import vendor_types
from lane.provider import Provider, header

PARIS: Any = {"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}


@pytest.mark.parametrize("path", ["openai", "openai/v1"])
def test_openai_with_and_without_the_version(gateway: Gateway, provider: Provider, path: str) -> None:
    client = gateway.openai(path)
    messages: Any = [{"role": "user", "content": "native"}]
    answer = client.chat.completions.create(
        model="gpt-4o-mini", messages=messages, metadata={"mine": "yes"}, store=True
    )
    assert answer.choices[0].message.content == "Echo: native" and answer.system_fingerprint == "fp_test"
    with client.chat.completions.stream(model="gpt-4o-mini", messages=messages) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Echo: native"
    whole, streamed = provider.received()
    assert whole["path"] == streamed["path"] == "/v1/chat/completions"
    assert whole["credentials"] == [["authorization", "Bearer sk-stored-openai"]]
    assert whole["json"]["metadata"] == {"mine": "yes"} and whole["json"]["store"] is True
    vendor_types.judge(whole)
    vendor_types.judge(streamed)


def test_every_byte_of_a_native_request_arrives(gateway: Gateway, provider: Provider) -> None:
    body = '{ "messages" : [{"role":"user","content":"caf\\u00e9 \u00e9"}],\n\t"model":"gpt-4o-mini", "seed": 1e2 }'
    answer = gateway.post("openai/chat/completions", body)
    assert answer.status_code == 200 and provider.only()["body"] == body


def test_other_endpoints_of_a_provider_pass_through(gateway: Gateway, provider: Provider) -> None:
    provider.next(
        body='{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1,"owned_by":"openai"}]}'
    )
    assert [model.id for model in gateway.openai("openai").models.list()] == ["gpt-4o-mini"]
    received = provider.only()
    assert (received["method"], received["path"]) == ("GET", "/v1/models")


def test_azure_by_resource_and_deployment(gateway: Gateway, provider: Provider) -> None:
    client = openai.AzureOpenAI(
        api_key=gateway.key,
        api_version="2024-10-21",
        base_url=gateway.at("azure-openai/res/gpt-4o-mini"),
        max_retries=0,
    )
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "azure"}])
    assert answer.choices[0].message.content == "Echo: azure"
    received = provider.only()
    assert received["credentials"] == [["api-key", "azure-stored"]]
    assert received["path"].endswith("/gpt-4o-mini/chat/completions") and received["query"] == "api-version=2024-10-21"


def test_anthropic_messages(gateway: Gateway, provider: Provider) -> None:
    client = gateway.anthropic()
    raw = client.messages.with_raw_response.create(
        model="claude-sonnet-4-5",
        max_tokens=64,
        system="Be brief.",
        messages=[{"role": "user", "content": "Hello Claude"}],
        metadata={"user_id": "u-1"},
    )
    message = raw.parse()
    assert message.content[0].type == "text" and message.content[0].text == "Echo: Hello Claude"
    assert message.stop_reason == "end_turn" and message.usage.output_tokens == 3
    assert raw.headers["cf-aig-log-id"]
    received = provider.only()
    assert received["credentials"] == [["x-api-key", "sk-ant-stored"]] and received["path"] == "/v1/messages"
    assert header(received, "anthropic-version") == client.default_headers["anthropic-version"]
    vendor_types.judge(received)


def test_anthropic_streams_text_thinking_and_tools(gateway: Gateway, provider: Provider) -> None:
    client = gateway.anthropic()
    messages: Any = [{"role": "user", "content": "one two"}]
    with client.messages.stream(model="claude-sonnet-4-5", max_tokens=64, messages=messages) as stream:
        assert "".join(stream.text_stream) == "Echo: one two"
        assert stream.get_final_message().usage.output_tokens == 3
    provider.next(reasoning="Hm.", tool_arguments={"city": "Paris"})
    with client.messages.stream(model="claude-sonnet-4-5", max_tokens=64, messages=messages, tools=[PARIS]) as stream:
        thinking, tool = stream.get_final_message().content
    assert thinking.type == "thinking" and (thinking.thinking, bool(thinking.signature)) == ("Hm.", True)
    assert tool.type == "tool_use" and tool.input == {"city": "Paris"}
    for received in provider.received():
        vendor_types.judge(received)


@pytest.mark.parametrize("name", ["authorization", "x-api-key"])
def test_anthropic_with_the_callers_own_key(gateway: Gateway, provider: Provider, name: str) -> None:
    """SDKs of version 2 send a key as a bearer token, earlier ones in `x-api-key`; the API would take the latter of two."""
    value = {"authorization": "Bearer sk-ant-mine", "x-api-key": "sk-ant-mine"}[name]
    headers = {"cf-aig-authorization": f"Bearer {gateway.key}", "anthropic-version": "2023-06-01", name: value}
    body = {
        "model": "claude-sonnet-4-5",
        "max_tokens": 8,
        "temperature": 0.5,
        "messages": [{"role": "user", "content": "hi"}],
    }
    assert gateway.http.post(gateway.at("anthropic/v1/messages"), json=body, headers=headers).status_code == 200
    received = provider.only()
    assert received["credentials"] == [[name, value]] and received["json"]["temperature"] == 0.5


def test_anthropic_with_the_gateways_key_where_earlier_sdks_put_it(gateway: Gateway, provider: Provider) -> None:
    headers = {"x-api-key": gateway.key, "anthropic-version": "2023-06-01"}
    body = {"model": "claude-sonnet-4-5", "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]}
    assert gateway.http.post(gateway.at("anthropic/v1/messages"), json=body, headers=headers).status_code == 200
    assert provider.only()["credentials"] == [["x-api-key", "sk-ant-stored"]]


def test_google_generates_whole_and_streamed(gateway: Gateway, provider: Provider) -> None:
    client = gateway.google()
    config = google.GenerateContentConfig(temperature=0.2, max_output_tokens=20, system_instruction="Be brief.")
    answer = client.models.generate_content(model="gemini-2.5-flash", contents="Hello Gemini", config=config)
    assert answer.text == "Echo: Hello Gemini"
    assert answer.usage_metadata and answer.usage_metadata.candidates_token_count == 3
    parts = list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="a b c", config=config))
    assert "".join(part.text or "" for part in parts) == "Echo: a b c" and len(parts) == 4
    whole, streamed = provider.received()
    assert whole["path"].endswith("/models/gemini-2.5-flash:generateContent")
    assert streamed["path"].endswith(":streamGenerateContent") and "alt=sse" in streamed["query"]
    for received in (whole, streamed):
        assert received["credentials"] == [["x-goog-api-key", "AIza-stored"]]
        vendor_types.judge(received)


def test_google_calls_functions(gateway: Gateway, provider: Provider) -> None:
    declaration = google.FunctionDeclaration(
        name="get_weather", parameters_json_schema={"type": "object", "properties": {"city": {"type": "string"}}}
    )
    provider.next(tool_arguments={"city": "Paris"})
    config = google.GenerateContentConfig(tools=[google.Tool(function_declarations=[declaration])])
    client = gateway.google()
    answer = client.models.generate_content(model="gemini-2.5-flash", contents="Weather?", config=config)
    assert answer.function_calls and answer.function_calls[0].args == {"city": "Paris"}
    vendor_types.judge(provider.only())


def test_google_counts_tokens_through_the_same_address(gateway: Gateway, provider: Provider) -> None:
    provider.next(body='{"totalTokens":7}')
    client = gateway.google()
    assert client.models.count_tokens(model="gemini-2.5-flash", contents="hi").total_tokens == 7
    assert provider.only()["path"].endswith(":countTokens")


def test_google_keys_in_the_query_are_gateway_keys_too(gateway: Gateway, provider: Provider) -> None:
    url = gateway.at(f"google-ai-studio/v1beta/models/gemini-2.5-flash:generateContent?key={gateway.key}")
    body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    assert gateway.http.post(url, json=body).status_code == 200
    received = provider.only()
    assert received["credentials"] == [["x-goog-api-key", "AIza-stored"]]
    assert gateway.key not in json.dumps(received)


def test_workers_ai_in_its_own_format(gateway: Gateway, provider: Provider) -> None:
    body = {"messages": [{"role": "user", "content": "edge"}]}
    answer = gateway.post("workers-ai/@cf/meta/llama-3.1-8b-instruct", body)
    assert answer.json()["result"]["response"] == "Echo: edge"
    received = provider.only()
    assert received["path"] == "/client/v4/accounts/test/ai/run/@cf/meta/llama-3.1-8b-instruct"
    vendor_types.judge(received)


@pytest.mark.parametrize("model", ["large", "small"])
def test_the_mock_is_a_provider_like_others(gateway: Gateway, model: str) -> None:
    answer = gateway.openai("mock").chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])
    assert f"mock/{model}" in (answer.choices[0].message.content or "")


def test_embeddings_pass_through(gateway: Gateway, provider: Provider) -> None:
    vector = {"object": "embedding", "index": 0, "embedding": [0.5, -0.25]}
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    provider.next(body=json.dumps({"object": "list", "data": [vector], "model": "e", "usage": usage}))
    client = gateway.openai("openai")
    answer = client.embeddings.create(model="text-embedding-3-small", input="hi", encoding_format="float")
    assert answer.data[0].embedding == [0.5, -0.25]
    assert provider.only()["path"] == "/v1/embeddings"


def test_a_file_passes_through_as_it_is(gateway: Gateway, provider: Provider) -> None:
    provider.next(body='{"text":"heard"}')
    sound = bytes(range(32, 127)) * 100
    client = gateway.openai("openai")
    answer = client.audio.transcriptions.create(model="whisper-1", file=("sound.wav", sound))
    assert answer.text == "heard"
    received = provider.only()
    assert sound.decode() in received["body"]
    assert (header(received, "content-type") or "").startswith("multipart/form-data; boundary=")
    assert received["credentials"] == [["authorization", "Bearer sk-stored-openai"]]


def test_an_answer_that_is_no_json_passes_through(gateway: Gateway, provider: Provider) -> None:
    provider.next(body="RIFF....WAVE", headers=[["content-type", "audio/wav"]])
    speech = gateway.openai("openai").audio.speech.create(model="tts-1", voice="alloy", input="hi")
    assert speech.read() == b"RIFF....WAVE" and speech.response.headers["content-type"] == "audio/wav"


def test_the_responses_api_passes_through_and_streams(gateway: Gateway, provider: Provider) -> None:
    done = {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-4o-mini",
        "output": [{"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
                    "content": [{"type": "output_text", "text": "Hello", "annotations": []}]}],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
                  "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}},
    }  # fmt: skip
    client = gateway.openai("openai")
    provider.next(body=json.dumps(done))
    assert client.responses.create(model="gpt-4o-mini", input="hi").output_text == "Hello"
    events: list[dict[str, Any]] = [
        {
            "type": "response.output_text.delta",
            "item_id": "msg_1",
            "output_index": 0,
            "content_index": 0,
            "delta": "Hello",
        },
        {"type": "response.completed", "response": done},
    ]
    text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    provider.next(body=text, headers=[["content-type", "text/event-stream"]])
    seen = [event.type for event in client.responses.create(model="gpt-4o-mini", input="hi", stream=True)]
    assert seen == ["response.output_text.delta", "response.completed"]
    assert [received["path"] for received in provider.received()] == ["/v1/responses"] * 2


def test_anthropic_counts_tokens_through_the_same_address(gateway: Gateway, provider: Provider) -> None:
    provider.next(body='{"input_tokens":7}')
    counted = gateway.anthropic().messages.count_tokens(
        model="claude-sonnet-4-5", messages=[{"role": "user", "content": "hi"}]
    )
    assert counted.input_tokens == 7 and provider.only()["path"] == "/v1/messages/count_tokens"
