import { describe, expect, it } from 'vitest';

import { wayOf } from '../canvas/way';
import { example } from '../model/testing';
import { highlightOfTrail } from './highlight';

const trail = [
  { node: 'start', output: 'next' },
  { node: 'is-admin', output: 'true' },
  { node: 'budget', output: 'fallback' },
  { node: 'small', output: 'success' },
  { node: 'end' },
];

describe('the way of a logged request', () => {
  it('is the same on the canvas as in the list of its steps', () => {
    const way = wayOf(highlightOfTrail(trail, 'budget'), example('smart-route'));
    expect([...way.nodes].sort()).toEqual(['budget', 'end', 'is-admin', 'small', 'start']);
    expect([...way.edges].sort()).toEqual(['budget-fallback', 'is-admin-true', 'small-success', 'start-next']);
    expect([...way.steps]).toEqual([['is-admin', 1], ['budget', 2], ['small', 3]]);
    expect(way.step).toBe('budget');
  });

  it('emphasises no step where none is chosen, and stays on nodes that a newer flow has lost', () => {
    expect(highlightOfTrail(trail).step).toBeNull();
    expect(highlightOfTrail(trail, 'gone').step).toBeNull();
    const smaller = { elements: example('smart-route').elements.filter(({ id }) => id !== 'budget') };
    expect(wayOf(highlightOfTrail(trail), smaller).nodes.has('is-admin')).toBe(true);
  });

  it('has no edge where the request ended at a limit', () => {
    const refused = highlightOfTrail([{ node: 'start', output: 'next' }, { node: 'budget', output: '' }]);
    expect(refused.taken.at(-1)).toEqual({ node: 'budget', output: null });
  });
});
