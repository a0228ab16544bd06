import { describe, expect, it } from 'vitest';

import { example } from '../model/testing';
import { wayOf } from './way';

const document = example('smart-route');

describe('the way on the canvas', () => {
  const way = wayOf(
    { source: 'simulation', taken: [{ node: 'is-admin', output: 'false' }, { node: 'small', output: 'success' }], nodes: ['is-admin', 'small'], step: 1 },
    document,
  );

  it('begins at Start and ends at End, though no step tells of them', () => {
    expect([...way.nodes].sort()).toEqual(['end', 'is-admin', 'small', 'start']);
    expect([...way.edges].sort()).toEqual(['is-admin-false', 'small-success', 'start-next']);
  });

  it('counts steps without Start and End', () => {
    const told = wayOf({ source: 'log', taken: [], nodes: ['start', 'is-admin', 'small', 'end'], step: null }, document);
    expect(Object.fromEntries(told.steps)).toEqual({ 'is-admin': 1, small: 2 });
  });

  it('knows the node of the emphasised step', () => {
    expect(way.step).toBe('small');
  });
});
