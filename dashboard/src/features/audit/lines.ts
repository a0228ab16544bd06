/** A change as lines: what a member was, and what it is. Pure. */

export interface Line {
  field: string;
  /** Undefined where there was nothing. */
  before: string | undefined;
  /** Undefined where nothing is left. */
  after: string | undefined;
}

type Members = Record<string, unknown> | null | undefined;

/** What the other columns say already. */
const SAID_ELSEWHERE = new Set(['gateway', 'route_id']);

export function linesOf(before: Members, after: Members): Line[] {
  const [was, is] = [flat(before), flat(after)];
  // A version has its number; its id says nothing more.
  const said = is.has('number') || was.has('number') ? new Set([...SAID_ELSEWHERE, 'live_version']) : SAID_ELSEWHERE;
  const isNew = was.size === 0;
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((field) => !said.has(field))
    .sort()
    .map((field) => ({ field, before: wordsOf(was.get(field)), after: wordsOf(is.get(field)) }))
    .filter((line) => line.before !== line.after && !(isNew && line.after === 'false'));
}

/** Members of members stand as `permissions.skip_log`. */
function flat(members: Members): Map<string, unknown> {
  const entries = Object.entries(members ?? {}).flatMap(([name, value]): [string, unknown][] =>
    isObject(value) ? Object.entries(value).map(([inner, deep]) => [`${name}.${inner}`, deep]) : [[name, value]],
  );
  return new Map(entries);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Empty lists and objects say as little as nothing does. */
function wordsOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'object' && Object.keys(value).length === 0 ? undefined : JSON.stringify(value);
}
