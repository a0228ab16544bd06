import { describe, expect, it } from 'vitest';

import { cutMiddle, pieces, visible } from './plain-text';

describe('plain text', () => {
  it('ux-34 shows ANSI codes, marks of direction and NUL', () => {
    expect(visible('\u001b[31mred \u202eabc\u202c \u0000 \u009b \u0001')).toBe('⟨ESC⟩[31mred ⟨RLO⟩abc⟨PDF⟩ ⟨NUL⟩ ⟨CSI⟩ ⟨U+0001⟩');
  });

  it('ux-34 leaves markup and every language as they are', () => {
    const text = '<img src=x onerror=alert(1)></script>\n\t你好 العربية 🙂 👩‍👩‍👧';
    expect(pieces(text)).toEqual([{ text }]);
    expect(pieces('')).toEqual([{ text: '' }]);
  });

  it('cuts long names in the middle', () => {
    expect(cutMiddle('llama-3.3-70b-instruct-fp8-fast', 19)).toBe('llama-3.3-7…p8-fast');
    expect(cutMiddle('short', 19)).toBe('short');
  });
});
