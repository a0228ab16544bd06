import { ApiFailure, api, call } from '@/api/client';
import { ACCOUNT } from '@/app/gateway';

import type { Problem, RouteDocument } from '../model';

/** What is stored on the server, in whatever shape it has. */
export interface StoredDraft {
  document: unknown;
  revision: number;
  modifiedAt: string;
  modifiedBy: string;
}

/** The server's reading of a document, in any spelling. */
export interface Judgement {
  valid: boolean;
  storable: boolean;
  problems: Problem[];
  /** What was spelled differently, in words. */
  changes: string[];
  unknown: string[];
  /** The document in the published spelling; null when it could not be read. */
  document: unknown;
}

/** Everything the editor asks of the server while it edits. */
export interface DraftServer {
  read(): Promise<StoredDraft | null>;
  /** Rejects with a {@link ChangedMeanwhile} when somebody else stored a draft since that revision. */
  write(document: unknown, revision: number): Promise<StoredDraft>;
  /** A document, or text as somebody typed it: the server sees members that stand twice, which parsing would lose. */
  judge(document: RouteDocument | string, signal?: AbortSignal): Promise<Judgement>;
  /** A new route with this draft; its name. */
  copy(document: RouteDocument, stored: unknown): Promise<string>;
}

export class ChangedMeanwhile extends Error {}

const COPIES_MAX = 20;

export function draftServer(gateway: string, route: string, routeName: string): DraftServer {
  const path = { params: { path: { gateway, route } } } as const;
  return {
    async read() {
      try {
        return stored(await call(api.GET('/api/gateways/{gateway}/routes/{route}/draft', path)));
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 404) return null;
        throw error;
      }
    },

    async write(document, revision) {
      try {
        return stored(await call(api.PUT('/api/gateways/{gateway}/routes/{route}/draft', { ...path, body: { document, revision } as never })));
      } catch (error) {
        throw error instanceof ApiFailure && error.status === 409 ? new ChangedMeanwhile() : error;
      }
    },

    async judge(document, signal) {
      const body = typeof document === 'string' ? document : JSON.stringify(document);
      const answer = await call(
        api.POST('/api/gateways/{gateway}/routes/validate', {
          params: { path: { gateway } },
          body: body as never,
          bodySerializer: (text: unknown) => String(text),
          headers: { 'content-type': 'application/json' },
          ...(signal === undefined ? {} : { signal }),
        }),
      );
      return answer as unknown as Judgement;
    },

    async copy(document, draft) {
      const { id, name } = await createCopy(gateway, routeName, document);
      await call(
        api.PUT('/api/gateways/{gateway}/routes/{route}/draft', { params: { path: { gateway, route: id } }, body: { document: draft, revision: 0 } as never }),
      );
      return name;
    },
  };
}

/** The first free name; a document that no version may hold starts from an empty flow, and is whole in the draft. */
async function createCopy(gateway: string, routeName: string, { elements }: RouteDocument): Promise<{ id: string; name: string }> {
  let body: unknown[] = elements;
  for (let number = 1; ; ) {
    const suffix = number === 1 ? '-copy' : `-copy-${number}`;
    const name = `${routeName.slice(0, 64 - suffix.length)}${suffix}`;
    try {
      const route = await call(
        api.POST('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes', {
          params: { path: { account: ACCOUNT, gateway } },
          body: { name, elements: body, deploy: false } as never,
        }),
      );
      return { id: (route as { id: string }).id, name };
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (error.status === 409 && number < COPIES_MAX) number += 1;
      else if (error.status === 400 && body === elements) body = EMPTY_FLOW;
      else throw error;
    }
  }
}

const EMPTY_FLOW = [
  { id: 'start', type: 'start', outputs: { next: { elementId: 'end' } } },
  { id: 'end', type: 'end', outputs: {} },
];

function stored(view: { document?: unknown; revision: number; modified_at: string; modified_by: string }): StoredDraft {
  return { document: view.document, revision: view.revision, modifiedAt: view.modified_at, modifiedBy: view.modified_by };
}
