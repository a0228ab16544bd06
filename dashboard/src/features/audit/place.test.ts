import { describe, expect, it } from 'vitest';

import { placeOf } from './place';

const none = () => undefined;

describe('what an entry speaks of', () => {
  it('is a route by its name, wherever that is known', () => {
    const deployed = { action: 'deployed', object: 'route', object_id: '01A', gateway: 'prod', after: { number: 2 } };
    expect(placeOf(deployed, 'default', (id) => (id === '01A' ? 'smart route' : undefined))).toEqual({ name: 'smart route', href: '/g/prod/routes/smart%20route' });
    expect(placeOf(deployed, 'default', none)).toEqual({ name: '01A', href: undefined });
    expect(placeOf({ action: 'created', object: 'version', object_id: '01V', gateway: 'prod', after: { route: 'smart' } }, 'default', none)).toEqual({ name: 'smart', href: '/g/prod/routes/smart' });
    expect(placeOf({ action: 'updated', object: 'counter', object_id: '01A/limit', gateway: 'prod' }, 'default', (id) => (id === '01A' ? 'smart' : undefined)).name).toBe('smart');
  });

  it('leads nowhere once it is gone', () => {
    expect(placeOf({ action: 'deleted', object: 'route', object_id: '01A', gateway: 'prod', before: { name: 'old' } }, 'default', none)).toEqual({ name: 'old', href: undefined });
  });

  it('is opened in the gateway on screen where it belongs to none', () => {
    expect(placeOf({ action: 'updated', object: 'price', object_id: 'openai/gpt', gateway: null }, 'prod', none).href).toBe('/g/prod/providers?tab=prices&q=openai%2Fgpt');
    expect(placeOf({ action: 'created', object: 'api_key', object_id: '01K', gateway: 'prod', after: { label: 'app' } }, 'default', none)).toEqual({ name: 'app', href: '/g/prod/keys?key=01K' });
    expect(placeOf({ action: 'created', object: 'admin_token', object_id: '01T', after: { label: 'ci' } }, 'default', none)).toEqual({ name: 'ci', href: undefined });
  });
});
