import { usdExact } from '@/lib/money';

import { moneyTick } from './format';
import { StackedBars, type StackedBarsProps } from './StackedBars';

interface MoneyBarsProps extends Omit<StackedBarsProps, 'format' | 'formatTick' | 'whole'> {
  /** What amounts carry that are not real. */
  mark?: ((amount: string) => string) | undefined;
}

/** Stacked bars of dollars: every digit in the tooltip. */
export function MoneyBars({ mark, ...props }: MoneyBarsProps) {
  return <StackedBars {...props} format={(amount) => (mark ? mark(usdExact(amount)) : usdExact(amount))} formatTick={moneyTick} whole={false} />;
}
