import { describe, expect, it } from 'vitest';

import { askOf, bodyOf, caseOf, EMPTY_FORM, formOf, highlightOf, typed, type Step } from './model';

const document = { elements: [{ id: 'start', type: 'start', outputs: { next: { elementId: 'm' } } }] };

const steps: Step[] = [
  { node: 'start', kind: 'start', title: 'Start', output: 'next', output_title: '', reason: '' },
  { node: 'b', kind: 'rate', title: 'Budget limit', output: 'fallback', output_title: 'Over budget', reason: 'pretended' },
  { node: 'm', kind: 'model', title: 'Small', output: 'success', output_title: 'Success', reason: '' },
  { node: 'end', kind: 'end', title: 'End', output: '', output_title: '', reason: '' },
];

describe('simulation form', () => {
  it('sends numbers and yes/no as such, everything else as text', () => {
    expect(['12', '1.5', 'true', '007', 'anna', ''].map(typed)).toEqual([12, 1.5, true, '007', 'anna', '']);
  });

  it('asks with the user id among the metadata and leaves empty rows out', () => {
    const form = { ...EMPTY_FORM, userId: 'user-admin', metadata: [{ key: 'plan', value: 'paid' }, { key: '', value: 'x' }], body: '{"max_tokens": 5}' };
    expect(askOf(form, document).facts).toEqual({ metadata: { user_id: 'user-admin', plan: 'paid' }, headers: {}, body: { max_tokens: 5 } });
  });

  it('reads its own question back', () => {
    const form = { ...EMPTY_FORM, metadata: [{ key: 'seats', value: '3' }], headers: [{ key: 'x-tier', value: '1' }], limits: { b: 'exceeded' } };
    const { facts, assumptions } = askOf(form, document);
    expect(formOf(facts, assumptions)).toEqual(form);
  });

  it('tells a body that is not JSON from one that is not there', () => {
    expect([bodyOf(' '), bodyOf('{'), bodyOf('[1]')]).toEqual([undefined, null, [1]]);
  });
});

describe('its answer', () => {
  it('ux-19 highlights what was taken, in order', () => {
    expect(highlightOf(steps).nodes).toEqual(['start', 'b', 'm', 'end']);
    expect(highlightOf(steps).taken.at(-1)).toEqual({ node: 'end', output: null });
  });

  it('becomes a case that expects this way, End left out', () => {
    expect(caseOf('over', EMPTY_FORM, document, steps)).toMatchObject({ name: 'over', expect: { path: ['start.next', 'b.fallback', 'm.success'] } });
  });
});
