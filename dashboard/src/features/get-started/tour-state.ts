/** Where the tour stands. It survives a reload, and can be left and resumed at any step. */
import { create } from 'zustand';

const KEY = 'waypost-tour';

interface TourState {
  isOpen: boolean;
  step: number;
  set: (change: Partial<Pick<TourState, 'isOpen' | 'step'>>) => void;
}

function stored(): { isOpen: boolean; step: number } {
  try {
    const { isOpen = false, step = 0 } = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<TourState>;
    return { isOpen: Boolean(isOpen), step: Number.isInteger(step) && step >= 0 && step < STEPS ? step : 0 };
  } catch {
    return { isOpen: false, step: 0 };
  }
}

/** Condition, budget, deploy. */
export const STEPS = 3;

export const useTour = create<TourState>((set, get) => ({
  ...stored(),
  set: (change) => {
    set(change);
    const { isOpen, step } = get();
    localStorage.setItem(KEY, JSON.stringify({ isOpen, step }));
  },
}));

/** From the beginning, or where it was left. */
export function startTour({ resume = false } = {}): void {
  const { step, set } = useTour.getState();
  set({ isOpen: true, step: resume ? step : 0 });
}

export function isTourOpen(): boolean {
  return useTour.getState().isOpen;
}
