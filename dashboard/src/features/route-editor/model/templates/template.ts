import type { RouteDocument } from '../types';

/** A value that matters, asked for when the template is inserted. */
export type TemplateField = { id: string; label: string } & (
  | { kind: 'model'; value: string }
  | { kind: 'operand'; value: string }
  | { kind: 'text'; value: string }
  | { kind: 'count'; value: number; min: number }
  | { kind: 'money'; value: number; min: number }
  | { kind: 'percent'; value: number; min: number; max: number }
  /** Seconds. */
  | { kind: 'window'; value: number }
);

export type TemplateValues = Readonly<Record<string, string | number>>;

export interface Template {
  id: string;
  name: string;
  sentence: string;
  fields: TemplateField[];
  build(values: TemplateValues): RouteDocument;
}

/** What the form starts with; building from it gives a route that works right away. */
export function defaultsOf(template: Template): TemplateValues {
  return Object.fromEntries(template.fields.map(({ id, value }) => [id, value]));
}

export function buildTemplate(template: Template, values: TemplateValues = {}): RouteDocument {
  return template.build({ ...defaultsOf(template), ...values });
}
