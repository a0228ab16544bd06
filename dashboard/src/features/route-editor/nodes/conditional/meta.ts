import { IconArrowFork } from '@tabler/icons-react';

import type { NodeMeta } from '../types';

export const conditionMeta: NodeMeta = { family: 'decide', icon: IconArrowFork };
