import { IconPlayerPlay } from '@tabler/icons-react';

import type { NodeMeta } from '../types';

export const startMeta: NodeMeta = { family: 'end', icon: IconPlayerPlay };
