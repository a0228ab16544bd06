import type { RouteElement } from '../types';
import type { TemplateValues } from './template';

/** Elements of templates, written as the editor writes them. */

export function start(next: string): RouteElement {
  return { id: 'start', type: 'start', outputs: { next: { elementId: next } } };
}

export function end(): RouteElement {
  return { id: 'end', type: 'end', outputs: {} };
}

export function model(id: string, title: string, name: string, fallback?: string, retries = 1): RouteElement {
  return {
    id,
    type: 'model',
    title,
    outputs: { success: { elementId: 'end' }, ...(fallback === undefined ? {} : { fallback: { elementId: fallback } }) },
    properties: { ...modelOf(name), timeout: 60_000, retries },
  };
}

export function limit(id: string, title: string | null, properties: LimitProperties, success: string, fallback?: string): RouteElement {
  return {
    id,
    type: 'rate',
    ...(title === null ? {} : { title }),
    outputs: { success: { elementId: success }, ...(fallback === undefined ? {} : { fallback: { elementId: fallback } }) },
    properties: { ...properties },
  };
}

export interface LimitProperties {
  key: string;
  limit: number;
  limitType: 'count' | 'cost';
  window: number;
}

export function equals(id: string, title: string, field: string, value: string, yes: string, no: string): RouteElement {
  return {
    id,
    type: 'conditional',
    title,
    outputs: { true: { elementId: yes }, false: { elementId: no } },
    properties: { conditions: Object.fromEntries([[field, { $eq: value }]]) },
  };
}

export function text(values: TemplateValues, id: string): string {
  return String(values[id] ?? '');
}

export function number(values: TemplateValues, id: string): number {
  return Number(values[id] ?? 0);
}

/** `mock/large` names provider and model; providers have no slash in their slug. */
function modelOf(name: string): { provider: string; model: string } {
  const slash = name.indexOf('/');
  return slash < 0 ? { provider: '', model: name } : { provider: name.slice(0, slash), model: name.slice(slash + 1) };
}
