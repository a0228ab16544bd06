import { describe, expect, it } from 'vitest';

import { describe as nameOf, describeEdge } from './describe';
import { elementOf } from './document';
import { type OutlineItem, flatOutline, outline } from './outline';
import { plain } from './sentence';
import { EXAMPLES, example } from './testing';
import type { RouteDocument } from './types';

const lines = (items: readonly OutlineItem[]): string[] =>
  flatOutline(items).flatMap((item) => [
    `${'  '.repeat(item.depth)}${item.number} ${item.title}: ${plain(item.pieces)}`,
    ...item.outputs.filter(({ reference }) => reference !== null).map(({ spec, reference }) => `${'  '.repeat(item.depth)}  ${spec.label} → ${reference!.number} ${reference!.title}`),
  ]);

describe('outline', () => {
  it('nests what hangs behind outputs, and refers to what is listed already', () => {
    expect(lines(outline(example('smart-route')))).toEqual([
      ' Start: every request begins here',
      '  1 Is it the admin?: If metadata.user_id equals user-admin',
      '    1.1 Budget limit: $1 per hour for each metadata.user_id',
      '      Over budget → 1.2 Small',
      '      1.1.1 Large: mock/large · 60 s, 1 retry',
      '        Success →  End',
      '        On failure → 1.2 Small',
      '    1.2 Small: mock/small · 60 s, 1 retry',
      '      Success →  End',
      ' End: returns the last successful answer, or the error',
    ]);
  });

  it.each(EXAMPLES)('lists every element of %s once', (name) => {
    const document = example(name);
    expect(flatOutline(outline(document)).map(({ id }) => id).sort()).toEqual(document.elements.map(({ id }) => id).sort());
  });

  it('lists what nothing leads to, and survives loops', () => {
    const document: RouteDocument = {
      elements: [
        { id: 'start', type: 'start', outputs: {} },
        { id: 'a', type: 'model', outputs: { success: { elementId: 'b' } } },
        { id: 'b', type: 'model', outputs: { success: { elementId: 'a' } } },
        { id: 'c', type: 'weird', outputs: { x: { elementId: 'gone' } } },
      ],
    };
    const items = flatOutline(outline(document));
    expect(items.map(({ id }) => id)).toEqual(['start', 'c', 'a', 'b']);
    expect(items.filter(({ isLoose }) => isLoose)).toHaveLength(3);
  });
});

describe('names', () => {
  it('of a node say kind, setting, ways and problems', () => {
    const document = example('smart-route');
    delete document.elements[1]!.title;
    expect(nameOf(elementOf(document, 'is-admin')!, document, [])).toBe('Condition, metadata.user_id equals user-admin. True goes to Budget limit, False goes to Small. No problems.');
    const problem = { code: 'E05', severity: 'error', node: 'budget', field: 'properties.limit', message: 'Enter a limit above 0.', path: [] } as const;
    expect(nameOf(elementOf(document, 'budget')!, document, [{ ...problem, path: [] }])).toBe('Budget limit, $1 per hour for each metadata.user_id. Within budget goes to Large, Over budget goes to Small. 1 problem: Enter a limit above 0.');
  });

  it('of an edge say from, by what, and where to', () => {
    const document = example('smart-route');
    expect(describeEdge({ id: 'is-admin', output: 'true' }, document)).toBe('From Is it the admin?, True, to Budget limit.');
    expect(describeEdge({ id: 'small', output: 'fallback' }, document)).toBe("From Small, On failure, open: 502 to the client, with the provider's words.");
  });
});
