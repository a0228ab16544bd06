import { describe, expect, it } from 'vitest';

import { safeThen } from './then';

describe('where sign-in leads', () => {
  it.each([
    ['/g/default/logs?range=7d#x', '/g/default/logs?range=7d#x'],
    [undefined, '/'],
    ['https://elsewhere.example/', '/'],
    ['//elsewhere.example/', '/'],
    ['/\\elsewhere.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/sign-in?then=/sign-in', '/'],
  ])('%s', (then, safe) => {
    expect(safeThen(then)).toBe(safe);
  });
});
