/** The same request many times, one after the other and paced, to see how limits and splits behave. */
import type { GatewayError } from './gateway-error';
import { send, type Call, type Served } from './send';

export interface RepeatLine {
  /** `mock/small`; empty where no model was called. */
  model: string;
  requests: number;
  answered: number;
  limited: number;
  failed: number;
  /** Dollars of what is known. */
  cost: number;
  /** Answers that did not say what they cost. */
  withoutCost: number;
}

export interface RepeatState {
  done: number;
  total: number;
  lines: RepeatLine[];
}

/** Between the beginnings of two requests, at least. */
const PACE_MS = 120;

export function addResult(lines: readonly RepeatLine[], served: Served | undefined, error: GatewayError | undefined): RepeatLine[] {
  const model = served?.provider && served.model ? `${served.provider}/${served.model}` : '';
  const found = lines.find((line) => line.model === model) ?? { model, requests: 0, answered: 0, limited: 0, failed: 0, cost: 0, withoutCost: 0 };
  const isLimited = error?.status === 429;
  const next: RepeatLine = {
    ...found,
    requests: found.requests + 1,
    answered: found.answered + (error ? 0 : 1),
    limited: found.limited + (isLimited ? 1 : 0),
    failed: found.failed + (error && !isLimited ? 1 : 0),
    cost: found.cost + (served?.cost ?? 0),
    withoutCost: found.withoutCost + (!error && served?.cost === undefined ? 1 : 0),
  };
  return lines.includes(found) ? lines.map((line) => (line === found ? next : line)) : [...lines, next];
}

/** Sends `times` of `total`, whole and not as streams: only then do answers say their cost. */
export async function repeat(call: Call, times: number, total: number, signal: AbortSignal, onState: (state: RepeatState) => void): Promise<RepeatState> {
  const { stream: _, ...body } = call.body;
  let state: RepeatState = { done: 0, total, lines: [] };
  onState(state);
  while (state.done < times && !signal.aborted) {
    const pace = new Promise((resolve) => setTimeout(resolve, PACE_MS));
    let served: Served | undefined;
    try {
      const error = await send({ ...call, body }, signal, { onServed: (said) => (served = said), onText: () => undefined });
      state = { ...state, done: state.done + 1, lines: addResult(state.lines, served, error) };
      onState(state);
      if (error?.status === 0) break;
    } catch {
      break;
    }
    await pace;
  }
  return state;
}
