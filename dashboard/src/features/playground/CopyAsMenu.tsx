import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconCode, IconLink } from '@tabler/icons-react';

import { toast } from '@/components/toast';
import { ACCOUNT } from '@/app/gateway';
import { playgroundText as text } from '@/text/playground';

import { copyAs, type CopyKind } from './copyAs';
import { useSessionOrigin } from './origin';
import { prepare } from './request';
import type { PlaygroundState } from './state';

const KINDS: CopyKind[] = ['curl', 'python', 'javascript'];

/** The request for elsewhere, and the address of this screen. */
export function CopyAsMenu({ gateway, state, isCut }: { gateway: string; state: PlaygroundState; isCut: boolean }) {
  const origin = useSessionOrigin();
  const copy = async (kind: CopyKind, side: 0 | 1) => {
    await navigator.clipboard.writeText(copyAs(kind, { ...prepare(state, state.targets[side]), origin, account: ACCOUNT, gateway }));
    toast(text.copyAs.copied(text.copyAs[kind]), { text: text.copyAs.keyHint });
  };
  const copyLink = async () => {
    await navigator.clipboard.writeText(window.location.href);
    toast(text.linkCopied, isCut ? { text: text.linkCut } : {});
  };
  const sides = state.isComparing ? ([0, 1] as const) : ([0] as const);
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <Button variant="subtle" color="gray" c="var(--wp-text-2)" leftSection={<IconCode size={16} stroke={1.75} />} rightSection={<IconChevronDown size={14} stroke={1.75} />}>
            {text.copyAs.label}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {sides.map((side) => (
            <div key={side}>
              {state.isComparing ? <Menu.Label>{side === 0 ? text.copyAs.left : text.copyAs.right}</Menu.Label> : null}
              {KINDS.map((kind) => (
                <Menu.Item key={kind} onClick={() => void copy(kind, side)}>
                  {text.copyAs[kind]}
                </Menu.Item>
              ))}
            </div>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button variant="subtle" color="gray" c="var(--wp-text-2)" leftSection={<IconLink size={16} stroke={1.75} />} onClick={() => void copyLink()}>
        {text.copyLink}
      </Button>
    </>
  );
}
