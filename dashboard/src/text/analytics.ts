/** Words of the charts and of Analytics. */
export const charts = {
  keys: 'Arrow keys read the values, Enter opens the requests in Logs, Shift with arrow keys and then Enter zooms.',
  deployed: (route: string, version: number, at: string) => `${route} v${version} went live ${at}`,
  previous: 'Period before',
  infoOf: (title: string) => `What ${title} counts`,
  table: 'Show as table',
  chart: 'Show as chart',
  tableOf: (title: string) => `${title} as a table`,
  download: 'Download CSV',
  downloadOf: (title: string) => `Download ${title} as CSV`,
  loading: 'Loading',
  unknown: '–',
  time: 'Time',
  overTime: (title: string) => `${title} over time`,
} as const;

export const groups = {
  none: 'Nothing',
  route: 'Route',
  version: 'Version',
  node: 'Node',
  edge: 'Edge',
  provider: 'Provider',
  model: 'Model',
  key: 'API key',
} as const;

export const series = {
  answered: 'Answered',
  limited: 'Limited',
  interrupted: 'Interrupted',
  failed: 'Failed',
  priced: 'Priced',
  custom: 'Custom cost',
  simulated: 'Simulated',
  input: 'Input',
  output: 'Output',
  retry: 'By a retry',
  fallback: 'By a fallback',
  rejected: 'Answered 429',
  redirected: 'Took the detour',
  without: 'None',
} as const;

/** Title of each chart, and what it counts. */
export const cards = {
  requests: {
    title: 'Requests',
    info: 'One request a client made is counted once, however many tries it needed. Limited: a rate limit or a budget answered 429. Failed: the gateway or the providers could not answer. Interrupted: the answer broke off, or the caller left.',
    empty: 'No requests in this time.',
  },
  cost: {
    title: 'Cost',
    info: 'What all tries of these requests cost, in dollars. Custom cost: the request carried its own prices. Requests without a price are not in this total. What mock models simulate is drawn apart and is in no total.',
    empty: 'No cost in this time.',
    withoutPrice: (count: string) => `${count} without price`,
    sim: (amount: string) => `${amount} sim`,
    both: (real: string, simulated: string) => `${real} + ${simulated} sim`,
  },
  tokens: {
    title: 'Tokens',
    info: 'Input and output tokens of all tries, as the provider reported them; counted by the gateway where it did not.',
    empty: 'No tokens in this time.',
  },
  latency: {
    title: 'Duration',
    info: 'From the arrival of a request to the end of its answer. Only answers that arrived as a whole. p95: 95 of 100 were at least this fast.',
    empty: 'No answers in this time.',
  },
  firstToken: {
    title: 'Time to first token',
    info: 'From the arrival of a request to the first token of its answer, every try before it included.',
    empty: 'No first tokens in this time.',
  },
  p95: (title: string) => `${title}, p95`,
  errors: {
    title: 'Errors',
    info: 'Requests that were not answered, by the type of error that the caller received. Limited requests are among them.',
    empty: 'No errors in this time.',
  },
  rescued: {
    title: 'Rescued requests',
    info: 'Requests that were answered only thanks to a second try of the same model, or to another model of the route.',
    empty: 'No request had to be rescued.',
  },
  limited: {
    title: 'Limited requests',
    info: 'Requests that went over a rate limit or a budget: those that got 429, and those that took the detour to another model. A request can take a detour and be rejected later.',
    empty: 'No request went over a limit.',
  },
  models: {
    title: 'Models',
    info: 'Requests by the model that served them, or that was tried last. A request that reached no model is counted under the one it asked for.',
    empty: 'No requests in this time.',
  },
  providers: {
    title: 'Providers',
    info: 'Requests by the provider that served them, or that was tried last.',
    empty: 'No requests in this time.',
  },
} as const;

export const share = {
  requests: 'Requests',
  share: 'Share',
  cost: 'Cost',
  simulated: 'Simulated cost',
} as const;

export const splits = {
  title: 'Split results',
  choose: 'Split',
  name: (route: string, title: string) => `${route} · ${title}`,
  none: 'No request passed this split in this time.',
  upToNow: 'Results of splits are always counted up to now.',
  unfiltered: 'All requests that passed this split, whatever the filters above say.',
  open: 'Open in the route',
} as const;

export const page = {
  title: 'Analytics',
  groupBy: 'Group by',
  compare: 'Compare with the period before',
  resetZoom: 'Reset zoom',
  filters: 'Filters',
  removeFilter: (text: string) => `Remove the filter ${text}`,
  clear: 'Clear filters',
  openLogs: 'Open in Logs',
  withoutPrice: (count: number, text: string) => (count === 1 ? '1 request had no price and is not in the cost total.' : `${text} requests had no price and are not in the cost total.`),
  setPrices: 'Set prices',
  simulated: (count: number, text: string, amount: string) =>
    count === 1 ? `1 request was served by a mock model. Its ${amount} are simulated and in no cost total.` : `${text} requests were served by mock models. Their ${amount} are simulated and in no cost total.`,
  partial: (since: string) => `Complete since ${since}; older requests were deleted by retention.`,
  was: (value: string) => `before ${value}`,
  change: (text: string) => `${text} against the period before`,
} as const;
