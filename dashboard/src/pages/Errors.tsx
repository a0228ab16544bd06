import errors from '../../../docs/reference/errors.md?raw';

import { DocPage } from '@/features/docs/DocPage';

export default function Errors() {
  return <DocPage source={errors} />;
}
