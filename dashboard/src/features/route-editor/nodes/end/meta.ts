import { IconFlag } from '@tabler/icons-react';

import type { NodeMeta } from '../types';

export const endMeta: NodeMeta = { family: 'end', icon: IconFlag };
