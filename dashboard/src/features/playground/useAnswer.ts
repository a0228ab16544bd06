import { useCallback, useEffect, useRef, useState } from 'react';

import type { GatewayError } from './gateway-error';
import { send, type Call, type Served } from './send';

export type Phase = 'idle' | 'sending' | 'streaming' | 'done' | 'failed' | 'stopped';

export interface Answer {
  phase: Phase;
  text: string;
  served: Served | undefined;
  error: GatewayError | undefined;
  /** Pieces of text that came: about as many tokens, until the log row says how many. */
  pieces: number;
  firstTokenMs: number | undefined;
  durationMs: number | undefined;
}

export const NO_ANSWER: Answer = { phase: 'idle', text: '', served: undefined, error: undefined, pieces: 0, firstTokenMs: undefined, durationMs: undefined };

export function isRunning({ phase }: Answer): boolean {
  return phase === 'sending' || phase === 'streaming';
}

export interface AnswerControl {
  answer: Answer;
  ask: (call: Call) => Promise<Answer>;
  stop: () => void;
}

/** One answer as it comes. Pieces are shown once per frame, however many arrive. */
export function useAnswer(): AnswerControl {
  const [answer, setAnswer] = useState<Answer>(NO_ANSWER);
  const controller = useRef<AbortController | null>(null);
  const frame = useRef(0);

  const stop = useCallback(() => controller.current?.abort(), []);
  useEffect(
    () => () => {
      controller.current?.abort();
      cancelAnimationFrame(frame.current);
    },
    [],
  );

  const ask = useCallback(async (call: Call) => {
    controller.current?.abort();
    const mine = new AbortController();
    controller.current = mine;
    const started = performance.now();
    let now: Answer = { ...NO_ANSWER, phase: 'sending' };
    const show = () => {
      frame.current = 0;
      if (controller.current === mine) setAnswer(now);
    };
    const soon = () => {
      frame.current ||= requestAnimationFrame(show);
    };
    const finish = (change: Partial<Answer>) => {
      now = { ...now, ...change, durationMs: performance.now() - started };
      cancelAnimationFrame(frame.current);
      show();
      return now;
    };
    show();
    try {
      const error = await send(call, mine.signal, {
        onServed: (served) => {
          now = { ...now, served };
          soon();
        },
        onText: (piece) => {
          now = { ...now, phase: 'streaming', text: now.text + piece, pieces: now.pieces + 1, firstTokenMs: now.firstTokenMs ?? performance.now() - started };
          soon();
        },
      });
      return finish(error ? { phase: 'failed', error } : { phase: 'done' });
    } catch {
      // Only a stop throws: what came stays.
      return finish({ phase: 'stopped' });
    }
  }, []);

  return { answer, ask, stop };
}
