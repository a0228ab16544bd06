import { Button, FileButton } from '@mantine/core';
import { IconAlertTriangle, IconDownload, IconLayoutSidebarRight, IconUpload } from '@tabler/icons-react';

import { CopyButton } from '@/components/CopyButton';
import { toast } from '@/components/toast';
import { routeEditorText as text } from '@/text/route-editor';

import { formatDocument } from '../../model';
import { isReadOnly, shownDraft, useEditor, useEditorStore } from '../../store';
import { apiCall } from './call';
import classes from './JsonView.module.css';
import { type JsonEditor, useJsonEditor } from './useJsonEditor';

/** The same route as text. */
export default function JsonView() {
  const editor = useJsonEditor();
  return (
    <section className={classes.view} aria-label={text.json.label}>
      <JsonBar replace={editor.replace} />
      <JsonMessage editor={editor} />
      <div className={classes.host} ref={editor.host} data-testid="json-editor" />
    </section>
  );
}

/** Nothing that a browser could not hold in a text field anyway. */
const UPLOAD_BYTES_MAX = 1_048_576;
const UPLOAD_MAX_WORDS = '1 MiB';

function JsonBar({ replace }: { replace: (content: string) => void }) {
  const store = useEditorStore();
  const isBeside = useEditor((state) => state.view === 'both');
  const document = useEditor((state) => shownDraft(state).document);
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const routeName = useEditor((state) => state.routeName);
  const isStill = useEditor(isReadOnly);

  const upload = async (file: File | null) => {
    if (file === null) return;
    if (file.size > UPLOAD_BYTES_MAX) toast(text.json.tooLarge(UPLOAD_MAX_WORDS), { kind: 'failed' });
    else replace(await file.text());
  };

  return (
    <div className={classes.bar} role="toolbar" aria-label={text.json.label}>
      <CopyButton withText label={text.json.copy} text={formatDocument(document)} />
      <CopyButton withText label={text.json.copyCall} text={apiCall(window.location.origin, gateway, routeId, document)} />
      <Button leftSection={<IconDownload size={15} stroke={1.75} />} onClick={() => download(`${routeName}.json`, formatDocument(document))}>
        {text.json.download}
      </Button>
      <FileButton accept="application/json,.json" onChange={(file) => void upload(file)}>
        {(props) => (
          <Button {...props} disabled={isStill} leftSection={<IconUpload size={15} stroke={1.75} />}>
            {text.json.upload}
          </Button>
        )}
      </FileButton>
      <Button className={classes.beside ?? ''} aria-pressed={isBeside} leftSection={<IconLayoutSidebarRight size={15} stroke={1.75} />} onClick={() => store.getState().setView(isBeside ? 'json' : 'both')}>
        {text.json.beside}
      </Button>
    </div>
  );
}

/** What is wrong with the text, or what was read differently. */
function JsonMessage({ editor }: { editor: JsonEditor }) {
  const error = useEditor((state) => state.json.error);
  if (error !== null) {
    return (
      <p className={classes.error} role="alert">
        <IconAlertTriangle size={15} stroke={1.75} aria-hidden />
        <span>{error}</span>
        <span className={classes.hint}>{text.json.keepsLast}</span>
      </p>
    );
  }
  if (editor.changes.length === 0) return null;
  return (
    <div className={classes.changes} role="status">
      <span>{text.json.changed}</span>
      <ul>
        {editor.changes.map((change) => (
          <li key={change}>
            <Words content={change} />
          </li>
        ))}
      </ul>
      <Button onClick={editor.rewrite}>{text.json.rewrite}</Button>
    </div>
  );
}

/** What the server puts between backticks is code. */
function Words({ content }: { content: string }) {
  return content.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}

function download(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
