import type { Point } from '../model';
import classes from './edge.module.css';

/** A filled head at the end of a way, as wide as its line asks for. */
export function Arrow({ points, width }: { points: readonly Point[]; width: number }) {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (tip === undefined || before === undefined) return null;
  const half = 3.6 + width * 0.45;
  const length = 5.2 + width * 0.55;
  const [dx, dy] = [Math.sign(tip[0] - before[0]), Math.sign(tip[1] - before[1])];
  const back: Point = [tip[0] - dx * length, tip[1] - dy * length];
  const corners = [tip, [back[0] + dy * half, back[1] + dx * half], [back[0] - dy * half, back[1] - dx * half]];
  return <polygon className={classes.arrow} points={corners.map((corner) => corner.join()).join(' ')} />;
}
