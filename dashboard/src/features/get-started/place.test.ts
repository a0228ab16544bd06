import { describe, expect, it } from 'vitest';

import { HINT, place } from './place';

const view = { left: 0, top: 0, right: 1_440, bottom: 900 };

describe('a hint', () => {
  it('stands left of a card, right of it where there is no room, and below a button', () => {
    expect(place({ left: 400, top: 200, width: 240, height: 70 }, view)).toEqual({ left: 86, top: 114 });
    expect(place({ left: 100, top: 200, width: 240, height: 70 }, view)).toEqual({ left: 354, top: 114 });
    expect(place({ left: 1_300, top: 10, width: 120, height: 30 }, view)).toEqual({ left: 1_128, top: 54 });
  });

  it('keeps off the navigation and off an open panel', () => {
    const beside = { left: 52, top: 48, right: 1_120, bottom: 900 };
    expect(place({ left: 350, top: 400, width: 240, height: 90 }, beside).left).toBe(604);
    const { left } = place({ left: 1_300, top: 10, width: 120, height: 30 }, beside);
    expect(left + HINT.width).toBeLessThanOrEqual(beside.right);
  });

  it('never leaves the window nor covers its control', () => {
    for (const width of [360, 420, 1_000, 1_440]) {
      for (const top of [20, 300, 600]) {
        const box = { left: 40, top, width: 240, height: 70 };
        const spot = place(box, { left: 0, top: 0, right: width, bottom: 800 });
        expect(spot.left).toBeGreaterThanOrEqual(0);
        expect(spot.top + HINT.height).toBeLessThanOrEqual(800);
        const isBeside = spot.left >= box.left + box.width || spot.left + HINT.width <= box.left;
        const isAboveOrBelow = spot.top >= box.top + box.height || spot.top + HINT.height <= box.top;
        expect(isBeside || isAboveOrBelow).toBe(true);
      }
    }
  });
});
