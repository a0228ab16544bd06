/** *Starts with* and *ends with* are anchored patterns (`"^ab"`, `"yz$"`); people see and type the plain text. */

const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

export type PatternOperator = 'startsWith' | 'endsWith' | 'matches';

export function patternOf(operator: PatternOperator, text: string): string {
  if (operator === 'matches') return text;
  const escaped = text.replace(SPECIAL, '\\$&');
  return operator === 'startsWith' ? `^${escaped}` : `${escaped}$`;
}

/** The plain text of a pattern that is one, else the pattern itself. */
export function literalOf(pattern: string): { operator: PatternOperator; value: string } {
  const start = pattern.startsWith('^') ? unescaped(pattern.slice(1)) : null;
  if (start !== null && start !== '') return { operator: 'startsWith', value: start };
  const end = pattern.endsWith('$') && !pattern.startsWith('^') ? unescaped(pattern.slice(0, -1)) : null;
  if (end !== null && end !== '') return { operator: 'endsWith', value: end };
  return { operator: 'matches', value: pattern };
}

/** Null where something in the text means more than itself. */
function unescaped(escaped: string): string | null {
  const plain = escaped.replace(/\\([\\^$.*+?()[\]{}|])/g, '');
  if (/[\\^$.*+?()[\]{}|]/.test(plain)) return null;
  return escaped.replace(/\\([\\^$.*+?()[\]{}|])/g, '$1');
}
