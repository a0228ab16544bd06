import '@mantine/notifications/styles.css';

import { Notifications } from '@mantine/notifications';

export { notifications } from '@mantine/notifications';

export function Part() {
  return <Notifications position="bottom-right" autoClose={10_000} limit={4} />;
}
