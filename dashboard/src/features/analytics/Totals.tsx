import { usd } from '@/lib/money';
import { compact, count } from '@/lib/number';
import { cards, page as text } from '@/text/analytics';

import { changeOf } from '@/features/overview/change';

import type { Charted } from './charted';
import { isAllSimulated, moneyOf } from './money';
import type { Measures } from './types';
import classes from './Totals.module.css';

interface Row {
  title: string;
  of: (measures: Measures) => number;
  format: (value: number) => string;
}

const COST: Row = { title: cards.cost.title, of: (one) => moneyOf(one).real, format: usd };
/** While mock models are all there is. */
const SIMULATED: Row = { title: cards.cost.title, of: (one) => moneyOf(one).simulated, format: (amount) => cards.cost.sim(usd(amount)) };

const rowsOf = (isSimulated: boolean): Row[] => [
  { title: cards.requests.title, of: (one) => one.requests, format: count },
  isSimulated ? SIMULATED : COST,
  { title: cards.tokens.title, of: (one) => one.tokens_in + one.tokens_out, format: compact },
  { title: cards.limited.title, of: (one) => one.limited + one.redirected, format: count },
  { title: cards.rescued.title, of: (one) => one.rescued_retry + one.rescued_fallback, format: count },
];

/** Both periods side by side. */
export function Totals({ charted }: { charted: Charted }) {
  const { answer } = charted;
  if (!answer?.previous) return null;
  const before = answer.previous;
  return (
    <dl className={classes.totals}>
      {rowsOf(isAllSimulated(answer.total) && moneyOf(before).real === 0).map(({ title, of, format }) => {
        const change = changeOf(of(answer.total), of(before));
        return (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              <b>{format(of(answer.total))}</b> {text.was(format(of(before)))}
              {change && change.direction !== 'same' ? <span> {change.direction === 'up' ? '↗' : '↘'} {change.text}</span> : null}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
