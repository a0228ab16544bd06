import { describe, expect, it } from 'vitest';

import { HINT, place } from './place';

const view = { width: 1_440, height: 900 };

describe('a hint', () => {
  it('stands left of a card, right of it where there is no room, and below a button', () => {
    expect(place({ left: 400, top: 200, width: 240, height: 70 }, view)).toEqual({ left: 86, top: 114 });
    expect(place({ left: 100, top: 200, width: 240, height: 70 }, view)).toEqual({ left: 354, top: 114 });
    expect(place({ left: 1_300, top: 10, width: 120, height: 30 }, view)).toEqual({ left: 1_128, top: 54 });
  });

  it('never leaves the window nor covers its control', () => {
    for (const width of [360, 420, 1_000, 1_440]) {
      for (const top of [20, 300, 600]) {
        const box = { left: 40, top, width: 240, height: 70 };
        const spot = place(box, { width, height: 800 });
        expect(spot.left).toBeGreaterThanOrEqual(0);
        expect(spot.top + HINT.height).toBeLessThanOrEqual(800);
        const isBeside = spot.left >= box.left + box.width || spot.left + HINT.width <= box.left;
        const isAboveOrBelow = spot.top >= box.top + box.height || spot.top + HINT.height <= box.top;
        expect(isBeside || isAboveOrBelow).toBe(true);
      }
    }
  });
});
