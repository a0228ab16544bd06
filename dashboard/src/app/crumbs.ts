/** What stands behind the gateway's name in the top bar. A page sets it while it is on screen. */
import { useEffect, type ReactNode } from 'react';
import { create } from 'zustand';

interface CrumbState {
  crumbs: ReactNode;
  /** The editor asks for the narrow navigation. */
  isRail: boolean;
}

export const useCrumbState = create<CrumbState>(() => ({ crumbs: null, isRail: false }));

export function useCrumbs(crumbs: ReactNode, isRail = false): void {
  useEffect(() => {
    useCrumbState.setState({ crumbs, isRail });
  });
  useEffect(() => () => useCrumbState.setState({ crumbs: null, isRail: false }), []);
}
