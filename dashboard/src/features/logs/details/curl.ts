/** The same call for a terminal, as it came: path, body, and what the log kept of its headers. The key is `$GATEWAY_API_KEY`. */
import { shellQuoted } from '@/features/playground/copyAs';
import { ascii } from '@/features/playground/request';

import type { LogDetail } from '../row';

export function curlOf(log: Pick<LogDetail, 'path' | 'metadata' | 'request_content_type' | 'waypost' | 'event_id'>, body: string | null, origin: string): string {
  const { pinned_metadata: pinned, added_metadata: added } = log.waypost;
  const sent = Object.entries(log.metadata ?? {}).filter(([key]) => !pinned.includes(key) && !(key in added));
  const headers = [
    ...(body === null ? [] : [`Content-Type: ${log.request_content_type ?? 'application/json'}`]),
    ...(sent.length > 0 ? [`cf-aig-metadata: ${ascii(JSON.stringify(Object.fromEntries(sent)))}`] : []),
  ];
  return [
    `curl ${log.waypost.stream ? '-N ' : ''}${shellQuoted(origin + log.path)}`,
    `  -H "Authorization: Bearer $GATEWAY_API_KEY"`,
    ...headers.map((header) => `  -H ${shellQuoted(header)}`),
    ...(body === null ? [] : [`  --data-binary ${shellQuoted(body)}`]),
  ].join(' \\\n');
}
