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
} as const;
