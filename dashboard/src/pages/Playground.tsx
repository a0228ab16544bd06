import { PlaygroundScreen } from '@/features/playground/PlaygroundScreen';

export default function Playground() {
  return <PlaygroundScreen />;
}
