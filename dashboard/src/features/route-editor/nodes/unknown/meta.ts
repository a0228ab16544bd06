import { IconQuestionMark } from '@tabler/icons-react';

import type { NodeMeta } from '../types';

export const unknownMeta: NodeMeta = { family: 'end', icon: IconQuestionMark };
