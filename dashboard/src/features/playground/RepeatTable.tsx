import { PlainText } from '@/components/PlainText';
import { ProviderMark } from '@/components/ProviderMark';
import { usd } from '@/lib/money';
import { count } from '@/lib/number';
import { playgroundText } from '@/text/playground';

import type { RepeatState } from './repeat';
import classes from './RepeatTable.module.css';

const text = playgroundText.repeat;

/** What came of many requests, by the model that served. */
export function RepeatTable({ state: { done, total, lines } }: { state: RepeatState }) {
  return (
    <div className={classes.box} data-testid="repeat">
      <div className={classes.title} aria-live="polite">
        {text.title(done, total)}
      </div>
      <table className={classes.table}>
        <thead>
          <tr>
            {[text.model, text.requests, text.answered, text.limited, text.failed, text.cost].map((name, index) => (
              <th key={name} scope="col" data-number={index > 0 || undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.model}>
              <th scope="row">
                {line.model === '' ? (
                  text.none
                ) : (
                  <span className={classes.model}>
                    <ProviderMark provider={line.model} />
                    <PlainText text={line.model} />
                  </span>
                )}
              </th>
              {[line.requests, line.answered, line.limited, line.failed].map((value, index) => (
                <td key={index} data-number data-zero={value === 0 || undefined}>
                  {count(value)}
                </td>
              ))}
              <td data-number>{line.withoutCost > 0 ? text.costUnknown : usd(line.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
