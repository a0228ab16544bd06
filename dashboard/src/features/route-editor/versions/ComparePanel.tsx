/** Beside a comparison: what differs as a list, and both flows as JSON. */
import { SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';

import { versionsText as text } from '@/text/versions';

import { content } from '../model';
import panel from '../panel.module.css';
import { SidePanel } from '../SidePanel';
import { type Comparison, useEditor, useEditorStore } from '../store';
import { Changes } from './Changes';
import { linesOf, partsOf } from './json-lines';
import classes from './versions.module.css';

export function ComparePanel() {
  const store = useEditorStore();
  const comparison = useEditor((state) => state.viewing?.comparison);
  const [shown, setShown] = useState<'list' | 'json'>('list');
  if (comparison === undefined) return null;
  return (
    <SidePanel title={text.changeList} closeLabel={text.changeListClose} onClose={() => store.getState().setPanel('none')}>
      <div className={panel.section}>
        <SegmentedControl
          fullWidth
          aria-label={text.changeTabs}
          value={shown}
          onChange={setShown}
          data={[
            { value: 'list', label: text.changeList },
            { value: 'json', label: text.jsonDiff },
          ]}
        />
      </div>
      <div className={panel.section}>
        {comparison.changes.length === 0 ? <p className={classes.same}>{text.same}</p> : shown === 'list' ? <Changes changes={comparison.changes} onOpen={(id) => store.getState().select([id])} /> : <JsonLines comparison={comparison} />}
      </div>
    </SidePanel>
  );
}

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;

function JsonLines({ comparison: { old, next } }: { comparison: Comparison }) {
  const parts = useMemo(() => partsOf(linesOf(JSON.stringify(content(old), null, 2), JSON.stringify(content(next), null, 2))), [old, next]);
  return (
    <div className={classes.json} tabIndex={0} role="group" aria-label={text.jsonLines}>
      {parts.map((part, at) =>
        'left' in part ? (
          <div key={at} className={classes.left}>
            {text.unchangedLines(part.left)}
          </div>
        ) : (
          <pre key={at}>
            {part.lines.map(({ kind, text: line }, index) => {
              const Tag = kind === 'added' ? 'ins' : kind === 'removed' ? 'del' : 'span';
              return <Tag key={index} data-kind={kind}>{`${SIGNS[kind]} ${line}\n`}</Tag>;
            })}
          </pre>
        ),
      )}
    </div>
  );
}
