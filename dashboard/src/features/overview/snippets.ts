/** A first call, for a terminal or a program. The key is always a variable. */

export type Language = 'curl' | 'python' | 'javascript';

/** Pieces of text; `kind` says how they are coloured. */
export interface Piece {
  text: string;
  kind?: 'string' | 'comment';
}

const plain = (text: string): Piece => ({ text });
const quoted = (text: string): Piece => ({ text, kind: 'string' });

export interface CallSource {
  origin: string;
  gateway: string;
  model: string;
  /** Said beside the variable of the key. */
  comment: string;
}

export function baseUrl(origin: string, gateway: string): string {
  return `${origin}/v1/default/${encodeURIComponent(gateway)}/compat`;
}

export function snippet(language: Language, source: CallSource): Piece[] {
  return { curl, python, javascript }[language](source);
}

export function textOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.text).join('');
}

function curl({ origin, gateway, model, comment }: CallSource): Piece[] {
  return [
    plain('export GATEWAY_API_KEY=…   '),
    { text: comment, kind: 'comment' },
    plain(`\n\n${curlStart(origin, gateway)}`),
    quoted('"Authorization: Bearer $GATEWAY_API_KEY"'),
    plain(' \\\n  -H '),
    quoted(`'cf-aig-metadata: {"user_id":"user-anna"}'`),
    plain(' \\\n  -H '),
    quoted('"Content-Type: application/json"'),
    plain(' \\\n  -d '),
    quoted(`'{"model":"${model}","messages":[\n        {"role":"user","content":"Hello"}]}'`),
  ];
}

function curlStart(origin: string, gateway: string): string {
  return `curl ${baseUrl(origin, gateway)}/chat/completions \\\n  -H `;
}

/** Only the command, for those who have the key in their shell. */
export function curlCommand(source: CallSource): string {
  return textOf(curl(source)).split('\n\n')[1]!;
}

/** What lands in the clipboard. The line that sets the key stays behind: pasted as it is, it would put dots in place of a key. */
export function copied(language: Language, source: CallSource): string {
  return language === 'curl' ? curlCommand(source) : textOf(snippet(language, source));
}

function python({ origin, gateway, model }: CallSource): Piece[] {
  return [
    plain('import os\nfrom openai import OpenAI\n\nclient = OpenAI(\n    base_url='),
    quoted(`"${baseUrl(origin, gateway)}"`),
    plain(',\n    api_key=os.environ['),
    quoted('"GATEWAY_API_KEY"'),
    plain('],\n)\nanswer = client.chat.completions.create(\n    model='),
    quoted(`"${model}"`),
    plain(',\n    messages=[{'),
    quoted('"role"'),
    plain(': '),
    quoted('"user"'),
    plain(', '),
    quoted('"content"'),
    plain(': '),
    quoted('"Hello"'),
    plain('}],\n)\nprint(answer.choices[0].message.content)'),
  ];
}

function javascript({ origin, gateway, model }: CallSource): Piece[] {
  return [
    plain('import OpenAI from '),
    quoted("'openai'"),
    plain(';\n\nconst client = new OpenAI({\n  baseURL: '),
    quoted(`'${baseUrl(origin, gateway)}'`),
    plain(',\n  apiKey: process.env.GATEWAY_API_KEY,\n});\nconst answer = await client.chat.completions.create({\n  model: '),
    quoted(`'${model}'`),
    plain(',\n  messages: [{ role: '),
    quoted("'user'"),
    plain(', content: '),
    quoted("'Hello'"),
    plain(' }],\n});\nconsole.log(answer.choices[0].message.content);'),
  ];
}
