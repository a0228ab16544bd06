/** What an entry speaks of: its name, and where it is found while it exists. Pure. */

export interface Spoken {
  action: string;
  object: string;
  object_id: string;
  gateway?: string | null;
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
}

export interface Place {
  /** The id where no name is known. */
  name: string;
  href: string | undefined;
}

/** `here` is the gateway on screen: prices and providers belong to none. */
export function placeOf(entry: Spoken, here: string, nameOfRoute: (id: string) => string | undefined): Place {
  const { object, object_id: id } = entry;
  const said = (member: string) => text(entry.after?.[member]) ?? text(entry.before?.[member]);
  const at = (path: string) => (entry.action === 'deleted' ? undefined : `/g/${encodeURIComponent(entry.gateway ?? here)}${path}`);
  const route = (name: string | undefined): Place => ({ name: name ?? id, href: name === undefined ? undefined : at(`/routes/${encodeURIComponent(name)}`) });
  switch (object) {
    case 'route':
    case 'draft':
    case 'cases':
    case 'dismissals':
      return route(nameOfRoute(id) ?? said('name'));
    case 'version':
      return route(said('route'));
    case 'counter':
      return route(nameOfRoute(id.split('/')[0]!));
    case 'api_key':
      return { name: said('label') ?? id, href: at(entry.action === 'revoked' ? '/keys' : `/keys?key=${encodeURIComponent(id)}`) };
    case 'provider_key':
      return { name: said('alias') ?? id, href: at('/providers') };
    case 'custom_provider':
      return { name: said('name') ?? id, href: at('/providers') };
    case 'price':
      return { name: id, href: at(`/providers?tab=prices&q=${encodeURIComponent(id)}`) };
    case 'gateway':
    case 'configuration':
      return { name: id, href: at('/settings') };
    case 'logs':
      return { name: id, href: `/g/${encodeURIComponent(entry.gateway ?? here)}/logs` };
    default:
      return { name: said('label') ?? id, href: undefined };
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
