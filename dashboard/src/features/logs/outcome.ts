/** What happened to a request, in one sentence. */
import { usdAsTyped, usd } from '@/lib/money';
import { count, duration } from '@/lib/number';
import { logsText as text } from '@/text/logs';

import { endingOf, faultWord, servedModel, type Attempt, type LogRow } from './row';
import { limitsOf, type NamedStep } from './trail';

/** A piece of the sentence: plain words, or a name that stands out. */
export interface Word {
  text: string;
  strong?: boolean;
}

export type Tone = 'ok' | 'warn' | 'bad';

export interface Outcome {
  tone: Tone;
  words: Word[];
}

const strong = (value: string): Word => ({ text: value, strong: true });
const plain = (value: string): Word => ({ text: value });

export function outcomeOf(row: LogRow, steps: readonly NamedStep[]): Outcome {
  const ending = endingOf(row);
  const detours = limitDetours(steps);
  if (ending === 'answered') {
    const words = [...detours.words, ...served(row, steps, detours.words.length > 0)];
    return { tone: detours.words.length > 0 || row.waypost.attempts.length > 1 ? 'warn' : 'ok', words };
  }
  if (ending === 'interrupted') return { tone: 'warn', words: interrupted(row) };
  const message = row.waypost.error?.message ?? text.outcome.status(row.status_code);
  const words = [plain(message)];
  const tried = row.waypost.attempts.length;
  if (tried > 0) words.push(plain(` ${text.outcome.tried(tried)}`));
  return { tone: ending === 'limited' ? 'warn' : 'bad', words };
}

/** "Over budget at Budget limit ($35.06 of $1, user-admin)" for each limit that led aside. */
function limitDetours(steps: readonly NamedStep[]): { words: Word[] } {
  const words: Word[] = [];
  for (const step of limitsOf(steps)) {
    if (step.output !== 'fallback') continue;
    const { limit } = step;
    const isCost = limit.kind === 'cost';
    if (words.length > 0) words.push(plain(text.outcome.then));
    words.push(plain(isCost ? text.outcome.overBudgetAt : text.outcome.overLimitAt), strong(step.title));
    const amount = isCost ? `${usd(limit.used)} of ${usdAsTyped(limit.limit)}` : `${count(limit.used)} of ${count(limit.limit)}`;
    words.push(plain(text.outcome.used(amount, limit.key)));
  }
  return { words };
}

function served(row: LogRow, steps: readonly NamedStep[], goesOn: boolean): Word[] {
  const model = servedModel(row);
  const { attempts } = row.waypost;
  if (row.cached) return [plain(goesOn ? text.outcome.thenCache : text.outcome.cache)];
  if (!model) return [plain(text.outcome.status(row.status_code))];
  const words = [plain(goesOn ? text.outcome.thenServedBy : text.outcome.servedBy), strong(model)];
  const failed = attempts.filter((attempt) => attempt.fault !== undefined);
  const last = attempts.at(-1);
  if (failed.length > 0 && last) {
    const sameModel = failed.every((attempt) => attempt.model === last.model && attempt.provider === last.provider);
    if (sameModel) words.push(plain(text.outcome.onTry(attempts.length)));
    else words.push(plain(text.outcome.afterFailure(failedModels(failed, last), lastFault(failed))));
  }
  words.push(plain('.'));
  const usedUp = limitsOf(steps).find((step) => step.limit.kind === 'cost' && step.output === 'success' && row.cost != null && step.limit.used + row.cost >= step.limit.limit);
  if (usedUp && row.cost != null) {
    const { limit } = usedUp;
    words.push(plain(text.outcome.usedUp), strong(usedUp.title), plain(text.outcome.usedUpAmount(usd(limit.used + row.cost), usdAsTyped(limit.limit), limit.key)));
  }
  return words;
}

function failedModels(failed: readonly Attempt[], last: Attempt): string {
  const names = new Set(failed.map((attempt) => `${attempt.provider}/${attempt.model}`));
  names.delete(`${last.provider}/${last.model}`);
  return [...names].join(', ');
}

function lastFault(failed: readonly Attempt[]): string {
  const fault = failed.at(-1)?.fault;
  return fault === undefined ? '' : faultText(fault);
}

/** A fault in words: "503", "no first token in time". */
export function faultText(fault: NonNullable<Attempt['fault']>): string {
  const word = faultWord(fault);
  return typeof fault === 'string' ? (text.faults[fault as keyof typeof text.faults] ?? word) : text.faultStatus(word);
}

function interrupted(row: LogRow): Word[] {
  const tokens = row.tokens_out ?? 0;
  const model = servedModel(row);
  const words = [plain(row.waypost.outcome === 'caller_left' ? text.outcome.callerLeft(tokens) : text.outcome.brokeOff(tokens))];
  if (model) words.push(plain(text.outcome.while), strong(model), plain(text.outcome.answered));
  words.push(plain(text.outcome.afterTime(duration(row.duration))));
  return words;
}
