import { describe, expect, it } from 'vitest';

import { linesOf } from './lines';

describe('lines of a change', () => {
  it('lists what differs, old and new', () => {
    expect(linesOf({ a: 1, b: 'x', same: true }, { a: 2, c: [1], same: true })).toEqual([
      { field: 'a', before: '1', after: '2' },
      { field: 'b', before: 'x', after: undefined },
      { field: 'c', before: undefined, after: '[1]' },
    ]);
  });

  it('takes objects that are new or gone', () => {
    expect(linesOf(null, { name: 'x' })).toEqual([{ field: 'name', before: undefined, after: 'x' }]);
    expect(linesOf({ name: 'x' }, null)).toEqual([{ field: 'name', before: 'x', after: undefined }]);
  });

  it('leaves out what says nothing of a new object', () => {
    expect(linesOf(null, { comment: null, routes: [], pinned_metadata: {}, label: 'app', permissions: { skip_log: true, skip_cache: false } })).toEqual([
      { field: 'label', before: undefined, after: 'app' },
      { field: 'permissions.skip_log', before: undefined, after: 'true' },
    ]);
  });

  it('says when something is switched off or emptied', () => {
    expect(linesOf({ routes: ['a'], permissions: { skip_log: true } }, { routes: [], permissions: { skip_log: false } })).toEqual([
      { field: 'permissions.skip_log', before: 'true', after: 'false' },
      { field: 'routes', before: '["a"]', after: undefined },
    ]);
  });

  it('names versions by their number', () => {
    expect(linesOf({ live_version: '01A' }, { live_version: '01B', number: 2 })).toEqual([{ field: 'number', before: undefined, after: '2' }]);
    expect(linesOf({ live_version: '01A' }, { live_version: '01B' })).toEqual([{ field: 'live_version', before: '01A', after: '01B' }]);
  });
});
