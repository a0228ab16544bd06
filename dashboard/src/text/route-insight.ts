/** Words of what traffic says about a flow: results of splits, facts in the inspector, the strip after a deploy. */
import { count, plural } from '@/lib/number';

export const insightText = {
  windows: { '1h': 'last hour', '24h': 'last 24 h', '7d': 'last 7 days', '30d': 'last 30 days' },
  windowLabel: 'Time',

  splits: {
    title: 'Split results',
    notLive: 'Results begin when this split is deployed.',
    none: (window: string) => `No request passed this split in the ${window}.`,
    failed: 'The results were not read: the admin API did not answer.',
    /** The share that was seen, beside the one that is set. */
    observed: (share: string) => share,
    set: (share: string) => `set ${share}`,
    bar: (name: string, observed: string, set: string) => `${name}: ${observed} observed, ${set} set`,
    users: (users: number) => plural(users, 'user'),
    requests: (requests: number) => plural(requests, 'request'),
    early: 'Too early to tell',
    earlyWhy: (missing: readonly { name: string; requests: number }[]) =>
      `Every branch needs 100 requests; ${missing.map(({ name, requests }) => `${name} has ${count(requests)}`).join(', ')}.`,
    skewed: (observed: string, set: string, isSticky: boolean) => `Observed ${observed}, set ${set}; this is very unlikely by chance.${isSticky ? ' Check the sticky key.' : ''}`,
    ofUsers: 'Shares are of users, since the same user always takes the same branch.',
    open: 'Compare branches',
    close: 'Close',
    dialog: (title: string) => `Results of ${title}`,
    branch: 'Branch',
    measures: {
      requests: 'Requests',
      users: 'Users',
      cost: 'Cost per request',
      firstToken: 'First token',
      p95: 'p95',
      errors: 'Errors',
      thumbs: 'Thumbs up',
    },
    simulated: (amount: string) => `${amount} sim`,
    someSimulated: (requests: string) => `${requests} simulated`,
    interval: (low: string, high: string) => `${low} to ${high}`,
    unknown: { users: 'Split by chance, not by user', cost: 'No cost is known', firstToken: 'No answer yet', p95: 'No answer yet', errors: 'No request yet', thumbs: 'Not rated yet' },
    intervals: 'Below each value stands its 95 % interval: where intervals of two branches do not overlap, the difference is hardly chance.',
    since: (time: string) => `Counted since ${time}.`,
    sample: (requests: number) => `There were more requests; these are the newest ${count(requests)}.`,
    live: { observed: (shares: string) => `observed ${shares}` },
  },

  logPath: {
    of: (time: string, version: number) => `Path of a request of ${time}, through v${version}.`,
    differs: (time: string, version: number) => `Path of a request of ${time}, through v${version}. The draft differs from it: what only v${version} has is not drawn here.`,
    view: (version: number) => `View v${version}`,
    otherRoute: 'This request went through another route, or through none.',
    gone: 'The log of this request is not there any more.',
    failed: 'The log of this request was not read: the admin API did not answer.',
    open: 'Open log',
    clear: 'Hide the path',
    noDocument: 'The document of this version is not there any more; the steps are what the log kept.',
  },

  facts: {
    title: 'On recent requests',
    inVersion: (version: number) => `Last 24 h, v${version}`,
    invalid: 'The flow has errors; what it would match is told once they are fixed.',
    matched: (share: string, reached: string | null, all: string) =>
      reached === null ? `Matched ${share} of the last ${all} requests.` : `Matched ${share} of the ${reached} that reach it, among the last ${all} requests.`,
    wouldMatch: (share: string, reached: string | null, all: string) =>
      reached === null ? `Would match ${share} of the last ${all} requests.` : `Would match ${share} of the ${reached} that reach it, among the last ${all} requests.`,
    notReached: (all: string) => `None of the last ${all} requests reaches it.`,
    unjudged: (requests: number) => `${plural(requests, 'request')} can't be judged: what they read was not stored.`,
    noRequests: 'No request came here.',
    wouldHaveGone: (over: string, all: string) => `Only watching: it would have redirected ${over} of ${all} requests.`,
    noneOver: (all: string) => `None of ${all} requests went over.`,
    wentOver: (over: string, all: string, users: number | null) => (users === null ? `${over} of ${all} requests went over.` : `${over} of ${all} requests went over, from ${plural(users, 'user')}.`),
    model: (requests: number, parts: readonly string[]) => `${plural(requests, 'request')}: ${parts.join(', ')}.`,
    failed: (share: string) => `${share} failed`,
    p95: (time: string) => `p95 ${time}`,
    simulated: (amount: string) => `${amount} sim`,
    wouldBeOver: (over: string) => `${over} would be over`,
  },
} as const;
