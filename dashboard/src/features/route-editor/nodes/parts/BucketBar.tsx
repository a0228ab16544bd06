import classes from './bucket.module.css';

/** Spent is solid, reserved is hatched, over the limit is amber and full. */
export function BucketBar({ used, reserved, limit, height = 6 }: { used: number; reserved: number; limit: number; height?: number }) {
  const isOver = used >= limit;
  const share = (amount: number) => (limit > 0 ? Math.min(100, (amount / limit) * 100) : 0);
  const solid = isOver ? 100 : share(used);
  return (
    <span aria-hidden className={classes.bar} style={{ height }}>
      <i className={isOver ? classes.over : classes.spent} style={{ width: `${solid}%` }} />
      {reserved > 0 && !isOver ? <i className={classes.reserved} style={{ width: `${Math.min(100 - solid, share(reserved))}%` }} /> : null}
    </span>
  );
}
