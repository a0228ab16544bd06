/** Real money, and what mock models simulate: never in one sum. */
import { usd } from '@/lib/money';
import { cards } from '@/text/analytics';

import type { Measures } from './types';

export interface MoneyParts {
  /** Everything that is really spent. */
  real: number;
  /** The part of it at prices of the price list. */
  priced: number;
  /** The part of it at prices that the requests carried. */
  custom: number;
  /** What mock models would have cost. */
  simulated: number;
}

/**
 * Custom prices may also have been carried by simulated requests, so that they are known apart only where nothing is simulated;
 * elsewhere all that is real counts as priced, until the real requests are asked for alone.
 */
export function moneyOf(measures: Measures): MoneyParts {
  const real = Math.max(0, clean(measures.cost_usd - measures.simulated_cost_usd));
  const custom = measures.simulated_requests === 0 ? Math.min(real, measures.cost_custom_usd) : 0;
  return { real, custom, priced: clean(real - custom), simulated: measures.simulated_cost_usd };
}

/** There is no real money, only what mock models simulate; then that is shown, and marked. */
export function isAllSimulated(measures: Measures): boolean {
  const { real, simulated } = moneyOf(measures);
  return real === 0 && simulated > 0;
}

/** Both kinds in words: what is simulated is marked, and not hidden behind a zero. */
export function moneyWords(measures: Measures): string {
  const { real, simulated } = moneyOf(measures);
  if (simulated === 0) return usd(real);
  return real === 0 ? cards.cost.sim(usd(simulated)) : cards.cost.both(usd(real), usd(simulated));
}

/** Without the dust of a difference of two sums: amounts are whole in 10⁻¹² dollars. */
function clean(amount: number): number {
  return Math.round(amount * 1e12) / 1e12;
}
