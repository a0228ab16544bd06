import { IconGauge, IconWallet } from '@tabler/icons-react';

import type { NodeMeta } from '../types';

export const rateMeta: NodeMeta = { family: 'limit', icon: IconGauge };
export const budgetMeta: NodeMeta = { family: 'limit', icon: IconWallet };
