import { LogScreen } from '@/features/logs/LogScreen';

export default function LogPage() {
  return <LogScreen />;
}
