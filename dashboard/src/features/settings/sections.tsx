import { NumberInput, Select, Switch, TextInput } from '@mantine/core';

import { CopyButton } from '@/components/CopyButton';
import { settingsText as text } from '@/text/settings';

import { type Gateway, waypostOf } from './queries';
import { Section } from './Section';

interface Props {
  gateway: Gateway;
  mayChange: boolean;
}

const ZONES = Intl.supportedValuesOf('timeZone');

export function General({ gateway, mayChange }: Props) {
  const waypost = waypostOf(gateway);
  const base = `${window.location.origin}/v1/default/${(gateway as { id: string }).id}`;
  return (
    <Section
      title={text.general.title}
      gateway={gateway}
      mayChange={mayChange}
      initial={{ zone: waypost.time_zone }}
      change={({ zone }) => ({ waypost: { ...waypost, time_zone: zone } })}
      readOnly={<TextInput label={text.general.baseUrl} description={text.general.baseUrlHint} readOnly value={base} rightSection={<CopyButton text={base} label={text.general.baseUrl} />} />}
    >
      {(form, set) => (
        <Select
          label={text.general.timeZone}
          description={text.general.timeZoneHint}
          searchable
          allowDeselect={false}
          data={['UTC', ...ZONES.filter((zone) => zone !== 'UTC')]}
          value={form.zone}
          onChange={(zone) => set({ zone: zone ?? 'UTC' })}
        />
      )}
    </Section>
  );
}

export function Authentication({ gateway, mayChange }: Props) {
  return (
    <Section title={text.authentication.title} gateway={gateway} mayChange={mayChange} initial={{ required: gateway.authentication }} change={({ required }) => ({ authentication: required })}>
      {(form, set) => (
        <Switch label={text.authentication.require} description={text.authentication.requireHint} checked={form.required} onChange={(event) => set({ required: event.currentTarget.checked })} />
      )}
    </Section>
  );
}

export function Logging({ gateway, mayChange }: Props) {
  const waypost = waypostOf(gateway);
  const { payloads } = waypost;
  return (
    <Section
      title={text.logging.title}
      gateway={gateway}
      mayChange={mayChange}
      initial={{ rows: gateway.collect_logs, rowsMax: gateway.log_management ?? null, store: payloads.store, maxBytes: payloads.max_bytes, days: payloads.retention_days }}
      change={({ rows, rowsMax, store, maxBytes, days }) => ({
        collect_logs: rows,
        log_management: rowsMax,
        waypost: { ...waypost, payloads: { ...payloads, store, max_bytes: maxBytes, retention_days: days } },
      })}
    >
      {(form, set) => (
        <>
          <Switch label={text.logging.rows} description={text.logging.rowsHint} checked={form.rows} onChange={(event) => set({ rows: event.currentTarget.checked })} />
          <Switch label={text.logging.payloads} description={text.logging.payloadsHint} checked={form.store} onChange={(event) => set({ store: event.currentTarget.checked })} />
          <Whole label={text.logging.maxBytes} value={form.maxBytes} min={1024} onChange={(maxBytes) => set({ maxBytes: maxBytes ?? form.maxBytes })} />
          <Whole label={text.logging.retention} value={form.days} min={1} onChange={(days) => set({ days: days ?? form.days })} />
          <Whole label={text.logging.rowsMax} value={form.rowsMax} min={10_000} max={10_000_000} onChange={(rowsMax) => set({ rowsMax })} />
        </>
      )}
    </Section>
  );
}

export function Retries({ gateway, mayChange }: Props) {
  return (
    <Section
      title={text.retries.title}
      gateway={gateway}
      mayChange={mayChange}
      initial={{ attempts: gateway.retry_max_attempts ?? null, delay: gateway.retry_delay ?? null, backoff: gateway.retry_backoff ?? null }}
      change={({ attempts, delay, backoff }) => ({ retry_max_attempts: attempts, retry_delay: delay, retry_backoff: backoff })}
    >
      {(form, set) => (
        <>
          <Whole label={text.retries.attempts} description={text.retries.attemptsHint} placeholder={text.retries.asDefault} value={form.attempts} min={1} max={5} onChange={(attempts) => set({ attempts })} />
          <Whole label={text.retries.delay} placeholder={text.retries.asDefault} value={form.delay} min={0} max={5_000} onChange={(delay) => set({ delay })} />
          <Select
            label={text.retries.backoff}
            placeholder={text.retries.asDefault}
            clearable
            data={Object.entries(text.retries.backoffs).map(([value, label]) => ({ value, label }))}
            value={form.backoff}
            onChange={(backoff) => set({ backoff })}
          />
        </>
      )}
    </Section>
  );
}

export function Timeouts({ gateway, mayChange }: Props) {
  const waypost = waypostOf(gateway);
  return (
    <Section
      title={text.timeouts.title}
      gateway={gateway}
      mayChange={mayChange}
      initial={{ request: waypost.request_timeout_ms, status: String(waypost.exhausted_status) }}
      change={({ request, status }) => ({ waypost: { ...waypost, request_timeout_ms: request, exhausted_status: Number(status) } })}
    >
      {(form, set) => (
        <>
          <Whole label={text.timeouts.request} description={text.timeouts.requestHint} value={form.request} min={1} onChange={(request) => set({ request })} />
          <Select label={text.timeouts.exhausted} description={text.timeouts.exhaustedHint} allowDeselect={false} data={['502', '400']} value={form.status} onChange={(status) => set({ status: status ?? '502' })} />
        </>
      )}
    </Section>
  );
}

export function UnknownPrices({ gateway, mayChange }: Props) {
  const waypost = waypostOf(gateway);
  return (
    <Section
      title={text.prices.title}
      gateway={gateway}
      mayChange={mayChange}
      initial={{ rule: waypost.unknown_price, flat: waypost.flat_cost_usd ?? null }}
      change={({ rule, flat }) => ({ waypost: { ...waypost, unknown_price: rule, ...(rule === 'flat' ? { flat_cost_usd: flat } : { flat_cost_usd: null }) } })}
    >
      {(form, set) => (
        <>
          <Select
            label={text.prices.unknown}
            allowDeselect={false}
            data={Object.entries(text.prices.choices).map(([value, label]) => ({ value, label }))}
            value={form.rule}
            onChange={(rule) => set({ rule: (rule ?? 'block') as typeof form.rule })}
          />
          {form.rule === 'flat' ? (
            <NumberInput label={text.prices.flat} prefix="$" min={0} decimalScale={6} value={form.flat ?? ''} onChange={(value) => set({ flat: typeof value === 'number' ? value : null })} />
          ) : null}
        </>
      )}
    </Section>
  );
}

interface WholeProps {
  label: string;
  description?: string;
  placeholder?: string;
  value: number | null;
  min: number;
  max?: number;
  onChange: (value: number | null) => void;
}

/** A whole number, or nothing. */
function Whole({ value, onChange, ...rest }: WholeProps) {
  return <NumberInput {...rest} allowDecimal={false} thousandSeparator="," value={value ?? ''} onChange={(next) => onChange(typeof next === 'number' ? next : null)} />;
}
