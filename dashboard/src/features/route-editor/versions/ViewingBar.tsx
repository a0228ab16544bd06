/** Says which version or comparison is on screen in place of the draft, and leads back. The address is what decides. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { useUrlState } from '@/lib/url-state';
import { versionsText as text } from '@/text/versions';

import { content, type RouteDocument, shownLayout } from '../model';
import { diffQuery, type Subject, versionsQuery, type VersionView } from '../queries';
import { useEditor, useEditorStore } from '../store';
import { comparison } from './compare';
import classes from './versions.module.css';

export function ViewingBar() {
  const [search, setSearch] = useUrlState();
  const store = useEditorStore();
  const viewing = useEditor((state) => state.viewing);
  const panel = useEditor((state) => state.panel);
  useViewing(search.version, search.compare);
  if (viewing === null) return null;
  const back = () => {
    setSearch({ version: undefined, compare: undefined });
    store.getState().setViewing(null);
    if (panel === 'changes') store.getState().setPanel('versions');
  };
  return (
    <div className={classes.bar} role="status">
      <span>{viewing.label}</span>
      {viewing.comparison && panel !== 'changes' ? (
        <Button size="compact-xs" onClick={() => store.getState().setPanel('changes')}>
          {text.changeList}
        </Button>
      ) : null}
      <Button size="compact-xs" onClick={back}>
        {text.backToDraft}
      </Button>
    </div>
  );
}

/** One side of a comparison: `draft`, `live`, or a number. */
interface Side {
  name: string;
  document: RouteDocument;
  subject: Subject;
}

function useViewing(version: string | undefined, compare: string | undefined): void {
  const store = useEditorStore();
  const { gateway, routeId } = store.getState();
  const draft = useEditor((state) => state.draft);
  const isWanted = version !== undefined || compare !== undefined;
  const { data: versions } = useQuery({ ...versionsQuery(gateway, routeId), enabled: isWanted });
  const sides = compare === undefined || versions === undefined ? null : sidesOf(compare, versions, draft.document);
  const { data: diff } = useQuery({
    ...diffQuery(gateway, routeId, sides?.[0].subject ?? {}, sides?.[1].subject ?? {}),
    enabled: sides !== null,
  });
  useEffect(() => {
    const { setViewing, viewing, panel, setPanel } = store.getState();
    if (!isWanted) {
      if (viewing !== null) setViewing(null);
      if (viewing?.comparison && panel === 'changes') setPanel('none');
      return;
    }
    if (sides !== null && diff !== undefined) {
      const [old, next] = sides;
      // Its list opens with it, and is not opened again once it was closed.
      if (viewing?.comparison === undefined) setPanel('changes');
      setViewing(comparison(diff.same ? text.same : text.comparing(old.name, next.name), old.document, next.document, diff, draft.layout));
    } else if (compare === undefined) {
      const found = versions?.find(({ number }) => String(number) === version);
      if (found === undefined) return;
      const document = documentOf(found);
      setViewing({ label: text.looking(found.number), draft: { document, layout: shownLayout(document, draft.layout) }, marks: {} });
    }
    // Sides are new objects each time; what they stand for is in the address and the answers.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [store, isWanted, version, compare, versions, diff]);
}

function sidesOf(compare: string, versions: VersionView[], draft: RouteDocument): [Side, Side] | null {
  const sides = compare.split('..').map((name): Side | null => {
    if (name === 'draft') return { name: text.draft.toLowerCase(), document: draft, subject: { document: content(draft) as RouteDocument } };
    const found = versions.find((version) => (name === 'live' ? version.active : String(version.number) === name));
    return found ? { name: text.number(found.number), document: documentOf(found), subject: { version_id: found.version_id } } : null;
  });
  const [old, next] = sides;
  return old && next ? [old, next] : null;
}

function documentOf(version: VersionView): RouteDocument {
  return version.document as unknown as RouteDocument;
}
