import errors from '../../../../docs/reference/errors.md?raw';
import { describe, expect, it } from 'vitest';

import { idsIn, readDoc } from './read';

describe('a page of the reference', () => {
  it('has its tables with what each row can be named by', () => {
    const { title, parts } = readDoc('# Title\n\nWords.\n\n| `type` | When |\n| --- | --- |\n| `a_b` | *never* \\| always |\n| 7000 | x |\n\n`later` (1) is said below.\n');
    expect(title).toBe('Title');
    expect(parts.map(({ kind }) => kind)).toEqual(['blocks', 'table', 'blocks']);
    const table = parts[1];
    expect(table?.kind === 'table' && table.rows.map(({ ids }) => ids)).toEqual([['a_b'], ['7000']]);
    expect(table?.kind === 'table' && table.rows[0]?.cells[1]).toEqual([
      { kind: 'emphasis', children: [{ kind: 'text', text: 'never' }] },
      { kind: 'text', text: ' | always' },
    ]);
    expect([...idsIn(parts)]).toEqual(['a_b', '7000', 'later']);
  });

  it('explains every error of the data plane, the one inside of streams, and the numbers of the management API', () => {
    const { title, parts } = readDoc(errors);
    expect(title).toBe('Errors');
    const ids = idsIn(parts);
    for (const id of ['rate_limited', 'budget_exceeded', 'no_fallback_left', 'internal_error', 'stream_interrupted', '7001', '7409', '10000']) expect([id, ids.has(id)]).toEqual([id, true]);
  });
});
