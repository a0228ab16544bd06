import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

import { usd, usdExact } from '@/lib/money';
import { states } from '@/text/shell';

import classes from './Money.module.css';

interface MoneyProps {
  /** Dollars; null where the cost is not known, which is never shown as zero. */
  amount: number | null | undefined;
  /** The request carried its own prices. */
  isCustom?: boolean;
  /** What the tooltip says of them. */
  customText?: string;
  /** Of the mock provider. */
  isSimulated?: boolean;
  /** In place of "No price", where a price can be set. */
  unknown?: ReactNode;
}

/** An amount with every digit in its tooltip. */
export function Money({ amount, isCustom, customText, isSimulated, unknown }: MoneyProps) {
  if (amount === null || amount === undefined) return <span className={classes.none}>{unknown ?? states.noPrice}</span>;
  const label = [usdExact(amount), isCustom && (customText ?? states.isCustomCost), isSimulated && states.simulated].filter(Boolean).join(' · ');
  return (
    <Tooltip label={label} multiline maw={320}>
      <span className={isCustom ? `${classes.amount} ${classes.custom}` : classes.amount} data-custom-cost={isCustom || undefined}>
        {usd(amount)}
        {isSimulated ? <span className={classes.simulated}>sim</span> : null}
      </span>
    </Tooltip>
  );
}
