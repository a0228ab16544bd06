import { routeEditorText as text } from '@/text/route-editor';

import { isRouteDocument } from '../document';
import { carriedLayout, completeLayout } from '../layout/complete';
import type { Draft } from '../types';
import { addBranch, makeEqual, moveBranch, removeBranch, renameBranch, setShare } from './branches';
import type { Applied, Command, Context, Refused } from './command';
import { connect, disconnect, reattach } from './edges';
import { replaceOperand, setField, setProperties, setTitle } from './fields';
import { randomIds } from './id';
import { addNode, deleteNodes, insertOnOutput, moveBehind } from './nodes';
import { duplicate, paste } from './paste';
import { moveNodes, setDirection, tidy } from './positions';

/** The only way to change a draft. The draft given stays as it is: undo keeps it. */
export function apply(draft: Draft, command: Command, context: Context = randomIds): Applied | Refused {
  switch (command.type) {
    case 'add-node':
      return addNode(draft, command, context);
    case 'insert-on-output':
      return insertOnOutput(draft, command.from, command.node, context);
    case 'connect':
      return connect(draft, command.from, command.to);
    case 'disconnect':
      return disconnect(draft, command.from);
    case 'reattach':
      return reattach(draft, command.from, command.output, command.to);
    case 'delete-nodes':
      return deleteNodes(draft, command.ids);
    case 'set-field':
      return setField(draft, command.id, command.path, command.value);
    case 'set-properties':
      return setProperties(draft, command.id, command.values);
    case 'set-title':
      return setTitle(draft, command.id, command.title);
    case 'add-branch':
      return addBranch(draft, command.id);
    case 'remove-branch':
      return removeBranch(draft, command.id, command.output);
    case 'rename-branch':
      return renameBranch(draft, command.id, command.output, command.name);
    case 'move-branch':
      return moveBranch(draft, command.id, command.output, command.by);
    case 'set-share':
      return setShare(draft, command.id, command.output, command.share);
    case 'make-equal':
      return makeEqual(draft, command.id);
    case 'replace-operand':
      return replaceOperand(draft, command.id, command.from, command.to);
    case 'move-behind':
      return moveBehind(draft, command.id, command.from);
    case 'move-nodes':
      return moveNodes(draft, command.positions);
    case 'tidy':
      return tidy(draft, command.ids);
    case 'set-direction':
      return setDirection(draft, command.direction);
    case 'paste':
      return paste(draft, command.elements, command.positions ?? {}, command.at, context);
    case 'duplicate':
      return duplicate(draft, command.ids, context);
    case 'replace-document':
      return replace(command.document, () => carriedLayout(draft, command.document));
    case 'replace-draft':
      return replace(command.draft.document, () => completeLayout(command.draft.document, command.draft.layout));
  }
}

function replace(document: Draft['document'], layout: () => Draft['layout']): Applied | Refused {
  if (!isRouteDocument(document)) return { refused: text.refused.notADocument };
  return { draft: { document, layout: layout() }, said: text.said.replaced };
}
