import { ACCOUNT } from '@/app/gateway';

import { type RouteDocument, content } from '../../model';

/** A command line that saves this flow as a version. The token is named, never written. */
export function apiCall(origin: string, gateway: string, routeId: string, document: RouteDocument): string {
  const url = `${origin}/client/v4/accounts/${encodeURIComponent(ACCOUNT)}/ai-gateway/gateways/${encodeURIComponent(gateway)}/routes/${encodeURIComponent(routeId)}/versions`;
  const body = JSON.stringify(content(document), null, 2);
  return [`curl -X POST ${shell(url)} \\`, `  -H "Authorization: Bearer $WAYPOST_ADMIN_TOKEN" \\`, `  -H 'Content-Type: application/json' \\`, `  --data-binary ${shell(body)}`].join('\n');
}

/** In single quotes, where a shell reads nothing as its own. */
function shell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
