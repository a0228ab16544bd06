/** Where to go after signing in: only to an address of this dashboard, whatever a link says. */
export function safeThen(then: string | undefined): string {
  if (!then || !then.startsWith('/') || then.startsWith('//') || then.includes('\\')) return '/';
  const url = new URL(then, 'http://here.invalid');
  if (url.origin !== 'http://here.invalid') return '/';
  const isDoor = url.pathname === '/sign-in' || url.pathname === '/setup';
  return isDoor ? '/' : url.pathname + url.search + url.hash;
}
