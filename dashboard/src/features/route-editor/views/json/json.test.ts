import { json } from '@codemirror/lang-json';
import { EditorState } from '@codemirror/state';
import { describe, expect, it } from 'vitest';

import { formatDocument } from '../../model';
import { EXAMPLES, example } from '../../model/testing';
import { apiCall } from './call';
import { complete } from './help';
import { readJudgement, readText } from './read';
import { contextAt, elementRanges, firstError, hasTwins, rangeOf } from './tree';

const stateOf = (doc: string) => EditorState.create({ doc, extensions: [json()] });
const smart = formatDocument(example('smart-route'));

describe('places in the text', () => {
  it('finds every element, and the value that a problem speaks of', () => {
    const state = stateOf(smart);
    expect(elementRanges(state).map(({ id }) => id)).toEqual(['start', 'is-admin', 'budget', 'large', 'small', 'end']);
    const { from, to } = rangeOf(state, ['elements', 2, 'properties', 'limit']);
    expect(state.sliceDoc(from, to)).toBe('1');
    const gone = rangeOf(state, ['elements', 2, 'properties', 'nothing', 3]);
    expect(state.sliceDoc(gone.from, gone.to)).toBe('{');
    expect(elementRanges(stateOf(JSON.stringify(example('simple').elements))).map(({ id }) => id)).toEqual(['start', 'model', 'end']);
  });

  it('knows where the cursor is', () => {
    const state = stateOf(smart);
    const context = contextAt(state, smart.indexOf('"cost"') + 2);
    expect(context).toMatchObject({ path: ['elements', 2, 'properties', 'limitType'], is: 'value', elementType: 'rate', limitType: 'cost' });
  });

  it('ux-17 names the line of the first error', () => {
    const broken = smart.replace('"limit": 1,', '"limit": ,');
    const line = broken.slice(0, broken.indexOf('"limit": ,')).split('\n').length;
    expect(readText(broken, firstError(stateOf(broken)), false)).toEqual({ kind: 'broken', line, error: `JSON has an error on line ${line}` });
    expect(readText('{"elements": [', firstError(stateOf('{"elements": [')), false).kind).toBe('broken');
  });

  it('sees members that stand twice', () => {
    expect(hasTwins(stateOf('{"outputs": {"50%": 1, "50%": 2}}'))).toBe(true);
    expect(hasTwins(stateOf(smart))).toBe(false);
  });
});

describe('reading', () => {
  it.each(EXAMPLES)('ux-18 takes %s as it is', (name) => {
    const content = formatDocument(example(name));
    expect(readText(content, null, false)).toEqual({ kind: 'published', document: example(name) });
  });

  it('ux-18 leaves other spellings to the server', () => {
    for (const content of ['{"nodes": []}', '{"elements": [{"id": "a", "type": "rate_limit", "outputs": {}}]}', '{"elements": [{"id": "a", "type": "end"}]}', '[]', '"x"', '{"elements": [{"id": "a", "type": "start", "outputs": {"next": "b"}}]}']) {
      expect(readText(content, null, false), content).toEqual({ kind: 'foreign' });
    }
    expect(readText('{"elements": []}', null, true)).toEqual({ kind: 'foreign' });
  });

  it('shows what the server says where it cannot read it either', () => {
    const judgement = { valid: false, storable: false, changes: [], unknown: [], document: null, problems: [{ code: 'E00', severity: 'error', node: null, field: null, message: 'A route document needs a list named `elements`.', path: [] }] } as const;
    expect(readJudgement({ ...judgement, changes: [], unknown: [], problems: judgement.problems.map((problem) => ({ ...problem, path: [] })) })).toEqual({ error: 'A route document needs a list named elements.' });
  });
});

describe('completion', () => {
  const options = (doc: string) => {
    const pos = doc.indexOf('|');
    return complete({ state: stateOf(doc.replace('|', '')), pos, explicit: true })?.options.map(({ apply }) => apply);
  };
  const element = (inner: string) => `{"elements": [{"id": "start", "type": "start", "outputs": {}}, {"id": "b", "type": "rate", ${inner}}]}`;

  it('offers names of the kind, without those that are there', () => {
    const names = options(element('"properties": {"limitType": "cost", "l|": 1}'));
    expect(names).toContain('"enforcement"');
    expect(names).not.toContain('"limitType"');
  });

  it('offers values, ids and fields', () => {
    expect(options(element('"properties": {"technique": "|"}'))).toEqual(['"sliding"', '"fixed"']);
    expect(options(element('"outputs": {"success": {"elementId": "|"}}'))).toEqual(['"start"', '"b"']);
    expect(options(element('"properties": {"key": "|"}'))).toContain('"metadata.user_id"');
  });
});

describe('API call', () => {
  it('names the token, and quotes what a shell would read', () => {
    const document = example('simple');
    document.elements[1]!.title = "It's $HOME";
    const call = apiCall('http://127.0.0.1:8787', 'default', 'abc', document);
    expect(call).toContain('Bearer $WAYPOST_ADMIN_TOKEN');
    expect(call).toContain(String.raw`It'\''s $HOME`);
    expect(call).not.toContain('layout');
  });
});
