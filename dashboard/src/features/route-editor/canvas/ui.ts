/** What the canvas holds that is no part of the document: an open menu, a connection being drawn, cards on the move. */
import { createContext, useContext } from 'react';
import { type StoreApi, createStore, useStore } from 'zustand';

import type { AllowedTargets, OutputRef, Point, Routes } from '../model';

export interface MenuState {
  /** The output it acts on; null adds a node on its own. */
  from: OutputRef | null;
  mode: 'insert' | 'connect';
  /** Where it opens, in the window. */
  anchor: { x: number; y: number };
  /** Where a new node goes, on the canvas. */
  at?: Point;
}

export interface CanvasUiState {
  menu: MenuState | null;
  connecting: { from: OutputRef; targets: AllowedTargets } | null;
  /** The point of the flow that lies in the middle of the canvas; unknown where no canvas is shown. */
  centre: (() => Point) | null;
  /** Only to be looked at: no "+", no palette. */
  isStill: boolean;
  isPaletteOpen: boolean;
  isMapOn: boolean;
  isDeploying: boolean;
  openMenu(menu: MenuState): void;
  closeMenu(): void;
  set(change: Partial<Pick<CanvasUiState, 'connecting' | 'centre' | 'isStill' | 'isPaletteOpen' | 'isMapOn' | 'isDeploying'>>): void;
}

/** What changes with every frame of a drag. It is apart from the rest, so that only those who draw it hear of it. */
export interface MovingState {
  /** Positions of cards while they are dragged; the document hears of them at the end. */
  dragged: Readonly<Record<string, Point>> | null;
  /** Ways of the edges, apart from the edges: while a card moves, only those that bend are drawn anew. */
  routes: Routes;
  /** The same as they are while nothing moves. */
  settled: Routes;
}

export type CanvasUi = StoreApi<CanvasUiState> & { moving: StoreApi<MovingState> };

export function createCanvasUi(): CanvasUi {
  const moving = createStore<MovingState>(() => ({ dragged: null, routes: new Map(), settled: new Map() }));
  const store = createStore<CanvasUiState>((set) => ({
    menu: null,
    connecting: null,
    centre: null,
    isStill: false,
    isPaletteOpen: true,
    isMapOn: true,
    isDeploying: false,
    openMenu: (menu) => set({ menu }),
    closeMenu: () => set({ menu: null }),
    set,
  }));
  return Object.assign(store, { moving });
}

const UiContext = createContext<CanvasUi | null>(null);

export const CanvasUiProvider = UiContext.Provider;

export function useUiStore(): CanvasUi {
  const store = useContext(UiContext);
  if (store === null) throw new Error('The canvas is used outside of its page.');
  return store;
}

export function useUi<T>(selector: (state: CanvasUiState) => T): T {
  return useStore(useUiStore(), selector);
}

export function useMoving<T>(selector: (state: MovingState) => T): T {
  return useStore(useUiStore().moving, selector);
}
