import { describe, expect, it } from 'vitest';

import { parseClipboard, copy } from '../clipboard';
import { sameContent } from '../compare';
import { elementOf, formatDocument, isRouteDocument } from '../document';
import { outputsOf, targetOf } from '../element';
import { allowedTargets, edgesOf, flowOrder, incomingOf, reachableFrom } from '../graph';
import { newDraft } from '../layout/complete';
import { sumOfShares } from '../split';
import { EXAMPLES, example, randomCommand, seeded, seededIds } from '../testing';
import type { Draft, NodeChoice } from '../types';
import { apply } from './apply';
import type { Applied, Command } from './command';

const smart = (): Draft => newDraft(example('smart-route'));

function done(draft: Draft, command: Command, seed = 1): Applied {
  const result = apply(draft, command, seededIds(seed));
  if ('refused' in result) throw new Error(result.refused);
  return result;
}

function refusal(draft: Draft, command: Command): string {
  const result = apply(draft, command, seededIds(1));
  return 'refused' in result ? result.refused : '';
}

const target = (draft: Draft, id: string, output: string) => targetOf(elementOf(draft.document, id)!, output);

describe('adding', () => {
  it('ux-05 a budget on an edge takes the old target within budget and leaves over budget open', () => {
    const { draft, added, said } = done(smart(), { type: 'insert-on-output', from: { id: 'is-admin', output: 'false' }, node: { choice: 'budget' } });
    const [id] = added!;
    expect(target(draft, 'is-admin', 'false')).toBe(id);
    expect(target(draft, id!, 'success')).toBe('small');
    expect(target(draft, id!, 'fallback')).toBeUndefined();
    expect(said).toBe('Budget limit inserted between Is it the admin? and Small.');
  });

  it.each<[NodeChoice, string]>([
    ['conditional', 'true'],
    ['percentage', 'A'],
    ['rate', 'success'],
    ['budget', 'success'],
  ])('a %s on an edge takes the old target on %s', (choice, output) => {
    const { draft, added } = done(smart(), { type: 'insert-on-output', from: { id: 'start', output: 'next' }, node: { choice } });
    expect(target(draft, added![0]!, output)).toBe('is-admin');
  });

  it('a model leads to End; what came after it becomes its stand-in', () => {
    const before = done(smart(), { type: 'insert-on-output', from: { id: 'large', output: 'success' }, node: { choice: 'model' } });
    expect(target(before.draft, before.added![0]!, 'success')).toBe('end');
    expect(target(before.draft, before.added![0]!, 'fallback')).toBeUndefined();
    const between = done(smart(), { type: 'insert-on-output', from: { id: 'budget', output: 'fallback' }, node: { choice: 'model' } });
    expect(target(between.draft, between.added![0]!, 'success')).toBe('end');
    expect(target(between.draft, between.added![0]!, 'fallback')).toBe('small');
  });

  it('a model in a flow without End brings one', () => {
    const { draft } = done(newDraft({ elements: [{ id: 'start', type: 'start', outputs: {} }] }), { type: 'insert-on-output', from: { id: 'start', output: 'next' }, node: { choice: 'model' } });
    expect(draft.document.elements.map(({ type }) => type)).toEqual(['start', 'model', 'end']);
  });

  it('only later nodes move', () => {
    const before = smart();
    const { draft } = done(before, { type: 'insert-on-output', from: { id: 'is-admin', output: 'true' }, node: { choice: 'rate' } });
    for (const id of ['start', 'is-admin']) expect(draft.layout.nodes[id]).toEqual(before.layout.nodes[id]);
    expect(draft.layout.nodes['budget']![1]).toBeGreaterThan(before.layout.nodes['budget']![1]);
  });
});

describe('connecting', () => {
  it('ux-07 refuses a loop and says which', () => {
    expect(refusal(smart(), { type: 'connect', from: { id: 'budget', output: 'fallback' }, to: 'is-admin' })).toBe('the flow would loop: Budget limit → Is it the admin? → Budget limit');
    const { ids, why } = allowedTargets(example('smart-route'), 'small', 'success');
    expect([...ids]).toEqual(['end']);
    expect(why('large')).toBe('the flow would loop: Small → Large → Small');
    expect(why('small')).toBe("A node can't lead to itself.");
    expect(why('start')).toBe('Nothing can lead to Start.');
  });

  it('moves one end of an edge', () => {
    const to = done(smart(), { type: 'reattach', from: { id: 'budget', output: 'fallback' }, to: 'end' });
    expect(target(to.draft, 'budget', 'fallback')).toBe('end');
    const output = done(smart(), { type: 'reattach', from: { id: 'is-admin', output: 'false' }, output: { id: 'budget', output: 'fallback' } });
    expect(target(output.draft, 'is-admin', 'false')).toBeUndefined();
    expect(target(output.draft, 'budget', 'fallback')).toBe('small');
  });

  it('keeps what else stands in an output', () => {
    const document = example('simple');
    document.elements[0]!.outputs['next'] = { elementId: 'model', note: 'kept' };
    const { draft } = done(newDraft(document), { type: 'connect', from: { id: 'start', output: 'next' }, to: 'end' });
    expect(elementOf(draft.document, 'start')!.outputs['next']).toEqual({ elementId: 'end', note: 'kept' });
  });
});

describe('deleting', () => {
  it('ux-11 joins neighbours, and undo is the draft as it was', () => {
    const before = smart();
    const { draft, next } = done(before, { type: 'delete-nodes', ids: ['budget'] });
    expect(target(draft, 'is-admin', 'true')).toBe('large');
    expect(elementOf(draft.document, 'budget')).toBeUndefined();
    expect(draft.layout.nodes['budget']).toBeUndefined();
    expect(next).toBe('is-admin');
    for (const [id, point] of Object.entries(draft.layout.nodes)) expect(point).toEqual(before.layout.nodes[id]);
  });

  it('joins across several, keeps Start and End, keeps what is unreachable', () => {
    const { draft } = done(smart(), { type: 'delete-nodes', ids: ['start', 'is-admin', 'budget', 'end'] });
    expect(flowOrder(draft.document)).toEqual(['start', 'large', 'end', 'small']);
    expect(refusal(smart(), { type: 'delete-nodes', ids: ['start'] })).toBe('A flow needs its Start.');
    expect(refusal(smart(), { type: 'delete-nodes', ids: ['end'] })).toBe('A flow needs an End.');
    const { draft: loose } = done(smart(), { type: 'delete-nodes', ids: ['is-admin'] });
    expect(reachableFrom(loose.document, 'start').has('small')).toBe(true);
  });

  it('moves a node behind another output, in both directions', () => {
    const { draft } = done(smart(), { type: 'move-behind', id: 'budget', from: { id: 'is-admin', output: 'false' } });
    expect(target(draft, 'is-admin', 'true')).toBe('large');
    expect(target(draft, 'is-admin', 'false')).toBe('budget');
    expect(target(draft, 'budget', 'success')).toBe('small');
    const up = done(smart(), { type: 'move-behind', id: 'budget', from: { id: 'start', output: 'next' } });
    expect(target(up.draft, 'start', 'next')).toBe('budget');
    expect(target(up.draft, 'budget', 'success')).toBe('is-admin');
    expect(target(up.draft, 'budget', 'fallback')).toBe('small');
  });
});

describe('splits', () => {
  const split = (): Draft => newDraft(example('ab-test'));
  const published = (): Draft =>
    newDraft({
      elements: [
        { id: 'start', type: 'start', outputs: { next: { elementId: 'split' } } },
        { id: 'split', type: 'percentage', outputs: { '10%': { elementId: 'a' }, '90%': { elementId: 'b' } } },
        { id: 'a', type: 'model', outputs: { success: { elementId: 'end' } } },
        { id: 'b', type: 'model', outputs: { success: { elementId: 'end' } } },
        { id: 'end', type: 'end', outputs: {} },
      ],
    });

  it('ux-08 make equal brings 60 and 50 back to 100', () => {
    const { draft } = done(split(), { type: 'set-share', id: 'split', output: 'a', share: 60 });
    expect(sumOfShares(elementOf(draft.document, 'split')!)).toBe(110);
    const { draft: equal } = done(draft, { type: 'make-equal', id: 'split' });
    expect(sumOfShares(elementOf(equal.document, 'split')!)).toBe(100);
    const { draft: three } = done(equal, { type: 'add-branch', id: 'split' });
    const { draft: thirds } = done(three, { type: 'make-equal', id: 'split' });
    expect(elementOf(thirds.document, 'split')!.properties!['branches']).toEqual([
      { name: 'a', weight: 33.34 },
      { name: 'b', weight: 33.33 },
      { name: 'C', weight: 33.33 },
    ]);
  });

  it('shows what is left as Else, and names branches with their share', () => {
    const { draft } = done(split(), { type: 'set-share', id: 'split', output: 'b', share: 40 });
    expect(outputsOf(elementOf(draft.document, 'split')!).map(({ label }) => label)).toEqual(['A 50 %', 'B 40 %', 'Else 10 %']);
  });

  it('renames, moves and removes branches with their edges', () => {
    const { draft } = done(split(), { type: 'rename-branch', id: 'split', output: 'a', name: 'new' });
    expect(target(draft, 'split', 'new')).toBe('model-a');
    expect(refusal(draft, { type: 'rename-branch', id: 'split', output: 'b', name: 'new' })).toContain('new');
    const { draft: moved } = done(draft, { type: 'move-branch', id: 'split', output: 'new', by: 1 });
    expect(outputsOf(elementOf(moved.document, 'split')!).map(({ name }) => name)).toEqual(['b', 'new']);
    expect(refusal(draft, { type: 'remove-branch', id: 'split', output: 'b' })).toBe('A split has at least 2 branches.');
  });

  it('keeps outputs named by their share in their spelling, and both of 50 and 50', () => {
    const { draft } = done(published(), { type: 'set-share', id: 'split', output: '10%', share: 90 });
    expect(Object.keys(elementOf(draft.document, 'split')!.outputs)).toEqual(['90.0%', '90%']);
    expect(target(draft, 'split', '90.0%')).toBe('a');
    expect(outputsOf(elementOf(draft.document, 'split')!).map(({ label }) => label)).toEqual(['90 %', '90 %']);
  });

  it('keeps a branch that loses its edge', () => {
    const { draft } = done(published(), { type: 'disconnect', from: { id: 'split', output: '10%' } });
    expect(outputsOf(elementOf(draft.document, 'split')!).map(({ name, label }) => [name, label])).toEqual([
      ['10%', '10 %'],
      ['90%', '90 %'],
    ]);
  });
});

describe('fields', () => {
  it('ux-09 replaces a field wherever it is read', () => {
    const { draft } = done(smart(), { type: 'replace-operand', from: 'metadata.user_id', to: 'metadata.userId' });
    expect(JSON.stringify(draft.document)).not.toContain('metadata.user_id');
    const { draft: back } = done(draft, { type: 'replace-operand', id: 'budget', from: 'metadata.userId', to: 'metadata.user_id' });
    expect(elementOf(back.document, 'budget')!.properties!['key']).toBe('metadata.user_id');
    expect(elementOf(back.document, 'is-admin')!.properties!['conditions']).toEqual({ 'metadata.userId': { $eq: 'user-admin' } });
    const expression = done(draft, { type: 'set-properties', id: 'is-admin', values: { conditions: undefined, expression: 'metadata.userId == "a" && metadata.userId2 > 1' } });
    const { draft: replaced } = done(expression.draft, { type: 'replace-operand', from: 'metadata.userId', to: 'metadata.u' });
    expect(elementOf(replaced.document, 'is-admin')!.properties!['expression']).toBe('metadata.u == "a" && metadata.userId2 > 1');
  });

  it('sets and removes values anywhere, and keeps unknown ones', () => {
    const document = example('simple');
    Object.assign(document.elements[1]!, { note: { by: 'us' } });
    document.elements[1]!.properties = { ...document.elements[1]!.properties, unknown: [1] };
    const { draft } = done(newDraft(document), { type: 'set-field', id: 'model', path: ['properties', 'parameters', 'temperature'], value: 0 });
    expect(elementOf(draft.document, 'model')!.properties).toMatchObject({ unknown: [1], parameters: { temperature: 0 } });
    expect(elementOf(draft.document, 'model')!['note']).toEqual({ by: 'us' });
    const { draft: without } = done(draft, { type: 'set-field', id: 'model', path: ['properties', 'parameters'], value: undefined });
    expect(elementOf(without.document, 'model')!.properties).not.toHaveProperty('parameters');
  });

  it('titles stand behind the type, and an empty one goes', () => {
    const { draft, said } = done(smart(), { type: 'set-title', id: 'budget', title: 'Hourly' });
    expect(Object.keys(elementOf(draft.document, 'budget')!)).toEqual(['id', 'type', 'title', 'outputs', 'properties']);
    expect(said).toBe('Budget limit is now called Hourly.');
    expect(elementOf(done(draft, { type: 'set-title', id: 'budget', title: ' ' }).draft.document, 'budget')).not.toHaveProperty('title');
  });
});

describe('clipboard', () => {
  it('ux-13 three connected nodes into another route keep their inner edges and get new ids', () => {
    const text = copy(smart(), ['is-admin', 'budget', 'large']);
    const clipping = parseClipboard(text)!;
    const { draft, added } = done(newDraft(example('simple')), { type: 'paste', ...clipping });
    const [condition, budget, large] = added!;
    expect(added).toHaveLength(3);
    expect(new Set([...added!, 'start', 'model', 'end']).size).toBe(6);
    expect(target(draft, condition!, 'true')).toBe(budget);
    expect(target(draft, budget!, 'success')).toBe(large);
    expect(target(draft, condition!, 'false')).toBeUndefined();
    expect(target(draft, budget!, 'fallback')).toBeUndefined();
    const [a, b] = [draft.layout.nodes[condition!]!, draft.layout.nodes[budget!]!];
    const [c, d] = [clipping.positions['is-admin']!, clipping.positions['budget']!];
    expect([b[0] - a[0], b[1] - a[1]]).toEqual([d[0] - c[0], d[1] - c[1]]);
  });

  it('copies of the whole flow share its End, and no text that is none is taken', () => {
    const { draft } = done(smart(), { type: 'duplicate', ids: smart().document.elements.map(({ id }) => id) });
    expect(draft.document.elements.filter(({ type }) => type === 'start')).toHaveLength(1);
    expect(draft.document.elements.filter(({ type }) => type === 'end')).toHaveLength(1);
    expect(incomingOf(draft.document, 'end')).toHaveLength(4);
    expect(parseClipboard('hello')).toBeNull();
    expect(parseClipboard('{"elements": [{"id": 1}]}')).toBeNull();
    expect(parseClipboard('{"elements": []}')).toBeNull();
  });
});

describe('content', () => {
  it('ux-15 moving and tidying change nothing', () => {
    const before = smart();
    const { draft } = done(before, { type: 'move-nodes', positions: { budget: [5.4, 7.6] } });
    expect(draft.layout.nodes['budget']).toEqual([5, 8]);
    expect(sameContent(before.document, draft.document)).toBe(true);
    expect(sameContent(before.document, done(draft, { type: 'tidy' }).draft.document)).toBe(true);
    expect(sameContent(before.document, done(draft, { type: 'delete-nodes', ids: ['budget'] }).draft.document)).toBe(false);
  });

  it('ux-18 unknown properties and key order survive reading and writing', () => {
    const text = '{"name":"x","elements":[{"type":"start","id":"start","x-note":1,"outputs":{"next":{"elementId":"end","y":2}}},{"id":"end","outputs":{},"type":"end"}],"comment":"kept"}';
    const document: unknown = JSON.parse(text);
    if (!isRouteDocument(document)) throw new Error('not a document');
    const { draft } = done(newDraft(document), { type: 'replace-document', document });
    expect(JSON.stringify(draft.document)).toBe(text);
    expect(JSON.parse(formatDocument(draft.document))).toEqual(document);
  });

  it('survives names that objects inherit', () => {
    const document = JSON.parse('{"elements":[{"id":"start","type":"start","outputs":{"next":{"elementId":"constructor"}}},{"id":"constructor","type":"percentage","outputs":{"__proto__":{"elementId":"end"}},"properties":{"branches":[{"name":"__proto__","weight":100}]}},{"id":"end","type":"end","outputs":{}}]}');
    const draft = newDraft(document);
    expect(edgesOf(draft.document)).toHaveLength(2);
    const { draft: shared } = done(draft, { type: 'set-share', id: 'constructor', output: '__proto__', share: 40 });
    expect(target(shared, 'constructor', '__proto__')).toBe('end');
  });
});

describe('any sequence of commands', () => {
  it('ux-12 leaves the drafts before it untouched, to the byte, and loops are never made', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = seeded(seed);
      const ids = seededIds(seed);
      let draft = newDraft(example(EXAMPLES[seed % EXAMPLES.length]!));
      const steps: { draft: Draft; text: string }[] = [];
      for (let at = 0; at < 25; at += 1) {
        steps.push({ draft, text: JSON.stringify(draft) });
        const result = apply(draft, randomCommand(draft, random), ids);
        if ('refused' in result) continue;
        draft = result.draft;
        expect(isRouteDocument(draft.document)).toBe(true);
        expect(Object.keys(draft.layout.nodes).sort(), `seed ${seed}`).toEqual(draft.document.elements.map(({ id }) => id).sort());
        for (const { from, to } of edgesOf(draft.document)) expect(reachableFrom(draft.document, to).has(from.id), `seed ${seed}`).toBe(false);
      }
      for (const { draft: then, text } of steps) expect(JSON.stringify(then)).toBe(text);
    }
  }, 30_000);
});
