import '@mantine/notifications/styles.css';

import { Notifications, useNotifications } from '@mantine/notifications';
import { useEffect, useLayoutEffect, useState } from 'react';

import { liftOf, type Box } from './dodge';
import classes from './notices-host.module.css';

export { notifications } from '@mantine/notifications';

/** What is pressed or written in. Rows of tables are scrolled, the focus is not: wherever it is, it is seen. */
const CONTROLS = ':is(button, a[href], input, textarea, select, [role="button"]):not(:disabled, tbody *), :focus-visible';
const LOOK_EVERY_MS = 400;
/** Others are drawn too, for each place one. */
const PLACE = 'bottom-right';

export function Part() {
  const { notifications: shown } = useNotifications();
  const [lift, setLift] = useState(0);
  const look = () => setLift((now) => placeOf(now));
  const isShown = shown.length > 0;
  useLayoutEffect(look, [shown]);
  // Pages and panels come and go below a notice that stays.
  useEffect(() => {
    if (!isShown) return undefined;
    const timer = setInterval(look, LOOK_EVERY_MS);
    document.addEventListener('focusin', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('focusin', look);
    };
  }, [isShown]);
  return <Notifications position={PLACE} autoClose={10_000} limit={4} className={classes.host ?? ''} style={{ '--notices-lift': `${lift}px` }} />;
}

/** Where the notices shall stand, seen from where they do. */
function placeOf(now: number): number {
  const stack = document.querySelector(`.${classes.host}[data-position="${PLACE}"]`);
  if (stack === null || stack.clientHeight === 0) return 0;
  // Somebody is about to press something in it.
  if (stack.matches(':hover')) return now;
  const { left, right, top, bottom } = stack.getBoundingClientRect();
  const dialog = [...document.querySelectorAll('[aria-modal="true"]')].at(-1);
  const controls = [...(dialog ?? document).querySelectorAll<HTMLElement>(CONTROLS)].filter((control) => !stack.contains(control) && control.checkVisibility({ visibilityProperty: true }));
  return liftOf({ left, right, top: top + now, bottom: bottom + now }, controls.map(boxOf), window.innerHeight, now);
}

function boxOf(control: HTMLElement): Box {
  return control.getBoundingClientRect();
}
