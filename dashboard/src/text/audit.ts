/** Words of the audit. */
const KINDS: Record<string, string> = {
  gateway: 'gateway',
  configuration: 'configuration',
  route: 'route',
  draft: 'draft',
  version: 'version',
  cases: 'saved cases',
  dismissals: 'dismissed warnings',
  counter: 'counter',
  provider_key: 'provider key',
  custom_provider: 'custom provider',
  price: 'price',
  api_key: 'API key',
  admin_token: 'admin token',
  password: 'password',
  session: 'session',
  logs: 'logs',
  demo: 'demo traffic',
};

const ACTIONS: Record<string, string> = { signed_in: 'signed in', signed_out: 'signed out' };

export const auditText = {
  title: 'Audit',
  intro: 'Every change to the configuration. Entries cannot be edited.',
  columns: { at: 'When', actor: 'Who', from: 'From', what: 'What', object: 'Object', changes: 'Change' },
  search: 'Find a person, a kind or an id',
  filterObject: 'Kind of object',
  kinds: KINDS,
  all: 'Everything',
  empty: 'Nothing has been changed yet.',
  exportNdjson: 'Export NDJSON',
  more: 'Show more',
  kindOf: (object: string) => KINDS[object] ?? object.replaceAll('_', ' '),
  /** Somebody signs in; nobody "signs in session". */
  what: (action: string, kind: string) => ACTIONS[action] ?? `${action} ${kind}`,
  added: (field: string, value: string) => `${field}: ${value}`,
  gone: (field: string, value: string) => `${field}: ${value} → nothing`,
  change: (field: string, before: string, after: string) => `${field}: ${before} → ${after}`,
} as const;
