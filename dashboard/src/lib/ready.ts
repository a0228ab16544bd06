import { useEffect } from 'react';

declare global {
  interface Window {
    /** The data of the first view are on screen. */
    __ready?: boolean;
  }
}

const READY = 'waypost-ready';

/** Tells tests and tools that the page's first view is complete. */
export function useReady(isReady: boolean): void {
  useEffect(() => {
    if (!isReady) return;
    window.__ready = true;
    performance.mark(READY);
    window.dispatchEvent(new Event(READY));
  }, [isReady]);
  useEffect(
    () => () => {
      window.__ready = false;
    },
    [],
  );
}

/** Runs once, this long after the first view was complete; the result calls it off. */
export function afterReady(ms: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    timer = setTimeout(run, ms);
  };
  if (window.__ready) wait();
  else window.addEventListener(READY, wait, { once: true });
  return () => {
    clearTimeout(timer);
    window.removeEventListener(READY, wait);
  };
}
