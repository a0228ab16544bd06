import { createContext, useContext } from 'react';

/** What was chosen from an item's menu and needs an answer. */
export type ListAction = { type: 'add' | 'connect' | 'move'; id: string; output?: string };

interface ListActions {
  act(action: ListAction): void;
  remove(id: string): void;
  focus(id: string): void;
}

export const ListContext = createContext<ListActions | null>(null);

export function useListActions(): ListActions {
  const actions = useContext(ListContext);
  if (actions === null) throw new Error('A list item is used outside of the list.');
  return actions;
}
