import { IconCube } from '@tabler/icons-react';

import type { NodeMeta } from '../types';

export const modelMeta: NodeMeta = { family: 'answer', icon: IconCube };
