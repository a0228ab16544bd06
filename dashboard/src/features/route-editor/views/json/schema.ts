import { routeEditorText as text } from '@/text/route-editor';

/** A member that may stand in an element, for completion and for what hovering says. */
export interface Member {
  name: string;
  info: string;
  /** Values that it may have, as JSON. */
  values?: readonly string[];
}

const { schema: says } = text;

const quoted = (...words: string[]): string[] => words.map((word) => JSON.stringify(word));

/** What exists, and what it means. Right and wrong are the server's to say. */
const ELEMENT: readonly Member[] = [
  { name: 'id', info: says.id },
  { name: 'type', info: says.type, values: quoted('start', 'conditional', 'percentage', 'rate', 'model', 'end') },
  { name: 'title', info: says.title },
  { name: 'outputs', info: says.outputs, values: ['{}'] },
  { name: 'properties', info: says.properties, values: ['{}'] },
];

const CONDITION: readonly Member[] = [
  { name: 'conditions', info: says.conditions, values: ['{}'] },
  { name: 'expression', info: says.expression, values: ['""'] },
];

const SPLIT: readonly Member[] = [
  { name: 'branches', info: says.branches, values: ['[{"name": "A", "weight": 50}, {"name": "B", "weight": 50}]'] },
  { name: 'sticky', info: says.sticky },
];

const LIMIT: readonly Member[] = [
  { name: 'limitType', info: says.limitType, values: quoted('count', 'cost') },
  { name: 'limit', info: says.limit },
  { name: 'window', info: says.window, values: ['60', '3600', '86400'] },
  { name: 'calendar', info: says.calendar, values: quoted('hour', 'day', 'week', 'month') },
  { name: 'key', info: says.key },
  { name: 'technique', info: says.technique, values: quoted('sliding', 'fixed') },
  { name: 'missingKey', info: says.missingKey, values: quoted('shared', 'fallback') },
  { name: 'mode', info: says.mode, values: quoted('enforce', 'watch') },
  { name: 'onUnavailable', info: says.onUnavailable, values: quoted('fallback', 'allow') },
];

const BUDGET: readonly Member[] = [...LIMIT, { name: 'enforcement', info: says.enforcement, values: quoted('soft', 'strict') }];

const MODEL: readonly Member[] = [
  { name: 'provider', info: says.provider },
  { name: 'model', info: says.model },
  { name: 'timeout', info: says.timeout, values: ['30000', '60000'] },
  { name: 'retries', info: says.retries, values: ['0', '1', '2', '3', '4', '5'] },
  { name: 'retryDelay', info: says.retryDelay, values: ['500'] },
  { name: 'backoff', info: says.backoff, values: quoted('exponential', 'constant', 'linear') },
  { name: 'byokAlias', info: says.byokAlias },
  { name: 'parameters', info: says.parameters, values: ['{"temperature": 0}', '{"max_tokens": 500}'] },
  { name: 'fallbackOn', info: says.fallbackOn, values: [...quoted('default', 'any'), '["timeout", "connect", 429]'] },
];

const OPERATORS: readonly Member[] = Object.entries(says.operators).map(([name, info]) => ({ name: `$${name}`, info }));

export const OPERANDS: readonly Member[] = Object.entries(says.operands).map(([name, info]) => ({ name, info }));

const OUTPUTS: Readonly<Record<string, readonly string[]>> = { start: ['next'], conditional: ['true', 'false'], rate: ['success', 'fallback'], model: ['success', 'fallback'], percentage: ['else'] };

/** Members that may stand where the path leads, the last name left out. */
export function membersAt(path: readonly (string | number)[], elementType: string | null, limitType: string | null): readonly Member[] {
  const inner = insideElement(path);
  if (inner === null) return path.length === 0 ? [{ name: 'elements', info: says.elements }] : [];
  const [area, ...rest] = inner;
  if (area === undefined) return ELEMENT;
  if (area === 'outputs') return rest.length === 0 ? (OUTPUTS[elementType ?? ''] ?? []).map((name) => ({ name, info: says.output, values: ['{"elementId": ""}'] })) : [{ name: 'elementId', info: says.elementId }];
  if (area !== 'properties') return [];
  if (rest[0] === 'conditions') return [...OPERATORS, ...OPERANDS];
  if (rest[0] === 'branches') return [{ name: 'name', info: says.branchName }, { name: 'weight', info: says.branchWeight }];
  return rest.length > 0 ? [] : propertiesOf(elementType, limitType);
}

export function isOperand(path: readonly (string | number)[]): boolean {
  const last = path.at(-1);
  return path.at(-2) === 'properties' && (last === 'key' || last === 'sticky');
}

/** The path from the element inwards; null outside of elements. */
export function insideElement(path: readonly (string | number)[]): (string | number)[] | null {
  const begin = path[0] === 'elements' ? 1 : 0;
  return typeof path[begin] === 'number' ? path.slice(begin + 1) : null;
}

function propertiesOf(elementType: string | null, limitType: string | null): readonly Member[] {
  switch (elementType) {
    case 'conditional':
      return CONDITION;
    case 'percentage':
      return SPLIT;
    case 'rate':
      return limitType === 'cost' ? BUDGET : LIMIT;
    case 'model':
      return MODEL;
    default:
      return [];
  }
}
