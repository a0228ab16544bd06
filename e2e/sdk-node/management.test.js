// The official `cloudflare` client on the management API.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import Cloudflare from "cloudflare";
import OpenAI from "openai";

import { ACCOUNT, ADMIN_TOKEN, API_KEY, GATEWAY, metadata, startAll, waitFor } from "./processes.js";

const HELLO = [{ role: "user", content: "Hello" }];
const where = { account_id: ACCOUNT, gateway_id: GATEWAY };
const REQUIRED = { cache_invalidate_on_update: false, cache_ttl: 0, collect_logs: true, rate_limiting_interval: 0, rate_limiting_limit: 0 };

let lane;
let aiGateway;
before(async () => {
  lane = await startAll();
  aiGateway = new Cloudflare({ apiToken: ADMIN_TOKEN, baseURL: `${lane.url}/client/v4`, maxRetries: 0, timeout: 20_000 }).aiGateway;
});
after(() => lane?.stop());

const ask = (model, headers = {}) =>
  new OpenAI({ apiKey: API_KEY, baseURL: lane.at("compat"), maxRetries: 0 }).chat.completions.create({ model, messages: HELLO }, { headers }).withResponse();
const served = async (model, headers) => (await ask(model, headers)).response.headers.get("cf-aig-model");
const example = (name) => JSON.parse(readFileSync(new URL(`../../examples/routes/${name}.json`, import.meta.url), "utf8")).elements;
const oneModel = (model) => [
  { id: "start", type: "start", outputs: { next: { elementId: "only" } } },
  { id: "only", type: "model", outputs: { success: { elementId: "end" }, fallback: { elementId: "end" } }, properties: { provider: "mock", model, timeout: 30_000, retries: 0 } },
  { id: "end", type: "end", outputs: {} },
];
const caught = (call) => call.then(() => assert.fail("it was accepted"), (error) => error);

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

test("gateways", async () => {
  const made = await aiGateway.create({ account_id: ACCOUNT, id: "node-prod", ...REQUIRED });
  assert.equal(made.id, "node-prod");
  const changed = await aiGateway.update("node-prod", { account_id: ACCOUNT, ...REQUIRED, collect_logs: false, retry_max_attempts: 2 });
  assert.deepEqual([changed.collect_logs, changed.retry_max_attempts], [false, 2]);
  assert.equal((await aiGateway.get("node-prod", { account_id: ACCOUNT })).collect_logs, false);
  const ids = (await all(aiGateway.list({ account_id: ACCOUNT, per_page: 1 }))).map((gateway) => gateway.id);
  assert.deepEqual(ids.sort(), [GATEWAY, "node-prod"]);
  const twice = await caught(aiGateway.create({ account_id: ACCOUNT, id: "node-prod", ...REQUIRED }));
  assert.equal(twice.errors[0].code, 7001);
  await aiGateway.delete("node-prod", { account_id: ACCOUNT });
  assert.ok((await caught(aiGateway.get("node-prod", { account_id: ACCOUNT }))) instanceof Cloudflare.NotFoundError);
});

test("a route's life: create, list, version, deploy, roll back, rename, delete", async () => {
  const routing = aiGateway.dynamicRouting;
  const made = await routing.create(GATEWAY, { account_id: ACCOUNT, name: "node-life", elements: oneModel("large") });
  assert.equal(made.name, "node-life");
  assert.equal(String(made.version.active), "true");
  assert.equal(made.deployment.version_id, made.version.version_id);
  assert.equal((await routing.get(made.id, where)).elements.length, 3);
  assert.ok((await routing.list(GATEWAY, { account_id: ACCOUNT })).data.routes.some((route) => route.id === made.id));
  assert.equal(await served("dynamic/node-life"), "large");

  await routing.createVersion(made.id, { ...where, elements: oneModel("small") });
  assert.equal(await served("dynamic/node-life"), "large");
  const { versions } = (await routing.listVersions(made.id, where)).data;
  assert.equal(versions.length, 2);
  const draft = versions.find((version) => version.version_id !== made.version.version_id);
  assert.equal((await routing.getVersion(draft.version_id, { ...where, id: made.id })).elements[1].properties.model, "small");
  await routing.createDeployment(made.id, { ...where, version_id: draft.version_id });
  assert.equal(await served("dynamic/node-life"), "small");
  await routing.createDeployment(made.id, { ...where, version_id: made.version.version_id });
  assert.equal(await served("dynamic/node-life"), "large");
  const { deployments } = (await routing.listDeployments(made.id, where)).data;
  assert.deepEqual(deployments.map((deployment) => deployment.version_id), [made.version.version_id, draft.version_id, made.version.version_id]);

  const renamed = await routing.update(made.id, { ...where, name: "node-renamed" });
  assert.equal(renamed.route.name, "node-renamed");
  assert.equal(await served("dynamic/node-renamed"), "large");
  await routing.delete(made.id, where);
  assert.ok((await caught(routing.get(made.id, where))) instanceof Cloudflare.NotFoundError);
});

test("the lab's smart-route, from its document to its logs", async () => {
  await aiGateway.dynamicRouting.create(GATEWAY, { account_id: ACCOUNT, name: "smart-route", elements: example("smart-route") });
  const cost = { "cf-aig-custom-cost": '{"per_token_in":0.2,"per_token_out":0.2}' };
  const admin = { ...metadata({ user_id: "user-admin" }), ...cost };
  assert.equal(await served("dynamic/smart-route", { ...metadata({ user_id: "user-anna" }), ...cost }), "small");
  const first = await ask("dynamic/smart-route", admin);
  assert.equal(first.response.headers.get("cf-aig-model"), "large");
  assert.equal(await served("dynamic/smart-route", admin), "small");

  const filters = [{ key: "metadata.user_id", operator: "eq", value: ["user-admin"] }];
  const rows = await waitFor("two rows", async () => {
    const found = await all(aiGateway.logs.list(GATEWAY, { account_id: ACCOUNT, filters }));
    return found.length === 2 && found;
  });
  assert.deepEqual(rows.map((row) => row.model), ["small", "large"], "newest first");
  const large = rows[1];
  assert.equal(large.id, first.response.headers.get("cf-aig-log-id"));
  assert.equal(large.custom_cost, true);
  assert.ok(Math.abs(large.cost - 0.2 * first.data.usage.total_tokens) < 1e-9);
});

test("logs: detail, bodies, feedback, filters, deletion", async () => {
  const headers = metadata({ user_id: "node-logs", plan: "free" });
  const { response } = await ask("mock/small", headers);
  const id = response.headers.get("cf-aig-log-id");
  const row = await waitFor("the row", () => aiGateway.logs.get(id, where).catch(() => null));
  assert.deepEqual([row.provider, row.model, row.success, row.status_code], ["mock", "small", true, 200]);
  assert.deepEqual((await aiGateway.logs.request(id, where)).messages, HELLO);
  assert.match((await aiGateway.logs.response(id, where)).choices[0].message.content, /mock\/small/);
  await aiGateway.logs.edit(id, { ...where, feedback: 1, score: 90 });

  const list = (filters) => all(aiGateway.logs.list(GATEWAY, { account_id: ACCOUNT, filters }));
  const mine = { key: "metadata.user_id", operator: "eq", value: ["node-logs"] };
  assert.deepEqual((await list([mine, { key: "feedback", operator: "eq", value: [1] }])).map((found) => found.id), [id]);
  assert.deepEqual(await list([mine, { key: "model", operator: "eq", value: ["large"] }]), []);
  assert.deepEqual((await list([mine, { key: "model", operator: "eq", value: ["large", "small"] }])).map((found) => found.id), [id]);
  assert.equal((await aiGateway.logs.delete(GATEWAY, { account_id: ACCOUNT, filters: [mine] })).success, true);
  await waitFor("the row is gone", async () => (await list([mine])).length === 0);
});

describe("keys, providers, addresses", () => {
  test("provider keys", async () => {
    const made = await aiGateway.providerConfigs.create(GATEWAY, { account_id: ACCOUNT, provider_slug: "openai", alias: "node", default_config: false, secret: "sk-node-secret-value" });
    assert.equal(made.alias, "node");
    assert.ok(!JSON.stringify(made).includes("sk-node-secret-value"));
    const listed = await all(aiGateway.providerConfigs.list(GATEWAY, { account_id: ACCOUNT }));
    assert.ok(listed.some((config) => config.id === made.id));
  });

  test("custom providers", async () => {
    const made = await aiGateway.customProviders.create({ account_id: ACCOUNT, name: "Acme", slug: "node-acme", base_url: "https://api.example.com", enable: true });
    assert.equal(made.slug, "node-acme");
    assert.equal((await aiGateway.customProviders.get(made.id, { account_id: ACCOUNT })).base_url, "https://api.example.com");
    assert.ok((await all(aiGateway.customProviders.list({ account_id: ACCOUNT }))).some((provider) => provider.id === made.id));
    await aiGateway.customProviders.delete(made.id, { account_id: ACCOUNT });
    const error = await caught(aiGateway.customProviders.get(made.id, { account_id: ACCOUNT }));
    assert.equal(error.errors[0].code, 1004);
  });

  test("addresses", async () => {
    assert.equal(await aiGateway.urls.get("openai", where), lane.at("openai"));
  });
});

test("a wrong token and a wrong document are refused with code and place", async () => {
  const stranger = new Cloudflare({ apiToken: "wrong-0123456789-0123456789-0123456789", baseURL: `${lane.url}/client/v4`, maxRetries: 0 });
  const refused = await caught(stranger.aiGateway.get(GATEWAY, { account_id: ACCOUNT }));
  assert.ok([401, 403].includes(refused.status));
  assert.equal(refused.errors[0].code, 10000);
  const elements = oneModel("small");
  delete elements[1].properties.provider;
  const invalid = await caught(aiGateway.dynamicRouting.create(GATEWAY, { account_id: ACCOUNT, name: "node-bad", elements }));
  assert.equal(invalid.status, 400);
  assert.deepEqual(invalid.errors[0].path, ["body", "elements", 1, "properties", "provider"]);
});
