// The official `openai` and `@anthropic-ai/sdk` clients, unmodified but for their base URL.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

import { ACCOUNT, API_KEY, GATEWAY, metadata, startAll, waitFor } from "./processes.js";

const HELLO = [{ role: "user", content: "Hello" }];
const WEATHER = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};

let lane;
before(async () => {
  lane = await startAll();
});
after(() => lane?.stop());
beforeEach(() => lane.provider.reset());
afterEach(async () => assert.deepEqual(await lane.provider.problems(), []));

const openai = (path = "compat", options = {}) =>
  new OpenAI({ apiKey: API_KEY, baseURL: lane.at(path), maxRetries: 0, timeout: 20_000, ...options });
const anthropic = (path = "anthropic", options = {}) =>
  new Anthropic({ apiKey: API_KEY, baseURL: lane.at(path), maxRetries: 0, timeout: 20_000, ...options });

async function makeRoute(name, elements) {
  const path = `/client/v4/accounts/${ACCOUNT}/ai-gateway/gateways/${GATEWAY}/routes`;
  const { status, body } = await lane.manage("POST", path, { name, elements });
  assert.equal(status, 200, JSON.stringify(body));
  return `dynamic/${name}`;
}

const to = (targets) => Object.fromEntries(Object.entries(targets).map(([name, elementId]) => [name, { elementId }]));
const start = (target) => ({ id: "start", type: "start", outputs: to({ next: target }) });
const end = { id: "end", type: "end", outputs: {} };
const model = (id, provider, name, fallback) => ({
  id,
  type: "model",
  outputs: to({ success: "end", ...(fallback && { fallback }) }),
  properties: { provider, model: name, timeout: 30_000, retries: 0 },
});

const TARGETS = ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5", "google-ai-studio/gemini-2.5-flash", "workers-ai/@cf/meta/llama-3.1-8b-instruct"];

for (const target of TARGETS) {
  describe(target, () => {
    test("answers whole", async () => {
      const { data, response } = await openai().chat.completions.create({ model: target, messages: HELLO, max_tokens: 20 }).withResponse();
      assert.equal(data.choices[0].message.content, "Echo: Hello");
      assert.equal(data.choices[0].finish_reason, "stop");
      assert.equal(data.usage.completion_tokens, 2);
      assert.ok(response.headers.get("cf-aig-log-id"));
    });

    test("streams", async () => {
      const stream = await openai().chat.completions.create({
        model: target,
        messages: [{ role: "user", content: "one two three" }],
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = "";
      let usage;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        usage = chunk.usage ?? usage;
      }
      assert.equal(text, "Echo: one two three");
      assert.equal(usage.completion_tokens, 4);
    });

    test("streams into the SDK's own accumulator", async () => {
      const runner = openai().chat.completions.stream({ model: target, messages: HELLO });
      assert.equal(await runner.finalContent(), "Echo: Hello");
    });
  });
}

for (const target of TARGETS.slice(0, 3)) {
  test(`a tool loop through ${target}, run by the SDK`, async () => {
    await lane.provider.next({ tool_arguments: { city: "Paris" } });
    const asked = [];
    const runner = openai().chat.completions.runTools({
      model: target,
      messages: [{ role: "user", content: "Weather in Paris?" }],
      tools: [{ type: "function", function: { ...WEATHER.function, parse: JSON.parse, function: (given) => (asked.push(given), "18 degrees") } }],
    });
    await runner.done();
    assert.deepEqual(asked, [{ city: "Paris" }]);
    const [, answering] = await lane.provider.received();
    assert.match(answering.body, /18 degrees/);
  });
}

test("openai's own endpoints, with and without the version", async () => {
  for (const path of ["openai", "openai/v1"]) {
    const answer = await openai(path).chat.completions.create({ model: "gpt-4o-mini", messages: HELLO });
    assert.equal(answer.choices[0].message.content, "Echo: Hello");
  }
  for (const received of await lane.provider.received()) {
    assert.equal(received.path, "/v1/chat/completions");
    assert.deepEqual(received.credentials, [["authorization", "Bearer sk-stored-openai"]]);
  }
});

describe("@anthropic-ai/sdk", () => {
  const request = { model: "claude-sonnet-4-5", max_tokens: 64, messages: HELLO };

  test("messages, whole and streamed", async () => {
    const whole = await anthropic().messages.create(request);
    assert.deepEqual(whole.content.map(({ type, text }) => [type, text]), [["text", "Echo: Hello"]]);
    assert.equal(whole.stop_reason, "end_turn");
    const streamed = await anthropic().messages.stream(request).finalMessage();
    assert.equal(streamed.content[0].text, "Echo: Hello");
    assert.equal(streamed.usage.output_tokens, 2);
    for (const received of await lane.provider.received()) assert.deepEqual(received.credentials, [["x-api-key", "sk-ant-stored"]]);
  });

  test("thinking and tools arrive as blocks", async () => {
    await lane.provider.next({ reasoning: "Hm.", tool_arguments: { city: "Paris" } });
    const tools = [{ name: "get_weather", input_schema: { type: "object", properties: {} } }];
    const message = await anthropic().messages.stream({ ...request, tools }).finalMessage();
    assert.deepEqual(message.content.map((block) => block.type), ["thinking", "tool_use"]);
    assert.deepEqual(message.content[1].input, { city: "Paris" });
  });

  test("the account's messages reach every provider", async () => {
    const client = anthropic("", { baseURL: `${lane.url}/client/v4/accounts/${ACCOUNT}/ai` });
    for (const name of ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5", "google/gemini-2.5-flash"]) {
      const whole = await client.messages.create({ ...request, model: name });
      assert.equal(whole.content[0].text, "Echo: Hello");
      const streamed = await client.messages.stream({ ...request, model: name }).finalMessage();
      assert.equal(streamed.content[0].text, "Echo: Hello");
      assert.equal(streamed.stop_reason, "end_turn");
    }
  });
});

describe("dynamic routes", () => {
  const decide = { id: "if", type: "conditional", properties: { conditions: { "metadata.userPlan": { $eq: "paid" } } }, outputs: to({ true: "big", false: "small" }) };

  test("metadata decides, on every URL", async () => {
    const route = await makeRoute("node-plans", [start("if"), decide, model("big", "mock", "large", "small"), model("small", "mock", "small"), end]);
    for (const [plan, served] of [["paid", "large"], ["free", "small"]]) {
      const headers = metadata({ userPlan: plan });
      const { data, response } = await openai().chat.completions.create({ model: route, messages: HELLO }, { headers }).withResponse();
      assert.equal(response.headers.get("cf-aig-model"), served);
      assert.equal(response.headers.get("waypost-route"), "node-plans@1");
      assert.match(data.choices[0].message.content, new RegExp(`mock/${served}`));
      const account = openai("", { baseURL: `${lane.url}/client/v4/accounts/${ACCOUNT}/ai/v1` });
      const again = await account.chat.completions.create({ model: route, messages: HELLO }, { headers }).withResponse();
      assert.equal(again.response.headers.get("cf-aig-model"), served);
    }
  });

  test("a stream of a route arrives while it is made", async () => {
    const route = await makeRoute("node-stream", [start("only"), model("only", "mock", "large"), end]);
    const begun = performance.now();
    let first;
    for await (const chunk of await openai().chat.completions.create({ model: route, messages: HELLO, stream: true })) {
      if (chunk.choices[0]?.delta.content) first ??= performance.now();
    }
    assert.ok(performance.now() - first > first - begun, "it came at once");
  });

  test("a used-up budget is a quieter model, not an error", async () => {
    const budget = { id: "budget", type: "rate", outputs: to({ success: "big", fallback: "small" }), properties: { key: "metadata.user_id", limit: 1, limitType: "cost", window: 86_400 } };
    const route = await makeRoute("node-budget", [start("budget"), budget, model("big", "mock", "large", "small"), model("small", "mock", "small"), end]);
    const headers = { ...metadata({ user_id: "anna" }), "cf-aig-custom-cost": '{"per_token_in":0.2,"per_token_out":0.2}' };
    const served = [];
    for (let call = 0; call < 2; call += 1) {
      const { response } = await openai().chat.completions.create({ model: route, messages: HELLO }, { headers }).withResponse();
      served.push(response.headers.get("cf-aig-model"));
    }
    assert.deepEqual(served, ["large", "small"]);
  });

  test("a failing provider is replaced by one of another format", async () => {
    const route = await makeRoute("node-failover", [start("first"), model("first", "openai", "test/500", "second"), model("second", "anthropic", "claude-sonnet-4-5"), end]);
    const { data, response } = await openai().chat.completions.create({ model: route, messages: HELLO }).withResponse();
    assert.equal(response.headers.get("cf-aig-provider"), "anthropic");
    assert.equal(data.choices[0].message.content, "Echo: Hello");
  });
});

describe("errors", () => {
  const caught = (call) => call.then(() => assert.fail("it was served"), (error) => error);

  test("a wrong key", async () => {
    const error = await caught(openai("compat", { apiKey: "wrong-0123456789-0123456789-0123456789" }).chat.completions.create({ model: "mock/small", messages: HELLO }));
    assert.ok(error instanceof OpenAI.AuthenticationError);
    const other = await caught(anthropic("anthropic", { apiKey: "wrong-0123456789-0123456789-0123456789" }).messages.create({ model: "claude-sonnet-4-5", max_tokens: 8, messages: HELLO }));
    assert.ok(other instanceof Anthropic.AuthenticationError);
  });

  test("an unknown route names the one that was meant", async () => {
    await makeRoute("node-support", [start("only"), model("only", "mock", "small"), end]);
    const error = await caught(openai().chat.completions.create({ model: "dynamic/node-suport", messages: HELLO }));
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.match(JSON.stringify(error.error), /Did you mean \\"node-support\\"/);
  });

  test("a limit without fallback", async () => {
    const limit = { id: "limit", type: "rate", outputs: to({ success: "only" }), properties: { key: "metadata.user_id", limit: 1, limitType: "count", window: 86_400 } };
    const route = await makeRoute("node-limit", [start("limit"), limit, model("only", "mock", "small"), end]);
    const ask = () => openai().chat.completions.create({ model: route, messages: HELLO }, { headers: metadata({ user_id: "anna" }) });
    await ask();
    const error = await caught(ask());
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.ok(Number(error.headers.get("retry-after")) >= 1);
  });

  test("a provider that does not answer", async () => {
    const error = await caught(openai().chat.completions.create({ model: "openai/test/close", messages: HELLO }, { headers: { "cf-aig-max-attempts": "1" } }));
    assert.equal(error.status, 502);
  });

  test("a stream that breaks is an error of the stream", async () => {
    const stream = await openai().chat.completions.create({ model: "openai/test/reset-mid-stream", messages: HELLO, stream: true });
    let text = "";
    const error = await caught((async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    })());
    assert.ok(error instanceof OpenAI.APIError, String(error));
    assert.match(text, /^Echo: /);
  });

  test("a caller who leaves stops the provider", async () => {
    const stream = await openai().chat.completions.create({ model: "openai/test/slow-events", messages: HELLO, stream: true });
    for await (const chunk of stream) {
      assert.ok(chunk);
      break;
    }
    stream.controller.abort();
    await waitFor("the provider sees it", async () => (await lane.provider.received()).some((received) => received.caller_left));
  });
});
