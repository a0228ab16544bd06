/** The branches of a split side by side, each number with its interval. The address says which: `?results=<node>`. */
import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { useTimeZone } from '@/app/gateway';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { count, percent } from '@/lib/number';
import { dayAndTime } from '@/lib/time';
import { useUrlState } from '@/lib/url-state';
import { insightText } from '@/text/route-insight';

import { titleIn } from '../canvas/names';
import { RESULT_WINDOWS, splitsQuery } from '../insight';
import type { RouteElement } from '../model';
import { useEditor } from '../store';
import { useServing } from '../versions/useServing';
import { branchName, type BranchResult, type Interval, isSticky, type Measure, MEASURES, scaleOf, type SplitsView, sharesOf } from './compare';
import { VerdictNote, WindowChoice } from './SplitSummary';
import classes from './results.module.css';

const text = insightText.splits;

export default function SplitResults({ node }: { node: string }) {
  const [search, setSearch] = useUrlState();
  const title = useEditor((state) => titleIn(state.draft.document, node));
  const window = RESULT_WINDOWS.find((each) => each === search.within) ?? '24h';
  return (
    <Modal
      opened
      onClose={() => setSearch({ results: undefined, within: undefined })}
      size={920}
      title={text.dialog(title)}
      closeButtonProps={{ 'aria-label': text.close }}
      trapFocus
      returnFocus
    >
      <div className={classes.bar}>
        <WindowChoice value={window} onChange={(next) => setSearch({ within: next === '24h' ? undefined : next })} />
      </div>
      <Content node={node} window={window} />
    </Modal>
  );
}

function Content({ node, window }: { node: string; window: (typeof RESULT_WINDOWS)[number] }) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const serving = useServing();
  const element = serving?.elements.find((each) => each.id === node) ?? null;
  const isSplit = element?.type === 'percentage';
  const { data, error, refetch } = useQuery({ ...splitsQuery(gateway, route, node, window), enabled: isSplit });
  if (serving !== undefined && !isSplit) return <Empty title={text.notLive} />;
  if (data === undefined) return error === null ? <SkeletonRows rows={3} height={34} /> : <Failed error={error} onRetry={() => void refetch()} />;
  if (data.branches.every(({ requests }) => requests === 0)) return <Empty title={text.none(insightText.windows[window])} />;
  return (
    <div className={classes.content}>
      <VerdictNote data={data} serving={element} />
      <Table data={data} serving={element} />
      <Foot data={data} />
    </div>
  );
}

function Table({ data, serving }: { data: SplitsView; serving: RouteElement | null }) {
  const shares = sharesOf(data);
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={text.title}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{text.branch}</th>
            <th scope="col">{text.measures.requests}</th>
            <th scope="col">{text.measures.users}</th>
            {MEASURES.map(({ key, title }) => (
              <th key={key} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.branches.map((branch, at) => {
            const observed = shares[at]?.observed ?? null;
            return (
              <tr key={branch.output} data-testid={`split-row-${branch.output}`}>
                <th scope="row">
                  {branchName(serving, branch.output)}
                  <span className={classes.low}>{text.set(percent(branch.weight / 100, 0))}</span>
                </th>
                <td>
                  {count(branch.requests)}
                  <span className={classes.low}>{observed === null ? '–' : percent(observed, 0)}</span>
                </td>
                <td>{branch.users === null || branch.users === undefined ? <Unknown why={text.unknown.users} /> : count(branch.users)}</td>
                {MEASURES.map((measure) => (
                  <Cell key={measure.key} measure={measure} branch={branch} scale={scaleOf(measure, data.branches)} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ measure, branch, scale }: { measure: Measure; branch: BranchResult; scale: number }) {
  const found = measure.of(branch);
  if (found === null) {
    return (
      <td>
        <Unknown why={text.unknown[measure.key]} />
      </td>
    );
  }
  if (typeof found === 'number') return <td>{measure.words(found)}</td>;
  return (
    <td>
      {measure.words(found.value)}
      <span className={classes.low}>{text.interval(measure.words(found.low), measure.words(found.high))}</span>
      <Whisker found={found} scale={scale} />
    </td>
  );
}

/** The interval on the scale that all branches share; its numbers stand above it. */
function Whisker({ found: { value, low, high }, scale }: { found: Interval; scale: number }) {
  if (scale <= 0) return null;
  const at = (number: number) => `${(number / scale) * 100}%`;
  return (
    <span aria-hidden className={classes.whisker}>
      <i style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />
      <b style={{ left: at(value) }} />
    </span>
  );
}

/** Not known is a dash that says why, never a zero. */
function Unknown({ why }: { why: string }) {
  return (
    <span className={classes.unknown} title={why}>
      –<span className={classes.hidden}> {why}</span>
    </span>
  );
}

function Foot({ data }: { data: SplitsView }) {
  const zone = useTimeZone();
  const requests = data.branches.reduce((sum, branch) => sum + branch.requests, 0);
  const said = [text.since(dayAndTime(data.since, zone)), data.is_sample ? text.sample(requests) : '', isSticky(data) ? text.ofUsers : ''];
  return (
    <div className={classes.foot}>
      <p>{text.intervals}</p>
      <p>{said.filter((part) => part !== '').join(' ')}</p>
    </div>
  );
}
