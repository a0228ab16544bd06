import { type RouteDocument, edgeKey, elementOf, targetOf } from '../model';
import type { Highlight } from '../store';

/** What a highlighted way touches on the canvas, Start and End included, though no step is told of them. */
export interface Way {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  /** Numbers of the steps, as the list of reasons counts them. */
  steps: ReadonlyMap<string, number>;
  /** The node of the step that is emphasised. */
  step: string | null;
}

const cache = new WeakMap<Highlight, { document: RouteDocument; way: Way }>();

export function wayOf(highlight: Highlight, document: RouteDocument): Way {
  const known = cache.get(highlight);
  if (known?.document === document) return known.way;
  const way = compute(highlight, document);
  cache.set(highlight, { document, way });
  return way;
}

function compute(highlight: Highlight, document: RouteDocument): Way {
  const nodes = new Set(highlight.nodes);
  const edges = new Set(highlight.taken.flatMap(({ node, output }) => (output === null ? [] : [edgeKey(node, output)])));
  for (const element of document.elements) {
    if (element.type === 'start') {
      nodes.add(element.id);
      const first = targetOf(element, 'next');
      if (first !== undefined && nodes.has(first)) edges.add(edgeKey(element.id, 'next'));
    }
  }
  for (const { node, output } of highlight.taken) {
    const from = elementOf(document, node);
    const to = from === undefined || output === null ? undefined : targetOf(from, output);
    if (to !== undefined && elementOf(document, to)?.type === 'end') nodes.add(to);
  }
  const counted = highlight.nodes.filter((id) => !['start', 'end'].includes(elementOf(document, id)?.type ?? ''));
  const emphasised = highlight.step === null ? null : (highlight.nodes[highlight.step] ?? null);
  return { nodes, edges, steps: new Map(counted.map((id, at) => [id, at + 1])), step: emphasised };
}
