/** A change as lines of `field: before → after`. Pure. */

export interface Line {
  field: string;
  before: string;
  after: string;
}

type Members = Record<string, unknown> | null | undefined;

export function linesOf(before: Members, after: Members, nothing: string): Line[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  const words = (value: unknown) => (value === undefined || value === null ? nothing : typeof value === 'string' ? value : JSON.stringify(value));
  return fields
    .map((field) => ({ field, before: words(before?.[field]), after: words(after?.[field]) }))
    .filter((line) => line.before !== line.after);
}
