import { NumberInput, Popover, Stack, Switch } from '@mantine/core';

import { playgroundText } from '@/text/playground';

import classes from './OptionsMenu.module.css';
import type { Options } from './state';

const text = playgroundText.options;

/** The options as one line; a click opens them. */
export function OptionsMenu({ options, onOptions }: { options: Options; onOptions: (change: Partial<Options>) => void }) {
  const { summary } = text;
  const words = [
    options.stream ? summary.streamOn : summary.streamOff,
    options.temperature === undefined ? '' : summary.temperature(options.temperature),
    options.maxTokens === undefined ? '' : summary.maxTokens(options.maxTokens),
    options.timeoutMs === undefined ? '' : summary.timeout(options.timeoutMs),
  ].filter(Boolean);
  const number = (value: string | number) => (typeof value === 'number' ? value : undefined);
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus width={240}>
      <Popover.Target>
        <button type="button" className={classes.summary} aria-label={`${text.label}: ${words.join(' · ')}`}>
          {words.join(' · ')}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={text.label}>
        <Stack gap="sm">
          <Switch label={text.stream} checked={options.stream} onChange={(event) => onOptions({ stream: event.currentTarget.checked })} data-autofocus />
          <NumberInput label={text.temperature} placeholder={text.asProvider} min={0} max={2} step={0.1} value={options.temperature ?? ''} onChange={(value) => onOptions({ temperature: number(value) })} />
          <NumberInput label={text.maxTokens} placeholder={text.asProvider} min={1} allowDecimal={false} thousandSeparator="," value={options.maxTokens ?? ''} onChange={(value) => onOptions({ maxTokens: number(value) })} />
          <NumberInput label={text.timeout} placeholder="60,000" min={1} max={1_800_000} allowDecimal={false} thousandSeparator="," value={options.timeoutMs ?? ''} onChange={(value) => onOptions({ timeoutMs: number(value) })} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
