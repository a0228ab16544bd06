import { IconArrowsSplit2 } from '@tabler/icons-react';

import type { NodeMeta } from '../types';

export const splitMeta: NodeMeta = { family: 'decide', icon: IconArrowsSplit2 };
