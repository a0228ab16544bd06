import { Fragment, memo, type ReactNode } from 'react';

import { PlainText } from '@/components/PlainText';

import { isSafeAddress, readMarkdown, type Block, type Inline } from './markdown';
import classes from './Markdown.module.css';

/** Markdown as elements: no markup from the text, no images, links with their address in view and followed by nothing but a click. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return <div className={classes.text}>{readMarkdown(text).map((block, index) => blockOf(block, index))}</div>;
});

function blockOf(block: Block, key: number): ReactNode {
  switch (block.kind) {
    case 'heading':
      // The page has its own headings; these are a part of an answer.
      return (
        <div key={key} role="heading" aria-level={Math.min(6, block.level + 2)} className={classes.heading} data-level={block.level}>
          {inlines(block.children)}
        </div>
      );
    case 'paragraph':
      return (
        <p key={key} dir="auto">
          {inlines(block.children)}
        </p>
      );
    case 'quote':
      return (
        <blockquote key={key} dir="auto">
          {inlines(block.children)}
        </blockquote>
      );
    case 'list': {
      const items = block.items.map((item, index) => (
        <li key={index} dir="auto">
          {inlines(item)}
        </li>
      ));
      return block.isOrdered ? (
        <ol key={key} start={block.start}>
          {items}
        </ol>
      ) : (
        <ul key={key}>{items}</ul>
      );
    }
    case 'code':
      return (
        <div key={key} className={classes.code}>
          <PlainText text={block.text} block />
        </div>
      );
    case 'rule':
      return <hr key={key} />;
  }
}

function inlines(list: readonly Inline[]): ReactNode {
  return list.map((inline, index) => <Fragment key={index}>{inlineOf(inline)}</Fragment>);
}

function inlineOf(inline: Inline): ReactNode {
  switch (inline.kind) {
    case 'text':
      return <PlainText text={inline.text} />;
    case 'code':
      return (
        <code>
          <PlainText text={inline.text} />
        </code>
      );
    case 'strong':
      return <strong>{inlines(inline.children)}</strong>;
    case 'emphasis':
      return <em>{inlines(inline.children)}</em>;
    case 'link':
      return (
        <>
          <PlainText text={inline.text} /> (
          {isSafeAddress(inline.address) ? (
            <a href={inline.address} target="_blank" rel="noopener noreferrer nofollow" className={classes.address}>
              <PlainText text={inline.address} />
            </a>
          ) : (
            <PlainText text={inline.address} />
          )}
          )
        </>
      );
  }
}
