// Starts the gateway and the test provider for one test file, and stops exactly these two.

import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const START_MS = 30_000;
const STOP_MS = 15_000;

export const ACCOUNT = "default";
export const GATEWAY = "default";
export const ADMIN_TOKEN = "e2e-admin-token-0123456789-0123456789";
export const API_KEY = "e2e-gateway-key-0123456789-0123456789";

/** Asks until the answer is true; fails at the deadline. */
export async function waitFor(what, ask, ms = 5_000) {
  for (const deadline = Date.now() + ms; ; await sleep(20)) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
  }
}

function binary(variable, name) {
  if (process.env[variable]) return process.env[variable];
  const builds = ["release", "debug"].map((profile) => join(REPOSITORY, "target", profile, name)).filter(existsSync);
  if (builds.length === 0) throw new Error(`${name} is not built; build it or name it by ${variable}`);
  return builds.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function start(command, args, log, env) {
  const out = openSync(log, "w");
  const child = spawn(command, args, { stdio: ["ignore", out, out], env });
  closeSync(out);
  const words = () => readFileSync(log, "utf8").slice(-4000);
  const alive = () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${command} ended:\n${words()}`);
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    const late = new AbortController();
    const kill = sleep(STOP_MS, null, { signal: late.signal }).then(() => child.kill("SIGKILL"), () => {});
    await ended;
    late.abort();
    await kill;
  };
  return { alive, stop, words };
}

/** Both processes, with their URLs, the provider's control calls and one for the management API. */
export async function startAll() {
  const folder = mkdtempSync(join(tmpdir(), "waypost-e2e-"));
  const running = [];
  const stop = async () => {
    for (const process of running.reverse()) await process.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await startBoth(folder, running)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startBoth(folder, running) {
  const provider = start(binary("TESTPROVIDER_BIN", "waypost-testprovider"), [], join(folder, "provider.log"), process.env);
  running.push(provider);
  const providerUrl = await waitFor("the test provider's URL", () => {
    provider.alive();
    const [line, ...rest] = provider.words().split("\n");
    return rest.length > 0 && line;
  }, START_MS);

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WAYPOST_")));
  const gateway = start(binary("WAYPOST_BIN", "waypost"), ["serve"], join(folder, "gateway.log"), {
    ...kept,
    WAYPOST_LISTEN: `127.0.0.1:${port}`,
    WAYPOST_DATA_DIR: join(folder, "data"),
    WAYPOST_ADMIN_TOKEN: ADMIN_TOKEN,
    WAYPOST_API_KEY: API_KEY,
    WAYPOST_MASTER_KEY: "5a".repeat(32),
    WAYPOST_ALLOW_UPSTREAM: providerUrl.replace("http://", ""),
    WAYPOST_PROVIDERS__OPENAI__BASE_URL: `${providerUrl}/v1`,
    WAYPOST_PROVIDERS__ANTHROPIC__BASE_URL: providerUrl,
    WAYPOST_PROVIDERS__GOOGLE_AI_STUDIO__BASE_URL: providerUrl,
    WAYPOST_PROVIDERS__WORKERS_AI__BASE_URL: `${providerUrl}/client/v4/accounts/test/ai/run`,
  });
  running.push(gateway);
  await waitFor("the gateway takes traffic", async () => {
    gateway.alive();
    return fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
  }, START_MS);

  const control = async (method, path, body) => {
    const answer = await fetch(`${providerUrl}/__control/${path}`, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const manage = async (method, path, body) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  const storeKey = async (provider_slug, secret) => {
    const path = `/client/v4/accounts/${ACCOUNT}/ai-gateway/gateways/${GATEWAY}/provider_configs`;
    const { status, body } = await manage("POST", path, { provider_slug, alias: "default", default_config: true, secret });
    if (status !== 200) throw new Error(JSON.stringify(body));
  };
  await storeKey("openai", "sk-stored-openai");
  await storeKey("anthropic", "sk-ant-stored");
  await storeKey("google-ai-studio", "AIza-stored");
  await storeKey("workers-ai", JSON.stringify({ api_token: "cf-stored", account_id: "test" }));

  return {
    url,
    at: (path) => `${url}/v1/${ACCOUNT}/${GATEWAY}/${path}`,
    manage,
    provider: {
      next: (script) => control("POST", "next", script),
      reset: () => control("POST", "reset"),
      received: () => control("GET", "received"),
      /** What the test provider's judge holds against what it received. */
      problems: async () => (await control("GET", "received")).flatMap((received) => received.problems),
    },
  };
}

/** The header that says who asks. */
export const metadata = (entries) => ({ "cf-aig-metadata": JSON.stringify(entries) });
