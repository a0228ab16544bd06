import { useCallback, useRef, useState } from 'react';

import { addResult, repeat, type RepeatState } from './repeat';
import { prepare } from './request';
import type { PlaygroundState, Target } from './state';
import { isRunning, useAnswer, type Answer } from './useAnswer';

export interface Side {
  answer: Answer;
  /** What came of sending many times. */
  repeated: RepeatState | undefined;
  isRunning: boolean;
  start: (state: PlaygroundState, target: Target) => Promise<void>;
  stop: () => void;
}

/** One column: an answer, or many with a table of them. */
export function useSide(gateway: string): Side {
  const { answer, ask, stop } = useAnswer();
  const [repeated, setRepeated] = useState<RepeatState>();
  const [isRepeating, setRepeating] = useState(false);
  const controller = useRef<AbortController | null>(null);
  const start = useCallback(
    async (state: PlaygroundState, target: Target) => {
      const call = { gateway, version: target.model.startsWith('dynamic/') ? target.version : '', ...prepare(state, target) };
      setRepeated(undefined);
      if (state.repeat > 1) {
        controller.current = new AbortController();
        setRepeating(true);
        const { signal } = controller.current;
        const before = await repeat(call, state.repeat - 1, state.repeat, signal, setRepeated);
        if (!signal.aborted && before.done === state.repeat - 1) {
          // The last one stands below the table, whole: only then does an answer say its cost.
          const { stream: _, ...body } = call.body;
          const last = await ask({ ...call, body });
          if (last.phase !== 'stopped') setRepeated({ ...before, done: before.done + 1, lines: addResult(before.lines, last.served, last.error) });
        }
        setRepeating(false);
        return;
      }
      await ask(call);
    },
    [ask, gateway],
  );
  return {
    answer,
    repeated,
    isRunning: isRunning(answer) || isRepeating,
    start,
    stop: useCallback(() => {
      controller.current?.abort();
      stop();
    }, [stop]),
  };
}
