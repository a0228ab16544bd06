/** What a chart is made of: slots of time, and series with one value for each slot. */

/** One bar's width of time, milliseconds since 1970; `end` is not part of it. */
export interface Slot {
  start: number;
  end: number;
}

/** Colour is never the only sign: every look has a pattern of its own beside it. */
export type Pattern = 'solid' | 'hatch' | 'back' | 'dots' | 'rows' | 'columns';

export interface Look {
  /** A token, as CSS. */
  color: string;
  pattern: Pattern;
}

export interface Series {
  key: string;
  label: string;
  look: Look;
  /** One for each slot; `null` is not known, and is not drawn as zero. */
  values: readonly (number | null)[];
  /** A bar of this series is never thinner than this when its value is not zero. */
  heightMin?: number;
}

/** A version that went live. */
export interface Marker {
  time: number;
  route: string;
  version: number;
}

export const LOOKS = {
  answered: { color: 'var(--wp-chart-1)', pattern: 'solid' },
  limited: { color: 'var(--wp-chart-2)', pattern: 'hatch' },
  failed: { color: 'var(--wp-chart-3)', pattern: 'solid' },
  priced: { color: 'var(--wp-chart-1)', pattern: 'solid' },
  custom: { color: 'var(--wp-chart-2)', pattern: 'hatch' },
  simulated: { color: 'var(--wp-chart-6)', pattern: 'dots' },
  input: { color: 'var(--wp-chart-1)', pattern: 'solid' },
  output: { color: 'var(--wp-chart-4)', pattern: 'back' },
  previous: { color: 'var(--wp-chart-6)', pattern: 'hatch' },
} as const satisfies Record<string, Look>;

/** The key of everything beyond the first ten. */
export const OTHER = '__other';
/** The key of what has no value. */
export const NONE = '__none';

const COLORS = [1, 4, 5, 2, 6].map((number) => `var(--wp-chart-${number})`);
const PATTERNS: Pattern[] = ['solid', 'hatch', 'solid', 'back', 'solid', 'dots', 'solid', 'rows', 'solid', 'columns'];

/** The look of the `index`-th group: the first ten are all different, and neighbours differ in both colour and pattern. */
export function lookOfGroup(index: number, key: string): Look {
  if (key === OTHER) return { color: 'var(--wp-chart-6)', pattern: 'back' };
  return { color: COLORS[index % COLORS.length]!, pattern: PATTERNS[index % PATTERNS.length]! };
}

/** Sum of what is known; `null` when nothing is. */
export function totalOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length ? known.reduce((sum, value) => sum + value, 0) : null;
}
