import { afterEach, describe, expect, it, vi } from 'vitest';

import { onKeyDown, useShortcutState } from './shortcuts';

function listen(keys: string): () => void {
  const run = vi.fn();
  useShortcutState.setState({ scopes: new Map([[Symbol('test'), { title: 'Test', shortcuts: [{ keys, label: keys, run }] }]]) });
  return run;
}

function press(key: string, markup: string): KeyboardEvent {
  document.body.innerHTML = markup;
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  window.addEventListener('keydown', onKeyDown, { once: true });
  (document.body.firstElementChild ?? document.body).dispatchEvent(event);
  return event;
}

afterEach(() => useShortcutState.setState({ scopes: new Map() }));

describe('keys of a screen', () => {
  it('leave Enter to what has the focus and can be pressed', () => {
    const run = listen('Enter');
    for (const markup of ['<button>x</button>', '<a href="#x">x</a>', '<div role="tab" tabindex="0">x</div>']) {
      expect([markup, press('Enter', markup).defaultPrevented]).toEqual([markup, false]);
    }
    expect(run).not.toHaveBeenCalled();
    expect(press('Enter', '<main tabindex="-1">x</main>').defaultPrevented).toBe(true);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('work on a button for other keys, and never while somebody types', () => {
    const run = listen('j');
    press('j', '<button>x</button>');
    expect(run).toHaveBeenCalledTimes(1);
    press('j', '<input>');
    expect(run).toHaveBeenCalledTimes(1);
  });
});
