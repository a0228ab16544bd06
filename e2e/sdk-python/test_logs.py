"""Logs through the `cloudflare` SDK: every filter form, detail, bodies, feedback, deletion."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cloudflare
import pytest

from conftest import ACCOUNT, GATEWAY, Gateway, MakeRoute, metadata
from lane.processes import wait_for
from lane.routes import conditional, end, model, start

HELLO: Any = [{"role": "user", "content": "Hello log"}]
WHERE: Any = {"account_id": ACCOUNT, "gateway_id": GATEWAY}
#: What is promised, and what a machine with other work to do may take.
VISIBLE_SECONDS = 2.0
PATIENCE_SECONDS = 15.0


@pytest.fixture
def logs(gateway: Gateway) -> Any:
    return gateway.cloudflare().ai_gateway.logs


def path(suffix: str = "") -> str:
    return f"/client/v4/accounts/{ACCOUNT}/ai-gateway/gateways/{GATEWAY}/logs{suffix}"


def ask(gateway: Gateway, model: str = "openai/gpt-4o-mini", stream: bool = False, **headers: str) -> str:
    """One request; the id of its log row."""
    raw = gateway.openai().chat.completions.with_raw_response.create(
        model=model, messages=HELLO, stream=stream, extra_headers=headers
    )
    if stream:
        assert list(raw.parse())
    return raw.headers["cf-aig-log-id"]


def seen(logs: Any, log_id: str, seconds: float = PATIENCE_SECONDS) -> Any:
    def find() -> Any:
        try:
            return logs.get(log_id, **WHERE)
        except cloudflare.NotFoundError:
            return None

    return wait_for("the log row", find, seconds)


def ids(logs: Any, **query: Any) -> list[str]:
    return [row.id for row in logs.list(GATEWAY, account_id=ACCOUNT, **query)]


def one(key: str, operator: str, *value: Any) -> dict[str, Any]:
    return {"key": key, "operator": operator, "value": list(value)}


def test_a_row_says_what_happened(gateway: Gateway, logs: Any) -> None:
    tag = {"user_id": "log-anna", "plan": "paid"}
    log_id = ask(gateway, **metadata(**tag), **{"cf-aig-event-id": "trace-7"})
    row = seen(logs, log_id, VISIBLE_SECONDS)
    assert (row.provider, row.model, row.success, row.cached) == ("openai", "gpt-4o-mini", True, False)
    assert (row.status_code, row.step) == (200, 0)
    # "Hello log" has 9 bytes: 2 tokens by the test provider's rule, and 3 for the message; three words come back.
    assert (row.tokens_in, row.tokens_out) == (5, 3)
    assert row.duration >= 0 and row.created_at.tzinfo and row.cost > 0
    known = row.metadata if isinstance(row.metadata, dict) else json.loads(row.metadata)
    assert known == tag
    assert row.request_head_complete is True and "Hello log" in row.request_head
    assert "Echo: Hello log" in row.response_head
    assert row.to_dict()["event_id"] == "trace-7"


def test_bodies_are_kept_as_they_were(gateway: Gateway, logs: Any) -> None:
    log_id = ask(gateway)
    seen(logs, log_id)
    request = wait_for("the stored request", lambda: logs.request(log_id, **WHERE))
    response = logs.response(log_id, **WHERE)
    assert request["messages"] == HELLO
    assert response["choices"][0]["message"]["content"] == "Echo: Hello log"


def test_a_streams_row_has_its_tokens_and_cost(gateway: Gateway, logs: Any) -> None:
    row = seen(logs, ask(gateway, stream=True))
    assert (row.tokens_in, row.tokens_out, row.success) == (5, 3, True) and row.cost > 0


def test_bodies_and_rows_can_be_declined(gateway: Gateway, logs: Any) -> None:
    bare = ask(gateway, **{"cf-aig-collect-log-payload": "false"})
    seen(logs, bare)
    with pytest.raises(cloudflare.NotFoundError) as caught:
        logs.request(bare, **WHERE)
    assert caught.value.errors[0].code == 7002
    none = ask(gateway, **{"cf-aig-collect-log": "false"})
    after = ask(gateway)
    seen(logs, after)
    with pytest.raises(cloudflare.NotFoundError):
        logs.get(none, **WHERE)


def test_the_decision_is_on_record(gateway: Gateway, logs: Any, make_route: MakeRoute) -> None:
    elements = [
        start("is-paid"),
        conditional("is-paid", {"metadata.plan": {"$eq": "paid"}}, "big", "small"),
        model("big", "openai", "test/500", fallback="small"),
        model("small", "openai", "gpt-4o-mini"),
        end(),
    ]
    route = make_route(elements)
    row = seen(logs, ask(gateway, route, **metadata(plan="paid"))).to_dict()
    decision = row["waypost"]
    text = json.dumps(decision)
    assert route.removeprefix("dynamic/") in text
    for word in ("is-paid", "big", "small", "metadata.plan", "paid"):
        assert word in text, decision


def test_a_refused_request_has_a_row_too(gateway: Gateway, logs: Any) -> None:
    answer = gateway.post("compat/chat/completions", {"model": "dynamic/no-such-route", "messages": HELLO})
    row = seen(logs, answer.headers["cf-aig-log-id"])
    assert (row.success, row.status_code, row.cost or 0) == (False, 404, 0)


class TestFilters:
    """Four requests that differ, told apart by an entry of their metadata."""

    @pytest.fixture(scope="class")
    @staticmethod
    def rows(gateway: Gateway) -> dict[str, str]:
        logs = gateway.cloudflare().ai_gateway.logs
        group = {"group": "filter-tests"}
        made = {
            "cheap": ask(gateway, **metadata(**group, user_id="f-anna")),
            "dear": ask(
                gateway,
                "anthropic/claude-sonnet-4-5",
                **metadata(**group, user_id="f-ben"),
                **{"cf-aig-custom-cost": '{"total_cost":3}', "cf-aig-event-id": "f-trace"},
            ),
            "mock": ask(gateway, "mock/small", **metadata(**group, user_id="f-cy")),
        }
        failed = gateway.post(
            "compat/chat/completions",
            {"model": "openai/test/400", "messages": HELLO},
            **metadata(**group, user_id="f-dee"),
        )
        made["failed"] = failed.headers["cf-aig-log-id"]
        for log_id in made.values():
            seen(logs, log_id)
        return made

    GROUP = one("metadata.group", "eq", "filter-tests")

    @pytest.mark.parametrize(
        ("filters", "names"),
        [
            ([], ["cheap", "dear", "mock", "failed"]),
            ([one("metadata.user_id", "eq", "f-anna")], ["cheap"]),
            ([one("metadata.user_id", "eq", "f-anna", "f-cy")], ["cheap", "mock"]),
            ([one("metadata.user_id", "neq", "f-anna")], ["dear", "mock", "failed"]),
            ([one("metadata.key", "eq", "user_id"), one("metadata.value", "eq", "f-ben")], ["dear"]),
            ([one("metadata.value", "contains", "f-c")], ["mock"]),
            ([one("provider", "eq", "openai")], ["cheap", "failed"]),
            ([one("model", "contains", "claude")], ["dear"]),
            ([one("success", "eq", False)], ["failed"]),
            ([one("cached", "eq", True)], []),
            ([one("cost", "gt", 2)], ["dear"]),
            ([one("cost", "lt", 2), one("success", "eq", True)], ["cheap", "mock"]),
            ([one("tokens_out", "gt", 3)], ["mock"]),
            ([one("event_id", "eq", "f-trace")], ["dear"]),
            ([one("duration", "lt", 0)], []),
        ],
        ids=lambda value: json.dumps(value)[:60],
    )
    def test_json(self, gateway: Gateway, rows: dict[str, str], filters: Any, names: list[str]) -> None:
        query = {"filters": json.dumps([self.GROUP, *filters]), "per_page": 50}
        answer = gateway.manage("GET", path(), params=query)
        assert answer.status_code == 200, answer.text
        assert {row["id"] for row in answer.json()["result"]} == {rows[name] for name in names}

    def test_as_the_sdks_write_them(self, logs: Any, rows: dict[str, str]) -> None:
        assert set(ids(logs, filters=[self.GROUP])) == set(rows.values())
        assert ids(logs, filters=[self.GROUP, one("provider", "eq", "anthropic")]) == [rows["dear"]]
        assert set(ids(logs, filters=[one("id", "eq", rows["cheap"], rows["mock"])])) == {rows["cheap"], rows["mock"]}

    def test_in_brackets(self, gateway: Gateway, rows: dict[str, str]) -> None:
        query = {"filters[0][key]": "metadata.user_id", "filters[0][operator]": "eq", "filters[0][value][]": "f-anna"}
        answer = gateway.manage("GET", path(), params=query)
        assert [row["id"] for row in answer.json()["result"]] == [rows["cheap"]]

    def test_the_older_parameters(self, logs: Any, rows: dict[str, str]) -> None:
        mine = {"filters": [self.GROUP]}
        assert ids(logs, **mine, model="claude-sonnet-4-5") == [rows["dear"]]
        assert ids(logs, **mine, success=False) == [rows["failed"]]
        assert ids(logs, **mine, min_cost=2) == [rows["dear"]]
        assert ids(logs, **mine, provider="mock") == [rows["mock"]]
        now = datetime.now(UTC)
        assert set(
            ids(logs, **mine, start_date=now - timedelta(minutes=10), end_date=now + timedelta(minutes=1))
        ) == set(rows.values())
        assert ids(logs, **mine, start_date=now + timedelta(minutes=1)) == []
        assert set(ids(logs, search="filter-tests")) >= set(rows.values())

    def test_order_and_pages(self, logs: Any, rows: dict[str, str]) -> None:
        newest_first = ids(logs, filters=[self.GROUP])
        assert newest_first == ids(
            logs, filters=[self.GROUP], order_by="created_at", order_by_direction="desc", per_page=1
        )
        assert newest_first == ids(logs, filters=[self.GROUP], order_by="created_at", order_by_direction="asc")[::-1]

    def test_sums_over_the_list(self, gateway: Gateway, rows: dict[str, str]) -> None:
        query = {"filters": json.dumps([self.GROUP]), "meta_info": "true", "per_page": 2}
        info = gateway.manage("GET", path(), params=query).json()["result_info"]
        assert (info["page"], info["per_page"], info["count"], info["total_count"]) == (1, 2, 2, 4)
        assert info["max_cost"] == 3 and info["min_tokens_in"] >= 0

    def test_feedback(self, logs: Any, rows: dict[str, str]) -> None:
        logs.edit(rows["cheap"], **WHERE, feedback=1, score=80, metadata={"reviewed": True})
        assert ids(logs, filters=[self.GROUP, one("feedback", "eq", 1)]) == [rows["cheap"]]
        row = logs.get(rows["cheap"], **WHERE).to_dict()
        assert (row["feedback"], row["score"]) == (1, 80)

    @pytest.mark.parametrize(
        "query",
        [
            {"filters": '[{"key":"nonsense","operator":"eq","value":["x"]}]'},
            {"filters": '[{"key":"cost","operator":"like","value":[1]}]'},
            {"filters": "not json"},
            {"per_page": 100},
            {"page": 0},
            {"order_by": "price"},
        ],
        ids=lambda query: json.dumps(query)[:40],
    )
    def test_what_cannot_be_asked(self, gateway: Gateway, query: dict[str, Any]) -> None:
        answer = gateway.manage("GET", path(), params=query)
        assert answer.status_code == 400 and answer.json()["errors"][0]["code"] == 7001, answer.text


def test_pages_end_on_an_empty_one(gateway: Gateway) -> None:
    answer = gateway.manage("GET", path(), params={"page": 1000})
    assert answer.status_code == 200 and answer.json()["result"] == [] and answer.json()["success"] is True


def test_rows_fit_the_sdks_types(gateway: Gateway, logs: Any) -> None:
    log_id = ask(gateway)
    seen(logs, log_id)
    strict = gateway.cloudflare(strict=True).ai_gateway.logs
    assert [row.id for row in strict.list(GATEWAY, account_id=ACCOUNT, filters=[one("id", "eq", log_id)])] == [log_id]
    assert strict.get(log_id, **WHERE).id == log_id


def test_deletion_by_filter(gateway: Gateway, logs: Any, unique: Callable[[str], str]) -> None:
    user = unique("gone")
    mine = [one("metadata.user_id", "eq", user)]
    kept = ask(gateway)
    for _ in range(3):
        seen(logs, ask(gateway, **metadata(user_id=user)))
    answer = logs.delete(GATEWAY, account_id=ACCOUNT, filters=mine)
    assert answer.success is True
    wait_for("the rows are gone", lambda: not ids(logs, filters=mine))
    assert seen(logs, kept)


def test_prices_of_the_request_itself_are_kept(gateway: Gateway, logs: Any) -> None:
    prices = {"per_token_in": 0.2, "per_token_out": 0.2, "per_cache_read_token": 0.05}
    row = seen(logs, ask(gateway, **{"cf-aig-custom-cost": json.dumps(prices)}))
    assert row.to_dict()["waypost"]["custom_prices"] == prices
    plain = seen(logs, ask(gateway))
    assert plain.to_dict()["waypost"]["custom_prices"] is None


def test_metrics_count_requests(gateway: Gateway) -> None:
    def served() -> float:
        lines = gateway.http.get(f"{gateway.url}/metrics").text.splitlines()
        counts = [line for line in lines if not line.startswith("#") and "requests" in line and "total" in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in counts)

    before = served()
    ask(gateway)
    wait_for("the request is counted", lambda: served() > before)
