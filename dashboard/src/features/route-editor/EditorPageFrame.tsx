import { Button, Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { lazy, Suspense, useEffect } from 'react';

import { SkeletonRows } from '@/components/States';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { canvasText as text } from '@/text/editor-canvas';

import { leave } from './canvas/acts';
import { Canvas } from './canvas/Canvas';
import { InsertMenu } from './canvas/InsertMenu';
import { useUi, useUiStore } from './canvas/ui';
import { DeployDialog } from './deploy/DeployDialog';
import { SinceDeploy } from './deploy/SinceDeploy';
import { EditorBars } from './EditorPageBars';
import { useEditorAddress } from './EditorPageAddress';
import { useEditorKeys } from './EditorPageKeys';
import { Inspector } from './inspector/Inspector';
import { LiveTrafficBar } from './live/LiveTrafficBar';
import { LogPath } from './path/LogPath';
import { ProblemsStrip } from './problems/ProblemsStrip';
import { SimulatePanel } from './simulate/SimulatePanel';
import { useEditor, useEditorStore } from './store';
import { Saving, Toolbar } from './toolbar/Toolbar';
import { ComparePanel } from './versions/ComparePanel';
import { VersionsPanel } from './versions/VersionsPanel';
import { ViewingBar } from './versions/ViewingBar';
import { JsonView } from './views/json';
import { ListView } from './views/list';
import classes from './EditorPage.module.css';

const SplitResults = lazy(() => import('./results/SplitResults'));

/** Below this width the canvas is for looking; the list is for editing. */
const NARROW = '(max-width: 899px)';

export function EditorFrame({ canEdit, unreadable }: { canEdit: boolean; unreadable: string | null }) {
  const store = useEditorStore();
  const ui = useUiStore();
  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false }) ?? false;
  const view = useEditor((state) => state.view);
  const isViewing = useEditor((state) => state.viewing !== null);
  const isDeploying = useUi((state) => state.isDeploying);
  const isReadOnly = !canEdit || isViewing;
  const hasJson = view === 'json' || view === 'both';
  const hasCanvas = view === 'canvas' || (view === 'both' && !isNarrow);
  useEditorAddress(isNarrow);
  useEditorKeys(isReadOnly);
  useReady(true);
  useEffect(() => {
    if (unreadable !== null) store.getState().setJson({ text: unreadable, error: text.page.unreadable, line: null });
  }, [store, unreadable]);
  return (
    <div className={classes.frame}>
      <Toolbar isReadOnly={!canEdit} isNarrow={isNarrow} />
      <div className={classes.main}>
        <div className={classes.bars}>
          <EditorBars unreadable={unreadable !== null} />
          <ViewingBar />
          <LogPath />
          {isViewing ? null : <SinceDeploy />}
          {isNarrow && view === 'canvas' ? <NarrowHint /> : null}
          {hasCanvas ? null : <LiveTrafficBar />}
        </div>
        <div className={classes.view} data-both={(hasJson && hasCanvas) || undefined}>
          {hasJson ? (
            <Suspense fallback={<SkeletonRows />}>
              <JsonView />
            </Suspense>
          ) : null}
          {hasCanvas ? (
            <div className={classes.canvas}>
              <Canvas isReadOnly={isReadOnly || isNarrow} topRight={<LiveTrafficBar />} />
            </div>
          ) : null}
          {view === 'list' ? (
            <div className={classes.scroll}>
              <ListView />
            </div>
          ) : null}
        </div>
        <ProblemsStrip aside={isNarrow && canEdit ? <Saving isNarrow /> : undefined} />
      </div>
      <Side isNarrow={isNarrow} />
      <InsertMenu />
      <DeployDialog opened={isDeploying} onClose={() => ui.getState().set({ isDeploying: false })} />
      <Results />
      <Announcer />
    </div>
  );
}

function NarrowHint() {
  const store = useEditorStore();
  return (
    <div className={classes.bar} role="note">
      <span>{text.page.viewOnly}</span>
      <Button size="compact-xs" onClick={() => store.getState().setView('list')}>
        {text.page.toList}
      </Button>
    </div>
  );
}

/** Beside the canvas, or over it where there is no room. */
function Side({ isNarrow }: { isNarrow: boolean }) {
  const store = useEditorStore();
  const panel = useEditor((state) => state.panel);
  const hasSelection = useEditor((state) => state.selection.nodes.size > 0);
  const isComparing = useEditor((state) => state.viewing?.comparison !== undefined);
  const content = panel === 'changes' && isComparing ? <ComparePanel /> : panel === 'versions' ? <VersionsPanel /> : panel === 'simulate' ? <SimulatePanel /> : panel === 'inspector' && hasSelection ? <Inspector /> : null;
  if (!isNarrow) return content === null ? null : <aside className={classes.side}>{content}</aside>;
  const close = () => (panel === 'inspector' ? leave(store) : store.getState().setPanel('none'));
  return (
    <Drawer opened={content !== null} onClose={close} position="right" size="min(100%, 380px)" padding={0} withCloseButton={false} aria-label={text.inspector.label} classNames={{ body: classes.drawer ?? '' }}>
      {content}
    </Drawer>
  );
}

/** Branches of a split side by side, while the address asks for them. */
function Results() {
  const [{ results }] = useUrlState();
  if (results === undefined) return null;
  return (
    <Suspense>
      <SplitResults node={results} />
    </Suspense>
  );
}

/** What changed, for those who do not see it. */
function Announcer() {
  const { text: said, count } = useEditor((state) => state.announcement);
  return (
    <div className={classes.announcer} role="status" aria-live="polite" data-testid="announcer">
      <span key={count}>{said}</span>
    </div>
  );
}
