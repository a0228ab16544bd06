import { describe, expect, it } from 'vitest';

import { liftOf, type Box } from './dodge';

const ROOM = 900;
/** As notices stand at first: 440 wide, at the lower right. */
const stack: Box = { left: 984, right: 1424, top: 814, bottom: 884 };
const box = (left: number, top: number, width: number, height: number): Box => ({ left, right: left + width, top, bottom: top + height });

describe('the place of notices', () => {
  it('is the lower right where nothing is', () => {
    expect(liftOf(stack, [box(0, 0, 1440, 48), box(300, 840, 120, 38)], ROOM)).toBe(0);
  });

  it('is just above a button that stands there', () => {
    const send = box(1310, 840, 106, 38);
    const lift = liftOf(stack, [send], ROOM);
    expect(stack.bottom - lift).toBeLessThanOrEqual(send.top);
    expect(stack.bottom - lift).toBeGreaterThan(send.top - 16);
  });

  it('is between two rows of controls where it fits, and above both where it does not', () => {
    const low = box(1310, 840, 106, 38);
    expect(liftOf(stack, [low, box(1310, 700, 106, 38)], ROOM)).toBeLessThan(60);
    expect(stack.bottom - liftOf(stack, [low, box(1310, 780, 106, 38)], ROOM)).toBeLessThanOrEqual(780);
  });

  it('covers as little as it can where there is no free place', () => {
    const fields = Array.from({ length: 60 }, (_, row) => box(1120, 60 + row * 14, 300, 12)).filter(({ top }) => top < 560 || top > 640);
    const lift = liftOf(stack, fields, ROOM);
    const count = (at: number) => fields.filter((field) => field.top < stack.bottom - at && field.bottom > stack.top - at).length;
    expect(count(lift)).toBeLessThan(count(0));
    expect(lift).toBeLessThanOrEqual(ROOM * 0.6);
  });

  it('does not change while nothing is covered', () => {
    expect(liftOf(stack, [], ROOM, 56)).toBe(56);
    expect(liftOf(stack, [box(1310, 780, 106, 38)], ROOM, 56)).not.toBe(56);
    expect(liftOf(stack, [], ROOM)).toBe(0);
  });
});
