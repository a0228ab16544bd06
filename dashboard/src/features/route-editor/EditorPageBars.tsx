import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';

import { useTimeZone } from '@/app/gateway';
import { toast } from '@/components/toast';
import { dayAndTime } from '@/lib/time';
import { canvasText } from '@/text/editor-canvas';

import { useEditor, useEditorStore } from './store';
import { type ConflictChoice, useSync, useSyncActions } from './sync';
import classes from './EditorPage.module.css';

const text = canvasText.bars;

/** What has to be settled about the draft: never in the way, never silent. */
export function EditorBars({ unreadable }: { unreadable: boolean }) {
  const store = useEditorStore();
  const isJson = useEditor((state) => state.view === 'json' || state.view === 'both');
  return (
    <>
      <Conflict />
      <Offer />
      <Refused />
      {unreadable && !isJson ? (
        <div className={classes.bar} role="alert">
          <span>{canvasText.page.unreadable}</span>
          <Button size="compact-xs" onClick={() => store.getState().setView('json')}>
            {canvasText.page.toJson}
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Conflict() {
  const store = useEditorStore();
  const client = useQueryClient();
  const { settle } = useSyncActions();
  const theirs = useSync((state) => state.theirs);
  const isSeeing = useEditor((state) => state.viewing !== null && theirs !== null && state.viewing.draft === theirs.draft);
  if (theirs === null) return null;
  const choose = async (choice: ConflictChoice) => {
    store.getState().setViewing(null);
    const name = await settle(choice);
    if (name !== null) {
      toast(text.copied(name));
      void client.invalidateQueries({ queryKey: ['routes-summary'] });
    }
  };
  const see = () => store.getState().setViewing(isSeeing ? null : { label: text.theirs(theirs.by), draft: theirs.draft, marks: {} });
  return (
    <div className={classes.bar} role="alert" data-testid="conflict">
      <span>{text.conflict(theirs.by)}</span>
      <Button size="compact-xs" onClick={see}>
        {isSeeing ? text.mine : text.see}
      </Button>
      <Button size="compact-xs" onClick={() => void choose('on-top')}>
        {text.onTop}
      </Button>
      <Button size="compact-xs" onClick={() => void choose('as-copy')}>
        {text.asCopy}
      </Button>
    </div>
  );
}

function Offer() {
  const { answerOffer } = useSyncActions();
  const zone = useTimeZone();
  const offer = useSync((state) => state.offer);
  if (offer === null) return null;
  return (
    <div className={classes.bar} role="alert">
      <span>{text.offer(dayAndTime(offer.keptAt, zone))}</span>
      <Button size="compact-xs" onClick={() => answerOffer(true)}>
        {text.take}
      </Button>
      <Button size="compact-xs" onClick={() => answerOffer(false)}>
        {text.drop}
      </Button>
    </div>
  );
}

function Refused() {
  const { flush } = useSyncActions();
  const save = useSync((state) => state.save);
  const failure = useSync((state) => state.failure);
  if (save !== 'refused') return null;
  return (
    <div className={classes.bar} role="alert">
      <span>{text.refused(failure ?? '')}</span>
      <Button size="compact-xs" onClick={() => void flush()}>
        {text.again}
      </Button>
    </div>
  );
}
