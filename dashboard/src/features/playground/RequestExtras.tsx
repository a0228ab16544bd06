import { ActionIcon, Button, SegmentedControl, Textarea } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';

import { playgroundText as text } from '@/text/playground';

import { extraBodyProblem } from './request';
import classes from './RequestExtras.module.css';
import type { PlaygroundState, Turn } from './state';

const AREA = { autosize: true, minRows: 2, maxRows: 12 } as const;

/** What goes before the prompt, and members for experts. Each part shows itself when it is wanted. */
export function RequestExtras({ state, set, isOpen }: { state: PlaygroundState; set: (change: Partial<PlaygroundState>) => void; isOpen: boolean }) {
  const [wantsSystem, setWantsSystem] = useState(false);
  const [wantsBody, setWantsBody] = useState(false);
  const showsSystem = isOpen || wantsSystem || state.system !== '';
  const showsBody = wantsBody || state.extraBody !== '';
  const setTurn = (index: number, change: Partial<Turn>) => set({ turns: state.turns.map((turn, at) => (at === index ? { ...turn, ...change } : turn)) });
  return (
    <div className={classes.extras}>
      {showsSystem ? <Textarea {...AREA} label={text.system.label} placeholder={text.system.placeholder} value={state.system} onChange={(event) => set({ system: event.currentTarget.value })} /> : null}
      {state.turns.length > 0 ? (
        <div role="group" aria-label={text.turns.label} className={classes.turns}>
          <span className={classes.label}>{text.turns.label}</span>
          {state.turns.map((turn, index) => (
            <div key={index} className={classes.turn}>
              <div className={classes.turnHead}>
                <SegmentedControl
                  aria-label={text.turns.role}
                  value={turn.role}
                  onChange={(role) => setTurn(index, { role: role as Turn['role'] })}
                  data={[
                    { value: 'user', label: text.turns.user },
                    { value: 'assistant', label: text.turns.assistant },
                  ]}
                />
                <ActionIcon aria-label={text.turns.remove} onClick={() => set({ turns: state.turns.filter((_, at) => at !== index) })}>
                  <IconX size={14} stroke={1.75} />
                </ActionIcon>
              </div>
              <Textarea {...AREA} aria-label={text.turns.content(index + 1)} value={turn.content} onChange={(event) => setTurn(index, { content: event.currentTarget.value })} />
            </div>
          ))}
        </div>
      ) : null}
      {showsBody ? (
        <Textarea
          {...AREA}
          label={text.body.label}
          description={text.body.hint}
          error={extraBodyProblem(state.extraBody)}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--wp-mono)', fontSize: 12 } }}
          placeholder='{"top_p": 0.9}'
          value={state.extraBody}
          onChange={(event) => set({ extraBody: event.currentTarget.value })}
        />
      ) : null}
      <div className={classes.add}>
        {showsSystem ? null : <Add label={text.system.add} onClick={() => setWantsSystem(true)} />}
        <Add label={text.turns.add} onClick={() => set({ turns: [...state.turns, { role: state.turns.at(-1)?.role === 'user' ? 'assistant' : 'user', content: '' }] })} />
        {showsBody ? null : <Add label={text.body.add} onClick={() => setWantsBody(true)} />}
      </div>
    </div>
  );
}

function Add({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button size="compact-xs" variant="subtle" color="gray" c="var(--wp-text-2)" leftSection={<IconPlus size={13} stroke={1.75} />} onClick={onClick}>
      {label}
    </Button>
  );
}
