/** What the data plane says when it cannot answer, in its own shape or a provider's. */
export interface GatewayError {
  status: number;
  type: string | undefined;
  message: string;
  requestId: string | undefined;
  retryAfter: string | undefined;
  /** The gateway itself says it, and not a provider: its word is explained here. */
  isOurs?: boolean | undefined;
  /** Where whoever says it explains it. */
  docs?: string | undefined;
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Only these name themselves so (D1). */
const OURS = 'AiGatewayError';
/** Said inside of a stream, in the caller's own format. */
const IN_STREAM = 'stream_interrupted';

/** An address that a click may follow. */
function address(value: unknown): string | undefined {
  const said = text(value);
  return said && /^https?:\/\//i.test(said) ? said : undefined;
}

/** Reads `{message, type}`, `{error: {…}}`, `{error: [{…}]}`, `{errors: [{…}]}`. */
export function readError(body: unknown): { type: string | undefined; message: string | undefined; requestId: string | undefined; isOurs?: true; docs?: string } {
  if (!isObject(body)) return { type: undefined, message: undefined, requestId: undefined };
  const nested = [body.error, body.errors].map((part) => (Array.isArray(part) ? part[0] : part)).find(isObject);
  const docs = address(body.docs) ?? address(nested?.docs);
  const type = text(body.type) ?? text(nested?.type);
  return {
    ...(body.name === OURS || type === IN_STREAM ? { isOurs: true as const } : {}),
    ...(docs === undefined ? {} : { docs }),
    type,
    message: text(body.message) ?? text(nested?.message) ?? text(body.error),
    requestId: text(body.request_id) ?? text(nested?.request_id),
  };
}

export async function errorOf(response: Response): Promise<GatewayError> {
  const raw = await response.text().catch(() => '');
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    body = undefined;
  }
  const said = readError(body);
  return {
    status: response.status,
    type: said.type,
    message: said.message ?? (raw.trim().slice(0, 2_000) || ''),
    requestId: said.requestId ?? response.headers.get('cf-aig-log-id') ?? response.headers.get('waypost-request-id') ?? undefined,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    ...(said.isOurs ? { isOurs: true } : {}),
    ...(said.docs === undefined ? {} : { docs: said.docs }),
  };
}
