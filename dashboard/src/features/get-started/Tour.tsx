import { Button, CloseButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { useGatewayId } from '@/app/gateway';
import { HrefLink } from '@/components/charts';
import { summaryQuery } from '@/features/routes/queries';
import { parseSearch } from '@/lib/url-state';
import { tour as text } from '@/text/get-started';

import { place, type Area, type Box, type Placed } from './place';
import classes from './Tour.module.css';
import { STEPS, useTour } from './tour-state';

/** Which control each hint points at; screens mark them with `data-tour`. */
const TARGETS = ['condition', 'budget', 'deploy'] as const;

const LOOK_EVERY_MS = 150;

/** The hints of the first route. They lie beside real controls, take no focus and cover nothing that is needed. */
export default function Tour() {
  const { isOpen } = useTour();
  return isOpen ? <Hint /> : null;
}

function Hint() {
  const { step, set } = useTour();
  const { route } = useParams({ strict: false }) as { route?: string };
  const box = useBoxOf(TARGETS[step]!);
  const hint = text.hints[step]!;
  const leave = () => set({ isOpen: false });

  if (!route) return <Elsewhere leave={leave} />;
  if (isCovered()) return null;
  const spot = box ? place(box, freeArea()) : null;
  const isLast = step === STEPS - 1;
  return (
    <>
      {box ? <div aria-hidden className={classes.ring} style={{ left: box.left - 5, top: box.top - 5, width: box.width + 10, height: box.height + 10 }} /> : null}
      <Card spot={spot} title={hint.title} body={hint.text} step={step} leave={leave}>
        {step > 0 ? (
          <Button size="compact-xs" onClick={() => set({ step: step - 1 })}>
            {text.back}
          </Button>
        ) : null}
        <Button size="compact-xs" variant="light" onClick={() => (isLast ? set({ isOpen: false, step: 0 }) : set({ step: step + 1 }))}>
          {isLast ? text.done : text.next}
        </Button>
      </Card>
    </>
  );
}

interface CardProps {
  spot: Placed | null;
  title: string;
  body: string;
  step: number | null;
  leave: () => void;
  children: React.ReactNode;
}

function Card({ spot, title, body, step, leave, children }: CardProps) {
  return (
    <aside className={classes.card} aria-label={text.label} style={spot ? { left: spot.left, top: spot.top } : undefined} data-corner={spot ? undefined : true} data-testid="tour-hint">
      <div className={classes.head}>
        <strong role="status">{title}</strong>
        <CloseButton size="sm" aria-label={text.leave} onClick={leave} />
      </div>
      <p className={classes.text}>{body}</p>
      <div className={classes.foot}>
        <span className={classes.count}>{step === null ? null : text.step(step + 1, STEPS)}</span>
        {children}
      </div>
    </aside>
  );
}

/** On another screen: where the tour goes on. */
function Elsewhere({ leave }: { leave: () => void }) {
  const gateway = useGatewayId();
  const location = useRouterState({ select: (state) => state.location });
  const { data: routes } = useQuery(summaryQuery(gateway));
  // Elsewhere than on Overview and the list of routes one is busy with something else, and so is who makes a route.
  const isNear = /^\/g\/[^/]+(\/routes)?\/?$/.test(location.pathname) && !parseSearch(location.searchStr).new;
  if (!isNear || !routes) return null;
  const has = routes.some((route) => route.name === 'smart-route');
  const base = `/g/${encodeURIComponent(gateway)}/routes`;
  return (
    <Card spot={null} title={text.elsewhere.title} body={text.elsewhere.text} step={null} leave={leave}>
      <HrefLink className={classes.link} href={has ? `${base}/smart-route` : `${base}?new=smart-route`}>
        {has ? text.open : text.create}
      </HrefLink>
    </Card>
  );
}

/** A dialog has the word while it is open. */
function isCovered(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
}

/** The page without its side panel, which a hint would otherwise hide. */
function freeArea(): Area {
  const main = document.getElementById('main')?.getBoundingClientRect();
  const side = document.querySelector('#main aside')?.getBoundingClientRect();
  if (!main) return { left: 0, top: 0, right: window.innerWidth, bottom: window.innerHeight };
  return { left: main.left, top: main.top, right: side && side.width > 0 ? side.left : main.right, bottom: main.bottom };
}

/** Where the control is now; it may appear, move with the canvas, or go. Looked for only while the tab is in front. */
function useBoxOf(target: string): Box | null {
  const [box, setBox] = useState<Box | null>(null);
  // A dialog or a panel that opens moves the hint as well, though its control stays.
  const [, setSurroundings] = useState('');
  useEffect(() => {
    const look = () => {
      if (document.hidden) return;
      setSurroundings(`${isCovered()} ${JSON.stringify(freeArea())}`);
      const element = [...document.querySelectorAll(`[data-tour="${target}"]`)].find((one) => one.getClientRects().length > 0);
      const now = element?.getBoundingClientRect();
      setBox((before) => {
        if (!now || now.bottom < 0 || now.right < 0 || now.top > window.innerHeight || now.left > window.innerWidth) return null;
        const same = before && before.left === now.left && before.top === now.top && before.width === now.width && before.height === now.height;
        return same ? before : { left: now.left, top: now.top, width: now.width, height: now.height };
      });
    };
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [target]);
  return box;
}
