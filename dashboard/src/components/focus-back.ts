import { useLayoutEffect } from 'react';

/**
 * Gives the focus back to what had it when a dialog opened. A modal does so itself only where it was there before it opened and stays
 * after it has closed; dialogs that are fetched, or begun anew for each thing, are not.
 */
export function useFocusBack(isOpen: boolean): void {
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const before = document.activeElement as HTMLElement | null;
    return () => {
      // The dialog has let go of the focus by then.
      setTimeout(() => {
        const now = document.activeElement;
        const isLost = now === null || now === document.body || now.closest('[role="dialog"]') !== null;
        if (isLost && before?.isConnected) before.focus({ preventScroll: true });
      });
    };
  }, [isOpen]);
}
