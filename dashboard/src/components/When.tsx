import { Tooltip } from '@mantine/core';

import { useTimeZone } from '@/app/gateway';
import * as time from '@/lib/time';

/** A moment in the gateway's zone; UTC in its tooltip. */
export function When({ at, as = 'short' }: { at: string | number | Date; as?: 'short' | 'clock' | 'hourMinute' | 'day' | 'dayAndTime' | 'ago' }) {
  const zone = useTimeZone();
  const text = as === 'ago' ? time.ago(at) : time[as](at, zone);
  return (
    <Tooltip label={time.utc(at)}>
      <time dateTime={new Date(at).toISOString()} style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
        {text}
      </time>
    </Tooltip>
  );
}
