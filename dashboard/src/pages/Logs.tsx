import { LogsScreen } from '@/features/logs/LogsScreen';

export default function Logs() {
  return <LogsScreen />;
}
