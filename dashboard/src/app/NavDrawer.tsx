import { Drawer } from '@mantine/core';

import { shell } from '@/text/shell';

import { Nav } from './Nav';

/** The navigation where there is no room for it beside the page. */
export default function NavDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Drawer opened={opened} onClose={onClose} size={240} title={shell.nav.label} padding="xs">
      <Nav isRail={false} onGo={onClose} />
    </Drawer>
  );
}
