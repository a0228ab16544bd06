import { EditorPage } from '@/features/route-editor/EditorPage';

export default function RouteEditor() {
  return <EditorPage />;
}
