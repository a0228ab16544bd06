/** The branches of a split side by side, each number with its interval, wherever results are shown. */
import { Select } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import { useTimeZone } from '@/app/gateway';
import { count, percent } from '@/lib/number';
import { dayAndTime } from '@/lib/time';
import { insightText } from '@/text/route-insight';

import hints from '../inspector/inspector.module.css';
import { RESULT_WINDOWS, type ResultWindow } from '../insight';
import type { RouteElement } from '../model';
import { branchName, type BranchResult, type Interval, isSimulated, isSticky, type Measure, MEASURES, scaleOf, type SplitsView, sharesOf, verdictOf } from './compare';
import classes from './results.module.css';

const text = insightText.splits;

interface ResultsProps {
  data: SplitsView;
  /** The split as the version that serves has it. */
  serving: RouteElement | null;
}

/** What may be concluded, the numbers, and what they count. */
export function Results({ data, serving }: ResultsProps) {
  return (
    <div className={classes.content}>
      <VerdictNote data={data} serving={serving} />
      <Table data={data} serving={serving} />
      <Foot data={data} />
    </div>
  );
}

export function WindowChoice({ value, onChange }: { value: ResultWindow; onChange: (window: ResultWindow) => void }) {
  return (
    <Select
      className={classes.window ?? ''}
      aria-label={insightText.windowLabel}
      allowDeselect={false}
      data={RESULT_WINDOWS.map((each) => ({ value: each, label: insightText.windows[each] }))}
      value={value}
      onChange={(next) => onChange(RESULT_WINDOWS.find((each) => each === next) ?? '24h')}
    />
  );
}

/** Too early, or off by more than chance; nothing where neither holds. */
export function VerdictNote({ data, serving }: ResultsProps) {
  const verdict = verdictOf(data);
  if (verdict.kind === 'skewed') {
    return (
      <div className={hints.note} role="status" data-testid="split-verdict" data-kind="skewed">
        <IconAlertTriangle aria-hidden size={15} stroke={1.75} />
        <span>{text.skewed(verdict.observed, verdict.set, isSticky(data))}</span>
      </div>
    );
  }
  if (verdict.kind !== 'early') return null;
  return (
    <p className={hints.hint} role="status" data-testid="split-verdict" data-kind="early">
      <b className={classes.early}>{text.early}.</b> {text.earlyWhy(verdict.missing.map(({ output, requests }) => ({ name: branchName(serving, output), requests })))}
    </p>
  );
}

function Table({ data, serving }: ResultsProps) {
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
                <td data-label={text.measures.requests}>
                  {count(branch.requests)}
                  <span className={classes.low}>{observed === null ? '–' : percent(observed, 0)}</span>
                </td>
                <td data-label={text.measures.users}>{branch.users === null || branch.users === undefined ? <Unknown why={text.unknown.users} /> : count(branch.users)}</td>
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
      <td data-label={measure.title}>
        <Unknown why={text.unknown[measure.key]} />
      </td>
    );
  }
  if (typeof found === 'number') return <td data-label={measure.title}>{measure.words(found)}</td>;
  const value = measure.words(found.value);
  const simulated = measure.key === 'cost' && branch.simulated_requests > 0 ? branch.simulated_requests : 0;
  return (
    <td data-label={measure.title}>
      {simulated > 0 && isSimulated(branch) ? text.simulated(value) : value}
      <span className={classes.low}>{text.interval(measure.words(found.low), measure.words(found.high))}</span>
      {simulated > 0 && !isSimulated(branch) ? <span className={classes.low}>{text.someSimulated(count(simulated))}</span> : null}
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
