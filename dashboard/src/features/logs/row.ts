/** A log row: the generated types, and what stands in the object `waypost`, which the document of the API leaves open. */
import type { components } from '@/api/schema';

export type Ending = 'answered' | 'limited' | 'failed' | 'interrupted';

export interface LimitSeen {
  bucket: string;
  kind: 'count' | 'cost';
  key: string | null;
  limit: number;
  used: number;
  asked: number;
  would_refuse?: boolean;
}

export interface Step {
  node: string;
  kind: string;
  output?: string;
  reason?: string;
  values?: [operand: string, text: string][];
  draw?: number;
  limit?: LimitSeen;
}

export type CostSource = 'price' | 'custom' | 'flat' | 'unknown' | 'recovered' | 'none';
export type UsageSource = 'provider' | 'counted' | 'estimated';

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  reasoning_tokens: number;
}

export type Fault = string | { status: number };

export interface Attempt {
  index: number;
  node: string;
  provider: string;
  model: string;
  started_ms: number;
  connect_ms: number;
  first_token_ms?: number;
  duration_ms: number;
  status?: number;
  fault?: Fault;
  detail?: string;
  usage: Usage;
  usage_source: UsageSource;
  cost: number | null;
  cost_source: CostSource;
  estimate?: number;
}

export interface RouteSeen {
  id: string;
  name: string;
  version_id: string;
  version: number;
  trail: Step[];
}

export interface WaypostPart {
  outcome: 'success' | 'refused' | 'failed' | 'interrupted' | 'caller_left';
  error: { type: string; code: number; message: string } | null;
  surface: string;
  format: string | null;
  requested_model: string;
  stream: boolean;
  simulated: boolean;
  usage_source: UsageSource | null;
  cost_source: CostSource;
  cost_estimate: number | null;
  first_token_ms: number | null;
  overhead_us: number;
  key: { id: string; label: string | null } | null;
  pinned_metadata: string[];
  added_metadata: Record<string, MetadataValue>;
  route: RouteSeen | null;
  attempts: Attempt[];
  notes: string[];
  /** The prices that the request carried, dollars per token, where the row has them. */
  custom_prices?: { per_token_in: number; per_token_out: number; per_cache_read_token?: number; per_cache_write_token?: number } | null;
  has_request: boolean;
  has_response: boolean;
}

export type MetadataValue = string | number | boolean;

export interface UsageMetadata {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  output_reasoning_tokens: number;
  input_cached_tokens: number;
  input_cache_write_tokens: number;
}

type Open<T> = Omit<T, 'waypost' | 'metadata' | 'usage_metadata' | 'timings'> & {
  waypost: WaypostPart;
  metadata: Record<string, MetadataValue> | null;
  usage_metadata: UsageMetadata;
};

export type LogRow = Open<components['schemas']['Envelope_Vec_LogView']['result'][number]>;
export type LogDetail = Open<components['schemas']['Envelope_LogDetailView']['result']>;

const LIMITS = new Set(['rate_limited', 'budget_exceeded', 'spend_limit_exceeded']);

/** How a request ended, as charts count it. */
export function endingOf(row: Pick<LogRow, 'waypost'>): Ending {
  const { outcome, error } = row.waypost;
  if (outcome === 'success') return 'answered';
  if (outcome === 'interrupted' || outcome === 'caller_left') return 'interrupted';
  return outcome === 'refused' && error !== null && LIMITS.has(error.type) ? 'limited' : 'failed';
}

/** `mock/small`; undefined when no model was called. */
export function servedModel(row: Pick<LogRow, 'provider' | 'model' | 'waypost'>): string | undefined {
  return row.waypost.attempts.length > 0 ? `${row.provider}/${row.model}` : undefined;
}

export function userOf(row: Pick<LogRow, 'metadata'>): string | undefined {
  const user = row.metadata?.user_id;
  return user === undefined ? undefined : String(user);
}

/** What an attempt broke on, as one word or number. */
export function faultWord(fault: Fault): string {
  return typeof fault === 'string' ? fault : String(fault.status);
}

/** The untyped parts of an answer of the API, with their types. */
export function asRow(view: unknown): LogRow {
  return view as LogRow;
}
