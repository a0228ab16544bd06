/** Real money, and what mock models simulate: never in one sum. */
import type { Measures } from './provisional';

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

export function moneyOf(measures: Measures): MoneyParts {
  const simulatedCustom = measures.simulated_cost_custom_usd ?? 0;
  const real = Math.max(0, clean(measures.cost_usd - measures.simulated_cost_usd));
  const custom = Math.max(0, clean(measures.cost_custom_usd - simulatedCustom));
  return { real, custom, priced: Math.max(0, clean(real - custom)), simulated: measures.simulated_cost_usd };
}

/** Without the dust of a difference of two sums: amounts are whole in 10⁻¹² dollars. */
function clean(amount: number): number {
  return Math.round(amount * 1e12) / 1e12;
}
