import { Anchor, Button, Group, NumberInput, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';

import { api, call } from '@/api/client';
import { openDialog } from '@/components/dialogs';
import { canvasText as text } from '@/text/editor-canvas';

import classes from '../../inspector/inspector.module.css';
import { usePrice } from '../../inspector/queries';
import { priceText } from './price-text';

/** What a model costs; where nobody knows, a way to say it. */
export function PriceNote({ provider, model }: { provider: string; model: string }) {
  const price = usePrice(provider, model);
  const client = useQueryClient();
  if (price === undefined) return null;
  if (price !== null) return <div className={classes.hint}>{priceText(price)}</div>;
  return (
    <div className={classes.note} role="note">
      <IconAlertTriangle aria-hidden size={14} stroke={1.75} />
      <span>
        {text.model.noPrice}{' '}
        <Anchor component="button" type="button" fz="inherit" onClick={() => openPriceForm(provider, model, () => void client.invalidateQueries({ queryKey: ['editor-prices', provider] }))}>
          {text.model.setPrice}
        </Anchor>
      </span>
    </div>
  );
}

export function openPriceForm(provider: string, model: string, onSaved: () => void): void {
  openDialog({
    title: text.model.priceTitle(`${provider}/${model}`),
    content: (close) => <PriceForm provider={provider} model={model} onSaved={onSaved} close={close} />,
  });
}

function PriceForm({ provider, model, onSaved, close }: { provider: string; model: string; onSaved: () => void; close: () => void }) {
  const [input, setInput] = useState<string | number>('');
  const [output, setOutput] = useState<string | number>('');
  const [error, setError] = useState<string>();
  const isComplete = typeof input === 'number' && typeof output === 'number';
  const save = async () => {
    try {
      await call(api.PUT('/api/prices', { body: { provider, model, input_per_million: input, output_per_million: output } as never }));
      onSaved();
      close();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) void save();
      }}
    >
      <Stack gap="sm">
        <NumberInput data-autofocus label={text.model.priceIn} min={0} value={input} onChange={setInput} decimalScale={12} />
        <NumberInput label={text.model.priceOut} min={0} value={output} onChange={setOutput} error={error} decimalScale={12} />
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={close}>
            {text.problems.cancel}
          </Button>
          <Button type="submit" variant="filled" disabled={!isComplete}>
            {text.model.savePrice}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
