"""One gateway and one test provider per session; scripts and what was received are forgotten between tests."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anthropic
import cloudflare
import httpx
import openai
import pytest
from google import genai

from lane.processes import ADMIN_TOKEN, API_KEY, running_gateway, running_provider, wait_for
from lane.provider import Provider
from lane.routes import Element

ACCOUNT = "default"
GATEWAY = "default"
#: What the tests store for each provider; the test provider reports which key arrived.
STORED_KEYS = {
    "openai": "sk-stored-openai",
    "anthropic": "sk-ant-stored",
    "google-ai-studio": "AIza-stored",
    "google-vertex-ai": json.dumps({"access_token": "ya29.stored", "project": "proj", "region": "europe-west4"}),
    "workers-ai": json.dumps({"api_token": "cf-stored", "account_id": "test"}),
    "azure-openai": json.dumps({"api_key": "azure-stored", "resource": "res"}),
    "groq": "gsk-stored",
    "mistral": "mistral-stored",
}


@dataclass
class Gateway:
    """The gateway under test, as its clients see it."""

    url: str
    http: httpx.Client
    key: str = API_KEY
    clients: dict[str, openai.OpenAI] = field(default_factory=dict)

    def at(self, path: str, gateway: str = GATEWAY) -> str:
        """A URL below the gateway's root, as `compat` or `dynamic/<route>`."""
        return f"{self.url}/v1/{ACCOUNT}/{gateway}/{path}".rstrip("/")

    def openai(self, path: str = "compat", **options: Any) -> openai.OpenAI:
        settings = {"api_key": self.key, "base_url": self.at(path), "max_retries": 0, "timeout": 20.0} | options
        # A client costs a tenth of a second and keeps its connections: tests that want the same one share it.
        wanted = repr(settings)
        if wanted not in self.clients:
            self.clients[wanted] = openai.OpenAI(**settings)
        return self.clients[wanted]

    def anthropic(self, path: str = "anthropic", **options: Any) -> anthropic.Anthropic:
        settings = {"api_key": self.key, "base_url": self.at(path), "max_retries": 0, "timeout": 20.0} | options
        return anthropic.Anthropic(**settings)

    def google(self, path: str = "google-ai-studio", key: str | None = None) -> genai.Client:
        options = genai.types.HttpOptions(base_url=self.at(path), timeout=20_000)
        return genai.Client(api_key=key or self.key, http_options=options)

    def cloudflare(self, strict: bool = False, token: str = ADMIN_TOKEN) -> cloudflare.Cloudflare:
        """The management API; `strict` holds answers against the SDK's types."""
        return cloudflare.Cloudflare(
            api_token=token,
            base_url=f"{self.url}/client/v4",
            max_retries=0,
            timeout=20.0,
            _strict_response_validation=strict,
        )

    def manage(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call that no SDK has."""
        return self.http.request(method, self.url + path, headers={"authorization": f"Bearer {ADMIN_TOKEN}"}, **options)

    def post(self, path: str, body: Any, gateway: str = GATEWAY, **headers: str) -> httpx.Response:
        """A call without any SDK; header names are written with underscores."""
        sent = {"authorization": f"Bearer {self.key}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        content = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.http.post(
            self.at(path, gateway), content=content, headers={"content-type": "application/json"} | sent
        )


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30, limits=httpx.Limits(max_connections=None)) as client:
        yield client


@pytest.fixture(scope="session")
def provider_process(tmp_path_factory: pytest.TempPathFactory, http: httpx.Client) -> Iterator[Provider]:
    with running_provider(tmp_path_factory.mktemp("provider")) as url:
        yield Provider(url, http)


@pytest.fixture(scope="session")
def gateway_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="session")
def gateway(gateway_folder: Path, provider_process: Provider, http: httpx.Client) -> Iterator[Gateway]:
    """Running, with a key stored for each provider that the tests use."""
    with running_gateway(gateway_folder, provider_process.url) as (process, url):
        gateway = Gateway(url, http)
        client = gateway.cloudflare()
        for slug, secret in STORED_KEYS.items():
            client.ai_gateway.provider_configs.create(
                GATEWAY, account_id=ACCOUNT, provider_slug=slug, alias="default", default_config=True, secret=secret
            )
        yield gateway
        process.alive()
        balanced(gateway)


def balanced(gateway: Gateway) -> None:
    """After everything: counters, attempts and log rows agree to the last unit, and nothing is still reserved."""

    def ledger() -> Any:
        found = gateway.manage("GET", "/api/ledger").json()["result"]
        return found if found["open_attempts"] == 0 else None

    found = wait_for("no attempt is open", ledger)
    assert found["balanced"] is True and found["differences"] == [], found


@pytest.fixture(autouse=True)
def provider(provider_process: Provider) -> Iterator[Provider]:
    """The test provider, empty before each test; nothing may reach it that its vendor would refuse."""
    provider_process.reset()
    yield provider_process
    problems = provider_process.problems()
    assert not problems, problems


@pytest.fixture
def admin(gateway: Gateway) -> cloudflare.Cloudflare:
    return gateway.cloudflare(strict=True)


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Names that no other test uses, for routes and users."""
    return lambda base: f"{base}-{next(COUNTER)}"


COUNTER = itertools.count(1)
MakeRoute = Callable[..., str]


@pytest.fixture
def make_route(gateway: Gateway, unique: Callable[[str], str]) -> MakeRoute:
    """Creates and deploys a route; its model string."""

    def make(elements: list[Element], name: str = "route") -> str:
        name = unique(name)
        gateway.cloudflare().ai_gateway.dynamic_routing.create(
            GATEWAY, account_id=ACCOUNT, name=name, elements=elements
        )
        return f"dynamic/{name}"

    return make


def metadata(**entries: str | float | bool) -> dict[str, str]:
    """The header that says who asks."""
    return {"cf-aig-metadata": json.dumps(entries)}
