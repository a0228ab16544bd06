import { Tooltip } from '@mantine/core';

import { Money } from '@/components/Money';
import { usd, usdExact } from '@/lib/money';
import { count } from '@/lib/number';
import { logsText } from '@/text/logs';

import type { LogDetail } from '../row';
import classes from './CostTable.module.css';
import { lineLabel, linesOf, useUnitPrices } from './prices';

const text = logsText.cost;

/** Tokens times price by kind, as far as it is known, and what was booked. */
export function CostTable({ log, isShort = false }: { log: LogDetail; isShort?: boolean }) {
  const prices = useUnitPrices(log);
  const lines = linesOf(log, prices.unit);
  const { cost_source: source, simulated } = log.waypost;
  const isCustom = source === 'custom';
  if (source === 'none') return <p className={classes.note}>{text.sources.none}</p>;
  const shown = isShort ? lines.filter(({ tokens }) => tokens > 0) : lines;
  const mark = isCustom ? classes.custom : undefined;
  const total = lines.reduce((sum, line) => sum + line.tokens, 0);
  return (
    <>
      <table className={classes.table}>
        {isShort ? null : (
          <thead>
            <tr>
              <th scope="col">{text.kind}</th>
              <th scope="col" data-number>
                {text.tokens}
              </th>
              <th scope="col" data-number>
                {text.price}
              </th>
              <th scope="col" data-number>
                {text.amount}
              </th>
            </tr>
          </thead>
        )}
        <tbody>
          {shown.map((line) => (
            <tr key={line.kind}>
              <th scope="row">{lineLabel(line.kind)}</th>
              <td data-number>
                {count(line.tokens)}
                {line.price === undefined ? null : ' ×'}
              </td>
              <td data-number>
                {line.price === undefined ? (
                  <span className={classes.quiet}>–</span>
                ) : (
                  <Tooltip label={usdExact(line.price)}>
                    <span className={mark}>{usd(line.price)}</span>
                  </Tooltip>
                )}
              </td>
              <td data-number>{line.amount === undefined ? <span className={classes.quiet}>–</span> : <Money amount={line.amount} />}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{isCustom ? text.custom : text.total}</th>
            <td data-number>{count(total)}</td>
            <td />
            <td data-number>
              <Money amount={log.cost} isCustom={isCustom} isSimulated={simulated} />
            </td>
          </tr>
        </tfoot>
      </table>
      {prices.note && !isShort ? <p className={classes.note}>{prices.note}</p> : null}
    </>
  );
}
