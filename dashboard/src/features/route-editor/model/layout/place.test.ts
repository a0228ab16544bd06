import { describe, expect, it } from 'vitest';

import { apply } from '../commands/apply';
import type { Command } from '../commands/command';
import { byId } from '../document';
import { edgeKey } from '../geometry/key';
import { labelSize } from '../geometry/label';
import { routeEdges } from '../geometry/route';
import { type Rect, runsThrough, segmentsOf } from '../geometry/segments';
import { openStubs, stubRect } from '../geometry/stubs';
import { edgesOf, openOutputsOf } from '../graph';
import { NODE_WIDTH, heightOf } from '../size';
import { buildTemplate, templates } from '../templates';
import { seeded, seededIds } from '../testing';
import type { Direction, Draft, NodeChoice } from '../types';
import { newDraft, shownLayout } from './complete';
import { tidyLayout } from './tidy';
import { near } from './shape';

const CHOICES: NodeChoice[] = ['conditional', 'percentage', 'rate', 'budget', 'model'];

interface Named extends Rect {
  name: string;
}

const cardsOf = ({ document, layout }: Draft, live: boolean): Named[] =>
  [...byId(document).values()].map((element) => {
    const [x, y] = layout.nodes[element.id]!;
    return { name: element.id, x, y, width: NODE_WIDTH, height: heightOf(element, { direction: layout.direction, live }) };
  });

/** Every "+" there is: of open outputs with what they say, and of edges. */
function handlesOf({ document, layout }: Draft, live: boolean): Named[] {
  const stubs = openStubs(document, layout, { live }).map((stub) => ({ name: `+ ${stub.key}`, ...stubRect(stub) }));
  const routes = routeEdges(document, layout, { live });
  const edges = edgesOf(document).map(({ from, spec }) => {
    const key = edgeKey(from.id, from.output);
    const [x, y] = routes.get(key)!.label;
    const { width } = labelSize(spec.label);
    return { name: `+ ${key}`, x: x + width / 2 - 24, y: y - 12, width: 24, height: 24 };
  });
  return [...stubs, ...edges];
}

function coveredIn(draft: Draft): string[] {
  return [false, true].flatMap((live) => {
    const cards = cardsOf(draft, live);
    const onCards = cards.flatMap((a, at) => cards.slice(at + 1).flatMap((b) => (near(a, b, 0) ? [`${a.name} on ${b.name}`] : [])));
    const handles = handlesOf(draft, live);
    return [...onCards, ...handles.flatMap((handle) => cards.flatMap((card) => (near(handle, card, 0) ? [`${card.name} on ${handle.name}`] : [])))];
  });
}

/** Several nodes, one after the other, each put where `next` says. */
function build(direction: Direction, seed: number, next: (draft: Draft, random: () => number) => Command): Draft {
  const random = seeded(seed);
  let draft = newDraft(buildTemplate(templates[seed % templates.length]!), { direction });
  for (let step = 0; step < 4; step += 1) {
    const result = apply(draft, next(draft, random), seededIds(seed * 10 + step));
    if ('refused' in result) throw new Error(result.refused);
    draft = result.draft;
    expect(coveredIn(draft), `${direction} seed ${seed} step ${step}`).toEqual([]);
  }
  return draft;
}

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)]!;

describe.each(['tb', 'lr'] as const)('a new node covers no card and no "+" (%s)', (direction) => {
  it('on an edge', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      build(direction, seed, ({ document }, random) => ({ type: 'insert-on-output', from: pick(edgesOf(document), random).from, node: { choice: pick(CHOICES, random) } }));
    }
  }, 60_000);

  it('on an open output', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      build(direction, seed, ({ document }, random) => {
        const open = openOutputsOf(document);
        return { type: 'insert-on-output', from: pick(open.length > 0 ? open : edgesOf(document), random).from, node: { choice: pick(CHOICES, random) } };
      });
    }
  }, 60_000);

  it('on its own, wherever somebody looks; and no edge that was there runs through it', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const draft = build(direction, seed, (_, random) => ({ type: 'add-node', node: { choice: pick(CHOICES, random) }, near: [random() * 900, random() * 900] }));
      const known = new Set(buildTemplate(templates[seed % templates.length]!).elements.map(({ id }) => id));
      const fresh = cardsOf(draft, false).filter(({ name }) => !known.has(name));
      const routes = routeEdges(draft.document, draft.layout);
      for (const { from, to } of edgesOf(draft.document).filter((edge) => known.has(edge.from.id))) {
        const key = edgeKey(from.id, from.output);
        const through = fresh.filter(({ name, ...card }) => name !== to && segmentsOf(routes.get(key)!.points).some((segment) => runsThrough(segment, card)));
        expect(through, `seed ${seed} ${key}`).toEqual([]);
      }
    }
  }, 60_000);
});

describe('a node on its own', () => {
  const smart = () => newDraft(buildTemplate(templates.find(({ id }) => id === 'smart-route')!));
  const added = (draft: Draft, command: Command) => {
    const result = apply(draft, command, seededIds(1));
    if ('refused' in result) throw new Error(result.refused);
    return result.draft.layout.nodes[result.added![0]!]!;
  };

  it('lies in the middle of what is seen where that is free, and close by where it is not', () => {
    expect(added(smart(), { type: 'add-node', node: { choice: 'rate' }, near: [2000, 2000] })).toEqual([2000 - NODE_WIDTH / 2, 2000 - 42]);
    const { layout } = smart();
    const [x, y] = layout.nodes.budget!;
    const [atX, atY] = added(smart(), { type: 'add-node', node: { choice: 'rate' }, near: [x + 120, y + 50] });
    expect(Math.abs(atX - x) + Math.abs(atY - y)).toBeLessThan(420);
  });

  it('leaves everything else where it is', () => {
    const before = smart();
    const result = apply(before, { type: 'add-node', node: { choice: 'budget' }, near: [300, 300] }, seededIds(1));
    if ('refused' in result) throw new Error(result.refused);
    for (const [id, point] of Object.entries(before.layout.nodes)) expect(result.draft.layout.nodes[id]).toEqual(point);
  });
});

it('a node on an edge between two cards that stand beside each other comes between, and no edge runs back', () => {
  const draft = newDraft(buildTemplate(templates.find(({ id }) => id === 'ab-test')!));
  const result = apply(draft, { type: 'insert-on-output', from: { id: 'model-a', output: 'fallback' }, node: { choice: 'budget' } }, seededIds(1));
  if ('refused' in result) throw new Error(result.refused);
  const { nodes } = result.draft.layout;
  expect(nodes[result.added![0]!]![1]).toBeLessThan(nodes['model-b']![1]);
});

it('a version is shown where the draft has its cards, and laid out where the draft does not know them all', () => {
  const { document, layout } = newDraft(buildTemplate(templates.find(({ id }) => id === 'smart-route')!), { nodes: {} });
  const moved = { ...layout, nodes: { ...layout.nodes, small: [900, 900] as [number, number] } };
  expect(shownLayout(document, moved).nodes.small).toEqual([900, 900]);
  const fewer = Object.fromEntries(Object.entries(moved.nodes).filter(([id]) => id !== 'budget'));
  expect(shownLayout(document, { ...moved, nodes: fewer })).toEqual(tidyLayout(document, 'tb'));
});
