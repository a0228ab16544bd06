/** The fields that filters can name, in the order of the list. The server's own names; it judges what is sent. */
import type { Field } from '@/components/FilterBar';

export const LOG_FIELDS: readonly Field[] = [
  { key: 'route', kind: 'text' },
  { key: 'model', kind: 'text' },
  { key: 'provider', kind: 'text' },
  { key: 'status_code', kind: 'number' },
  { key: 'outcome', kind: 'text' },
  { key: 'error_type', kind: 'text' },
  { key: 'cost', kind: 'money' },
  { key: 'duration', kind: 'number' },
  { key: 'first_token', kind: 'number' },
  { key: 'attempts', kind: 'number' },
  { key: 'tokens', kind: 'number' },
  { key: 'tokens_in', kind: 'number' },
  { key: 'tokens_out', kind: 'number' },
  { key: 'version', kind: 'number' },
  { key: 'node', kind: 'text' },
  { key: 'edge', kind: 'text' },
  { key: 'key_label', kind: 'text' },
  { key: 'key_id', kind: 'text' },
  { key: 'requested_model', kind: 'text' },
  { key: 'custom_cost', kind: 'flag' },
  { key: 'no_price', kind: 'flag' },
  { key: 'simulated', kind: 'flag' },
  { key: 'stream', kind: 'flag' },
  { key: 'success', kind: 'flag' },
  { key: 'feedback', kind: 'number' },
  { key: 'score', kind: 'number' },
  { key: 'request_id', kind: 'id' },
  { key: 'event_id', kind: 'text' },
  { key: 'user_agent', kind: 'text' },
  { key: 'surface', kind: 'text' },
  { key: 'metadata.key', kind: 'text' },
  { key: 'metadata.value', kind: 'text' },
];

/** Values that are known without having been seen. */
export const KNOWN_VALUES: Record<string, string[]> = {
  outcome: ['success', 'refused', 'failed', 'interrupted', 'caller_left'],
  status_code: ['200', '400', '401', '403', '404', '429', '499', '500', '502', '503', '504'],
  error_type: ['rate_limited', 'budget_exceeded', 'provider_error', 'provider_timeout', 'no_fallback_left', 'invalid_api_key', 'route_not_found', 'model_not_found'],
  feedback: ['1', '-1'],
  surface: ['compat', 'dynamic', 'provider_native', 'universal', 'account_chat', 'account_messages'],
};
