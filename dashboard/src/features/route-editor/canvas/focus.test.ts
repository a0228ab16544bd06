import { afterEach, describe, expect, it } from 'vitest';

import { focusSoon } from './focus';

function stand(id: string): HTMLElement {
  const node = document.createElement('div');
  node.tabIndex = -1;
  node.dataset.node = id;
  document.body.append(node);
  return node;
}

const frames = async (count: number) => {
  for (let drawn = 0; drawn < count; drawn += 1) await new Promise(requestAnimationFrame);
};

afterEach(() => document.body.replaceChildren());

describe('the focus that goes to what was just added', () => {
  it('is there before the next event where the node is', async () => {
    const node = stand('a');
    focusSoon({ kind: 'node', id: 'a' });
    await Promise.resolve();
    expect(document.activeElement).toBe(node);
  });

  it('waits for a node that is drawn later, and comes back to one that is drawn anew', async () => {
    focusSoon({ kind: 'node', id: 'a' });
    await frames(3);
    const first = stand('a');
    await frames(1);
    expect(document.activeElement).toBe(first);
    first.remove();
    const second = stand('a');
    await frames(2);
    expect(document.activeElement).toBe(second);
  });

  it('leaves whoever went elsewhere meanwhile', async () => {
    const elsewhere = stand('elsewhere');
    focusSoon({ kind: 'node', id: 'a' });
    await frames(1);
    elsewhere.focus();
    stand('a');
    await frames(2);
    expect(document.activeElement).toBe(elsewhere);
  });

  it('goes to the newest wish alone', async () => {
    focusSoon({ kind: 'node', id: 'a' });
    focusSoon({ kind: 'node', id: 'b' });
    stand('a');
    const b = stand('b');
    await frames(2);
    expect(document.activeElement).toBe(b);
  });
});
