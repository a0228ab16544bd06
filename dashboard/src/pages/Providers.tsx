import { Button, Tabs, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { Page } from '@/components/PageHead';
import { ReadOnlyNote } from '@/components/ReadOnlyNote';
import { Failed, SkeletonRows } from '@/components/States';
import { CustomProviderDialog } from '@/features/providers/CustomProviderDialog';
import { KeyDialog } from '@/features/providers/KeyDialog';
import { Prices } from '@/features/providers/Prices';
import { isInUse, ProviderCard } from '@/features/providers/ProviderCard';
import classes from '@/features/providers/providers.module.css';
import { type Provider, providersQuery, type StoredKey } from '@/features/providers/queries';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { providersText as text } from '@/text/providers';

export default function Providers() {
  const gateway = useGatewayId();
  const mayChange = useMay('admin');
  const [search, setSearch] = useUrlState();
  useCrumbs(text.title);
  const tab = search.tab === 'prices' ? 'prices' : 'providers';
  return (
    <Page
      title={text.title}
      actions={
        tab === 'providers' ? (
          <Button leftSection={<IconPlus size={15} stroke={2} />} disabled={!mayChange} onClick={() => setSearch({ add: 'custom' }, { replace: false })}>
            {text.addCustom}
          </Button>
        ) : null
      }
    >
      <ReadOnlyNote needs="admin" />
      <Tabs value={tab} onChange={(value) => setSearch({ tab: value === 'prices' ? 'prices' : undefined })} keepMounted={false}>
        <Tabs.List mb={16}>
          <Tabs.Tab value="providers">{text.tabs.providers}</Tabs.Tab>
          <Tabs.Tab value="prices">{text.tabs.prices}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="providers">
          <ProviderList gateway={gateway} mayChange={mayChange} />
        </Tabs.Panel>
        <Tabs.Panel value="prices">
          <Prices gateway={gateway} mayChange={mayChange} />
        </Tabs.Panel>
      </Tabs>
      <CustomProviderDialog gateway={gateway} opened={mayChange && search.add === 'custom'} onClose={() => setSearch({ add: undefined })} />
    </Page>
  );
}

function ProviderList({ gateway, mayChange }: { gateway: string; mayChange: boolean }) {
  const { data, isPending, error, refetch } = useQuery(providersQuery(gateway));
  const [search, setSearch] = useUrlState();
  useReady(!isPending);
  const [editing, setEditing] = useState<{ provider: Provider; stored?: StoredKey | undefined }>();
  if (isPending) return <SkeletonRows />;
  if (error && !data) return <Failed error={error} onRetry={() => void refetch()} />;
  const providers = [...(data as Provider[])].sort((a, b) => a.name.localeCompare(b.name));
  const wanted = (search.q ?? '').toLowerCase();
  const found = providers.filter((provider) => `${provider.name} ${provider.slug}`.toLowerCase().includes(wanted));
  // `?add=openai` opens the form of one provider: links of problems and errors lead there.
  const asked = editing ?? (mayChange && search.add && search.add !== 'custom' ? { provider: providers.find(({ slug }) => slug === search.add), stored: undefined } : undefined);
  const cards = (list: Provider[]) => (
    <div className={classes.cards}>
      {list.map((provider) => (
        <ProviderCard key={provider.slug} gateway={gateway} provider={provider} mayChange={mayChange} onAddKey={(stored) => setEditing({ provider, stored })} />
      ))}
    </div>
  );
  return (
    <>
      <TextInput aria-label={text.search} placeholder={text.search} value={search.q ?? ''} onChange={(event) => setSearch({ q: event.currentTarget.value })} style={{ maxWidth: 320 }} />
      <h2 className={classes.heading}>{text.connected}</h2>
      {cards(found.filter(isInUse))}
      <h2 className={classes.heading}>{text.others}</h2>
      {cards(found.filter((provider) => !isInUse(provider)))}
      <KeyDialog
        key={`${asked?.provider?.slug}-${asked?.stored?.id}`}
        gateway={gateway}
        provider={asked?.provider}
        stored={asked?.stored}
        onClose={() => {
          setEditing(undefined);
          setSearch({ add: undefined });
        }}
      />
    </>
  );
}
