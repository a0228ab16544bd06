/** Beside the settings of a split: what its shares came to, and whether anything may be concluded yet. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconChartBar } from '@tabler/icons-react';
import { useState } from 'react';

import { Skeleton } from '@/components/States';
import { percent } from '@/lib/number';
import { useUrlState } from '@/lib/url-state';
import { insightText } from '@/text/route-insight';

import hints from '../inspector/inspector.module.css';
import { Section } from '../inspector/Section';
import { type ResultWindow, splitsQuery } from '../insight';
import type { RouteElement } from '../model';
import { useEditor } from '../store';
import { useServingElement } from '../versions/useServing';
import { branchName, type SplitsView, sharesOf, verdictOf } from './compare';
import { VerdictNote, WindowChoice } from './Results';
import classes from './results.module.css';

const text = insightText.splits;

export function SplitSummary({ element }: { element: RouteElement }) {
  const [, setSearch] = useUrlState();
  const [window, setWindow] = useState<ResultWindow>('24h');
  const serving = useServingElement(element.id);
  if (serving === undefined) return null;
  if (serving?.type !== 'percentage') {
    return (
      <Section title={text.title}>
        <p className={hints.hint}>{text.notLive}</p>
      </Section>
    );
  }
  return (
    <Section title={text.title} aside={<WindowChoice value={window} onChange={setWindow} />}>
      <Shares id={element.id} serving={serving} window={window} />
      <div>
        <Button size="compact-xs" leftSection={<IconChartBar size={13} stroke={1.75} />} onClick={() => setSearch({ results: element.id, within: window === '24h' ? undefined : window }, { replace: false })}>
          {text.open}
        </Button>
      </div>
    </Section>
  );
}

function Shares({ id, serving, window }: { id: string; serving: RouteElement; window: ResultWindow }) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const { data, isError } = useQuery(splitsQuery(gateway, route, id, window));
  if (data === undefined) return isError ? <p className={hints.hint}>{text.failed}</p> : <Skeleton height={52} />;
  const verdict = verdictOf(data);
  if (verdict.kind === 'nothing') return <p className={hints.hint}>{text.none(insightText.windows[window])}</p>;
  return (
    <>
      <ShareBars data={data} serving={serving} />
      <VerdictNote data={data} serving={serving} />
    </>
  );
}

/** Observed shares as bars, with a mark where each is set. */
function ShareBars({ data, serving }: { data: SplitsView; serving: RouteElement }) {
  const shares = sharesOf(data);
  const scale = Math.max(...shares.map(({ observed, set }) => Math.max(observed ?? 0, set)));
  return (
    <ul className={classes.shares}>
      {data.branches.map((branch, at) => {
        const { observed, set } = shares[at] ?? { observed: null, set: 0 };
        const name = branchName(serving, branch.output);
        const seen = observed === null ? '–' : percent(observed, 0);
        return (
          <li key={branch.output} data-testid={`split-result-${branch.output}`}>
            <span className={classes.name} title={name}>
              {name}
            </span>
            <span className={classes.share} role="img" aria-label={text.bar(name, seen, percent(set, 0))}>
              <i style={{ width: `${((observed ?? 0) / scale) * 100}%` }} />
              <b style={{ left: `${(set / scale) * 100}%` }} />
            </span>
            <span className={classes.seen}>
              <b>{text.observed(seen)}</b> {text.set(percent(set, 0))}
            </span>
            <span className={classes.counts}>
              {text.requests(branch.requests)}
              {branch.users === null || branch.users === undefined ? null : ` · ${text.users(branch.users)}`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
