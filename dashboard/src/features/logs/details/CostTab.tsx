import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import { useGatewayId } from '@/app/gateway';
import { Money } from '@/components/Money';
import { PlainText } from '@/components/PlainText';
import { usd } from '@/lib/money';
import { count } from '@/lib/number';
import { logsText } from '@/text/logs';

import type { LogDetail } from '../row';
import { CostTable } from './CostTable';
import classes from './CostTab.module.css';

const text = logsText.cost;

export function CostTab({ log }: { log: LogDetail }) {
  const gateway = useGatewayId();
  const { cost_source: source, usage_source: usage, cost_estimate: estimate, attempts, simulated } = log.waypost;
  const reasoning = log.usage_metadata.output_reasoning_tokens;
  return (
    <div className={classes.tab}>
      <CostTable log={log} />
      <ul className={classes.notes}>
        <li>{text.sources[source]}</li>
        {usage ? <li data-estimate={usage === 'estimated' || undefined}>{text.usage[usage]}</li> : null}
        {simulated ? <li>{text.simulated}</li> : null}
        {reasoning > 0 ? <li>{text.reasoning(count(reasoning))}</li> : null}
        {estimate === null ? null : (
          <li>
            {text.estimate}: {usd(estimate)}
          </li>
        )}
        {source === 'unknown' ? (
          <li>
            <Anchor component={Link} to={`/g/${encodeURIComponent(gateway)}/providers?tab=prices&search=${encodeURIComponent(log.model)}` as string}>
              {text.setPrice}
            </Anchor>
          </li>
        ) : null}
      </ul>
      {attempts.length > 1 ? (
        <table className={classes.attempts}>
          <tbody>
            {attempts.map((attempt, index) => (
              <tr key={attempt.index}>
                <th scope="row">
                  <PlainText text={text.attempt(index + 1, `${attempt.provider}/${attempt.model}`)} />
                </th>
                <td>
                  {count(attempt.usage.input_tokens)} / {count(attempt.usage.output_tokens)}
                </td>
                <td>
                  <Money amount={attempt.cost} isCustom={attempt.cost_source === 'custom'} isSimulated={attempt.provider === 'mock'} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </div>
  );
}
