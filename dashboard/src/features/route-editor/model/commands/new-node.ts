import type { NodeChoice, RouteElement } from '../types';
import type { NewNode } from './command';

/** What a new node starts with. A condition and a model have no sensible guess: the validator asks for them. */
const DEFAULTS: Readonly<Record<NodeChoice, Record<string, unknown>>> = {
  conditional: { conditions: {} },
  percentage: {
    branches: [
      { name: 'A', weight: 50 },
      { name: 'B', weight: 50 },
    ],
    sticky: 'metadata.user_id',
  },
  rate: { key: 'metadata.user_id', limit: 100, limitType: 'count', window: 3600 },
  budget: { key: 'metadata.user_id', limit: 10, limitType: 'cost', window: 86_400 },
  model: { provider: '', model: '', timeout: 60_000, retries: 1 },
};

const STEMS: Readonly<Record<NodeChoice, string>> = {
  conditional: 'condition',
  percentage: 'split',
  rate: 'limit',
  budget: 'budget',
  model: 'model',
};

export function newElement(node: NewNode, id: string): RouteElement {
  return {
    id,
    type: node.choice === 'budget' ? 'rate' : node.choice,
    ...(node.title === undefined ? {} : { title: node.title }),
    outputs: {},
    properties: { ...structuredClone(DEFAULTS[node.choice]), ...structuredClone(node.properties ?? {}) },
  };
}

export function stemOf(choice: NodeChoice): string {
  return STEMS[choice];
}
