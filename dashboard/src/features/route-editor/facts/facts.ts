/** What recent requests say about one node, in sentences. Pure. */
import type { components } from '@/api/schema';
import { usd } from '@/lib/money';
import { count, duration, percent } from '@/lib/number';
import { insightText } from '@/text/route-insight';

export type EffectView = components['schemas']['EffectView'];
export type NodeTraffic = components['schemas']['NodeTraffic'];

const text = insightText.facts;

/** Shares in whole percent, but nothing that happened reads as never, and no exception is lost in "always". */
export function shareWords(share: number): string {
  const isAtAnEnd = (share > 0 && share < 0.01) || (share > 0.99 && share < 1);
  return percent(share, isAtAnEnd ? 1 : 0);
}

/** How many of the last requests match; null while none has been looked at. */
export function matchedWords(effect: Pick<EffectView, 'valid' | 'requests' | 'judged' | 'unjudged' | 'edges'>, node: string, isServing: boolean): string | null {
  if (!effect.valid) return text.invalid;
  if (effect.requests === 0) return null;
  const taken = (output: string) => effect.edges.find((edge) => edge.node === node && edge.output === output)?.count ?? 0;
  const matched = taken('true');
  const reached = matched + taken('false');
  return [matchedOf(effect, matched, reached, isServing), effect.unjudged > 0 ? text.unjudged(effect.unjudged) : ''].filter((part) => part !== '').join(' ');
}

function matchedOf({ requests, judged }: Pick<EffectView, 'requests' | 'judged'>, matched: number, reached: number, isServing: boolean): string {
  if (judged === 0) return '';
  if (reached === 0) return text.notReached(count(requests));
  const words = isServing ? text.matched : text.wouldMatch;
  return words(shareWords(matched / reached), reached === judged ? null : count(reached), count(requests));
}

/** How many went over a limit, or would have while it only watches. */
export function overWords(traffic: Pick<NodeTraffic, 'requests' | 'over' | 'users_over'> | undefined, isWatching: boolean): string {
  if (traffic === undefined || traffic.requests === 0) return text.noRequests;
  const all = count(traffic.requests);
  if (isWatching) return text.wouldHaveGone(count(traffic.over), all);
  return traffic.over === 0 ? text.noneOver(all) : text.wentOver(count(traffic.over), all, traffic.users_over ?? null);
}

/** Requests, failures, speed and cost of a model; what is not known is left out. */
export function modelWords(traffic: Pick<NodeTraffic, 'requests' | 'errors' | 'p95_ms' | 'cost_usd'> | undefined, isSimulated = false): string {
  if (traffic === undefined || traffic.requests === 0) return text.noRequests;
  const { requests, errors, p95_ms: p95, cost_usd: cost } = traffic;
  const parts = [text.failed(shareWords(errors / requests)), ...(typeof p95 === 'number' ? [text.p95(duration(p95))] : []), ...(typeof cost === 'number' ? [isSimulated ? text.simulated(usd(cost)) : usd(cost)] : [])];
  return text.model(requests, parts);
}
