import { api, call } from '@/api/client';

/** Stores an HTML answer for a few minutes and gives the address at which it is shown without scripts, images from elsewhere or an origin. */
export async function openPreview(html: string): Promise<string> {
  const { id } = (await call(api.POST('/api/previews' as never, { body: { html } } as never))) as { id: string };
  return `/preview/${encodeURIComponent(id)}`;
}
