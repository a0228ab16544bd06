import { useQuery } from '@tanstack/react-query';

import { sessionQuery } from '@/app/session';

/** The address under which clients reach this gateway: what the server says of itself, or the page's own. */
export function useSessionOrigin(): string {
  const { data } = useQuery(sessionQuery);
  const said = (data as { listen_url?: string } | undefined)?.listen_url;
  const isLocal = said === undefined || /^https?:\/\/(127\.|localhost|0\.0\.0\.0|\[)/.test(said);
  const page = window.location.origin;
  // Behind a proxy the page's address is the one that clients can reach too.
  const isPageLocal = /^https?:\/\/(127\.|localhost|\[::1\])/.test(page);
  return (isLocal && !isPageLocal ? page : (said ?? page)).replace(/\/+$/, '');
}
