/** Prices per token of a request, as far as they can be known: the row keeps what was booked, not what it was booked at. */
import { useQuery } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import { logsText } from '@/text/logs';

import type { Attempt, LogDetail } from '../row';

const text = logsText.cost;

export type LineKind = 'input' | 'cacheRead' | 'cacheWrite' | 'output';

/** Dollars per token. */
export type UnitPrices = Record<LineKind, number>;

export interface CostLine {
  kind: LineKind;
  tokens: number;
  price?: number;
  amount?: number;
}

export function lineLabel(kind: LineKind): string {
  return text[kind];
}

/** Tokens by kind. Input that came from a cache is part of the input, and stands in its own line. */
export function linesOf(log: Pick<LogDetail, 'usage_metadata'>, unit: UnitPrices | undefined): CostLine[] {
  const usage = log.usage_metadata;
  const cached = usage.input_cached_tokens + usage.input_cache_write_tokens;
  const tokens: [LineKind, number][] = [
    ['input', Math.max(0, usage.input_tokens - cached)],
    ['cacheRead', usage.input_cached_tokens],
    ['cacheWrite', usage.input_cache_write_tokens],
    ['output', usage.output_tokens],
  ];
  return tokens.map(([kind, number]) => (unit ? { kind, tokens: number, price: unit[kind], amount: unit[kind] * number } : { kind, tokens: number }));
}

interface Price {
  provider: string;
  model: string;
  input_per_million: number;
  output_per_million: number;
  cache_read_per_million?: number | null;
  cache_write_per_million?: number | null;
  per_request: number;
  source: string;
  date: string;
}

export function unitsOf(price: Price): UnitPrices {
  const input = price.input_per_million / 1e6;
  return {
    input,
    output: price.output_per_million / 1e6,
    cacheRead: price.cache_read_per_million == null ? input : price.cache_read_per_million / 1e6,
    cacheWrite: price.cache_write_per_million == null ? input : price.cache_write_per_million / 1e6,
  };
}

/** The booked amount follows from these prices, to the last digit that a number here can have. */
export function explains(unit: UnitPrices, attempt: Pick<Attempt, 'usage' | 'cost'>): boolean {
  const { input_tokens: input, output_tokens: output, cache_read_tokens: read, cache_write_tokens: write } = attempt.usage;
  const amount = Math.max(0, input - read - write) * unit.input + read * unit.cacheRead + write * unit.cacheWrite + output * unit.output;
  return attempt.cost !== null && Math.abs(amount - attempt.cost) <= Math.max(1e-11, Math.abs(attempt.cost) * 1e-6);
}

/** Unit prices for the cost table, and a remark on where they are from. Shown only when the booked amount follows from them. */
export function useUnitPrices(log: LogDetail): { unit: UnitPrices | undefined; note: string | undefined } {
  const { attempts, cost_source: source } = log.waypost;
  const charged = attempts.filter((attempt) => attempt.cost !== null && attempt.cost > 0);
  const one = charged.length === 1 ? charged[0] : undefined;
  const { data } = useQuery({
    queryKey: ['price-of', one?.provider, one?.model],
    queryFn: async () => {
      const found = (await call(api.GET('/api/prices', { params: { query: { provider: one!.provider, search: one!.model } as never } }))) as unknown as Price[];
      return found.find((price) => price.provider === one!.provider && price.model === one!.model) ?? null;
    },
    enabled: one !== undefined && source === 'price',
    staleTime: 5 * 60_000,
  });
  if (source === 'custom') {
    const { custom_prices: custom } = log.waypost;
    if (!custom) return { unit: undefined, note: text.unknownSplit };
    const { per_token_in: input, per_token_out: output, per_cache_read_token: read, per_cache_write_token: write } = custom;
    return { unit: { input, output, cacheRead: read ?? input, cacheWrite: write ?? input }, note: undefined };
  }
  if (source !== 'price' || !one || !data) return { unit: undefined, note: undefined };
  const unit = unitsOf(data);
  return explains(unit, one) ? { unit, note: text.priceNow(data.source, data.date) } : { unit: undefined, note: text.priceChanged };
}
