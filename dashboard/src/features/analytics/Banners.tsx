import { IconInfoCircle, IconReceipt2 } from '@tabler/icons-react';

import { HrefLink } from '@/components/charts';
import { usd } from '@/lib/money';
import { count } from '@/lib/number';
import { dayAndTime } from '@/lib/time';
import { page as text } from '@/text/analytics';

import classes from './Banners.module.css';
import type { Charted } from './charted';

/** What the totals below leave out. */
export function Banners({ charted }: { charted: Charted }) {
  const { answer, gateway, zone } = charted;
  if (!answer) return null;
  const { requests_without_price: withoutPrice, simulated_requests: simulated, simulated_cost_usd: simulatedCost } = answer.total;
  const isPartial = answer.complete_since && Date.parse(answer.complete_since) > Date.parse(answer.start);
  return (
    <>
      {withoutPrice > 0 ? (
        <p className={classes.banner} data-tone="warn">
          <IconReceipt2 aria-hidden size={16} stroke={1.75} />
          <span>
            <HrefLink href={charted.href([{ key: 'no_price', operator: 'eq', value: [true] }]) ?? ''}>{text.withoutPrice(withoutPrice, count(withoutPrice))}</HrefLink>
          </span>
          <HrefLink href={`/g/${encodeURIComponent(gateway)}/providers?tab=models&price=none`}>{text.setPrices}</HrefLink>
        </p>
      ) : null}
      {simulated > 0 ? (
        <p className={classes.banner}>
          <IconInfoCircle aria-hidden size={16} stroke={1.75} />
          <span>{text.simulated(simulated, count(simulated), usd(simulatedCost))}</span>
        </p>
      ) : null}
      {isPartial ? (
        <p className={classes.banner}>
          <IconInfoCircle aria-hidden size={16} stroke={1.75} />
          <span>{text.partial(dayAndTime(answer.complete_since!, zone))}</span>
        </p>
      ) : null}
    </>
  );
}
