"""What vendors' own SDKs say a request must look like, so that somebody else checks our conversions.

The parameter types of `openai`, `anthropic` and `cloudflare` are typed dictionaries; pydantic checks them strictly and refuses
members they do not name. `google-genai` has pydantic models for the parts of a request, which refuse unknown members themselves.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from anthropic.types import message_create_params
from cloudflare.types.ai import ai_run_params
from google.genai import types as google
from openai.types.chat import completion_create_params
from pydantic import ConfigDict, TypeAdapter, ValidationError

from lane.provider import header

STRICT = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)

GEMINI_MEMBERS: dict[str, Any] = {
    "contents": list[google.Content],
    "systemInstruction": google.Content,
    "generationConfig": google.GenerationConfig,
    "tools": list[google.Tool],
    "toolConfig": google.ToolConfig,
    "safetySettings": list[google.SafetySetting],
    "cachedContent": str,
}


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    # A list around a typed dictionary lets one configuration hold for everything below it.
    return TypeAdapter(list[kind], config=STRICT)


def exhaust(value: Any) -> None:
    """`Iterable` members are checked while they are read."""
    if isinstance(value, dict):
        for member in value.values():
            exhaust(member)
    elif not isinstance(value, (str, bytes)) and hasattr(value, "__iter__"):
        for item in value:
            exhaust(item)


def check(kind: Any, body: dict[str, Any]) -> None:
    try:
        exhaust(adapter(kind).validate_python([body]))
    except ValidationError as error:
        raise AssertionError(f"not what the SDK's types allow: {json.dumps(body)}\n{error}") from error


def openai(body: dict[str, Any]) -> None:
    check(completion_create_params.CompletionCreateParams, body)


#: Members that version 2023-06-01 has and version 2026-10-21, which the SDK's types describe, has not.
EARLIER_ANTHROPIC = {"temperature": float, "top_p": float, "top_k": int}


def anthropic(body: dict[str, Any], version: str | None = "2026-10-21") -> None:
    if version == "2023-06-01":
        for name, kind in EARLIER_ANTHROPIC.items():
            if name in body:
                TypeAdapter(kind).validate_python(body[name], strict=True)
        body = {name: member for name, member in body.items() if name not in EARLIER_ANTHROPIC}
    check(message_create_params.MessageCreateParams, body)


def workers_ai(body: dict[str, Any]) -> None:
    # The SDK puts the account into the same type; on the wire it is in the URL.
    check(ai_run_params.Messages, {"account_id": "test", **body})


def google_ai(body: dict[str, Any]) -> None:
    assert set(body) <= set(GEMINI_MEMBERS), f"unknown members: {sorted(set(body) - set(GEMINI_MEMBERS))}"
    assert "contents" in body
    for name, member in body.items():
        TypeAdapter(GEMINI_MEMBERS[name]).validate_json(json.dumps(member))


BY_FORMAT = {
    "openai_chat": openai,
    "gemini_generate_content": google_ai,
    "workers_ai": workers_ai,
}


def judge(received: dict[str, Any]) -> None:
    """Checks what arrived at the test provider by the types of the vendor that it was meant for."""
    if received["format"] == "anthropic_messages":
        anthropic(received["json"], header(received, "anthropic-version"))
    else:
        BY_FORMAT[received["format"]](received["json"])
