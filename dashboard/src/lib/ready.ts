import { useEffect } from 'react';

declare global {
  interface Window {
    /** The data of the first view are on screen. */
    __ready?: boolean;
  }
}

/** Tells tests and tools that the page's first view is complete. */
export function useReady(isReady: boolean): void {
  useEffect(() => {
    if (isReady) window.__ready = true;
  }, [isReady]);
  useEffect(
    () => () => {
      window.__ready = false;
    },
    [],
  );
}
