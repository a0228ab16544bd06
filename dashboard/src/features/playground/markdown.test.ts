import { describe, expect, it } from 'vitest';

import { isSafeAddress, readInline, readMarkdown } from './markdown';

describe('markdown', () => {
  it('reads the blocks that models write', () => {
    const blocks = readMarkdown('# Title\n\nText **bold** and `code`.\nMore.\n\n- one\n- two\n  goes on\n\n3. three\n4. four\n\n> quoted\n> twice\n\n```js\nlet a = 1;\n\n# no heading\n```\n---\nend');
    expect(blocks.map(({ kind }) => kind)).toEqual(['heading', 'paragraph', 'list', 'list', 'quote', 'code', 'rule', 'paragraph']);
    expect(blocks[2]).toMatchObject({ isOrdered: false, items: [[{ text: 'one' }], [{ text: 'two goes on' }]] });
    expect(blocks[3]).toMatchObject({ isOrdered: true, start: 3 });
    expect(blocks[5]).toEqual({ kind: 'code', language: 'js', text: 'let a = 1;\n\n# no heading' });
  });

  it('reads a fence that was cut off while streaming', () => {
    expect(readMarkdown('```html\n<p>half')).toEqual([{ kind: 'code', language: 'html', text: '<p>half' }]);
  });

  it('ux-34 leaves HTML and images the text that they are', () => {
    const text = '<img src=x onerror=alert(1)> </script> ![pixel](http://evil.test/a.png) \u001b[31m \u202e';
    expect(readInline(text)).toEqual([{ kind: 'text', text }]);
  });

  it('ux-34 shows the address of a link, and follows only http', () => {
    expect(readInline('[go](javascript:alert`1`)')).toEqual([{ kind: 'link', text: 'go', address: 'javascript:alert`1`' }]);
    expect(isSafeAddress('javascript:alert(1)')).toBe(false);
    expect(isSafeAddress('data:text/html,x')).toBe(false);
    expect(isSafeAddress('https://example.org')).toBe(true);
  });

  it('keeps escaped marks, and marks without an end', () => {
    expect(readInline('\\*not\\* **open `x')).toEqual([{ kind: 'text', text: '*not* **open `x' }]);
    expect(readInline('snake_case_name 2 * 3 * 4')).toEqual([{ kind: 'text', text: 'snake_case_name 2 * 3 * 4' }]);
  });

  it('reads hostile texts in time', () => {
    const start = performance.now();
    for (const piece of ['[', '*', '_a', '`', '[a](', '> ', '**a*']) readMarkdown(piece.repeat(20_000));
    expect(performance.now() - start).toBeLessThan(6_000);
  });
});
