import classes from './Sparkline.module.css';

interface SparklineProps {
  values: readonly (number | null)[];
  height?: number;
  /** What it shows, when nothing beside it says so. */
  label?: string;
  /** For shares and times: the lowest value stands at the bottom, not zero. */
  isRelative?: boolean;
}

const WIDTH = 160;
const PAD = 1.5;

/** The run of a number, without axes. What is not known is left out of the line. */
export function Sparkline({ values, height = 24, label, isRelative = false }: SparklineProps) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <div className={classes.spark} style={{ height }} />;
  const high = Math.max(...known);
  const lowest = Math.min(...known);
  // A little room below the lowest one, so that a small dip is not drawn as a crash.
  const low = isRelative ? lowest - (high - lowest) * 0.25 : Math.min(0, lowest);
  const xOf = (index: number) => (index / (values.length - 1)) * WIDTH;
  const yOf = (value: number) => (high > low ? height - PAD - ((value - low) / (high - low)) * (height - 2 * PAD) : isRelative ? height / 2 : height - PAD);
  const points = values.flatMap((value, index) => (value === null ? [] : [`${xOf(index).toFixed(1)} ${yOf(value).toFixed(1)}`]));
  const first = values.findIndex((value) => value !== null);
  const last = values.findLastIndex((value) => value !== null);
  const line = `M${points.join('L')}`;
  return (
    <svg className={classes.spark} viewBox={`0 0 ${WIDTH} ${height}`} height={height} preserveAspectRatio="none" role={label ? 'img' : undefined} aria-label={label} aria-hidden={label ? undefined : true}>
      <path className={classes.ground} d={`${line}L${xOf(last).toFixed(1)} ${height}L${xOf(first).toFixed(1)} ${height}Z`} />
      <path className={classes.line} d={line} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
