/** A page of the reference, as it was when the dashboard was built: there without a network. */
import { useRouterState } from '@tanstack/react-router';
import { Fragment, useEffect, useMemo, useRef, type ReactNode } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { Page } from '@/components/PageHead';
import type { Block, Inline } from '@/features/playground/markdown';
import { useReady } from '@/lib/ready';
import { docsText as text } from '@/text/docs';

import classes from './DocPage.module.css';
import { idOf, idsIn, readDoc, type Part } from './read';

export function DocPage({ source }: { source: string }) {
  const { title, parts } = useMemo(() => readDoc(source), [source]);
  const known = useMemo(() => idsIn(parts), [parts]);
  const asked = useRouterState({ select: (state) => decodeURIComponent(state.location.hash) });
  const marked = useRef<HTMLElement>(null);
  useCrumbs(title);
  useReady(true);
  useEffect(() => {
    marked.current?.scrollIntoView({ block: 'center' });
    marked.current?.focus({ preventScroll: true });
  }, [asked]);
  const mark = (ids: readonly string[]) => (asked !== '' && ids.includes(asked) ? { ref: marked as never, tabIndex: -1, 'data-marked': true } : {});
  return (
    <Page title={title} hint={text.hint}>
      <div className={classes.doc}>
        {asked !== '' && !known.has(asked) ? (
          <p className={classes.note} role="status">
            {text.unknown(asked)}
          </p>
        ) : null}
        {parts.map((part, index) => (
          <Fragment key={index}>{part.kind === 'table' ? <Table part={part} mark={mark} /> : part.blocks.map((block, at) => <BlockView key={at} block={block} mark={mark} />)}</Fragment>
        ))}
      </div>
    </Page>
  );
}

type Mark = (ids: readonly string[]) => object;

function Table({ part, mark }: { part: Extract<Part, { kind: 'table' }>; mark: Mark }) {
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          {part.columns.map((column, index) => (
            <th key={index} scope="col">
              {inlines(column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {part.rows.map((row, index) => (
          <tr key={index} id={row.ids[0]} {...mark(row.ids)}>
            {row.cells.map((cell, at) => (
              <td key={at} data-label={at === 0 ? undefined : plain(part.columns[at] ?? [])}>
                <span>{inlines(cell)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function BlockView({ block, mark }: { block: Block; mark: Mark }) {
  switch (block.kind) {
    case 'heading':
      return block.level <= 2 ? <h2 className={classes.heading}>{inlines(block.children)}</h2> : <h3 className={classes.heading}>{inlines(block.children)}</h3>;
    case 'paragraph': {
      const id = idOf(block);
      return (
        <p id={id} {...(id === undefined ? {} : mark([id]))}>
          {inlines(block.children)}
        </p>
      );
    }
    case 'quote':
      return <blockquote>{inlines(block.children)}</blockquote>;
    case 'list': {
      const List = block.isOrdered ? 'ol' : 'ul';
      return (
        <List>
          {block.items.map((item, index) => (
            <li key={index}>{inlines(item)}</li>
          ))}
        </List>
      );
    }
    case 'code':
      return <pre className={classes.code}>{block.text}</pre>;
    case 'rule':
      return <hr />;
  }
}

function inlines(list: readonly Inline[]): ReactNode {
  return list.map((inline, index) => <Fragment key={index}>{inlineOf(inline)}</Fragment>);
}

/** Links lead to other files of the reference, which are not here: their words stay. */
function inlineOf(inline: Inline): ReactNode {
  switch (inline.kind) {
    case 'text':
    case 'link':
      return inline.text;
    case 'code':
      return <code>{inline.text}</code>;
    case 'strong':
      return <strong>{inlines(inline.children)}</strong>;
    case 'emphasis':
      return <em>{inlines(inline.children)}</em>;
  }
}

function plain(list: readonly Inline[]): string {
  return list.map((inline) => ('children' in inline ? plain(inline.children) : inline.text)).join('');
}
