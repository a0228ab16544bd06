import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';

import { duration } from '@/lib/number';
import { logsText } from '@/text/logs';

import { placeOf, type Bar, type Waterfall } from '../waterfall';
import classes from './WaterfallChart.module.css';

const text = logsText.details.bars;

function nameOf(bar: Bar): string {
  if (bar.kind === 'gateway') return text.gateway;
  if (bar.kind === 'decisions') return text.decisions(bar.nodes ?? 0);
  if (bar.kind === 'wait') return text.wait;
  if (bar.kind === 'stream') return text.stream;
  return text.attempt(bar.number ?? 1);
}

/** One row for each part of the way, drawn over one axis; the same numbers as a table for those who do not see bars. */
export function WaterfallChart({ waterfall: { bars, total } }: { waterfall: Waterfall }) {
  return (
    <table className={classes.chart} aria-label={logsText.details.timing}>
      <tbody>
        {bars.map((bar, index) => {
          const { left, width } = placeOf(bar, total);
          const isAttempt = bar.kind === 'attempt' || bar.kind === 'failed';
          return (
            <tr key={index}>
              <th scope="row" data-kind={bar.kind}>
                {bar.kind === 'failed' ? <IconCircleX aria-hidden size={13} stroke={1.75} className={classes.bad} /> : null}
                {bar.kind === 'attempt' ? <IconCircleCheck aria-hidden size={13} stroke={1.75} className={classes.ok} /> : null}
                <span>{nameOf(bar)}</span>
                {isAttempt && bar.attempt?.status ? <span className={classes.status}>{bar.attempt.status}</span> : null}
              </th>
              <td className={classes.lane} title={bar.connect ? text.connect(duration(bar.connect)) : undefined}>
                <span className={classes.bar} data-kind={bar.kind} style={{ left: `${left}%`, width: `${width}%` }}>
                  {bar.connect ? <span className={classes.connect} style={{ width: `${Math.min(100, (bar.connect / Math.max(bar.length, 0.1)) * 100)}%` }} /> : null}
                </span>
              </td>
              <td className={classes.time}>{duration(bar.length)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
