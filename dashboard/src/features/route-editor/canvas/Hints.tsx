import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';

interface Hint {
  element: HTMLElement;
  words: string;
}

const DELAY_MS = 300;

/**
 * One tooltip for everything on the canvas that carries `data-hint`: hundreds of nodes and edges with one of their own
 * would take longer to open than all the rest.
 */
export function Hints({ root }: { root: React.RefObject<HTMLElement | null> }) {
  const [hint, setHint] = useState<Hint | null>(null);
  useEffect(() => {
    const area = root.current;
    if (area === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = () => {
      clearTimeout(timer);
      setHint(null);
    };
    const show = (target: EventTarget | null, after: number) => {
      const element = target instanceof Element ? target.closest<HTMLElement>('[data-hint]') : null;
      hide();
      const words = element?.dataset.hint;
      if (element === null || words === undefined || words === '') return;
      timer = setTimeout(() => setHint({ element, words }), after);
    };
    const onOver = (event: PointerEvent) => show(event.target, DELAY_MS);
    const onFocus = (event: FocusEvent) => {
      if (event.target instanceof Element && event.target.matches(':focus-visible')) show(event.target, 0);
    };
    const listeners: [string, (event: never) => void][] = [
      ['pointerover', onOver],
      ['pointerleave', hide],
      ['pointerdown', hide],
      ['wheel', hide],
      ['focusin', onFocus],
      ['focusout', hide],
      ['keydown', hide],
    ];
    for (const [name, listener] of listeners) area.addEventListener(name, listener as EventListener, { passive: true });
    return () => {
      hide();
      for (const [name, listener] of listeners) area.removeEventListener(name, listener as EventListener);
    };
  }, [root]);
  if (hint === null || !hint.element.isConnected) return null;
  return <Tooltip opened target={hint.element} label={hint.words} />;
}
