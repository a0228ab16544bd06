/** Where the time of a request went, as bars over one axis. Times are milliseconds after the request's arrival. */
import { faultText } from './outcome';
import type { Attempt, LogRow } from './row';

export type BarKind = 'gateway' | 'decisions' | 'connect' | 'wait' | 'attempt' | 'failed' | 'stream';

export interface Bar {
  kind: BarKind;
  /** For attempts: from 1. */
  number?: number;
  start: number;
  length: number;
  attempt?: Attempt;
  nodes?: number;
  /** Named and measured in its row; connecting is drawn inside the attempt. */
  connect?: number;
}

export interface Waterfall {
  bars: Bar[];
  /** End of the axis. */
  total: number;
  /** One sentence for each attempt that failed. */
  remarks: { number: number; text: string; cost: number | null }[];
}

/** Waits shorter than this are the gateway's own steps between two attempts. */
const WAIT_MIN_MS = 3;

export function waterfallOf(row: Pick<LogRow, 'duration' | 'waypost'>): Waterfall {
  const { attempts, overhead_us: overheadUs, route, stream } = row.waypost;
  const overhead = overheadUs / 1_000;
  const bars: Bar[] = [{ kind: 'gateway', start: 0, length: overhead }];
  const decided = route?.trail.filter((step) => step.kind !== 'start' && step.kind !== 'end' && step.kind !== 'model').length ?? 0;
  if (decided > 0) bars.push({ kind: 'decisions', start: 0, length: attempts[0]?.started_ms ?? overhead, nodes: decided });
  let end = 0;
  for (const [index, attempt] of attempts.entries()) {
    const pause = attempt.started_ms - end;
    if (index > 0 && pause >= WAIT_MIN_MS) bars.push({ kind: 'wait', start: end, length: pause });
    end = attempt.started_ms + attempt.duration_ms;
    bars.push(...barsOf(attempt, index + 1, stream));
  }
  const remarks = attempts.flatMap((attempt, index) =>
    attempt.fault === undefined ? [] : [{ number: index + 1, text: `${attempt.provider}/${attempt.model}: ${attempt.detail || faultText(attempt.fault)}`, cost: attempt.cost }],
  );
  return { bars, total: Math.max(row.duration, end, overhead, 0.1), remarks };
}

function barsOf(attempt: Attempt, number: number, stream: boolean): Bar[] {
  const { started_ms: start, duration_ms: length, first_token_ms: first, connect_ms: connect } = attempt;
  const isFailed = attempt.fault !== undefined;
  const common = { number, attempt, ...(connect > 0 ? { connect } : {}) };
  if (first === undefined || !stream || length - first < 1) return [{ kind: isFailed ? 'failed' : 'attempt', start, length, ...common }];
  return [
    { kind: isFailed ? 'failed' : 'attempt', start, length: first, ...common },
    { kind: 'stream', start: start + first, length: length - first, number, attempt },
  ];
}

/** Place and width of a bar in percent of the axis. */
export function placeOf(bar: Pick<Bar, 'start' | 'length'>, total: number): { left: number; width: number } {
  const left = Math.min(100, (bar.start / total) * 100);
  return { left, width: Math.max(0, Math.min(100 - left, (bar.length / total) * 100)) };
}
