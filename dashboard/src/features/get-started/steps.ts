/** Where each step is done. */
import type { StepId } from './queries';

export type StepTarget = { kind: 'link'; href: string } | { kind: 'copy' };

/** `route` is one that exists already, deployed or not. */
export function targetOf(step: StepId, gateway: string, route: string | undefined): StepTarget {
  const base = `/g/${encodeURIComponent(gateway)}`;
  const ofRoute = route ? `${base}/routes/${encodeURIComponent(route)}` : `${base}/routes?new=smart-route`;
  switch (step) {
    case 'answer':
      return { kind: 'link', href: `${base}/playground` };
    case 'simulate':
      return { kind: 'link', href: route ? `${ofRoute}?panel=simulate` : ofRoute };
    case 'deploy':
      return { kind: 'link', href: ofRoute };
    case 'open_log':
      return { kind: 'link', href: route ? `${base}/playground?${watchingBudget(route)}` : `${base}/playground` };
    case 'curl':
      return { kind: 'copy' };
  }
}

/** A budget of one dollar is used up by the first answer at these prices. */
function watchingBudget(route: string): string {
  return new URLSearchParams({ model: `dynamic/${route}`, user: 'user-admin', cost_in: '0.2', cost_out: '0.2' }).toString();
}
