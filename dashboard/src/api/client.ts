/** The one way to the management API: typed by its own document, unwrapped from its envelope. */
import createClient, { type Middleware } from 'openapi-fetch';

import type { paths } from './schema';

/** What went wrong, as the API says it. */
export class ApiFailure extends Error {
  constructor(
    /** HTTP status; 0 when the API could not be reached. */
    readonly status: number,
    readonly code: number | undefined,
    message: string,
    readonly requestId: string | undefined,
    /** The whole envelope, for what stands beside the message. */
    readonly envelope?: unknown,
  ) {
    super(message);
    this.name = 'ApiFailure';
  }

  /** The API itself is not there: nothing is said about the request. */
  get isUnreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }

  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

let csrfToken: string | null = null;

/** What every change has to carry while a session is used. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

const withSession: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== 'GET' && request.method !== 'HEAD') request.headers.set('x-waypost-csrf', csrfToken);
    return request;
  },
};

/** Headers of a change sent by `fetch` itself (streams, uploads). */
export function sessionHeaders(): Record<string, string> {
  return csrfToken ? { 'x-waypost-csrf': csrfToken } : {};
}

export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });
api.use(withSession);

interface Envelope<T> {
  success?: boolean;
  result?: T;
  errors?: { code?: number; message?: string }[];
  result_info?: unknown;
}

interface Answered {
  data?: unknown;
  error?: unknown;
  response: Response;
}

type ResultOf<A> = A extends { data: infer D } ? (D extends { result: infer R } ? R : D) : never;

/** The `result` of an answer, or an {@link ApiFailure}. */
export async function call<A extends Answered>(asked: Promise<A>): Promise<ResultOf<A>> {
  return (await whole(asked)).result as ResultOf<A>;
}

/** The whole envelope of an answer (paging stands beside the result), or an {@link ApiFailure}. */
export async function whole<A extends Answered>(asked: Promise<A>): Promise<Envelope<ResultOf<A>>> {
  const { data, error, response } = await asked.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiFailure(0, undefined, "Can't reach the admin API. Traffic is not affected.", undefined);
  });
  if (!response.ok) throw failure(response, error);
  return data as Envelope<ResultOf<A>>;
}

/** The failure that an answer describes. */
export function failure(response: Response, body: unknown): ApiFailure {
  const said = (body as Envelope<unknown> | undefined)?.errors?.[0];
  const requestId = response.headers.get('waypost-request-id') ?? response.headers.get('cf-aig-log-id') ?? undefined;
  return new ApiFailure(response.status, said?.code, said?.message ?? `The admin API answered ${response.status}.`, requestId, body);
}
