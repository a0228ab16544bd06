/** The form of an API key in texts, one entry per line. Pure. */
import type { ApiKey, NewApiKey } from './queries';

export interface KeyForm {
  label: string;
  preset: 'app' | 'backend' | 'custom';
  routes: string;
  models: string;
  pinned: string;
  expires: string;
}

export const EMPTY_KEY: KeyForm = { label: '', preset: 'app', routes: '', models: '', pinned: '', expires: '' };

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** The first line that is not `key=value`. */
export function wrongPin(text: string): string | undefined {
  return lines(text).find((line) => !/^[^=\s]+\s*=/.test(line));
}

/** `plan=free` to `{plan: "free"}`; numbers and yes/no stay what they are. */
export function pinsOf(text: string): Record<string, string | number | boolean> {
  return Object.fromEntries(
    lines(text).map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at).trim(), valueOf(line.slice(at + 1).trim())];
    }),
  );
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text;
}

export function formOf(key: ApiKey): KeyForm {
  return {
    label: key.label,
    preset: key.preset as KeyForm['preset'],
    routes: key.routes.join('\n'),
    models: key.models.join('\n'),
    pinned: Object.entries(key.pinned_metadata)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join('\n'),
    expires: key.expires_at ? key.expires_at.slice(0, 16) : '',
  };
}

export function bodyOf(form: KeyForm): NewApiKey {
  return {
    label: form.label.trim(),
    ...(form.preset === 'custom' ? {} : { preset: form.preset }),
    routes: lines(form.routes).map((name) => name.replace(/^dynamic\//, '')),
    models: lines(form.models),
    pinned_metadata: pinsOf(form.pinned),
    expires_at: form.expires ? `${form.expires}:00Z` : null,
  } as NewApiKey;
}
