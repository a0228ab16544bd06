import { ActionIcon, Button, Group, Modal, NumberInput, Paper, Stack, Switch, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { IconPencil, IconRestore } from '@tabler/icons-react';
import { useState } from 'react';

import { StackedTable, type StackedColumn } from '@/components/StackedTable';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { toast } from '@/components/toast';
import { usdAsTyped } from '@/lib/money';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { providersText } from '@/text/providers';

import classes from './providers.module.css';
import { type NewPrice, type Price, pricesQuery, seenQuery, useRemovePrice, useSavePrice } from './queries';

const text = providersText.prices;

/** Thousands of models with what they cost, and the ones that traffic asked for and nobody has a price for. */
export function Prices({ gateway, mayChange }: { gateway: string; mayChange: boolean }) {
  const [search, setSearch] = useUrlState();
  const [wanted] = useDebouncedValue(search.q ?? '', 250);
  const isOwn = search.own === 'yes';
  const isUnpriced = search.unpriced === 'yes';
  const { data, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(pricesQuery({ search: wanted, isOwn }));
  useReady(!isPending);
  const [editing, setEditing] = useState<Partial<NewPrice> & { provider: string; model: string }>();
  return (
    <Paper>
      <div className={classes.bar}>
        <TextInput aria-label={text.search} placeholder={text.search} value={search.q ?? ''} onChange={(event) => setSearch({ q: event.currentTarget.value })} style={{ width: 240 }} />
        <Switch label={text.yours} checked={isOwn} onChange={(event) => setSearch({ own: event.currentTarget.checked ? 'yes' : undefined, unpriced: undefined })} />
        <Switch label={text.withoutPrice} checked={isUnpriced} onChange={(event) => setSearch({ unpriced: event.currentTarget.checked ? 'yes' : undefined, own: undefined })} />
        <span className={classes.grow} />
        <span className={classes.muted}>{data && !isUnpriced ? text.shown(data.rows.length, data.total) : text.perMillion}</span>
      </div>
      {isUnpriced ? (
        <Unpriced gateway={gateway} mayChange={mayChange} onSet={setEditing} />
      ) : (
        <>
          {isPending ? <SkeletonRows /> : null}
          {error && !data ? <Failed error={error} onRetry={() => void refetch()} /> : null}
          {data?.rows.length === 0 ? <Empty title={text.none} /> : null}
          {data && data.rows.length > 0 ? <PriceTable prices={data.rows} mayChange={mayChange} onEdit={(price) => setEditing({ ...price })} /> : null}
          {hasNextPage ? (
            <Group justify="center" p={12}>
              <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {text.more}
              </Button>
            </Group>
          ) : null}
        </>
      )}
      <PriceDialog price={editing} onClose={() => setEditing(undefined)} />
    </Paper>
  );
}

function PriceTable({ prices, mayChange, onEdit }: { prices: Price[]; mayChange: boolean; onEdit: (price: Price) => void }) {
  const nameOf = (price: Price) => `${price.provider}/${price.model}`;
  const amount = (value: number | null | undefined) => (value === null || value === undefined ? '–' : usdAsTyped(value));
  const columns: StackedColumn<Price>[] = [
    { label: text.columns.model, cell: (price) => <code>{nameOf(price)}</code> },
    { label: text.columns.input, isNumber: true, cell: (price) => amount(price.input_per_million) },
    { label: text.columns.output, isNumber: true, cell: (price) => amount(price.output_per_million) },
    { label: text.columns.cacheRead, isNumber: true, cell: (price) => amount(price.cache_read_per_million) },
    { label: text.columns.cacheWrite, isNumber: true, cell: (price) => amount(price.cache_write_per_million) },
    { label: text.columns.source, cell: (price) => <span className={classes.muted}>{sourceOf(price)}</span> },
    ...(mayChange ? [{ label: '', name: text.columns.actions, cell: (price: Price) => <PriceActs price={price} name={nameOf(price)} onEdit={onEdit} /> }] : []),
  ];
  return <StackedTable label={providersText.tabs.prices} columns={columns} rows={prices} keyOf={nameOf} />;
}

function sourceOf(price: Price): string {
  if (price.simulated) return providersText.simulated;
  return price.overridden ? text.mine(price.date) : text.builtIn(price.date);
}

function PriceActs({ price, name, onEdit }: { price: Price; name: string; onEdit: (price: Price) => void }) {
  const remove = useRemovePrice();
  return (
    <Group gap={2} wrap="nowrap" justify="flex-end">
      <ActionIcon size={24} aria-label={text.edit(name)} onClick={() => onEdit(price)}>
        <IconPencil size={14} stroke={1.75} />
      </ActionIcon>
      {price.overridden ? (
        <ActionIcon size={24} aria-label={text.remove} onClick={() => remove.mutate(price, { onSuccess: () => toast(text.removed) })}>
          <IconRestore size={14} stroke={1.75} />
        </ActionIcon>
      ) : null}
    </Group>
  );
}

function Unpriced({ gateway, mayChange, onSet }: { gateway: string; mayChange: boolean; onSet: (price: { provider: string; model: string }) => void }) {
  const { data, isPending, error, refetch } = useQuery(seenQuery(gateway));
  if (isPending) return <SkeletonRows rows={3} />;
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  const models = data.models.filter((model) => !model.has_price);
  if (models.length === 0) return <Empty title={text.allPriced} />;
  return (
    <Table aria-label={text.withoutPrice}>
      <Table.Tbody>
        {models.map((model) => (
          <Table.Tr key={`${model.provider}/${model.model}`}>
            <Table.Td>
              <code>
                {model.provider}/{model.model}
              </code>
            </Table.Td>
            <Table.Td className={classes.muted}>{providersText.requests(model.requests)}</Table.Td>
            <Table.Td className={classes.number}>
              <Button size="compact-xs" disabled={!mayChange} onClick={() => onSet({ provider: model.provider, model: model.model })}>
                {text.set}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function PriceDialog({ price, onClose }: { price: (Partial<NewPrice> & { provider: string; model: string }) | undefined; onClose: () => void }) {
  return (
    <Modal opened={price !== undefined} onClose={onClose} title={price ? text.dialog.title(`${price.provider}/${price.model}`) : ''} size={440}>
      {price ? <PriceForm price={price} onClose={onClose} /> : null}
    </Modal>
  );
}

type Amounts = Pick<NewPrice, 'input_per_million' | 'output_per_million' | 'cache_read_per_million' | 'cache_write_per_million'>;

function PriceForm({ price, onClose }: { price: Partial<NewPrice> & { provider: string; model: string }; onClose: () => void }) {
  const [amounts, setAmounts] = useState<Partial<Amounts>>({
    input_per_million: price.input_per_million,
    output_per_million: price.output_per_million,
    cache_read_per_million: price.cache_read_per_million,
    cache_write_per_million: price.cache_write_per_million,
  });
  const save = useSavePrice();
  const isComplete = amounts.input_per_million !== undefined && amounts.output_per_million !== undefined;
  const field = (name: keyof Amounts, label: string) => (
    <NumberInput
      label={label}
      prefix="$"
      min={0}
      decimalScale={6}
      value={amounts[name] ?? ''}
      onChange={(value) => setAmounts({ ...amounts, [name]: typeof value === 'number' ? value : undefined })}
    />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isComplete) return;
        save.mutate({ provider: price.provider, model: price.model, ...amounts } as NewPrice, {
          onSuccess: () => {
            toast(text.dialog.saved);
            onClose();
          },
        });
      }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {text.perMillion}
        </Text>
        <Group grow>
          {field('input_per_million', text.columns.input)}
          {field('output_per_million', text.columns.output)}
        </Group>
        <Group grow>
          {field('cache_read_per_million', text.columns.cacheRead)}
          {field('cache_write_per_million', text.columns.cacheWrite)}
        </Group>
        {save.error ? (
          <Text role="alert" c="var(--wp-bad)" size="md">
            {save.error.message}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={onClose}>
            {text.dialog.cancel}
          </Button>
          <Button type="submit" variant="filled" disabled={!isComplete} loading={save.isPending}>
            {text.dialog.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
