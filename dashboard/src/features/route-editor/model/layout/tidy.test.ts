import { describe, expect, it } from 'vitest';

import { edgesOf } from '../graph';
import { crossingsOf } from '../geometry/crossings';
import { edgeKey } from '../geometry/key';
import { labelRect, labelSize } from '../geometry/label';
import { routeEdges } from '../geometry/route';
import { type Rect, runsThrough, segmentsOf } from '../geometry/segments';
import { openStubs, stubRect } from '../geometry/stubs';
import { apply } from '../commands/apply';
import { buildTemplate, templates } from '../templates';
import { EXAMPLES, example, seeded, seededIds } from '../testing';
import type { Direction, Draft, Layout, RouteDocument } from '../types';
import { boxesOf, collide } from './box';
import { newDraft } from './complete';
import { tidyLayout } from './tidy';

const DIRECTIONS: Direction[] = ['tb', 'lr'];

export function overlapping(document: RouteDocument, layout: Layout): string[] {
  const boxes = boxesOf(document, layout);
  return boxes.flatMap((a, at) => boxes.slice(at + 1).flatMap((b) => (collide(a, b) ? [`${a.id} ${b.id}`] : [])));
}

function crossing(document: RouteDocument, layout: Layout): [string, string][] {
  const targets = new Map(edgesOf(document).map(({ from, to }) => [edgeKey(from.id, from.output), to]));
  return crossingsOf(routeEdges(document, layout), (key) => targets.get(key));
}

function throughCards(document: RouteDocument, layout: Layout): string[] {
  const boxes = boxesOf(document, layout);
  return [...routeEdges(document, layout)].flatMap(([key, { points }]) => boxes.filter((box) => segmentsOf(points).some((segment) => runsThrough(segment, { ...box, height: box.height - 30 }))).map((box) => `${key} ${box.id}`));
}

/** Labels of edges that lie on each other, or on what an open output says. */
function labelsOnEachOther(document: RouteDocument, layout: Layout, live: boolean): string[] {
  const flags = { live };
  const specs = new Map(edgesOf(document).map(({ from, spec }) => [edgeKey(from.id, from.output), spec]));
  const labels = [...routeEdges(document, layout, flags)].map(([key, route]) => ({ key, ...labelRect(route, labelSize(specs.get(key)?.label ?? '', flags)) }));
  const all = [...labels, ...openStubs(document, layout, flags).map((stub) => ({ ...stubRect(stub), key: `open ${stub.key}` }))];
  const meet = (a: Rect, b: Rect) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
  return labels.flatMap((a, at) => all.slice(at + 1).flatMap((b) => (meet(a, b) ? [`${a.key} ${b.key}`] : [])));
}

describe.each(DIRECTIONS)('tidy %s', (direction) => {
  it.each(EXAMPLES)('example %s: every label can be read', (name) => {
    const document = example(name);
    const layout = tidyLayout(document, direction);
    expect([labelsOnEachOther(document, layout, false), labelsOnEachOther(document, tidyLayout(document, direction), true)]).toEqual([[], []]);
  });

  it.each(templates.map((template) => [template.id, template] as const))('ux-16 %s: no overlapping cards, no crossing edges, none through a card', (_, template) => {
    const document = buildTemplate(template);
    const layout = tidyLayout(document, direction);
    expect(overlapping(document, layout)).toEqual([]);
    expect(crossing(document, layout)).toEqual([]);
    expect(throughCards(document, layout)).toEqual([]);
  });

  it.each(EXAMPLES)('ux-16 example %s: no overlapping cards', (name) => {
    const document = example(name);
    expect(overlapping(document, tidyLayout(document, direction))).toEqual([]);
  });

  it('ux-16 puts True before False, Within before Over, Success before On failure, branches in order', () => {
    const smart = buildTemplate(templates.find(({ id }) => id === 'smart-route')!);
    const across = (layout: Layout, id: string): number => layout.nodes[id]![direction === 'tb' ? 0 : 1];
    const layout = tidyLayout(smart, direction);
    expect(across(layout, 'budget')).toBeLessThan(across(layout, 'small'));
    expect(across(layout, 'large')).toBeLessThan(across(layout, 'small'));
    const test = buildTemplate(templates.find(({ id }) => id === 'ab-test')!);
    const split = tidyLayout(test, direction);
    expect(across(split, 'model-a')).toBeLessThan(across(split, 'model-b'));
  });

  it('ux-16 never crosses the edges of a tree', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const document = randomTree(seeded(seed));
      const layout = tidyLayout(document, direction);
      expect(overlapping(document, layout), `seed ${seed}`).toEqual([]);
      expect(crossing(document, layout), `seed ${seed}`).toEqual([]);
    }
  }, 60_000);

  it('ux-16 one undo step: positions alone change, ids stay', () => {
    const draft = newDraft(example('smart-route'), { direction, nodes: { start: [900, 900] } });
    const result = apply(draft, { type: 'tidy' }, seededIds(1));
    if ('refused' in result) throw new Error(result.refused);
    expect(result.draft.document).toBe(draft.document);
    expect(result.draft.layout).toEqual(tidyLayout(draft.document, direction));
  });
});

describe('room', () => {
  it('pushes only later nodes aside when one is inserted, and nothing overlaps', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seeded(seed);
      let draft: Draft = newDraft(randomTree(random), { direction: seed % 2 === 0 ? 'tb' : 'lr' });
      for (let step = 0; step < 4; step += 1) {
        const edges = edgesOf(draft.document);
        const edge = edges[Math.floor(random() * edges.length)]!;
        const later = new Set([edge.to]);
        for (const { from, to } of [...edges, ...edges, ...edges, ...edges, ...edges, ...edges]) if (later.has(from.id)) later.add(to);
        const result = apply(draft, { type: 'insert-on-output', from: edge.from, node: { choice: 'budget' } }, seededIds(seed * 10 + step));
        if ('refused' in result) throw new Error(result.refused);
        for (const [id, point] of Object.entries(draft.layout.nodes)) {
          if (!later.has(id)) expect(result.draft.layout.nodes[id], `seed ${seed}`).toEqual(point);
        }
        draft = result.draft;
        expect(overlapping(draft.document, draft.layout), `seed ${seed} step ${step}`).toEqual([]);
      }
    }
  }, 60_000);

  it('lays out and draws a hundred nodes within a second of the processor', () => {
    const document = randomTree(seeded(7), 100);
    const begin = process.cpuUsage();
    routeEdges(document, tidyLayout(document, 'tb'));
    const { user, system } = process.cpuUsage(begin);
    expect((user + system) / 1000).toBeLessThan(1_000);
  });
});

/** Conditions and limits whose ways never meet again. */
function randomTree(random: () => number, count = 3 + Math.floor(random() * 14)): RouteDocument {
  const document: RouteDocument = { elements: [{ id: 'start', type: 'start', outputs: {} }] };
  const open: { id: string; output: string }[] = [{ id: 'start', output: 'next' }];
  for (let at = 0; at < count && open.length > 0; at += 1) {
    const from = open.splice(Math.floor(random() * open.length), 1)[0]!;
    const id = `n${at}`;
    const kind = random();
    if (kind < 0.4) document.elements.push({ id, type: 'conditional', outputs: {}, properties: { conditions: { 'metadata.a': 'b' } } });
    else if (kind < 0.6) document.elements.push({ id, type: 'percentage', outputs: {}, properties: { branches: ['A', 'B', 'C'].map((name) => ({ name, weight: 33.3 })) } });
    else if (kind < 0.8) document.elements.push({ id, type: 'rate', outputs: {}, properties: { limitType: 'count', limit: 1, window: 60, key: '*' } });
    else document.elements.push({ id, type: 'model', outputs: {}, properties: { provider: 'mock', model: 'small' } });
    const names = kind < 0.4 ? ['true', 'false'] : kind < 0.6 ? ['A', 'B', 'C'] : ['success', 'fallback'];
    document.elements.find((element) => element.id === from.id)!.outputs[from.output] = { elementId: id };
    open.push(...names.map((output) => ({ id, output })));
  }
  return document;
}
