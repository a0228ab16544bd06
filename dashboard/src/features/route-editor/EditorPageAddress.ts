import { useEffect, useRef } from 'react';

import { useUrlState } from '@/lib/url-state';

import { elementOf } from './model';
import { type Panel, type View, useEditor, useEditorStore } from './store';

const VIEWS: readonly View[] = ['canvas', 'list', 'json', 'both'];
const PANELS: readonly Panel[] = ['versions', 'simulate'];

/** View, panel and selected node stand in the address: copied, it shows a colleague the same. */
export function useEditorAddress(isNarrow: boolean): void {
  const store = useEditorStore();
  const [search, setSearch] = useUrlState();
  const view = useEditor((state) => state.view);
  const panel = useEditor((state) => state.panel);
  const node = useEditor((state) => (state.selection.nodes.size === 1 ? [...state.selection.nodes][0] : undefined));
  const isRead = useRef(false);

  useEffect(() => {
    if (isRead.current) return;
    isRead.current = true;
    const { setView, setPanel, edit, draft } = store.getState();
    const asked = VIEWS.find((each) => each === search.view);
    setView(asked ?? (isNarrow ? 'list' : 'canvas'));
    const wanted = PANELS.find((each) => each === search.panel);
    if (search.node !== undefined && elementOf(draft.document, search.node) !== undefined) {
      if (wanted === undefined) {
        edit(search.node);
      } else store.getState().select([search.node]);
    }
    if (wanted !== undefined) setPanel(wanted);
    // Read once: from then on the editor leads and the address follows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [store]);

  useEffect(() => {
    if (!isRead.current) return;
    const next = {
      view: view === (isNarrow ? 'list' : 'canvas') ? undefined : view,
      panel: panel === 'versions' || panel === 'simulate' ? panel : undefined,
      node,
    };
    if (next.view !== search.view || next.panel !== search.panel || next.node !== search.node) setSearch(next);
    // The address is written, not followed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [view, panel, node, isNarrow]);
}
