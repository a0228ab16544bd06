import { useEffect, useMemo, useState } from 'react';

import { newDraft, type RouteDocument } from '../model';
import { createEditorStore, EditorProvider, type Highlight } from '../store';
import { Canvas } from './Canvas';
import { CanvasUiProvider, createCanvasUi } from './ui';

interface ReadOnlyRouteProps {
  gateway: string;
  routeId: string;
  routeName: string;
  /** A version never changes: neither does this. */
  document: RouteDocument;
  highlight: Highlight;
  /** A node was chosen on the canvas; null when none is any more. */
  onNode: (id: string | null) => void;
}

/** A version of a route to look at, with a way through it, outside of the editor. */
export default function ReadOnlyRoute({ gateway, routeId, routeName, document, highlight, onNode }: ReadOnlyRouteProps) {
  const store = useMemo(() => createEditorStore({ draft: newDraft(document), routeId, routeName, gateway, canEdit: false }), [document, routeId, routeName, gateway]);
  const [ui] = useState(createCanvasUi);
  useEffect(() => store.getState().setHighlight(highlight), [store, highlight]);
  useEffect(
    () =>
      store.subscribe((after, before) => {
        if (after.selection !== before.selection) onNode([...after.selection.nodes][0] ?? null);
      }),
    [store, onNode],
  );
  return (
    <EditorProvider value={store}>
      <CanvasUiProvider value={ui}>
        <Canvas isReadOnly isSmall />
      </CanvasUiProvider>
    </EditorProvider>
  );
}
