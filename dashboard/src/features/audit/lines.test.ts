import { describe, expect, it } from 'vitest';

import { linesOf } from './lines';

describe('lines of a change', () => {
  it('lists what differs, old and new', () => {
    expect(linesOf({ a: 1, b: 'x', same: true }, { a: 2, c: { d: 1 }, same: true }, '–')).toEqual([
      { field: 'a', before: '1', after: '2' },
      { field: 'b', before: 'x', after: '–' },
      { field: 'c', before: '–', after: '{"d":1}' },
    ]);
  });

  it('takes objects that are new or gone', () => {
    expect(linesOf(null, { name: 'x' }, '–')).toEqual([{ field: 'name', before: '–', after: 'x' }]);
    expect(linesOf({ name: 'x' }, null, '–')).toEqual([{ field: 'name', before: 'x', after: '–' }]);
  });
});
