import { describe, expect, it } from 'vitest';

import { bodyOf, EMPTY_KEY, pinsOf, wrongPin } from './form';

describe('the form of an API key', () => {
  it('reads one pinned value per line', () => {
    expect(pinsOf('plan = free\n\nseats=12\nbeta=true\nnote=a=b')).toEqual({ plan: 'free', seats: 12, beta: true, note: 'a=b' });
  });

  it('names the line that is not key=value', () => {
    expect([wrongPin('plan=free'), wrongPin('plan=free\nhello'), wrongPin('=x')]).toEqual([undefined, 'hello', '=x']);
  });

  it('takes route names with and without dynamic/, and no expiry as none', () => {
    expect(bodyOf({ ...EMPTY_KEY, label: ' app ', routes: 'dynamic/a\nb\n' })).toMatchObject({ label: 'app', preset: 'app', routes: ['a', 'b'], expires_at: null });
  });
});
