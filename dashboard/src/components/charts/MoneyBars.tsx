import { usdExact } from '@/lib/money';

import { moneyTick } from './format';
import { StackedBars, type StackedBarsProps } from './StackedBars';

/** Stacked bars of dollars: every digit in the tooltip. */
export function MoneyBars(props: Omit<StackedBarsProps, 'format' | 'formatTick' | 'whole'>) {
  return <StackedBars {...props} format={usdExact} formatTick={moneyTick} whole={false} />;
}
