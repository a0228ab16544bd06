import { isBudget, isKnownKind } from '../model/element';
import type { NodeChoice, RouteElement } from '../model/types';
import { ConditionBody } from './conditional/card';
import { conditionMeta } from './conditional/meta';
import { ConditionPanel } from './conditional/panel';
import { EndBody } from './end/card';
import { endMeta } from './end/meta';
import { EndPanel } from './end/panel';
import { ModelBody } from './model/card';
import { modelMeta } from './model/meta';
import { ModelPanel } from './model/panel';
import { SplitBody } from './percentage/card';
import { splitMeta } from './percentage/meta';
import { SplitPanel } from './percentage/panel';
import { RateBody } from './rate/card';
import { budgetMeta, rateMeta } from './rate/meta';
import { RatePanel } from './rate/panel';
import { StartBody } from './start/card';
import { startMeta } from './start/meta';
import { StartPanel } from './start/panel';
import type { NodeMeta, NodeRegistry, NodeUi } from './types';
import { UnknownBody } from './unknown/card';
import { unknownMeta } from './unknown/meta';
import { UnknownPanel } from './unknown/panel';

/** A kind that is new to the model does not compile until it is drawn here. */
export const registry: NodeRegistry = {
  start: { meta: () => startMeta, Body: StartBody, Panel: StartPanel, isPill: true },
  conditional: { meta: () => conditionMeta, Body: ConditionBody, Panel: ConditionPanel },
  percentage: { meta: () => splitMeta, Body: SplitBody, Panel: SplitPanel },
  rate: { meta: (element) => (isBudget(element) ? budgetMeta : rateMeta), Body: RateBody, Panel: RatePanel },
  model: { meta: () => modelMeta, Body: ModelBody, Panel: ModelPanel },
  end: { meta: () => endMeta, Body: EndBody, Panel: EndPanel, isPill: true },
};

/** Elements of a type that nobody knows are kept and shown; their validator's message says what is wrong. */
const unknownUi: NodeUi = { meta: () => unknownMeta, Body: UnknownBody, Panel: UnknownPanel };

export function uiOf(element: RouteElement): NodeUi {
  return isKnownKind(element.type) ? registry[element.type] : unknownUi;
}

/** Looks of what the add menu and the palette offer. */
export const choiceMeta: Readonly<Record<NodeChoice, NodeMeta>> = {
  conditional: conditionMeta,
  percentage: splitMeta,
  rate: rateMeta,
  budget: budgetMeta,
  model: modelMeta,
};

export const CHOICES: readonly NodeChoice[] = ['conditional', 'percentage', 'rate', 'budget', 'model'];
