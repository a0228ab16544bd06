import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** The editor in the dashboard's own colours, light and dark alike. */
export function look(): Extension {
  return [theme, syntaxHighlighting(colours)];
}

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'var(--wp-surface)', color: 'var(--wp-text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--wp-mono)', fontVariantLigatures: 'none', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--wp-text)', padding: '8px 0' },
  '.cm-gutters': { backgroundColor: 'var(--wp-surface)', color: 'var(--wp-text-3)', borderRight: '1px solid var(--wp-line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--wp-surface-2)' },
  '.cm-selected-element': { backgroundColor: 'var(--wp-accent-soft)', boxShadow: 'inset 2px 0 0 var(--wp-accent)' },
  '.cm-cursor': { borderLeftColor: 'var(--wp-text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--wp-accent-line)' },
  '.cm-matchingBracket': { outline: '1px solid var(--wp-control-line)', backgroundColor: 'transparent' },
  '.cm-tooltip': { backgroundColor: 'var(--wp-surface)', color: 'var(--wp-text)', border: '1px solid var(--wp-line-strong)', borderRadius: 'var(--wp-radius-md)', boxShadow: 'var(--wp-shadow-3)', fontFamily: 'var(--wp-font)', fontSize: '12px' },
  '.cm-help': { padding: '6px 10px', maxWidth: '320px', lineHeight: '16px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--wp-mono)', fontSize: '12px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--wp-accent-soft)', color: 'var(--wp-accent-text)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--wp-bad-mark)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--wp-warn-mark)' },
  '.cm-panels': { backgroundColor: 'var(--wp-surface-2)', color: 'var(--wp-text)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--wp-surface-3)', border: 'none', color: 'var(--wp-text-2)' },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--wp-text)' },
  { tag: tags.string, color: 'var(--wp-accent-text)' },
  { tag: tags.number, color: 'var(--wp-decide)' },
  { tag: [tags.bool, tags.null], color: 'var(--wp-limit)' },
  { tag: [tags.separator, tags.brace, tags.squareBracket], color: 'var(--wp-text-3)' },
]);
