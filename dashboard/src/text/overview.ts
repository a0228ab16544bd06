/** Words of Overview. */
export const overview = {
  title: 'Overview',
  comparedWith: { '15m': 'compared with the 15 minutes before', '1h': 'compared with the hour before', '24h': 'compared with the day before', '7d': 'compared with the week before', '30d': 'compared with the 30 days before', custom: 'compared with the period before' },
} as const;

export const tiles = {
  requests: 'Requests',
  success: 'Success rate',
  cost: 'Cost',
  latency: 'Latency p50 / p95',
  tokens: 'Tokens in / out',
  rescued: 'Rescued',
  unknown: '–',
  before: (value: string) => `${value} before`,
  nothingBefore: 'none in the period before',
  failed: (count: string) => `${count} missed, limited left out`,
  allAnswered: 'limited requests left out',
  noJudged: 'no request that was not limited',
  custom: (amount: string) => ['incl. ', amount, ' custom'] as const,
  simulatedApart: (amount: string) => `${amount} sim left out`,
  allSimulated: 'nothing was charged',
  atListPrice: 'at list prices',
  free: 'nothing was charged',
  noAnswers: 'no answers yet',
  byRetryOrFallback: 'by a retry or fallback',
  cached: (count: string) => `${count} from the prompt cache`,
  perRequest: (count: string) => `${count} a request`,
  points: (value: string) => `${value} points`,
  up: 'up',
  down: 'down',
  changed: (word: string, text: string) => `${word} ${text} against the period before`,
  sim: 'sim',
  open: (title: string) => `${title}: open Analytics`,
} as const;

export const attention = {
  title: 'Needs attention',
  none: 'Nothing needs attention.',
  open: 'Open',
  fix: 'Fix',
  setPrice: 'Set price',
  of: (action: string, title: string) => `${action}: ${title}`,
} as const;

export const limited = {
  title: 'Limited and rescued',
  limited: 'limited',
  rescued: 'rescued',
  rejected: (title: string) => `${title} → 429`,
  redirected: (title: string, to: string) => `${title} → ${to}`,
  elsewhere: 'another path',
  otherLimits: 'Other limits',
  retry: 'A retry succeeded',
  fallback: (from: string, to: string) => `${from} → ${to}`,
  noneLimited: 'No request went over a limit.',
  noneRescued: 'No request had to be rescued.',
  more: (count: string) => `and ${count} more`,
} as const;

export const expensive = {
  title: 'Most expensive requests',
  all: 'All in Logs',
  cost: 'Cost',
  user: 'User',
  servedBy: 'Served by',
  time: 'Time',
  none: 'No request with a cost in this time.',
  onlySimulated: 'Simulated costs; real ones come first once there are any.',
  open: (time: string) => `Open the request of ${time}`,
  unknownUser: '–',
} as const;

export const deployments = {
  title: 'Deployments',
  all: 'All',
  none: 'No route has been deployed yet.',
  by: (label: string) => `by ${label}`,
  live: 'Live',
} as const;

export const endpoint = {
  title: 'Call it from anywhere',
  baseUrl: 'Base URL',
  copyBaseUrl: 'Copy base URL',
  language: 'Language',
  printed: '# printed once, at the first start',
  copy: 'Copy',
  keyHint: 'Set GATEWAY_API_KEY to the key that was printed at the first start. Lost it?',
  newKey: 'Create another key',
  curl: 'curl',
  python: 'Python',
  javascript: 'JavaScript',
} as const;

export const firstRun = {
  title: 'Your gateway is running',
  answersOn: (address: string) => ['It answers on ', address, ' with built-in mock models. No provider key, no account, nothing leaves this machine.'] as const,
  answersOnWithProviders: (address: string) => ['It answers on ', address, '. Requests appear here as they arrive.'] as const,
  demoMode: 'Demo mode: mock models, costs marked',
  sim: 'sim',
  last: 'Last 24 hours',
  fills: 'fills as requests arrive',
  noRequests: 'No requests yet',
} as const;

export const demo = {
  add: 'Add demo traffic: 300 requests, 6 users, 3 days',
  added: 'Demo traffic added',
  addedText: (count: string) => `${count} simulated requests of the last 3 days.`,
  present: 'Demo traffic is shown.',
  presentText: 'Simulated requests are marked sim and are in no cost total.',
  remove: 'Remove demo traffic',
  removed: 'Demo traffic removed',
  undo: 'Add it again',
  failed: 'Demo traffic could not be changed',
} as const;
