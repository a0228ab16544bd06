import { ActionIcon, Button, NumberInput, SegmentedControl, Switch, Textarea } from '@mantine/core';
import { IconAlertTriangle, IconBookmarkPlus, IconPlayerStop, IconSend, IconX } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';

import { ReadOnlyNote } from '@/components/ReadOnlyNote';
import { toast } from '@/components/toast';
import { playgroundText as text } from '@/text/playground';

import classes from './Composer.module.css';
import { REPEATS, type CustomCost, type PlaygroundState, type RepeatCount } from './state';
import { useSavedPrompts } from './usePlayground';

interface ComposerProps {
  state: PlaygroundState;
  set: (change: Partial<PlaygroundState>) => void;
  isRunning: boolean;
  /** Why nothing can be sent now. */
  blocked: string | undefined;
  onSend: () => void;
  onStop: () => void;
  children?: ReactNode;
}

const MEANT_FOR_STOP_MS = 500;

/** The prompt, always at the same place: chips, custom cost, how often, Send. */
export function Composer({ state, set, isRunning, blocked, onSend, onStop, children }: ComposerProps) {
  const input = useRef<HTMLTextAreaElement>(null);
  const saved = useSavedPrompts();
  // The clock begins with the page: at first nothing has ended, however young the page is.
  const endedAt = useRef(-Infinity);
  const wasRunning = useRef(false);
  useEffect(() => {
    if (wasRunning.current && !isRunning) endedAt.current = performance.now();
    wasRunning.current = isRunning;
  }, [isRunning]);
  /** Send takes the place of Stop when an answer ends: a click that was meant for Stop must not send again. */
  const sendByClick = () => {
    if (performance.now() - endedAt.current > MEANT_FOR_STOP_MS) onSend();
  };
  const { cost } = state;
  const setCost = (change: Partial<CustomCost>) => set({ cost: { ...cost, ...change } });
  const all = [...text.prompts.ready, ...saved.prompts];
  const use = (prompt: string) => {
    set({ prompt });
    input.current?.focus();
  };
  return (
    <div className={classes.composer}>
      {cost.isOn ? (
        <div className={classes.banner} role="status">
          <IconAlertTriangle aria-hidden size={15} stroke={1.75} />
          <span className={classes.bannerText}>{text.cost.banner}</span>
          {(['tokenIn', 'tokenOut'] as const).map((side) => (
            <span key={side} className={classes.price}>
              <span aria-hidden className={classes.small}>
                {text.cost[side]}
              </span>
              <NumberInput aria-label={text.cost[side]} prefix="$" hideControls min={0} decimalScale={12} w={84} value={cost[side]} onChange={(value) => typeof value === 'number' && setCost({ [side]: value })} />
            </span>
          ))}
          <Button size="compact-xs" onClick={() => setCost({ isOn: false })}>
            {text.cost.off}
          </Button>
        </div>
      ) : null}
      <ReadOnlyNote needs="editor" />
      {children}
      <div className={classes.line}>
        <div className={classes.prompts} role="group" aria-label={text.prompts.label}>
          <span className={classes.small}>{text.prompts.label}</span>
          {all.map((prompt) => {
            const own = saved.prompts.find((one) => one.text === prompt.text);
            return (
              <span key={prompt.text} className={classes.chip} data-on={state.prompt === prompt.text || undefined}>
                <button type="button" className={classes.chipText} title={prompt.text} onClick={() => use(prompt.text)}>
                  <bdi>{prompt.name}</bdi>
                </button>
                {own ? (
                  <button type="button" className={classes.chipRemove} aria-label={text.prompts.remove(prompt.name)} onClick={() => saved.remove(own)}>
                    <IconX aria-hidden size={11} stroke={2} />
                  </button>
                ) : null}
              </span>
            );
          })}
          {state.prompt.trim() !== '' && !all.some((prompt) => prompt.text === state.prompt) ? (
            <ActionIcon
              size={24}
              aria-label={text.prompts.save}
              title={text.prompts.save}
              onClick={() => {
                saved.save(state.prompt);
                toast(text.prompts.saved);
              }}
            >
              <IconBookmarkPlus size={15} stroke={1.75} />
            </ActionIcon>
          ) : null}
        </div>
        <SegmentedControl aria-label={text.repeat.label} value={String(state.repeat)} onChange={(value) => set({ repeat: Number(value) as RepeatCount })} data={REPEATS.map((times) => ({ value: String(times), label: text.repeat.times(times) }))} />
        <Switch label={text.cost.label} labelPosition="left" checked={cost.isOn} onChange={(event) => setCost({ isOn: event.currentTarget.checked })} />
      </div>
      <div className={classes.sendLine}>
        <Textarea
          ref={input}
          className={classes.prompt}
          classNames={{ input: classes.promptInput }}
          aria-label={text.prompt.label}
          placeholder={text.prompt.placeholder}
          autosize
          minRows={1}
          maxRows={8}
          value={state.prompt}
          onChange={(event) => set({ prompt: event.currentTarget.value })}
        />
        {state.isComparing ? <span className={classes.both}>{text.prompt.toBoth}</span> : null}
        {isRunning ? (
          <Button className={classes.send} leftSection={<IconPlayerStop size={16} stroke={1.75} />} onClick={onStop}>
            {text.stop}
          </Button>
        ) : (
          <Button
            variant="filled"
            className={classes.send}
            leftSection={<IconSend size={16} stroke={1.75} />}
            rightSection={
              <kbd aria-hidden className={classes.keys}>
                {text.sendKeys}
              </kbd>
            }
            disabled={blocked !== undefined}
            title={blocked}
            onClick={sendByClick}
          >
            {text.send}
          </Button>
        )}
      </div>
    </div>
  );
}
