import type { NodeMeta } from '../types';
import classes from './parts.module.css';

/** The coloured square that tells families apart; the kind is always written beside it. */
export function Tile({ meta, size = 'md' }: { meta: NodeMeta; size?: 'md' | 'lg' }) {
  const Icon = meta.icon;
  return (
    <span aria-hidden className={classes.tile} data-family={meta.family} data-size={size}>
      <Icon size={size === 'lg' ? 16 : 15} stroke={1.9} />
    </span>
  );
}
