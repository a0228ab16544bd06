/** What a Playground request says, and how the address says it. The address carries everything but the key. */
import type { UrlState } from '@/lib/url-state';

export type MetadataValue = string | number | boolean;

export interface MetadataEntry {
  key: string;
  value: MetadataValue;
}

export interface Turn {
  role: 'user' | 'assistant';
  content: string;
}

/** One side: in Compare there are two, with the same prompt. */
export interface Target {
  /** As sent: `dynamic/smart-route`, `mock/large`. */
  model: string;
  /** Of a dynamic route: empty for the live one, `draft`, or a number. */
  version: string;
  userId: string;
  metadata: MetadataEntry[];
}

export interface Options {
  stream: boolean;
  temperature: number | undefined;
  maxTokens: number | undefined;
  /** To the first token. */
  timeoutMs: number | undefined;
}

export interface CustomCost {
  isOn: boolean;
  tokenIn: number;
  tokenOut: number;
}

export type RepeatCount = 1 | 10 | 50;
export const REPEATS: RepeatCount[] = [1, 10, 50];

export interface PlaygroundState {
  isComparing: boolean;
  targets: [Target, Target];
  system: string;
  /** What was said before the prompt. */
  turns: Turn[];
  prompt: string;
  /** Members laid over the body, as JSON text; empty for none. */
  extraBody: string;
  options: Options;
  cost: CustomCost;
  repeat: RepeatCount;
}

export const DEFAULT_USER = 'user-anna';
export const DEFAULT_COST = 0.2;
/** Longer addresses are cut off by proxies and chat programs. */
export const LINK_CHARS_MAX = 8_000;

export function initialState(): PlaygroundState {
  const target = (userId: string): Target => ({ model: '', version: '', userId, metadata: [] });
  return {
    isComparing: false,
    targets: [target(DEFAULT_USER), target('user-admin')],
    system: '',
    turns: [],
    prompt: '',
    extraBody: '',
    options: { stream: true, temperature: undefined, maxTokens: undefined, timeoutMs: undefined },
    cost: { isOn: false, tokenIn: DEFAULT_COST, tokenOut: DEFAULT_COST },
    repeat: 1,
  };
}

/** The metadata that goes out: the user id is one of them. */
export function metadataOf(target: Target): Record<string, MetadataValue> {
  const entries = target.metadata.filter(({ key }) => key !== '' && key !== 'user_id').map(({ key, value }) => [key, value] as const);
  return { ...(target.userId === '' ? {} : { user_id: target.userId }), ...Object.fromEntries(entries) };
}

/** Metadata written as JSON, read back; a text says what is wrong with it. */
export function metadataFrom(json: string): { userId: string; metadata: MetadataEntry[] } | string {
  let value: unknown;
  try {
    value = json.trim() === '' ? {} : JSON.parse(json);
  } catch (error) {
    return error instanceof Error ? error.message : 'Not valid JSON.';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'Metadata must be a flat JSON object of text, numbers or true/false.';
  const metadata: MetadataEntry[] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== 'string' && typeof entry !== 'number' && typeof entry !== 'boolean') {
      return `Metadata must be a flat JSON object of text, numbers or true/false. "${key}" is ${Array.isArray(entry) ? 'a list' : entry === null ? 'null' : 'an object'}.`;
    }
    metadata.push({ key, value: entry });
  }
  const user = metadata.find(({ key }) => key === 'user_id');
  return { userId: user === undefined ? '' : String(user.value), metadata: metadata.filter((entry) => entry !== user) };
}

const NAMES = [
  'mode', 'model', 'version', 'user', 'meta', 'model2', 'version2', 'user2', 'meta2', 'system', 'turns', 'prompt', 'body',
  'stream', 'temperature', 'max_tokens', 'timeout', 'cost_in', 'cost_out', 'repeat',
] as const;

type Address = Record<(typeof NAMES)[number], string | undefined>;

/** The state as parts of the address; what is as always is left out. */
export function toUrl(state: PlaygroundState): Address {
  const first = initialState();
  const { options, cost } = state;
  const meta = (target: Target) => (target.metadata.length > 0 ? JSON.stringify(Object.fromEntries(target.metadata.map(({ key, value }) => [key, value]))) : undefined);
  const user = (index: 0 | 1) => (state.targets[index].userId === first.targets[index].userId ? undefined : state.targets[index].userId || '-');
  const [one, two] = state.targets;
  const second = state.isComparing;
  return {
    mode: second ? 'compare' : undefined,
    model: one.model || undefined,
    version: one.version || undefined,
    user: user(0),
    meta: meta(one),
    model2: second ? two.model || undefined : undefined,
    version2: second ? two.version || undefined : undefined,
    user2: second ? user(1) : undefined,
    meta2: second ? meta(two) : undefined,
    system: state.system || undefined,
    turns: state.turns.length > 0 ? JSON.stringify(state.turns.map(({ role, content }) => [role === 'user' ? 'u' : 'a', content])) : undefined,
    prompt: state.prompt || undefined,
    body: state.extraBody || undefined,
    stream: options.stream ? undefined : 'off',
    temperature: options.temperature?.toString(),
    max_tokens: options.maxTokens?.toString(),
    timeout: options.timeoutMs?.toString(),
    cost_in: cost.isOn ? String(cost.tokenIn) : undefined,
    cost_out: cost.isOn ? String(cost.tokenOut) : undefined,
    repeat: state.repeat === 1 ? undefined : String(state.repeat),
  };
}

/** The other way round. What cannot be read is left as it is at first. */
export function fromUrl(url: UrlState): PlaygroundState {
  const state = initialState();
  const target = (index: 0 | 1): Target => {
    const suffix = index === 0 ? '' : '2';
    const user = url[`user${suffix}`];
    const meta = metadataFrom(url[`meta${suffix}`] ?? '');
    return {
      model: url[`model${suffix}`] ?? '',
      version: url[`version${suffix}`] ?? '',
      userId: user === undefined ? state.targets[index].userId : user === '-' ? '' : user,
      metadata: typeof meta === 'string' ? [] : meta.metadata,
    };
  };
  const costIn = numberOf(url.cost_in);
  const costOut = numberOf(url.cost_out);
  return {
    isComparing: url.mode === 'compare',
    targets: [target(0), target(1)],
    system: url.system ?? '',
    turns: turnsOf(url.turns),
    prompt: url.prompt ?? '',
    extraBody: url.body ?? '',
    options: {
      stream: url.stream !== 'off',
      temperature: numberOf(url.temperature),
      maxTokens: numberOf(url.max_tokens),
      timeoutMs: numberOf(url.timeout),
    },
    cost: { isOn: costIn !== undefined && costOut !== undefined, tokenIn: costIn ?? DEFAULT_COST, tokenOut: costOut ?? DEFAULT_COST },
    repeat: REPEATS.find((count) => String(count) === url.repeat) ?? 1,
  };
}

/** Only the parts that are ours, so that two addresses can be compared. */
export function ownParts(url: UrlState): string {
  return JSON.stringify(NAMES.map((name) => url[name] ?? ''));
}

/** Without long texts where the address would become too long to be passed on. */
export function shortEnough(address: Address): { address: Address; isCut: boolean } {
  const length = (parts: Address) => new URLSearchParams(Object.entries(parts).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString().length;
  if (length(address) <= LINK_CHARS_MAX) return { address, isCut: false };
  return { address: { ...address, prompt: undefined, system: undefined, turns: undefined, body: undefined }, isCut: true };
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

function turnsOf(text: string | undefined): Turn[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(list)) return [];
    return list.flatMap((item): Turn[] => (Array.isArray(item) && typeof item[1] === 'string' ? [{ role: item[0] === 'a' ? 'assistant' : 'user', content: item[1] }] : []));
  } catch {
    return [];
  }
}
