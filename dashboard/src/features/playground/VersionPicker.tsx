import { Select } from '@mantine/core';
import { useState } from 'react';

import { playgroundText } from '@/text/playground';

import { useVersionNumbers, type RouteTarget } from './useTargets';

const text = playgroundText.model;
const LIVE = 'live';

/** The live version, the draft, or one by its number. */
export function VersionPicker({ gateway, route, version, onVersion }: { gateway: string; route: RouteTarget; version: string; onVersion: (version: string) => void }) {
  const [isOpened, setOpened] = useState(false);
  const numbers = useVersionNumbers(gateway, route.id, isOpened || /^\d+$/.test(version));
  const others = new Set([...numbers.map(String), ...(/^\d+$/.test(version) ? [version] : [])]);
  return (
    <Select
      aria-label={text.version}
      w={96}
      allowDeselect={false}
      comboboxProps={{ width: 140, position: 'bottom-end' }}
      value={version === '' ? LIVE : version}
      onDropdownOpen={() => setOpened(true)}
      onChange={(value) => onVersion(value === null || value === LIVE ? '' : value)}
      data={[
        { value: LIVE, label: text.versionLive(route.liveVersion) },
        { value: 'draft', label: text.versionDraft },
        ...[...others].map((number) => ({ value: number, label: text.versionNumber(Number(number)) })),
      ]}
    />
  );
}
