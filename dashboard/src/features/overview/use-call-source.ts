import { useGatewayId } from '@/app/gateway';
import { endpoint as text } from '@/text/overview';

import type { CallSource } from './snippets';

/** A call that works as it stands, with the address of this gateway. */
export function useCallSource(): CallSource {
  const gateway = useGatewayId();
  return { origin: window.location.origin, gateway, model: 'mock/small', comment: text.printed };
}
