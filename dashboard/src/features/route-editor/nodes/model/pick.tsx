import { Combobox, InputBase, Select, useCombobox } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';

import { compact } from '@/lib/number';
import { canvasText as text } from '@/text/editor-canvas';

import classes from '../../inspector/inspector.module.css';
import { type ProviderInfo, usePrices, useProviders, useSeen } from '../../inspector/queries';
import { priceText } from './price-text';

interface PickProps {
  /** Something around it says what it is for; the label is then for screen readers alone. */
  isLabelHidden?: boolean;
  provider: string;
  isReadOnly?: boolean;
  error?: ReactNode;
  dataField?: string;
}

function named(label: string, isHidden: boolean) {
  return isHidden ? { 'aria-label': label } : { label };
}

/** Providers that can answer now come first. */
export function ProviderPick({ isLabelHidden = false, provider, isReadOnly = false, error, dataField, onPick }: PickProps & { onPick: (provider: string) => void }) {
  const providers = useProviders() ?? [];
  const speaks = providers.filter((entry) => entry.enabled && (entry.compat || entry.mock || entry.custom || entry.slug === provider));
  const ready = speaks.filter(isReady);
  const others = speaks.filter((entry) => !isReady(entry));
  const isUnknown = provider !== '' && !speaks.some(({ slug }) => slug === provider);
  const items = (list: ProviderInfo[]) => list.map(({ slug, name }) => ({ value: slug, label: name }));
  return (
    <Select
      {...named(text.model.provider, isLabelHidden)}
      data-field={dataField}
      disabled={isReadOnly}
      searchable
      allowDeselect={false}
      maxDropdownHeight={320}
      data={[
        { group: text.model.providerGroup.ready, items: [...items(ready), ...(isUnknown ? [{ value: provider, label: provider }] : [])] },
        { group: text.model.providerGroup.others, items: items(others) },
      ]}
      value={provider === '' ? null : provider}
      error={error}
      onChange={(value) => {
        if (value !== null && value !== provider) onPick(value);
      }}
    />
  );
}

function isReady(entry: ProviderInfo): boolean {
  return entry.mock || entry.custom || entry.keys.length > 0;
}

const SHOWN_MAX = 60;

interface Offer {
  model: string;
  detail: string;
}

/** Models of the provider with price and context; any other name can be used as well. */
export function ModelPick({ isLabelHidden = false, provider, model, isReadOnly = false, error, dataField, onPick }: PickProps & { model: string; onPick: (model: string) => void }) {
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [search, setSearch] = useState<string | null>(null);
  const offers = useOffers(provider);
  const needle = (search ?? '').trim().toLowerCase();
  const found = offers.filter((offer) => offer.model.toLowerCase().includes(needle));
  const typed = search?.trim() ?? '';
  const isNew = typed !== '' && !offers.some((offer) => offer.model === typed);
  const take = (name: string) => {
    setSearch(null);
    onPick(name);
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={take}>
      <Combobox.Target>
        <InputBase
          size="xs"
          {...named(text.model.model, isLabelHidden)}
          data-field={dataField}
          classNames={{ input: `${classes.input} ${classes.operand}`, label: classes.label ?? '' }}
          placeholder={text.model.search}
          disabled={isReadOnly || provider === ''}
          rightSection={<IconChevronDown aria-hidden size={14} stroke={1.75} />}
          rightSectionPointerEvents="none"
          value={search ?? model}
          error={error}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            combobox.openDropdown();
            combobox.selectFirstOption();
          }}
          onClick={() => combobox.openDropdown()}
          onFocus={() => setSearch(null)}
          onBlur={() => {
            combobox.closeDropdown();
            setSearch(null);
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={300} style={{ overflowY: 'auto' }} aria-label={text.model.model}>
          {found.slice(0, SHOWN_MAX).map((offer) => (
            <Combobox.Option key={offer.model} value={offer.model} active={offer.model === model}>
              <span className={classes.choice}>
                <code>{offer.model}</code>
              </span>
              <span className={classes.examples}>{offer.detail}</span>
            </Combobox.Option>
          ))}
          {isNew ? <Combobox.Option value={typed}>{text.model.useName(typed)}</Combobox.Option> : null}
          {found.length === 0 && !isNew ? <Combobox.Empty>{text.menu.nothing}</Combobox.Empty> : null}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** What has a price, and what was seen without one. */
function useOffers(provider: string): Offer[] {
  const prices = usePrices(provider) ?? [];
  const seen = useSeen()?.models ?? [];
  const listed = prices.map((price): Offer => {
    const context = price.context_tokens_max ? text.model.context(compact(price.context_tokens_max)) : null;
    return { model: price.model, detail: [priceText(price), context].filter(Boolean).join(' · ') };
  });
  const others = seen.filter((entry) => entry.provider === provider && !prices.some((price) => price.model === entry.model));
  return [...listed, ...others.map(({ model }): Offer => ({ model, detail: text.cards.noPrice }))];
}
