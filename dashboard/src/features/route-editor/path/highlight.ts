/** The way of a request that was logged, as the canvas highlights it. */
import type { Highlight } from '../store';

interface PassedStep {
  node: string;
  output?: string | undefined;
}

/** `selected` is the node whose step is emphasised. */
export function highlightOfTrail(trail: readonly PassedStep[], selected: string | null = null, label?: string): Highlight {
  const nodes = trail.map(({ node }) => node);
  const at = selected === null ? -1 : nodes.indexOf(selected);
  return {
    source: 'log',
    taken: trail.map(({ node, output }) => ({ node, output: output || null })),
    nodes,
    step: at < 0 ? null : at,
    ...(label === undefined ? {} : { label }),
  };
}
