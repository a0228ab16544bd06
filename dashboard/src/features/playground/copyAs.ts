/** The same request for a terminal or a program. The key is always `$GATEWAY_API_KEY`, never the key itself. */
import type { PreparedRequest } from './request';

export type CopyKind = 'curl' | 'python' | 'javascript';

export interface CopySource extends PreparedRequest {
  /** `http://127.0.0.1:8787`, without a slash at its end. */
  origin: string;
  account: string;
  gateway: string;
}

export function copyAs(kind: CopyKind, source: CopySource): string {
  return { curl, python, javascript }[kind](source);
}

function baseUrl({ origin, account, gateway }: CopySource): string {
  return `${origin}/v1/${encodeURIComponent(account)}/${encodeURIComponent(gateway)}/compat`;
}

/** In single quotes nothing is special to a shell but the quote itself. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function curl(source: CopySource): string {
  const stream = source.body.stream === true;
  const headers = Object.entries({ 'Content-Type': 'application/json', ...source.headers });
  return [
    `curl ${stream ? '-N ' : ''}${shellQuoted(`${baseUrl(source)}/chat/completions`)}`,
    `  -H "Authorization: Bearer $GATEWAY_API_KEY"`,
    ...headers.map(([name, value]) => `  -H ${shellQuoted(`${name}: ${value}`)}`),
    `  -d ${shellQuoted(printable(JSON.stringify(source.body, null, 2)))}`,
  ].join(' \\\n');
}

/** Control characters that JSON leaves alone could still steer a terminal. */
function printable(json: string): string {
  return json.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Members that the SDKs' own methods do not know go into `extra_body`. */
const KNOWN = new Set([
  'model', 'messages', 'stream', 'temperature', 'max_tokens', 'max_completion_tokens', 'top_p', 'n', 'stop', 'tools', 'tool_choice', 'response_format',
  'seed', 'frequency_penalty', 'presence_penalty', 'logprobs', 'top_logprobs', 'user', 'stream_options', 'parallel_tool_calls', 'reasoning_effort', 'metadata',
]);

function python(source: CopySource): string {
  const known = Object.entries(source.body).filter(([name]) => KNOWN.has(name));
  const other = Object.entries(source.body).filter(([name]) => !KNOWN.has(name));
  const args = [
    ...known.map(([name, value]) => `    ${name}=${pythonValue(value, 4)},`),
    ...(Object.keys(source.headers).length > 0 ? [`    extra_headers=${pythonValue(source.headers, 4)},`] : []),
    ...(other.length > 0 ? [`    extra_body=${pythonValue(Object.fromEntries(other), 4)},`] : []),
  ];
  const print =
    source.body.stream === true
      ? ['for chunk in answer:', '    if chunk.choices:', '        print(chunk.choices[0].delta.content or "", end="", flush=True)']
      : ['print(answer.choices[0].message.content)'];
  return [
    'import os',
    '',
    'from openai import OpenAI',
    '',
    'client = OpenAI(',
    '    api_key=os.environ["GATEWAY_API_KEY"],',
    `    base_url=${pythonValue(baseUrl(source), 4)},`,
    ')',
    'answer = client.chat.completions.create(',
    ...args,
    ')',
    ...print,
    '',
  ].join('\n');
}

/** JSON texts are Python texts too, apart from three words. */
function pythonValue(value: unknown, indent: number): string {
  const pad = ' '.repeat(indent);
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value !== 'object') return typeof value === 'string' ? printable(JSON.stringify(value)) : String(value);
  const items = Array.isArray(value)
    ? value.map((item) => pythonValue(item, indent + 4))
    : Object.entries(value).map(([name, item]) => `${printable(JSON.stringify(name))}: ${pythonValue(item, indent + 4)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (items.length === 0) return `${open}${close}`;
  return `${open}\n${items.map((item) => `${pad}    ${item},`).join('\n')}\n${pad}${close}`;
}

function javascript(source: CopySource): string {
  const body = printable(JSON.stringify(source.body, null, 2));
  const hasHeaders = Object.keys(source.headers).length > 0;
  const options = hasHeaders ? `, {\n  headers: ${indented(printable(JSON.stringify(source.headers, null, 2)))},\n}` : '';
  const print =
    source.body.stream === true
      ? ['for await (const chunk of answer) {', "  process.stdout.write(chunk.choices[0]?.delta?.content ?? '');", '}']
      : ['console.log(answer.choices[0].message.content);'];
  return [
    "import OpenAI from 'openai';",
    '',
    'const client = new OpenAI({',
    '  apiKey: process.env.GATEWAY_API_KEY,',
    `  baseURL: ${JSON.stringify(baseUrl(source))},`,
    '});',
    `const answer = await client.chat.completions.create(${body}${options});`,
    ...print,
    '',
  ].join('\n');
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n  ');
}
