import { abTest, gradualRollout, paidAndFree, providerFailover, simple } from './choices';
import { budgetWithFallback, rateLimited, saasPlans, smartRoute } from './limits';
import type { Template } from './template';

export { buildTemplate, defaultsOf } from './template';
export type { Template, TemplateField, TemplateValues } from './template';

/** In the order in which they are offered. All of them use mock models and work right away. */
export const templates: readonly Template[] = [simple, rateLimited, budgetWithFallback, paidAndFree, abTest, gradualRollout, smartRoute, saasPlans, providerFailover];

export function templateOf(id: string): Template | undefined {
  return templates.find((template) => template.id === id);
}
