import { describe, expect, it } from 'vitest';

import { newDraft } from '../model';
import { example } from '../model/testing';
import { neighbour } from './neighbour';

describe('arrows on the canvas', () => {
  const draft = newDraft(example('smart-route'));

  it.each([
    ['start', 'ArrowDown', 'is-admin'],
    ['is-admin', 'ArrowUp', 'start'],
    ['budget', 'ArrowDown', 'large'],
    ['large', 'ArrowRight', 'small'],
    ['small', 'ArrowLeft', 'large'],
  ] as const)('from %s, %s leads to %s', (from, key, to) => {
    expect(neighbour(draft, from, key)).toBe(to);
  });

  it('stays where nothing is connected in that direction', () => {
    expect(neighbour(draft, 'start', 'ArrowUp')).toBeNull();
  });
});
